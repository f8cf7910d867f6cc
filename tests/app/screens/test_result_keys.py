"""Every key of the result pane, pressed in the whole app."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from jobtui.app.panes.result import ResultPane
from jobtui.app.panes.viewers.rows import RowsView
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Document, Result, Rows, Text
from tests.app.conftest import Opened
from tests.app.scripted_engine import ScriptedEngine

Open = Callable[..., AbstractAsyncContextManager[Opened]]
DONE = JobId("graph", "30711")
TABLE = Artifact("rows.csv", "text/csv", Rows(("vid", "score"), (("a", "1"), ("b", "2"), ("c", "3")), 200, more=True))
TREE = Artifact("r.json", "application/json", Document({"target": {"name": "grade"}, "list": [1, 2]}))
NOTES = Artifact("notes.txt", "text/plain", Text("x" * 300 + "\nsecond"))


@pytest.fixture
def done(engine: ScriptedEngine) -> ScriptedEngine:
    engine.result = Result(DONE, (TABLE, TREE, NOTES), raw=b'{"whole": "answer"}')
    return engine


async def to_result(app: Opened) -> ResultPane:
    """Go to the finished job's result, and let it come."""
    app.main.jobs.select(DONE)
    await app.settle()
    await app.press("v")
    pane = app.main.query_one(ResultPane)
    if pane.viewer is None:
        pane._fetch(DONE)
        await app.settle()
    return pane


def clipboard(app: Opened) -> str:
    sequence = next(text for text in reversed(app.terminal) if "]52;" in text)
    return base64.b64decode(sequence.split(";")[2].split("\x07")[0]).decode()


async def test_the_cursor_moves_by_row_page_and_end(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        pane = await to_result(app)
        view = pane.viewer
        assert isinstance(view, RowsView)
        places = []
        for key in ("j", "down", "k", "up", "G", "g", "end", "home", "ctrl+d", "ctrl+u", "pagedown", "pageup"):
            await app.press(key)
            places.append(view.cursor)
        assert places == [1, 2, 1, 0, 2, 0, 2, 0, 2, 0, 2, 0]
        assert app.main.at == "result"


async def test_columns_move_widen_narrow_and_fit(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        view = (await to_result(app)).viewer
        assert isinstance(view, RowsView)
        columns = []
        for key in ("l", "h", "right", "left"):
            await app.press(key)
            columns.append(view.column)
        assert columns == [1, 0, 1, 0]
        widths = []
        for key in ("greater_than_sign", "less_than_sign", "equals_sign"):
            await app.press(key)
            widths.append(view.widths[0])
        assert widths == [7, 4, 3]


async def test_values_rows_and_paths_are_copied(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        await to_result(app)
        await app.press("j", "C")
        assert clipboard(app) == "b"
        await app.press("P")
        assert clipboard(app) == "b\t2"
        await app.press("right_square_bracket", "j", "l", "P")
        assert clipboard(app) == "$.target.name"
        await app.press("y")
        assert clipboard(app) == str(DONE)


async def test_a_tree_folds_by_enter_space_plus_and_minus(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        await to_result(app)
        await app.press("right_square_bracket", "j")
        assert "grade" in app.screen_text()
        await app.press("enter")
        assert "grade" not in app.screen_text()
        await app.press("space")
        assert "grade" in app.screen_text()
        await app.press("j")
        assert "$.target.name" in app.screen_text()
        await app.press("minus")
        assert "grade" not in app.screen_text()
        assert "$.target.name" not in app.screen_text()
        assert "$.target" in app.screen_text()
        await app.press("plus")
        assert "grade" in app.screen_text()
        assert not app.main.jobs.marked


async def test_plus_reads_more_rows(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        await to_result(app)
        await app.press("plus")
        assert done.asked("fetch_result")[-1] == (DONE, None, 1000)


async def test_wrap_and_raw(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        pane = await to_result(app)
        await app.press("right_square_bracket", "right_square_bracket")
        assert pane.viewer is not None
        before = app.screen_text()
        await app.press("w")
        assert app.screen_text() != before
        await app.press("i")
        assert '"whole": "answer"' in app.screen_text()
        await app.press("left_square_bracket")
        assert '"whole"' not in app.screen_text()


async def test_the_last_answer_of_a_running_job_is_one_key_away(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        app.main.jobs.select(JobId("graph", "30712"))
        await app.settle()
        await app.press("i")
        assert '"status": "running"' in app.screen_text()
        assert app.main.at == "result"


async def test_search_filter_steps_and_escape(opened: Open, done: ScriptedEngine) -> None:
    async with opened() as app:
        pane = await to_result(app)
        await app.press("ampersand", "1", "enter", "slash", "a", "enter")
        assert "1 of 1 · 1 of 3 rows with '1'" in app.screen_text()
        await app.press("n", "N")
        assert pane.copied() == "a"
        seen = []
        for _ in range(3):
            await app.press("escape")
            assert pane.viewer is not None
            seen.append((pane.viewer.needle, pane.viewer.filter_text, app.main.at))
        assert seen == [("", "1", "result"), ("", "", "result"), ("", "", "list")]


async def test_export_and_download_name_their_files_and_escape_takes_the_lines_away(
    opened: Open, done: ScriptedEngine
) -> None:
    async with opened() as app:
        await to_result(app)
        await app.press("E", "J", "D")
        names = [call[1].name for call in done.asked("download")]  # type: ignore[attr-defined]
        assert names == [f"graph-30711-{name}" for name in ("rows.csv", "rows.json", "rows.csv", "r.json", "notes.txt")]
        assert "✓" in app.text("#result-transfers")
        await app.press("escape")
        assert app.main.at == "list"
        assert not app.main.query_one("#result-transfers").display


async def test_a_download_says_that_it_began_where_its_line_is_not_seen_and_stops_by_an_action_that_says_so(
    opened: Open, done: ScriptedEngine
) -> None:
    async with opened(size=(60, 20)) as app:
        app.main.jobs.select(DONE)
        await app.press("D")
        assert f"Saving the results of 1 job in {app.main.options.download_dir}: v shows how far." in app.said()
        app.main.action_stop_downloads()
        await app.settle()
        assert "No download is under way." in app.said()
