"""The result pane: what it shows of which job, its tabs, its search, its downloads."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from importlib.abc import MetaPathFinder
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from jobtui.app.inputs import Submission
from jobtui.app.panes.result import ResultPane
from jobtui.app.panes.viewers.facts import FactsView
from jobtui.app.panes.viewers.rows import RowsView
from jobtui.app.panes.viewers.text import TextView
from jobtui.app.panes.viewers.tree import JsonView
from jobtui.core.errors import DownloadError, ProviderRefused, Unreachable
from jobtui.core.jobs import Job, JobError, JobId, JsonValue, Task
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import DownloadProgress, SavedFile, SubmitRecord
from jobtui.providers.capabilities import Capabilities
from tests.app.scripted_engine import GRAPH, NOW, FakeClock, ScriptedEngine, job

TCSS = Path(__file__).parents[2] / "tcss"
HOSTILE = "[/][@click=app.quit]x\x1b]52;c;AAAA\x07\u202e"
DONE = job("graph:1", JobState.SUCCEEDED)
RUNNING = job("graph:1", JobState.RUNNING)
TABLE = Artifact("rows.csv", "text/csv", Rows(("a", "b"), (("1", "x"), ("2", "y")), 200, more=False))
TREE = Artifact("result.json", "application/json", Document({"mean": 1.5, "ok": True}))
VIDEO = Artifact(
    "clip.mp4",
    "video/mp4",
    RemoteFile(
        "https://cdn.example.test/clip.mp4?Signature=SECRET", expires_at=NOW + timedelta(minutes=10, seconds=30)
    ),
    role="video",
)


class SavingEngine(ScriptedEngine):
    """Saves files for real, in steps that the test allows."""

    content = b"saved content, line one\nline two\n"
    steps: asyncio.Event | None = None
    running = 0
    most_at_once = 0

    async def download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        self._note("download", job_id, artifact, folder)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            if self.steps is not None:
                if progress is not None:
                    progress(DownloadProgress(artifact.name, 1_048_576, 4_194_304, 1_048_576.0))
                await self.steps.wait()
        finally:
            self.running -= 1
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / artifact.name
        path.write_bytes(self.content)
        return SavedFile(artifact, path, len(self.content), "ab" * 32)


class PaneApp(App[None]):
    CSS_PATH = [str(TCSS / "lines.tcss"), str(TCSS / "result.tcss")]  # noqa: RUF012  Textual's own idiom

    def __init__(self, engine: ScriptedEngine, folder: Path, clock: FakeClock) -> None:
        super().__init__()
        self.pane = ResultPane(engine, folder, clock)

    def compose(self) -> ComposeResult:
        yield self.pane


class Hand:
    """A pane on a screen, and what a test does with it."""

    def __init__(self, app: PaneApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pane = app.pane
        self._pilot = pilot

    async def settle(self) -> None:
        for _ in range(4):
            await self._pilot.pause()

    async def show_input(self) -> None:
        """Go to the input, and let it come."""
        self.pane._go_to_tab(self.pane.labels.index("Input"))
        await self.settle()

    async def show(self, shown: Job | None) -> None:
        """Select a job and let its result come."""
        self.pane.job = shown
        await self.settle()
        if self.pane._rest is not None and shown is not None:
            self.pane._rest.stop()
            if shown.state.is_final and shown.id not in self.pane._results:
                self.pane._fetch(shown.id)
        await self.settle()

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self.settle()

    async def turn(self, wheel: type[events.MouseScrollDown | events.MouseScrollUp]) -> None:
        """Turn the mouse's wheel over what is shown."""
        assert self.pane.viewer is not None
        self.pane.viewer._forward_event(wheel(None, 1, 1, 0, 0, 0, False, False, False))
        await self.settle()

    async def until(self, true: Callable[[], bool]) -> None:
        """Give threads their turn, for a bounded number of rests."""
        for _ in range(200):
            if true():
                return
            await self._pilot.pause(0.01)
        raise AssertionError(self.text())

    def text(self) -> str:
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)

    def foot(self) -> str:
        return str(self.app.query_one("#result-foot").content)  # type: ignore[attr-defined]

    def words(self) -> str:
        return str(self.app.query_one("#result-placeholder").content)  # type: ignore[attr-defined]

    def said(self) -> str:
        return "\n".join(str(one.message) for one in self.app._notifications)


Open = Callable[..., AbstractAsyncContextManager[Hand]]


@pytest.fixture
def engine() -> SavingEngine:
    return SavingEngine()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def opened(engine: SavingEngine, clock: FakeClock, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def open_pane(*artifacts: Artifact, size: tuple[int, int] = (80, 20), **more: object) -> AsyncIterator[Hand]:
        if artifacts or more:
            engine.result = Result(DONE.id, artifacts, **more)  # type: ignore[arg-type]
        app = PaneApp(engine, tmp_path / "files", clock)
        async with app.run_test(size=size, notifications=True) as pilot:
            hand = Hand(app, pilot)
            await hand.settle()
            app.pane.focus()
            await hand.settle()
            yield hand

    return open_pane


# Words in place of a result


async def test_without_a_job_it_says_so_and_takes_every_key(opened: Open) -> None:
    async with opened() as hand:
        assert hand.words() == "No job is selected"
        pane = hand.pane
        pane.next_tab()
        pane.previous_tab()
        pane.move_cursor(1)
        pane.move_page(1.0)
        pane.move_to_end(bottom=True)
        pane.move_sideways(1)
        pane.activate()
        pane.more()
        pane.less()
        pane.widen(1)
        pane.toggle_wrap()
        pane.search()
        pane.filter_lines()
        pane.next_match()
        pane.download()
        pane.export(as_json=True)
        pane.show_raw()
        await hand.settle()
        assert pane.copied() == ""
        assert hand.words() == "No job is selected"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (RUNNING, "Not finished (running)"),
        (job("graph:1", JobState.QUEUED), "Not finished (queued)"),
        (job("graph:1", JobState.LOST), "no longer knows this job"),
    ],
)
async def test_a_job_without_a_result_says_why(opened: Open, engine: SavingEngine, shown: Job, expected: str) -> None:
    async with opened() as hand:
        await hand.show(shown)
        assert expected in hand.words()
        assert hand.pane.labels == ("Result", "Raw", "Input")
        assert engine.asked("fetch_result") == []


async def test_while_a_result_is_read_it_names_the_job(opened: Open) -> None:
    async with opened() as hand:
        hand.pane.job = DONE
        await hand.settle()
        assert hand.words() == "Reading the result of graph:1…"


async def test_an_empty_result_says_so_with_its_warnings(opened: Open, engine: SavingEngine) -> None:
    async with opened() as hand:
        await hand.show(DONE)
        assert "left no result" in hand.words()
        hand.pane.activate()
        await hand.settle()
        assert len(engine.asked("fetch_result")) == 2
        engine.result = Result(JobId("graph", "2"), warnings=("only a summary is kept",))
        await hand.show(job("graph:2", JobState.SUCCEEDED))
        assert "only a summary is kept" in hand.words()


async def test_a_refusal_is_told_with_its_hint_and_enter_tries_again(opened: Open, engine: SavingEngine) -> None:
    async with opened(TABLE) as hand:
        engine.error = ProviderRefused(f"the result is gone {HOSTILE}", hint="Run the job again.")
        await hand.show(DONE)
        assert "the result is gone [/][@click=app.quit]x␛]52" in hand.words()
        # The last line is in sight on the lowest screen, where words in the middle are cut.
        assert hand.foot() == "Enter tries again · Run the job again."
        hand.pane.activate()
        await hand.settle()
        assert isinstance(hand.pane.viewer, RowsView)


# Which job


async def test_the_result_appears_once_the_job_is_final_and_progress_is_no_news(
    opened: Open, engine: SavingEngine
) -> None:
    async with opened(TABLE) as hand:
        await hand.show(RUNNING)
        await hand.show(job("graph:1", JobState.RUNNING, progress=0.7))
        assert engine.asked("fetch_result") == []
        await hand.show(DONE)
        assert engine.asked("fetch_result") == [(DONE.id, None, 200)]
        assert "1  x" in hand.text()


async def test_passing_over_jobs_asks_for_none_of_their_results(opened: Open, engine: SavingEngine) -> None:
    async with opened(TABLE) as hand:
        for number in range(5):
            hand.pane.job = job(f"graph:{number}", JobState.SUCCEEDED)
        hand.pane.job = None
        await hand.settle()
        assert engine.asked("fetch_result") == []


async def test_an_answer_for_another_job_is_kept_but_not_shown(opened: Open, engine: SavingEngine) -> None:
    async with opened() as hand:
        await hand.show(RUNNING)
        other = JobId("graph", "2")
        hand.pane.post_message(ResultPane.Arrived(other, Result(other, (TABLE,))))
        hand.pane.post_message(ResultPane.Refused(other, ProviderRefused("not yours")))
        hand.pane.post_message(ResultPane.RawArrived(other, b"not yours"))
        await hand.settle()
        assert "Not finished" in hand.words()
        assert hand.pane.viewer is None
        await hand.show(job("graph:2", JobState.SUCCEEDED))
        assert isinstance(hand.pane.viewer, RowsView)
        assert engine.asked("fetch_result") == []


async def test_another_job_takes_the_place_of_tabs_search_and_viewer(opened: Open) -> None:
    async with opened(TABLE, TREE) as hand:
        await hand.show(DONE)
        hand.pane.next_tab()
        hand.pane.search()
        await hand.press("m", "e")
        await hand.show(RUNNING)
        assert "Not finished" in hand.words()
        assert hand.pane.viewer is None
        assert len(hand.app.query("LineView")) == 0
        await hand.show(DONE)
        assert isinstance(hand.pane.viewer, RowsView)
        assert hand.pane.viewer.needle == ""


# Tabs


async def test_each_kind_has_its_tab_and_its_viewer(opened: Open) -> None:
    text = Artifact("notes.txt", "text/plain", Text("hello"))
    binary = Artifact("blob.bin", "application/octet-stream", InlineFile(b"\x00\x01"))
    async with opened(TABLE, TREE, text, binary, VIDEO, raw=b"{}") as hand:
        await hand.show(DONE)
        assert hand.pane.labels == ("Table", "JSON", "Text", "File", "Video", "Files", "Raw", "Input")
        kinds = []
        for _ in hand.pane.labels:
            kinds.append(type(hand.pane.viewer).__name__)
            hand.pane.next_tab()
            await hand.settle()
        assert kinds == [
            "RowsView",
            "JsonView",
            "TextView",
            "HexView",
            "FactsView",
            "FactsView",
            "TextView",
            "NoneType",
        ]
        hand.pane.previous_tab()
        assert hand.pane._active_label == "Input"


async def test_results_of_tasks_are_named_for_their_tasks_and_apart(opened: Open) -> None:
    def rows(task_id: str) -> Artifact:
        return Artifact("rows.csv", "text/csv", Rows(("a",), (("1",),), 200, more=False), task_id=task_id)

    tasks = (Task("q1", "PageRank", JobState.SUCCEEDED, ""), Task("q2", f"Raw{HOSTILE}", JobState.SUCCEEDED, ""))
    async with opened(rows("q1"), rows("q1"), rows("q2"), rows("q3")) as hand:
        await hand.show(job("graph:1", JobState.SUCCEEDED, tasks=tasks))
        assert hand.pane.labels[:2] == ("PageRank", "PageRank 2")
        assert hand.pane.labels[3] == "q3"
        assert all(label.isprintable() and len(label) <= 20 for label in hand.pane.labels)


async def test_names_of_tasks_that_come_after_the_result_are_taken_and_the_place_stays(opened: Open) -> None:
    rows = Artifact("rows.csv", "text/csv", Rows(("a",), (("1",), ("2",)), 200, more=False), task_id="q1")
    async with opened(rows) as hand:
        await hand.show(DONE)
        hand.pane.move_cursor(1)
        viewer = hand.pane.viewer
        tasks = (Task("q1", "PageRank", JobState.SUCCEEDED, ""),)
        await hand.show(job("graph:1", JobState.SUCCEEDED, tasks=tasks))
        assert hand.pane.labels[0] == "PageRank"
        assert hand.pane.viewer is viewer
        assert hand.pane.copied() == "2"


async def test_a_tab_keeps_its_cursor_while_another_is_looked_at(opened: Open) -> None:
    async with opened(TABLE, TREE) as hand:
        await hand.show(DONE)
        hand.pane.move_cursor(1)
        hand.pane.next_tab()
        hand.pane.previous_tab()
        await hand.settle()
        assert hand.pane.viewer is not None
        assert hand.pane.copied() == "2"


async def test_a_tab_is_chosen_with_the_mouse_and_the_active_one_is_in_sight(opened: Open) -> None:
    many = [
        Artifact(f"{n}.csv", "text/csv", Rows(("a",), ((str(n),),), 9, more=False), role=f"part{n}") for n in range(20)
    ]
    async with opened(*many, size=(50, 12)) as hand:
        await hand.show(DONE)
        await hand._pilot.click("#result-tabs", offset=(10, 0))
        await hand.settle()
        assert hand.pane.copied() == "1"
        assert hand.text().splitlines()[0].rstrip().endswith("…")
        for _ in range(14):
            hand.pane.next_tab()
        await hand.settle()
        head = hand.text().splitlines()[0]
        assert "Part15" in head
        assert head.lstrip().startswith("…")


async def test_an_error_tells_what_the_service_said_and_what_to_do(opened: Open) -> None:
    error = JobError("E42", "Singular matrix", f"row 7 {HOSTILE}", (("target.name", "may not be empty"),), "req-9")
    async with opened(raw=b"{}", error=error) as hand:
        await hand.show(job("graph:1", JobState.FAILED, native_state="FAILED"))
        text = hand.text()
        assert hand.pane.labels == ("Error", "Raw", "Input")
        for words in (
            "Singular matrix",
            "row 7 [/][@click",
            "E42",
            "target.name",
            "may not be empty",
            "req-9",
            "c opens the form",
        ):
            assert words in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (JobError(code="429", title="Too many"), "quota or balance"),
        (JobError(title="403 Forbidden"), "check the credential"),
        (JobError(title="Worker stopped"), "start it anew"),
    ],
)
async def test_the_advice_fits_the_error(opened: Open, error: JobError, advice: str) -> None:
    async with opened(error=error) as hand:
        await hand.show(job("graph:1", JobState.FAILED))
        assert advice in " ".join(hand.text().split())


async def test_the_raw_answer_is_there_for_a_running_job_and_read_anew_each_time(
    opened: Open, engine: SavingEngine
) -> None:
    async with opened() as hand:
        await hand.show(RUNNING)
        hand.pane.show_raw()
        await hand.settle()
        assert '"status": "running"' in hand.text()
        engine.raw = b'{"status": "nearly"}'
        hand.pane.previous_tab()
        hand.pane.next_tab()
        await hand.settle()
        assert '"status": "nearly"' in hand.text()
        assert len(engine.asked("raw_body")) == 2


async def test_a_raw_answer_that_is_refused_or_empty_says_so(opened: Open, engine: SavingEngine) -> None:
    async with opened() as hand:
        await hand.show(RUNNING)
        engine.error = ProviderRefused("no such job", hint="It is gone.")
        hand.pane.show_raw()
        await hand.settle()
        assert "no such job" in hand.words()
        assert hand.foot() == "Enter tries again · It is gone."
        engine.raw = b""
        hand.pane.activate()
        await hand.settle()
        assert "no body" in hand.words()


async def test_the_raw_tab_stays_when_the_job_ends(opened: Open) -> None:
    async with opened(TABLE, raw=b'{"done": 1}') as hand:
        await hand.show(RUNNING)
        hand.pane.show_raw()
        await hand.settle()
        await hand.show(DONE)
        assert hand.pane._active_label == "Raw"
        assert '"done": 1' in hand.text()


# What a job was started with


async def test_the_input_is_shown_as_a_tree_however_long_ago_it_was_sent(engine: SavingEngine, opened: Open) -> None:
    async with opened(TABLE) as hand:
        engine.sent_before = (SubmitRecord("kriging", {"search": {"radius": 150}}, DONE.id, "made"),)
        await hand.show(RUNNING)
        await hand.show_input()
        assert "radius" in hand.text()
        assert isinstance(hand.pane.viewer, JsonView)
        assert "sent to kriging" in hand.foot()
        assert engine.asked("raw_body") == []
        await hand.show(DONE)
        assert hand.pane._active_label == "Input"
        assert engine.asked("submission_of") == [(DONE.id,)]


async def test_the_input_of_a_job_made_elsewhere_is_what_the_service_tells_or_nothing(
    engine: SavingEngine, opened: Open
) -> None:
    engine.raw = b'{"input": {"prompt": "a lighthouse"}}'
    async with opened(TABLE) as hand:
        await hand.show(DONE)
        await hand.show_input()
        assert "a lighthouse" in hand.text()
        engine.raw = b'{"status": "done"}'
        other = job("graph:2", JobState.RUNNING)
        await hand.show(other)
        await hand.show_input()
        assert "isn't known here" in hand.words()
        engine.error = Unreachable("no route to the host")
        hand.pane.activate()
        await hand.settle()
        assert hand.words() == "What this job was started with can't be read now\nno route to the host"
        engine.raw = b'{"input": {"prompt": "now it does"}}'
        hand.pane.activate()
        await hand.settle()
        assert "now it does" in hand.text()


async def test_an_input_that_comes_late_does_not_stand_under_another_job(opened: Open) -> None:
    async with opened(TABLE) as hand:
        await hand.show(job("graph:2", JobState.RUNNING))
        hand.pane.post_message(ResultPane.InputArrived(DONE.id, Submission("kriging", {"old": 1})))
        await hand.settle()
        assert hand.pane._input is None


# The log


async def test_a_log_grows_in_its_tab_and_stays_with_the_readers_place_when_the_job_ends(
    opened: Open, engine: SavingEngine, clock: FakeClock
) -> None:
    engine.set_status(replace(GRAPH, capabilities=Capabilities(logs=True)))
    named = Artifact("log.txt", "text/plain", Text("x"), role="log")
    async with opened(named) as hand:
        pane = hand.pane
        await hand.show(RUNNING)
        assert pane.labels == ("Result", "Log", "Raw", "Input")
        assert hand.foot() == "the next tab has its log"
        await hand.show(seen(RUNNING, 1))
        assert engine.asked("log") == []
        pane.next_tab()
        await hand.settle()
        assert hand.words() == "Nothing is in the log yet"
        engine.written = "".join(f"line {number}\n" for number in range(40))
        await hand.show(seen(RUNNING, 2))
        assert "line 39" in hand.text()
        pane.move_cursor(-5)
        engine.written += "more\n"
        await hand.show(seen(RUNNING, 3))
        assert hand.foot() == "41 lines · stands still: G follows the end"
        for wheel, words in ((events.MouseScrollDown, "follows the end"), (events.MouseScrollUp, "stands still")):
            for _ in range(2):
                await hand.turn(wheel)
            assert words in hand.foot()
        assert pane.copied() == "line 34"
        assert pane.save_log()
        await hand.until(lambda: len(engine.asked("download")) == 1)
        assert engine.asked("download")[0][1] == Artifact("graph-1-log.txt", "text/plain", Text(engine.written))
        # An answer without it takes nothing away.
        engine.written = ""
        await hand.show(seen(RUNNING, 4))
        assert pane.copied() == "line 34"
        engine.written = "".join(f"line {number}\n" for number in range(50))
        await hand.show(DONE)
        assert pane.labels == ("Log 2", "Files", "Log", "Raw", "Input")
        assert hand.foot() == "50 lines"
        assert pane.copied() == "line 34"
        pane.previous_tab()
        assert not pane.save_log()


async def test_a_log_that_cannot_be_read_says_so_and_enter_tries_again(opened: Open, engine: SavingEngine) -> None:
    engine.set_status(replace(GRAPH, capabilities=Capabilities(logs=True)))
    async with opened() as hand:
        await hand.show(DONE)
        engine.error = Unreachable("no route")
        hand.pane.next_tab()
        await hand.settle()
        assert hand.words() == "The log can't be read now\nno route"
        assert not hand.pane.save_log()
        hand.pane.activate()
        await hand.settle()
        assert hand.words() == "This job has written no log"


def seen(shown: Job, seconds: int) -> Job:
    return replace(shown, observed_at=NOW + timedelta(seconds=seconds))


# Moving and searching


async def test_the_focus_stays_in_the_pane_while_tabs_and_jobs_change(opened: Open) -> None:
    async with opened(TABLE, TREE) as hand:
        await hand.show(DONE)
        hand.pane.next_tab()
        await hand.settle()
        await hand.show(RUNNING)
        assert hand.app.focused is hand.pane


async def test_a_search_is_typed_followed_and_left(opened: Open) -> None:
    lines = Artifact("log.txt", "text/plain", Text("\n".join(f"line {n}" for n in range(50))))
    async with opened(lines) as hand:
        await hand.show(DONE)
        hand.pane.search()
        await hand.press("n", "e", "space", "3")
        assert hand.pane.copied() == "line 3"
        await hand.press("enter")
        assert hand.app.focused is hand.pane
        assert hand.foot().startswith("1 of 11 · 50 lines")
        hand.pane.next_match()
        assert hand.pane.copied() == "line 30"
        assert hand.foot().startswith("2 of 11 · ")
        hand.pane.move_cursor(-1)
        assert hand.foot().startswith("11 found · ")
        hand.pane.move_cursor(1)
        hand.pane.previous_match()
        assert hand.pane.copied() == "line 3"
        assert hand.pane.end_search()
        assert not hand.pane.end_search()
        hand.pane.next_match()
        assert hand.foot() == "search first: /"


async def test_a_filter_is_typed_changed_and_left_and_what_it_shows_of_a_table_is_exported(
    opened: Open, engine: SavingEngine
) -> None:
    async with opened(TABLE, TREE) as hand:
        await hand.show(DONE)
        pane = hand.pane
        pane.filter_lines()
        await hand.press("Y")
        field = hand.app.focused
        assert isinstance(field, Input)
        pane.on_input_submitted(Input.Submitted(field, "Y"))
        # At once: the next key was typed for the pane.
        assert hand.app.focused is pane
        assert hand.foot().startswith("1 of 2 rows with 'Y'")
        pane.export(as_json=False)
        assert hand.foot() == "1 of 2 rows with 'Y' exported"
        pane.filter_lines()
        await hand.press("q")
        assert "Nothing here holds 'q'" in hand.text()
        pane.next_tab()
        pane.previous_tab()
        assert hand.app.focused is pane
        pane.export(as_json=False)
        assert hand.foot() == "0 of 2 rows with 'q': there is nothing to export"
        assert not pane.end_search()
        assert pane.end_filter()
        assert not pane.end_filter()
        assert hand.foot().startswith("2 rows")
        pane.next_tab()
        pane.filter_lines()
        await hand.press("o", "k", "enter")
        pane.export(as_json=True)
        assert hand.foot() == "all of the document is exported, whatever the filter shows"
        await hand.settle()
        exported = [call[1].content for call in engine.asked("download")]  # type: ignore[attr-defined]
        assert exported == [Rows(("a", "b"), (("2", "y"),), 200, more=False), TREE.content]


async def test_what_is_not_found_is_said_and_the_cursor_stays(opened: Open) -> None:
    async with opened(TABLE) as hand:
        await hand.show(DONE)
        hand.pane.search()
        await hand.press("q", "q")
        assert hand.foot() == "not found"
        assert hand.pane.copied() == "1"
        assert hand.pane.end_search()
        await hand.settle()
        assert hand.app.focused is hand.pane
        assert hand.foot().startswith("2 rows")


async def test_markdown_is_searched_in_its_source(opened: Open) -> None:
    async with opened(Artifact("notes.md", "text/markdown", Text("# Title\n\nsome *words*"))) as hand:
        await hand.show(DONE)
        assert hand.pane.labels == ("Text", "Source", "Files", "Raw", "Input")
        hand.pane.search()
        await hand.press("w", "o", "r")
        assert isinstance(hand.pane.viewer, TextView)
        assert hand.pane.copied() == "some *words*"


async def test_more_rows_are_asked_for_and_keep_the_place(opened: Open, engine: SavingEngine) -> None:
    def rows(count: int, *, more: bool) -> Artifact:
        return Artifact("r.csv", "text/csv", Rows(("a",), tuple((str(n),) for n in range(count)), count, more=more))

    async with opened(rows(200, more=True)) as hand:
        await hand.show(DONE)
        assert hand.foot().startswith("200 of at least 201 rows · + reads more")
        hand.pane.move_cursor(100)
        viewer = hand.pane.viewer
        engine.result = Result(DONE.id, (rows(1_000, more=False),))
        hand.pane.more()
        await hand.settle()
        assert engine.asked("fetch_result")[-1] == (DONE.id, None, 1_000)
        assert hand.pane.viewer is viewer
        assert hand.pane.copied() == "100"
        assert hand.foot().startswith("1,000 rows")
        hand.pane.more()
        assert hand.foot() == "these are all rows"


async def test_more_rows_that_are_refused_leave_the_table(opened: Open, engine: SavingEngine) -> None:
    table = Artifact("r.csv", "text/csv", Rows(("a",), (("1",),), 1, more=True))
    async with opened(table) as hand:
        await hand.show(DONE)
        engine.error = ProviderRefused("too many rows")
        hand.pane.more()
        await hand.settle()
        assert isinstance(hand.pane.viewer, RowsView)
        assert "too many rows" in hand.foot()


async def test_what_a_viewer_cannot_do_is_said(opened: Open) -> None:
    async with opened(TREE) as hand:
        await hand.show(DONE)
        hand.pane.widen(1)
        assert "only a table" in hand.foot()
        hand.pane.toggle_wrap()
        assert "no long lines" in hand.foot()
        hand.pane.less()
        assert hand.text().count("mean") == 1
        hand.pane.activate()
        await hand.settle()
        assert "mean" not in hand.text()
        hand.pane.export(as_json=False)
        assert "CSV is for tables" in hand.foot()


async def test_t2_what_is_copied_went_through_the_gate(opened: Open) -> None:
    async with opened(Artifact("r.csv", "text/csv", Rows(("a",), ((HOSTILE,),), 1, more=False))) as hand:
        await hand.show(DONE)
        assert hand.pane.copied() == "[/][@click=app.quit]x␛]52;c;AAAA\\x07\\u202e"
        assert "\x1b" not in hand.pane.copied(place=True)


async def test_t8_hostile_text_in_every_place_draws_no_control_character(opened: Open) -> None:
    artifacts = (
        Artifact(HOSTILE, HOSTILE, Rows((HOSTILE,), ((HOSTILE,),), 1, more=False), role=HOSTILE),
        Artifact(HOSTILE, HOSTILE, RemoteFile(f"https://h/{HOSTILE}", HOSTILE), role=HOSTILE, task_id=HOSTILE),
        Artifact(HOSTILE, "text/plain", Text(HOSTILE)),
        Artifact(HOSTILE, "", Document({HOSTILE: HOSTILE})),
    )
    async with opened(*artifacts, warnings=(HOSTILE,), raw=HOSTILE.encode()) as hand:
        await hand.show(DONE)
        for _ in hand.pane.labels:
            text = hand.text()
            assert all(line.isprintable() for line in text.split("\n"))
            assert "\u202e" not in text
            hand.pane.next_tab()
            await hand.settle()


# Files


async def test_a_file_tells_what_is_known_and_no_signature_of_its_link(opened: Open) -> None:
    async with opened(VIDEO) as hand:
        await hand.show(DONE)
        text = hand.text()
        assert "clip.mp4" in text
        assert "https://cdn.example.test/clip.mp4" in text
        assert "SECRET" not in text
        assert "for another 10 min" in text
        assert hand.pane.labels == ("Video", "Raw", "Input")


async def test_the_countdown_goes_on_by_itself_and_an_expired_link_says_so(opened: Open, clock: FakeClock) -> None:
    async with opened(VIDEO) as hand:
        await hand.show(DONE)
        clock.advance(9 * 60)
        hand.pane._renew_facts()
        await hand.settle()
        assert "for another 1 min 30 s" in hand.text()
        clock.advance(120)
        hand.pane._renew_facts()
        await hand.settle()
        assert "no longer works" in hand.text()
        assert hand.pane._tick is None


async def test_files_are_saved_with_progress_speed_time_left_and_checksum(
    opened: Open, engine: SavingEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.9 5555 10.0.0.2 2222")
    monkeypatch.setenv("USER", "ada")
    engine.steps = asyncio.Event()
    async with opened(VIDEO, TREE, size=(120, 24)) as hand:
        await hand.show(DONE)
        hand.pane.download()
        await hand.until(lambda: "25 %" in hand.text())
        assert "1.0 MiB of 4.0 MiB · 1.0 MiB/s · ~5 s left" in hand.text()
        hand.pane.download()
        await hand.settle()
        assert len(engine.asked("download")) == 2
        engine.steps.set()
        await hand.until(lambda: hand.text().count("✓") == 2)
        assert (tmp_path / "files" / "graph-1-clip.mp4").read_bytes() == engine.content
        assert "saved as" in hand.text()
        assert "ab" * 32 in hand.text()
        # A long path goes on in the next line.
        assert f"scp-P2222ada@10.0.0.2:{tmp_path}/files/graph-1-clip.mp4." in "".join(hand.text().split())
        # The last line says what C does; what it copies there is the line to fetch the file with.
        hand.pane.move_to_end(bottom=True)
        assert hand.pane.copied() == f"scp -P 2222 ada@10.0.0.2:{tmp_path}/files/graph-1-clip.mp4 ."
        assert "C copies" not in hand.pane.copied(place=True)
        assert not hand.pane.clear_transfers()
        await hand.settle()
        assert "✓" not in hand.text()


async def test_only_a_few_files_are_saved_at_once(opened: Open, engine: SavingEngine) -> None:
    engine.steps = asyncio.Event()
    files = [Artifact(f"{n}.bin", "video/mp4", RemoteFile("https://h/x"), role=f"v{n}") for n in range(9)]
    async with opened(*files) as hand:
        await hand.show(DONE)
        hand.pane.download()
        await hand.settle()
        assert engine.most_at_once == 3
        assert "waits for its turn" in hand.text()
        assert "and 5 more" in hand.text()
        engine.steps.set()
        await hand.until(lambda: len(engine.asked("download")) == 9 and engine.running == 0)
        assert engine.most_at_once == 3


async def test_h4_downloads_can_be_stopped_and_begun_again(opened: Open, engine: SavingEngine) -> None:
    engine.steps = asyncio.Event()
    files = [Artifact(f"{n}.bin", "video/mp4", RemoteFile("https://h/x"), role=f"v{n}") for n in range(4)]
    async with opened(*files, size=(120, 24)) as hand:
        await hand.show(DONE)
        hand.pane.download()
        await hand.until(lambda: engine.running == 3)
        assert hand.pane.stop_downloads() == 4
        await hand.until(lambda: engine.running == 0)
        assert hand.text().count("stopped") >= 4
        assert hand.pane.stop_downloads() == 0
        assert hand.pane.clear_transfers()
        engine.steps.set()
        hand.pane.download()
        await hand.until(lambda: hand.text().count("✓") >= 4)
        assert len(engine.asked("download")) == 3 + 4


async def test_j10_large_contents_are_counted_where_results_are_kept(opened: Open, engine: SavingEngine) -> None:
    async with opened() as hand:
        for number in range(3):
            image = Artifact("a.png", "image/png", InlineFile(bytes(30_000_000)))
            hand.pane._keep(JobId("media", str(number)), Result(JobId("media", str(number)), (image,)))
        assert [job_id.native for job_id in hand.pane._results] == ["1", "2"]


async def test_a_failed_download_says_what_to_do_and_can_be_tried_again(opened: Open, engine: SavingEngine) -> None:
    async with opened(VIDEO, size=(120, 24)) as hand:
        await hand.show(DONE)
        engine.error = DownloadError("no space left", hint="Free 3 MiB and try again.")
        hand.pane.download()
        await hand.until(lambda: "✗" in hand.text())
        assert "Free 3 MiB and try again." in hand.text()
        assert "D tries again" in hand.text()
        await hand.until(lambda: "no space left" in hand.said())
        hand.pane.download()
        await hand.until(lambda: "✓" in hand.text())
        await hand.settle()
        assert "✗" not in hand.text()


async def test_enter_saves_a_file_and_shows_it(opened: Open, engine: SavingEngine) -> None:
    remote = Artifact("log.txt", "text/plain", RemoteFile("https://h/log.txt"))
    rows = Artifact("rows.parquet", "application/octet-stream", RemoteFile("https://h/rows.parquet"))
    async with opened(remote, rows) as hand:
        await hand.show(DONE)
        assert "Enter saves it and shows it here" in hand.text()
        hand.pane.activate()
        await hand.until(lambda: isinstance(hand.pane.viewer, TextView))
        await hand.settle()
        assert "saved content, line one" in hand.text()
        assert "Files" in hand.pane.labels
        written = io.BytesIO()
        parquet.write_table(pa.table({"n": range(300)}), written)
        engine.content = written.getvalue()
        hand.pane.next_tab()
        hand.pane.activate()
        await hand.until(lambda: isinstance(hand.pane.viewer, RowsView))
        assert hand.foot() == "200 rows · the first of 300"
        hand.pane.more()
        assert "the saved file has the rest" in hand.foot()


async def test_the_library_for_a_table_that_came_along_is_not_loaded_while_keys_wait(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded_in: list[threading.Thread] = []

    class Notes(MetaPathFinder):
        def find_spec(self, fullname: str, *_: object) -> None:
            if fullname == "pyarrow.parquet":
                loaded_in.append(threading.current_thread())

    monkeypatch.delitem(sys.modules, "pyarrow.parquet")
    monkeypatch.setattr(sys, "meta_path", [Notes(), *sys.meta_path])
    written = io.BytesIO()
    parquet.write_table(pa.table({"n": range(3)}), written)
    async with opened(Artifact("rows", "", InlineFile(written.getvalue()))) as hand:
        await hand.show(DONE)
        await hand.until(lambda: isinstance(hand.pane.viewer, RowsView))
    (thread,) = loaded_in
    assert thread is not threading.current_thread()


async def test_a_saved_file_that_is_gone_again_is_told(opened: Open, engine: SavingEngine, tmp_path: Path) -> None:
    remote = Artifact("log.txt", "text/plain", RemoteFile("https://h/log.txt"))
    async with opened(remote) as hand:
        await hand.show(DONE)
        hand.pane.download()
        await hand.until(lambda: "saved as" in hand.text())
        (tmp_path / "files" / "graph-1-log.txt").unlink()
        hand.pane.activate()
        await hand.until(lambda: "can't be read back" in hand.said())


async def test_several_jobs_are_saved_and_unfinished_ones_are_told(opened: Open, engine: SavingEngine) -> None:
    jobs: Sequence[Job] = [DONE, job("graph:2", JobState.SUCCEEDED), job("graph:3", JobState.RUNNING)]
    async with opened(TREE) as hand:
        hand.pane.download()
        await hand.settle()
        assert "No job is selected" in hand.said()
        hand.pane.download([*jobs, job("graph:4", JobState.LOST)])
        await hand.until(lambda: len(engine.asked("download")) == 2)
        assert "graph:3 not finished" in hand.said()
        assert "graph:4 lost: nothing to save" in hand.said()


async def test_a_table_that_is_shown_in_part_is_saved_whole_or_said_to_be_cut(
    opened: Open, engine: SavingEngine
) -> None:
    part = Artifact("rows.csv", "text/csv", Rows(("a",), (("1",),), 1, more=True))
    whole = replace(part, content=Rows(("a",), (("1",), ("2",)), 10_000, more=False))
    async with opened(part) as hand:
        await hand.show(DONE)
        engine.result = Result(DONE.id, (whole,))
        hand.pane.download()
        await hand.until(lambda: len(engine.asked("download")) == 1)
        assert engine.asked("fetch_result")[-1] == (DONE.id, None, 10_000)
        assert engine.asked("download")[0][1] == replace(whole, name="graph-1-rows.csv")
        assert "only the first" not in hand.said()
        hand.pane._results[DONE.id] = engine.result = Result(DONE.id, (part,))
        hand.pane.download()
        await hand.until(lambda: len(engine.asked("download")) == 2)
        assert "only the first 10,000 rows are saved" in hand.said()


async def test_a_result_whose_parts_could_not_be_read_says_so_and_not_that_there_is_none(
    opened: Open, engine: SavingEngine
) -> None:
    async with opened() as hand:
        engine.result = Result(DONE.id, warnings=("reading the rows of Rings: no such task",))
        hand.pane.download([DONE])
        await hand.settle()
        assert "reading the rows of Rings" in hand.said()
        assert "left nothing" not in hand.said()


async def test_a_search_in_a_part_of_a_table_says_that_it_was_one(opened: Open) -> None:
    part = Artifact("rows.csv", "text/csv", Rows(("a",), (("1",),), 1, more=True))
    async with opened(part) as hand:
        await hand.show(DONE)
        hand.pane.search()
        await hand.press(*"zzz")
        assert "not found in the rows that are here" in hand.foot()


async def test_a_result_that_cannot_be_read_is_not_saved_and_told(opened: Open, engine: SavingEngine) -> None:
    async with opened() as hand:
        engine.error = ProviderRefused("gone", hint="Run it again.")
        hand.pane.download([DONE])
        await hand.settle()
        assert "gone. Run it again." in hand.said()
        hand.pane.download([DONE])
        await hand.settle()
        assert "left nothing to save" in hand.said()


async def test_of_many_jobs_that_cannot_be_saved_one_notice_tells(opened: Open, engine: SavingEngine) -> None:
    jobs = [job(f"graph:{number}", JobState.SUCCEEDED) for number in range(1, 7)]
    async with opened() as hand:
        for done in jobs:
            hand.pane._results[done.id] = Result(
                done.id, warnings=() if done is jobs[0] or done is jobs[1] else ("gone",)
            )
        hand.pane.download(jobs)
        await hand.settle()
        assert "2 jobs left nothing to save" in hand.said()
        assert "graph:3: gone · graph:4: gone · graph:5: gone · and 1 more" in hand.said()
        assert hand.said().count("gone") == 3


async def test_a_table_is_exported_as_csv_and_as_json(opened: Open, engine: SavingEngine) -> None:
    rows = Artifact("rows.csv", "text/csv", Rows(("a", "b"), (("1", "x", "extra"),), 1, more=True))
    async with opened(rows) as hand:
        await hand.show(DONE)
        hand.pane.export(as_json=False)
        hand.pane.export(as_json=True)
        assert "the 1 rows that are here are exported" in hand.foot()
        await hand.until(lambda: len(engine.asked("download")) == 2)
        saved = [call[1] for call in engine.asked("download")]
        assert saved[0] == replace(rows, name="graph-1-rows.csv")
        assert isinstance(saved[1], Artifact)
        assert saved[1].name == "graph-1-rows.json"
        assert saved[1].content == Document([{"a": "1", "b": "x", "column 3": "extra"}])


# Size


async def test_ten_megabytes_of_json_are_shown_in_an_instant_as_a_tree_and_raw(opened: Open) -> None:
    value: JsonValue = [{"id": n, "name": f"vertex {n}", "score": n / 7} for n in range(150_000)]
    raw = json.dumps(value).encode()
    assert len(raw) > 8_000_000
    async with opened() as hand:
        await hand.show(RUNNING)
        result = Result(DONE.id, (Artifact("r.json", "application/json", Document(value)),), raw=raw)
        hand.pane._results[DONE.id] = result
        hand.pane.job = DONE
        for expected in (JsonView, FactsView, TextView):
            began = time.process_time()
            await hand.settle()
            assert isinstance(hand.pane.viewer, expected)
            assert time.process_time() - began < 10.0  # an order of magnitude, not a speed
            hand.pane.next_tab()
