"""Ids from elsewhere, as they are typed and pasted."""

from __future__ import annotations

import pytest
from textual.widgets import TextArea

from jobtui.app.screens.track import TrackScreen, read_ids
from jobtui.core.errors import JobNotFound, UsageError
from tests.app.conftest import Open
from tests.app.scripted_engine import ScriptedEngine


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1964", ("1964",)),
        ("1, 2\n3\t4", ("1", "2", "3", "4")),
        ("graph:1 1 graph:2", ("1", "2")),
        ("geostatistics/kriging/9b2f", ("geostatistics/kriging/9b2f",)),
    ],
)
def test_ids_are_parted_and_addresses_shortened(text: str, ids: tuple[str, ...]) -> None:
    assert read_ids(text, "graph") == ids


@pytest.mark.parametrize("text", ["", " \n", "a/../b", " ".join(map(str, range(1001)))])
def test_what_cannot_be_ids_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_ids(text, "graph")


async def test_t_tracks_pasted_ids_at_the_current_source(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        source = app.main.jobs.current.source if app.main.jobs.current else ""
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "a/1\nb/2"
        await app.press("ctrl+s")
        assert engine.asked("track") == [(source, ("a/1", "b/2"))]
        assert app.app.screen is app.main


async def test_a_refusal_stays_on_the_dialog(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "a/1"
        engine.error = JobNotFound("no job of that id")
        await app.press("ctrl+s")
        assert isinstance(app.app.screen, TrackScreen)
        assert "no job of that id" in app.text("#track-wrong")


async def test_nothing_typed_is_said_and_esc_closes(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("t", "ctrl+s")
        assert "no id was given" in app.text("#track-wrong")
        await app.press("escape")
        assert app.app.screen is app.main
        assert engine.asked("track") == []
