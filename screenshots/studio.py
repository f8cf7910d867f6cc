"""The demo and the app at a time that stands still, so that each picture can be taken again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.pilot import Pilot

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.app.screens.main import MainScreen
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.demo.services import DemoServices
from jobtui.engine.engine import Engine
from jobtui.settings.load import parse
from jobtui.wiring import wiring
from screenshots.svg import drawing

BEGIN = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
_REST_S = 0.1


class StandingClock:
    """Time that goes on only when it is told to."""

    def __init__(self) -> None:
        self.gone_s = 0.0

    def now(self) -> datetime:
        """The wall time of the pictures."""
        return BEGIN + timedelta(seconds=self.gone_s)

    def monotonic(self) -> float:
        """Seconds since the beginning of the pictures."""
        return self.gone_s

    async def sleep(self, seconds: float) -> None:
        """Give way for a moment, whatever is asked for: no time goes by."""
        await asyncio.sleep(min(max(0.0, seconds), 0.01))


class Studio:
    """One app on the demo, and what a photographer does with it."""

    def __init__(self, app: JobTui, pilot: Pilot[str], engine: Engine, clock: StandingClock) -> None:
        self.app = app
        self._pilot = pilot
        self._engine = engine
        self._clock = clock

    @property
    def main(self) -> MainScreen:
        """The main screen, dialogs over it or not."""
        screen = self.app.screen_stack[0]
        if not isinstance(screen, MainScreen):
            raise TypeError("the demo has sources, so there is no welcome")
        return screen

    def jobs(self, source: str, state: JobState, kind: str = "") -> list[Job]:
        """The jobs of a source in a state, by their ids; of one kind only where one is named."""
        known = sorted(self._engine.snapshot.jobs.items())
        return [
            job
            for job_id, job in known
            if job_id.source == source and job.state is state and kind in f"{job.kind} {job.title}"
        ]

    async def select(self, job: Job) -> None:
        """Put the cursor on a job."""
        self.main.jobs.select(job.id)
        await self.rest()

    async def press(self, *keys: str) -> None:
        """Press keys, each after a moment of thought."""
        for key in keys:
            self._clock.gone_s += 0.2
            await self._pilot.press(key)
            await self._pilot.pause()
        await self.rest()

    async def pass_time(self, seconds: float) -> None:
        """Let time go by, and ask the services what it brought."""
        await watch(self._engine, self._clock, seconds)
        await self.rest()

    async def rest(self) -> None:
        """Wait until the screen stands still."""
        # Rows that changed are marked for a moment; on a slow line no tick would end it.
        self.main.jobs.tick()
        before = ""
        for _ in range(40):
            await self._pilot.pause(_REST_S)
            now = self.svg("")
            if now == before:
                return
            before = now
        raise TimeoutError("the screen doesn't come to rest")

    def svg(self, title: str) -> str:
        """The screen as it stands."""
        background = self.app.get_css_variables()["background"]
        strips = self.app.screen._compositor.render_strips()  # noqa: SLF001  Textual has no public way to the cells
        return drawing(strips, background=background, title=title)


async def watch(engine: Engine, clock: StandingClock, seconds: float) -> None:
    """Let time go by, then ask every source; the answers take none, so which one comes first makes no difference."""
    clock.gone_s += seconds
    await engine.refresh()


@asynccontextmanager
async def studio(*, size: tuple[int, int], theme: str, port: int, history_s: int = 48) -> AsyncIterator[Studio]:
    """Open the app on a demo that has been watched for a while.

    Args:
        size: Columns and rows.
        theme: A Textual theme.
        port: Of the first demo service; it is seen in links, so it is always the same.
        history_s: How long the jobs have been watched when the app opens.
    """
    clock = StandingClock()
    services = DemoServices(clock=clock, port=port)
    await services.start()
    try:
        settings = parse(services.config_toml(), "the demo")
        wired = wiring(settings, config_folder=Path(), environ={}, clock=clock)
        async with wired.engine(None, polling=False) as engine:
            for source, native_id in services.known_jobs:
                await engine.track(source, [native_id])
            for _ in range(history_s // 4):
                await watch(engine, clock, 4)
            # A slow line has no ticks, which would come by the machine's time.
            options = AppOptions(theme=theme, clock=clock, label=lambda: "demo", notify=(), slow_line=True)
            app = JobTui(engine, options)
            async with app.run_test(size=size, notifications=True) as pilot:
                photographer = Studio(app, pilot, engine, clock)
                await photographer.rest()
                # What is on the screen is asked for in more detail.
                await photographer.pass_time(1)
                yield photographer
    finally:
        await services.stop()
