"""The screen over an engine that can't start."""

from __future__ import annotations

from jobtui.app.app import JobTui
from jobtui.cli.screen import leave_if_it_fails
from jobtui.core.errors import SettingsError
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import Snapshot, SourceStatus
from jobtui.engine.thread import EngineThread


async def _refused() -> Engine:
    raise SettingsError("sources.x.org_id: is missing")


async def test_an_engine_that_can_not_start_ends_the_screen_at_once() -> None:
    thread = EngineThread(_refused, Snapshot(sources=(SourceStatus("x", "evo"),)))
    app = JobTui(thread)
    async with app.run_test():
        thread.start()
        await leave_if_it_fails(thread, app)
        assert app.return_code == 2
    assert isinstance(thread.failure, SettingsError)
