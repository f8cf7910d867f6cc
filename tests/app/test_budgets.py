"""What may not grow unnoticed, counted and never timed: bytes, rows, frames, requests, statements, modules.

The benchmarks in tests/benchmarks/ measure the same in time; these hold on any machine.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.strip import Strip

from jobtui.app.app import JobTui
from jobtui.app.frames import FrameDiff
from jobtui.app.options import AppOptions
from jobtui.app.panes.job_list import JobList
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.source import Pace
from jobtui.engine.store.database import Database
from jobtui.engine.store.opening import open_database
from jobtui.engine.store.records import Batch, Retention
from tests.app.scripted_engine import NOW, ScriptedEngine, job
from tests.app.scripted_engine import FakeClock as StillClock
from tests.benchmarks.lab.stage import PROGRAMS, environment
from tests.benchmarks.lab.terminal import Program, Screen
from tests.engine.running import engine
from tests.fakes import FakeClock, FakeProvider, look

SIZE = (120, 40)


class Recorder(HeadlessDriver):
    """Stands where the terminal's driver stands, and counts what it would send."""

    frames = 0
    """Writes that anything was left of."""
    sent = 0
    """Bytes of them."""
    drawn = 0
    """Bytes that Textual wrote before what stands there already was taken out."""
    first = ""
    """The first frame; what comes before are questions and modes."""

    def __init__(self, *arguments: object, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self._diff = FrameDiff()

    @property
    def is_headless(self) -> bool:
        # Textual draws for no terminal that says it is none.
        return False

    def write(self, data: str) -> None:
        encoded = self._diff.encode(data)
        Recorder.drawn += len(data.encode())
        Recorder.sent += len(encoded.encode())
        Recorder.frames += bool(encoded)
        Recorder.first = Recorder.first or (encoded if len(encoded) > SIZE[0] else "")


class CountingClock(FakeClock):
    """Counts who goes to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps = 0

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        await super().sleep(seconds)


class Counts:
    """What was done since `forget`."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def forget(self) -> None:
        self.rows.clear()
        Recorder.frames = Recorder.sent = Recorder.drawn = 0

    @property
    def frames(self) -> int:
        return Recorder.frames

    @property
    def sent(self) -> int:
        return Recorder.sent

    @property
    def drawn(self) -> int:
        return Recorder.drawn


class Running:
    """The real app over jobs that a test changes."""

    def __init__(self, app: JobTui, source: ScriptedEngine, counts: Counts, clock: StillClock) -> None:
        self._pilot = Pilot(app)
        self.source = source
        self.counts = counts
        self.clock = clock

    async def come_to_rest(self) -> None:
        """Wait until what began is over."""
        while True:
            before = self.counts.drawn
            await self.settle()
            if self.counts.drawn == before:
                return

    async def settle(self) -> None:
        """Let messages, layout and frames come to rest."""
        for _ in range(4):
            await self._pilot.pause(0.02)

    async def hand_over(self, key: str) -> None:
        """Give the app a key, and wait for nothing but that it is done with it."""
        await self._pilot.app.on_event(events.Key(key, None))

    async def resize(self, columns: int) -> None:
        size = Size(columns, SIZE[1])
        self._pilot.app.post_message(events.Resize(size, size))
        await self.settle()

    async def press(self, key: str) -> None:
        self.clock.advance(1)
        await self._pilot.press(key)
        await self.settle()


@asynccontextmanager
async def opened(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    counts, source, clock = Counts(), ScriptedEngine(), StillClock()
    source.publish(*jobs)
    render_line = JobList.render_line

    def counting(self: JobList, y: int) -> Strip:
        counts.rows.append(y)
        return render_line(self, y)

    monkeypatch.setattr(JobList, "render_line", counting)
    app = JobTui(source, AppOptions(clock=clock))
    app.driver_class = Recorder
    running = asyncio.create_task(app.run_async(size=SIZE))
    try:
        hand = Running(app, source, counts, clock)
        while not app.is_running or not counts.rows:  # noqa: ASYNC110  (Textual has no event for the first frame)
            await asyncio.sleep(0.01)
        # As Textual's own `run_test` does: a scroll bar asks the context which app it is drawn for.
        with app._context():
            await hand.come_to_rest()
            counts.forget()
            yield hand
    finally:
        app.exit()
        await running


def many(count: int) -> list[Job]:
    return [
        job(f"graph:{number:05}", JobState.RUNNING, name=f"rank {number}", progress=0.25) for number in range(count)
    ]


async def test_the_first_frame_has_jobs_totals_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    Recorder.first = ""
    async with opened(many(200), monkeypatch):
        screen = Screen(*SIZE)
        screen.feed(Recorder.first.encode())
        assert screen.row(0).startswith(" jobtui ")
        assert "200 jobs" in screen.row(0)
        rows = screen.text.split("\n")
        heading = next(y for y, row in enumerate(rows) if "SOURCE" in row)
        assert rows[heading + 1].split()[2:6] == ["graph", "rank", "0", "running"]
        assert "Help" in rows[-1]


async def test_no_frame_has_columns_where_they_were_before_a_resize(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    render_lines = JobList.render_lines

    def watching(self: JobList, crop: Region) -> list[Strip]:
        strips = render_lines(self, crop)
        if crop.y == 0 and crop.width == self.size.width:
            titles.append(strips[0].text)
        return strips

    monkeypatch.setattr(JobList, "render_lines", watching)
    async with opened(many(200), monkeypatch) as running:
        for columns in (80, 60, 160):
            titles.clear()
            await running.resize(columns)
            assert {title.rstrip()[-3:] for title in titles} == {"AGE"}


async def test_a_screen_at_rest_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(many(200), monkeypatch) as running:
        await running.settle()
        assert (running.counts.sent, running.counts.rows) == (0, [])


async def test_a_key_is_answered_in_its_own_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(many(200), monkeypatch) as running:
        await running.hand_over("down")
        assert (running.counts.frames, sorted(running.counts.rows)) == (1, [1, 2])


async def test_an_answer_that_brings_nothing_new_repaints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = many(200)
    async with opened(jobs, monkeypatch) as running:
        for _ in range(5):
            running.source.publish(*jobs)
            await running.settle()
        assert (running.counts.drawn, running.counts.frames, running.counts.rows) == (0, 0, [])


async def test_changes_out_of_sight_send_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = many(5000)
    async with opened(jobs, monkeypatch) as running:
        seen = running.source.asked("set_focus")[-1][0]
        assert isinstance(seen, frozenset)
        hidden = [one for one in jobs if one.id not in seen]
        running.source.publish(*(replace(one, progress=0.75) for one in hidden[:100]))
        await running.settle()
        assert (running.counts.sent, running.counts.rows) == (0, [])


async def test_a_change_in_sight_sends_its_own_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = many(200)
    async with opened(jobs, monkeypatch) as running:
        seen, selected = running.source.asked("set_focus")[-1]
        assert isinstance(seen, frozenset)
        other = next(one for one in jobs if one.id in seen and one.id != selected)
        running.source.publish(replace(other, progress=0.26))
        await running.settle()
        assert len(running.counts.rows) == 1
        assert 0 < running.counts.sent <= 120
        assert running.counts.drawn <= 600
        assert running.counts.frames == 1


async def test_a_hundred_changes_at_once_are_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = many(100)
    async with opened(jobs, monkeypatch) as running:
        selected = running.source.asked("set_focus")[-1][1]
        running.source.publish(*(replace(one, progress=0.5) for one in jobs if one.id != selected))
        await running.settle()
        assert max(Counter(running.counts.rows).values()) == 1
        assert running.counts.frames == 1
        assert running.counts.sent <= 3000


async def test_the_cursor_moves_by_two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(many(5000), monkeypatch) as running:
        await running.press("down")
        await running.settle()
        assert len(running.counts.rows) == 2
        assert running.counts.sent <= 1500


async def test_a_focused_input_is_as_quiet_as_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(many(200), monkeypatch) as running:
        await running.press("slash")
        await running.come_to_rest()
        # The key took a second of the clock, which the next tick brings into the ages; longer, too, than a cursor
        # that blinks stays dark.
        for _ in range(12):
            await running.settle()
        running.counts.forget()
        for _ in range(12):
            await running.settle()
        assert running.counts.sent == 0


def running_jobs(clock: FakeClock, count: int) -> FakeProvider:
    """A source whose jobs run on and can only be asked for one by one."""
    return FakeProvider("graph", clock, jobs={f"{number}": [look(f"graph:{number}")] for number in range(count)})


async def test_no_window_of_a_minute_holds_more_requests_than_allowed() -> None:
    allowed, minutes, clock = 30, 6, FakeClock()
    provider = running_jobs(clock, 500)
    async with engine(clock, provider, pace=Pace(5.0, allowed)) as running:
        await running.track("graph", list(provider.jobs))
        await clock.advance(60.0 * minutes)
    moments = [at for _operation, _what, at in provider.calls]
    assert len(moments) >= allowed * minutes * 0.8
    assert max(sum(1 for other in moments if at <= other < at + 60) for at in moments) <= allowed


async def test_a_job_is_asked_for_no_more_often_than_configured() -> None:
    clock = FakeClock()
    provider = running_jobs(clock, 20)
    async with engine(clock, provider, pace=Pace(10.0, 6000)) as running:
        await running.track("graph", list(provider.jobs))
        await clock.advance(300.0)
    asked = Counter(provider.asked("fetch"))
    assert len(asked) == 20
    # 300 s at 10 s each, up to a tenth sooner for the jitter, and the first look.
    assert max(asked.values()) <= 300 / 9 + 1


async def test_a_poller_sleeps_while_nothing_is_due() -> None:
    clock = CountingClock()
    provider = running_jobs(clock, 1)
    async with engine(clock, provider, pace=Pace(60.0, 6000)) as running:
        await running.track("graph", list(provider.jobs))
        await clock.advance(10.0)
        clock.sleeps = 0
        running.set_focus(frozenset(), None)
        await running.refresh()
        await clock.advance(10.0)
    # The publisher, the store's second and the poller: a loop that wakes itself sleeps thousands of times.
    assert clock.sleeps <= 60


def test_a_batch_is_one_transaction_and_one_statement_a_job(tmp_path: Path) -> None:
    said: list[str] = []
    connection: sqlite3.Connection = open_database(tmp_path / "jobs.db", NOW).connection
    database = Database(connection, writer=1, retention=Retention())
    connection.set_trace_callback(lambda statement: said.append(statement.split(None, 1)[0].upper()))
    database.write(Batch(jobs={one.id: one for one in many(1000)}), NOW, durable=False)
    database.close()
    words = Counter(said)
    assert (words["BEGIN"], words["COMMIT"], words["INSERT"]) == (1, 1, 1000)
    assert sum(words.values()) <= 1010


NOT_BEFORE_THE_PAINT = (
    "aiohttp",
    "httpcore",
    "httpx",
    "humanize",
    "jmespath",
    "jobtui.app.pager",
    "jobtui.app.screens.confirm",
    "jobtui.core.results",
    "jobtui.providers.evo",
    "jobtui.providers.generation",
    "jobtui.providers.http",
    "jobtui.providers.nebula",
    "jobtui.wiring",
    "markdown_it",
    "PIL",
    "pydantic",
    "pydantic_settings",
    "rich.markdown",
    "rich.syntax",
    "textual.widgets._data_table",
    "textual.widgets._markdown",
    "textual.widgets._text_area",
    "tree_sitter",
)
"""What the first screen has no need of."""

MOST_MODULES = 482


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")
def test_the_first_screen_is_painted_before_anything_it_has_no_need_of_is_loaded(tmp_path: Path) -> None:
    config, loaded = tmp_path / "config.toml", tmp_path / "modules"
    config.write_text(
        '[sources.graph]\nprovider = "nebula"\nbase_url = "http://127.0.0.1:9"\ntoken = "canned"\n', encoding="utf-8"
    )
    config.chmod(0o600)
    command = [sys.executable, str(PROGRAMS / "first_modules.py"), str(loaded), "--config", str(config)]
    settings = environment(tmp_path) | {"JOBTUI_DATA_DIR": str(tmp_path / "data")}
    with Program(command, settings) as program:
        program.read_to_end(60)
        said = b"".join(chunk.data for chunk in program.chunks).decode(errors="replace")
    assert loaded.exists(), said
    modules = loaded.read_text(encoding="utf-8").split("\n")
    assert [name for name in NOT_BEFORE_THE_PAINT if name in modules] == []
    assert len(modules) <= MOST_MODULES
