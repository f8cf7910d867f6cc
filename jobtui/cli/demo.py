"""`jobtui demo`: services of our own on loopback, and the screen on them."""

from __future__ import annotations

import asyncio
import os
import tempfile
import tomllib
from argparse import Namespace
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from jobtui.cli import output
from jobtui.cli.log_file import keep_log
from jobtui.cli.screen import require_terminal, run_label, show
from jobtui.cli.session import read_settings, recorded
from jobtui.cli.signals import run
from jobtui.core.clock import SystemClock
from jobtui.core.errors import UsageError
from jobtui.demo.services import DemoServices, DemoThread
from jobtui.engine.engine import Engine
from jobtui.engine.store.first_rows import first_rows
from jobtui.settings.load import parse
from jobtui.settings.outline import outline_of
from jobtui.settings.paths import DATA_VARIABLE, STORE_NAME, expanded
from jobtui.wiring import Wiring, wiring

_MOST_ADOPTED = 100_000


def demo(options: Namespace) -> int:
    """Serve and open the screen, or only serve."""
    if options.serve:
        if options.record is not None:
            raise UsageError("there is nothing to record: --serve asks no service")
        return _serve(options)
    return open_demo(options)


def open_demo(options: Namespace) -> int:
    """Open the screen on demo services that end with it."""
    require_terminal("jobtui demo --serve")
    own = read_settings(options)
    services = _services(options)
    with ExitStack() as stack:
        thread = _started(services)
        stack.callback(thread.stop)
        folder = _data_folder(stack)
        text = services.config_toml()
        settings = own.settings.model_copy(update={"sources": parse(text, "the demo").sources})
        wired = wiring(settings, config_folder=folder, environ=os.environ)
        keep_log(folder, wired.redactor)
        _adopt_known(thread, folder)
        asyncio.run(_track(wired, folder, services.known_jobs))
        wired = recorded(options, wired)

        async def engine() -> Engine:
            return wired.engine(folder)

        read = outline_of(own.file, {**own.merged, "sources": tomllib.loads(text)["sources"]})
        mouse, slow_line, label = not options.no_mouse, options.slow_line, partial(run_label, options, "demo")
        code, _ = show(read, folder, engine, mouse=mouse, slow_line=slow_line, label=label)
    return code


def _serve(options: Namespace) -> int:
    services = _services(options)
    thread = _started(services)
    try:
        output.lines(services.config_toml())
        output.line("# ready")
        output.flush()
        run(_until_interrupted())
    finally:
        thread.stop()
    return 0


async def _until_interrupted() -> None:
    await asyncio.Event().wait()


def _services(options: Namespace) -> DemoServices:
    # From the welcome screen there are no arguments of the verb.
    return DemoServices(
        clock=SystemClock(),
        port=getattr(options, "port", 0),
        speed=getattr(options, "speed", 1.0),
        jobs=getattr(options, "jobs", 25),
    )


def _started(services: DemoServices) -> DemoThread:
    thread = DemoThread(services)
    try:
        thread.start()
    except OSError as error:
        raise UsageError(
            f"the demo can't listen: {error.strerror or error}", hint="Leave --port out to take free ports."
        ) from error
    return thread


def _data_folder(stack: ExitStack) -> Path:
    """A store of the demo's own: kept where the user chose a data folder, else gone with the demo."""
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return expanded(named) / "demo"
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobtui-demo-")))


def _adopt_known(thread: DemoThread, folder: Path) -> None:
    """Tell the services of the jobs that an earlier demo left in the store, so that none of them is lost."""
    by_source: dict[str, list[str]] = {}
    for job_id in first_rows(folder / STORE_NAME, limit=_MOST_ADOPTED).jobs:
        by_source.setdefault(job_id.source, []).append(job_id.native)
    for source, native_ids in by_source.items():
        thread.adopt(source, native_ids)


async def _track(wired: Wiring, folder: Path, jobs: Iterable[tuple[str, str]]) -> None:
    """Watch what Evo and the media service already do: no list would tell."""
    by_source: dict[str, list[str]] = {}
    for source, native_id in jobs:
        by_source.setdefault(source, []).append(native_id)
    async with wired.engine(folder, polling=False) as running:
        for source, native_ids in by_source.items():
            await running.track(source, native_ids)
