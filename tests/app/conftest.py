"""The app over a scripted engine, with time that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.pilot import Pilot

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.app.screens.main import MainScreen
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from tests.app.scripted_engine import FakeClock, ScriptedEngine, job

WIDE = (120, 40)


class Opened:
    """An app that runs, and a hand on its keys."""

    def __init__(self, app: JobTui, pilot: Pilot[str], clock: FakeClock) -> None:
        self.app = app
        self.pilot = pilot
        self.clock = clock
        self.terminal: list[str] = []
        app.write_to_terminal = self.terminal.append

    @property
    def main(self) -> MainScreen:
        """The main screen, dialogs over it or not."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def press(self, *keys: str) -> None:
        """Press keys with rests between them, and let what they started come to its end."""
        for key in keys:
            self.clock.advance(1)
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Let messages, workers and layout come to rest."""
        for _ in range(3):
            await self.pilot.pause()

    def text(self, selector: str) -> str:
        """What a widget of the topmost screen shows, as plain lines."""
        widget = self.app.screen.query_one(selector)
        lines = widget.render_lines(widget.size.region)
        return "\n".join(strip.text.rstrip() for strip in lines)

    def screen_text(self) -> str:
        """All that the terminal shows."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )

    def said(self) -> str:
        """The notifications on the screen, the latest last."""
        return "\n".join(str(notification.message) for notification in self.app._notifications)


Open = Callable[..., AbstractAsyncContextManager[Opened]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def engine() -> ScriptedEngine:
    """Three sources with a job each that runs, waits or failed, and a finished one."""
    engine = ScriptedEngine()
    engine.publish(
        job("evo:geostatistics/kriging/9b2f", JobState.RUNNING, name="kriging 9b2f", progress=0.62),
        job("graph:30712", JobState.RUNNING, name="fraud_rank"),
        job("media:minimax/31405", JobState.QUEUED, name="Hailuo"),
        job("graph:30711", JobState.SUCCEEDED, name="pagerank"),
        job("evo:geostatistics/break-ties/77aa", JobState.FAILED, name="break-ties"),
    )
    return engine


@pytest.fixture
def opened(engine: ScriptedEngine, clock: FakeClock) -> Open:
    """Opens the app; options by name are the app's."""

    @asynccontextmanager
    async def open_app(size: tuple[int, int] = WIDE, **options: object) -> AsyncIterator[Opened]:
        app = JobTui(engine, replace(AppOptions(clock=clock), **options))  # type: ignore[arg-type]
        async with app.run_test(size=size, notifications=True) as pilot:
            hand = Opened(app, pilot, clock)
            await hand.settle()
            yield hand

    return open_app
