"""Ids from elsewhere, as they are typed and pasted."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import TextArea

from jobtui.app.screens.choosing import SourceLine
from jobtui.app.screens.track import TrackScreen, read_ids
from jobtui.core.errors import JobNotFound, JobtuiError, ProviderRefused, SignInRefused, Unreachable, UsageError
from jobtui.core.jobs import JobId
from tests.app.conftest import Open
from tests.app.scripted_engine import ScriptedEngine

PROVIDERS = {"graph": "nebula", "evo": "evo", "rest": "http"}


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("1964", "graph:1964"),
        ("1, 2\n3\t4 1", "graph:1 graph:2 graph:3 graph:4"),
        ("graph:1 1 graph:2", "graph:1 graph:2"),
        ("geostatistics/kriging/9b2f evo:a/b/1", "graph:geostatistics/kriging/9b2f evo:a/b/1"),
        ("rest:urn:uuid:1", "rest:urn:uuid:1"),
    ],
)
def test_ids_are_parted_and_addresses_name_their_source(text: str, addresses: str) -> None:
    assert " ".join(map(str, read_ids(text, "graph", PROVIDERS))) == addresses


def test_an_api_that_a_file_describes_may_have_colons_in_its_ids() -> None:
    assert read_ids("urn:uuid:1", "rest", PROVIDERS) == (JobId("rest", "urn:uuid:1"),)


@pytest.mark.parametrize("text", ["", " \n", "a/../b", " ".join(map(str, range(1001)))])
def test_what_cannot_be_ids_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_ids(text, "graph", PROVIDERS)


@pytest.mark.parametrize(
    ("source", "text"), [("graph", "other:1964"), ("graph", "https://a.example/jobs/1"), ("rest", "http://a.example/1")]
)
def test_an_address_or_link_of_no_configured_source_is_refused_with_the_sources_that_are(
    source: str, text: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_ids(text, source, PROVIDERS)
    assert "Configured sources: graph, evo, rest." in caught.value.in_full


async def test_t_tracks_pasted_ids_at_the_current_source(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        source = app.main.jobs.current.source if app.main.jobs.current else ""
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "a/1\nb/2"
        await app.press("ctrl+s")
        assert engine.asked("track") == [(source, ("a/1", "b/2"))]
        assert app.app.screen is app.main


async def test_an_id_that_the_service_does_not_know_is_not_watched_and_stays_to_be_mended(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        app.main.jobs.select(JobId("graph", "30712"))
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "1 2"
        engine.error = JobNotFound("looking at job 1: no job of that id")
        await app.press("ctrl+s")
        assert isinstance(app.app.screen, TrackScreen)
        assert "No such job at graph: 1 (looking at job 1: no job of that id)" in app.text("#track-wrong")
        assert app.app.screen.query_one(TextArea).text == "1"
        assert engine.asked("track") == [("graph", ("2",))]
        await app.press("escape")
        assert "Watching 1 job at graph." in app.said()


@pytest.mark.parametrize("error", [Unreachable("no connection"), SignInRefused("the token is not accepted")])
async def test_what_can_not_be_looked_at_is_watched_and_called_unconfirmed(
    opened: Open, engine: ScriptedEngine, error: JobtuiError
) -> None:
    async with opened() as app:
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "graph:1"
        engine.error = error
        await app.press("ctrl+s")
        assert engine.asked("track") == [("graph", ("1",))]
        assert f"Not confirmed yet, 1 could not be looked at: {error}" in app.said()
        assert app.app.screen is app.main


async def test_what_was_wrong_is_gone_once_another_source_is_chosen_and_the_ids_go_there(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        app.main.jobs.select(JobId("graph", "30712"))
        await app.press("t")
        app.app.screen.query_one(TextArea).text = "x"
        engine.error = ProviderRefused("no")
        await app.press("ctrl+s", "shift+tab", "j")
        assert app.app.screen.query_one(SourceLine).value == "evo"
        assert app.text("#track-wrong") == ""
        await app.press("k", "left", "down", "j", "ctrl+s")
        assert engine.asked("track") == [("evo", ("x",))]


async def test_what_is_wrong_with_what_was_typed_right_before_is_said(opened: Open) -> None:
    async with opened(size=(60, 20)) as app:
        await app.press("t")
        app.app.post_message(events.Paste("https://a.example/1"))
        app.app.post_message(events.Key("ctrl+s", None))
        await app.settle()
        assert "is a link, not an id" in " ".join(app.text("#track-wrong").split())
        await app.press("x")
        assert app.text("#track-wrong") == ""


async def test_nothing_typed_is_said_and_esc_closes(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("t", "ctrl+s")
        assert "no id was given" in app.text("#track-wrong")
        await app.press("escape")
        assert app.app.screen is app.main
        assert engine.asked("track") == []


def test_of_many_sources_those_around_the_chosen_one_are_shown() -> None:
    names = [f"s{number}" for number in range(30)]
    for chosen, first, last in (("s0", "s0", "s8"), ("s15", "s11", "s19"), ("s29", "s21", "s29")):
        shown = SourceLine(names, chosen, id="line").render().plain.replace("\N{NO-BREAK SPACE}", " ").split("   ")
        assert shown[0] == f"{names.index(chosen) + 1} of 30:"
        assert (shown[1].split()[1], shown[-1].split()[1]) == (first, last)
        assert f"● {chosen}" in shown
