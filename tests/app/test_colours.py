"""The list under the terminal's own colours and without any: nothing is told by colour alone."""

from __future__ import annotations

import pytest
from rich.segment import Segment

from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Document, Result
from jobtui.core.states import JobState
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import ScriptedEngine, job


@pytest.fixture
def engine() -> ScriptedEngine:
    """A job in each state."""
    engine = ScriptedEngine()
    engine.publish(*(job(f"graph:{number}", state, name=f"job {number}") for number, state in enumerate(JobState)))
    return engine


def pieces(app: Opened) -> list[Segment]:
    return [piece for strip in app.app.screen._compositor.render_strips() for piece in strip if piece.style]


def row_of(app: Opened, name: str) -> list[Segment]:
    """The pieces of the list's row that names a job."""
    width = app.main.jobs.size.width
    strips = [strip.crop(1, 1 + width) for strip in app.app.screen._compositor.render_strips()]
    return next([*strip] for strip in strips if name in strip.text)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_an_ansi_theme_has_the_terminal_s_own_colours_only_and_shows_where_the_cursor_rests(
    opened: Open, theme: str
) -> None:
    async with opened(theme=theme) as app:
        await app.press("space", "j")
        colours = {
            colour for piece in pieces(app) if piece.style for colour in (piece.style.color, piece.style.bgcolor)
        }
        assert {colour.triplet for colour in colours if colour} == {None}
        await app.press("tab")
        current = app.main.jobs.current_job
        assert current is not None
        for number, _ in enumerate(JobState):
            name = f"job {number}"
            underlined = {piece.style and piece.style.underline for piece in row_of(app, name) if piece.text.strip()}
            assert (underlined == {True}) is (name == current.name)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_under_an_ansi_theme_no_text_has_the_colour_it_stands_on(opened: Open, theme: str) -> None:
    async with opened(theme=theme) as app:
        await app.press("space", "j")
        engine_row = row_of(app, "job 1")
        assert engine_row
        for piece in pieces(app):
            assert piece.style is not None
            is_default = piece.style.color is None or piece.style.color.is_default
            drawn = piece.text.strip() and not piece.style.reverse
            assert not drawn or is_default or piece.style.color != piece.style.bgcolor, piece


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_no_color_leaves_only_greys(opened: Open, monkeypatch: pytest.MonkeyPatch, theme: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(theme=theme) as app:
        for piece in pieces(app):
            assert piece.style is not None
            for colour in (piece.style.color, piece.style.bgcolor):
                assert colour is None or colour.triplet is None or len(set(colour.triplet)) == 1


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_without_any_colour_the_cursor_the_marks_and_the_states_can_still_be_told(
    opened: Open, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(theme=theme) as app:
        assert app.main.jobs.select(JobId("graph", "3"))
        await app.press("space")
        current = app.main.jobs.current_job
        assert current is not None
        assert all(piece.style and piece.style.reverse for piece in row_of(app, current.name) if piece.text.strip())
        assert not any(piece.style and piece.style.reverse for piece in row_of(app, "job 3"))
        assert "●" in "".join(piece.text for piece in row_of(app, "job 3"))
        for number, state in enumerate(JobState):
            text = "".join(piece.text for piece in row_of(app, f"job {number}"))
            assert state.glyph in text
            assert state.value in text
        assert all(piece.style and (piece.style.color is None or piece.style.color.is_default) for piece in pieces(app))


@pytest.mark.parametrize("no_color", [False, True])
async def test_under_an_ansi_theme_the_cursor_of_a_result_is_seen_and_what_stands_on_it_read(
    opened: Open, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, *, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    ended = job("graph:8", JobState.SUCCEEDED)
    engine.publish(ended)
    engine.result = Result(ended.id, (Artifact("a.json", "application/json", Document({"width": 1, "height": 2})),))
    async with opened(theme="ansi-dark") as app:
        assert app.main.jobs.select(ended.id)
        await app.press("v")
        while "width" not in app.screen_text():
            await app.settle()
        await app.press("j")
        on_cursor, elsewhere = (
            next(piece.style for piece in pieces(app) if piece.text == name) for name in ("width", "height")
        )
        assert on_cursor is not None
        assert elsewhere is not None
        assert (on_cursor.bgcolor, on_cursor.reverse) != (elsewhere.bgcolor, elsewhere.reverse)
        assert on_cursor.color != on_cursor.bgcolor or no_color


async def test_without_any_colour_a_menu_s_chosen_line_stands_out(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(theme="ansi-dark") as app:
        await app.press("s", "j")
        underlined = "".join(piece.text for piece in pieces(app) if piece.style and piece.style.underline)
        assert "created" in underlined
        assert "finished" not in underlined
