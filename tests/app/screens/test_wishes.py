"""What is asked of the engine: with which question, for which jobs, and what is said when it fails."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from jobtui.app.screens.confirm import ConfirmScreen, named_jobs
from jobtui.core.errors import (
    JobNotFound,
    JobtuiError,
    NotOffered,
    ProtocolError,
    RateLimited,
    SignInRefused,
    Unreachable,
)
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Result, Rows
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Health
from jobtui.providers.base import CancelReply
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import EVO, MEDIA, ScriptedEngine, job

KRIGING = JobId("evo", "geostatistics/kriging/9b2f")
FRAUD = JobId("graph", "30712")
HAILUO = JobId("media", "minimax/31405")
FAILED = JobId("evo", "geostatistics/break-ties/77aa")


async def at(app: Opened, job_id: JobId) -> None:
    app.clock.advance(1)
    assert app.main.jobs.select(job_id)
    await app.settle()


async def test_x_asks_names_the_job_and_its_source_and_enter_means_no(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x")
        text = app.screen_text()
        assert "evo:geostatistics/kriging/9b2f" in text
        assert "Cancel this job at evo?" in text
        assert app.app.focused is app.app.screen.query_one("#no")
        await app.press("enter")
        assert app.app.screen is app.main
        assert engine.asked("cancel") == []


@pytest.mark.parametrize("keys", [("n",), ("escape",), ("q",)])
async def test_x_then_no_cancels_nothing(opened: Open, engine: ScriptedEngine, keys: tuple[str, ...]) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x", *keys)
        assert app.app.screen is app.main
        assert engine.asked("cancel") == []


@pytest.mark.parametrize("keys", [("y",), ("right", "enter"), ("tab", "enter")])
async def test_x_then_yes_cancels_once(opened: Open, engine: ScriptedEngine, keys: tuple[str, ...]) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x", *keys)
        assert engine.asked("cancel") == [(KRIGING,)]
        assert "Asked to cancel 1 job" in app.said()


async def test_x_pressed_twice_opens_one_question(opened: Open) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.pilot.press("x", "x")
        await app.settle()
        assert len(app.app.screen_stack) == 2


@pytest.mark.parametrize(
    ("answer", "cancelled", "marked"),
    [
        (("a",), [(KRIGING,), (FRAUD,)], ()),
        (("right", "enter"), [(FRAUD,)], (KRIGING,)),
        (("y", "enter"), [], (KRIGING, FRAUD)),
    ],
    ids=["all", "shown", "none"],
)
async def test_x_on_marked_jobs_asks_again_about_those_that_the_filter_hides(
    opened: Open,
    engine: ScriptedEngine,
    answer: tuple[str, ...],
    cancelled: list[tuple[JobId]],
    marked: tuple[JobId, ...],
) -> None:
    async with opened() as app:
        for job_id in (KRIGING, FRAUD):
            await at(app, job_id)
            await app.press("space")
        await app.press("slash", *"graph", "enter", "x")
        text = app.screen_text()
        assert "Cancel 2 jobs?" in text
        assert "hidden by the filter (1)" in text
        assert text.index("graph:30712") < text.index("hidden by the filter") < text.index("evo:geostatistics/kriging")
        await app.press("y")
        assert engine.asked("cancel") == []
        text = app.screen_text()
        assert "1 of them is not on the screen. Cancel that one too?" in text
        assert ("evo:geostatistics/kriging" in text, "Only the 1 shown" in text) == (True, True)
        await app.press(*answer)
        assert sorted(engine.asked("cancel")) == cancelled
        assert app.main.jobs.marked == marked


def test_a_long_address_leaves_its_job_s_name_in_the_line_before_it() -> None:
    shown = job("evo:geostatistics/declustering/b56b5433-20cf-4759-b430-cb8776d0eeb3", name="declustering b56b5433")
    first, second, *_ = (line.plain for line in named_jobs([shown]).wrap(53))
    assert first == "▶ declustering b56b5433  running"
    assert second.startswith("evo:geostatistics/declustering")


async def test_where_no_marked_job_is_on_the_screen_there_is_no_answer_for_the_shown(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("space", "slash", *"graph", "enter", "T", "y")
        assert "It is not on the screen. Go on all the same?" in app.screen_text()
        await app.press("s")
        assert engine.asked("forget") == []
        await app.press("a")
        assert engine.asked("forget") == [((KRIGING,),)]


async def test_x_on_all_names_those_that_are_left_alone_and_why(opened: Open) -> None:
    async with opened() as app:
        await app.press("asterisk", "x")
        left = app.text("#confirm-left")
        assert "graph:30711: succeeded already" in left
        assert "media:minimax/31405: its service has no way to cancel" in left
        assert "graph:30712" not in left


async def test_a_question_about_many_keeps_its_buttons_in_sight_and_scrolls_to_the_last(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.publish(*(job(f"graph:{number}") for number in range(100, 140)))
    async with opened(size=(60, 20)) as app:
        await app.press("asterisk", "x")
        assert "Cancel them" in app.screen_text()
        assert "graph:30711: succeeded" not in app.screen_text()
        await app.press(*["pagedown"] * 9)
        assert "graph:30711: succeeded" in app.screen_text()


async def test_x_on_a_job_that_is_over_says_so(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await at(app, FAILED)
        await app.press("x")
        assert "over already" in app.said()
        assert app.app.screen is app.main


async def test_x_where_nothing_can_be_cancelled_says_why_and_offers_to_stop_watching(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await at(app, HAILUO)
        await app.press("x")
        text = app.screen_text()
        assert MEDIA.capabilities.why_no_cancel in text
        assert "Stop watching instead?" in text
        await app.press("y")
        assert engine.asked("cancel") == []
        assert engine.asked("forget") == [((HAILUO,),)]


async def test_x_at_a_read_only_source_is_refused(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, read_only=True))
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x")
        assert "read-only" in app.said()
        assert app.app.screen is app.main


@pytest.mark.parametrize(
    ("error", "reply", "words"),
    [
        (
            Unreachable("broken off", hint="Is the network up?"),
            CancelReply(accepted=True),
            "is not known, its state will",
        ),
        (ProtocolError("a web page"), CancelReply(accepted=True), "is not known, its state will tell: a web page"),
        (RateLimited("HTTP 429", hint="Later."), CancelReply(accepted=True), "was not cancelled: HTTP 429. Later."),
        (None, CancelReply(accepted=False, reason="it is over already"), "it is over already"),
    ],
)
async def test_j8_a_refused_cancel_is_told_with_its_reason_and_a_lost_answer_as_one(
    opened: Open, engine: ScriptedEngine, error: JobtuiError | None, reply: CancelReply, words: str
) -> None:
    engine.cancel_reply = reply
    async with opened() as app:
        await at(app, KRIGING)
        engine.error = error
        await app.press("x", "y")
        assert words in app.said()
        assert "Asked to cancel" not in app.said()


async def test_j8_a_cancel_without_an_answer_yet_says_so_and_is_not_asked_for_again(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.gate = asyncio.Event()
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x", "y")
        assert "no answer yet" in app.said()
        await app.press("x")
        assert "being asked to cancel it already" in app.said()
        assert app.app.screen is app.main
        engine.gate.set()
        await app.settle()
        assert "Asked to cancel 1 job" in app.said()
        assert engine.asked("cancel") == [(KRIGING,)]


async def test_a_job_that_ends_under_the_question_is_not_cancelled(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("x")
        engine.publish(job(str(KRIGING), JobState.SUCCEEDED))
        await app.settle()
        await app.press("y")
        assert engine.asked("cancel") == []
        assert "over meanwhile" in app.said()


async def test_a_source_that_refuses_all_cancels_fills_no_screen_with_it(opened: Open, engine: ScriptedEngine) -> None:
    engine.failing["cancel"] = RateLimited("HTTP 429")
    engine.publish(*(job(f"graph:9{number}") for number in range(6)))
    async with opened() as app:
        await app.press("asterisk", "x", "y")
        assert len(engine.asked("cancel")) > 6
        assert app.said().count("was not cancelled") == 3
        assert "other jobs cancelled" in app.said()


async def test_T_asks_and_stops_watching(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await at(app, FAILED)
        await app.press("T")
        assert isinstance(app.app.screen, ConfirmScreen)
        await app.press("enter")
        assert engine.asked("forget") == []
        await app.press("T", "y")
        assert engine.asked("forget") == [((FAILED,),)]
        assert app.main.jobs.total == 4


async def test_r_asks_this_source_and_R_all(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await at(app, FRAUD)
        await app.press("r", "R")
        assert engine.asked("refresh") == [("graph",), (None,)]


async def test_R_names_the_sources_that_gave_no_good_answer(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, health=Health.BUSY, detail="429"))
    async with opened() as app:
        await at(app, FRAUD)
        await app.press("R")
        assert "no good answer from evo" in app.said()
        await app.press("r")
        assert "Asked graph just now." in app.said()


async def test_a_switches_the_automatic_refresh_and_the_top_says_so(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        assert "a:auto" in app.screen_text()
        await app.press("a")
        assert engine.asked("set_automatic") == [(False,)]
        assert "a:by hand" in app.screen_text()
        await app.press("a")
        assert engine.asked("set_automatic")[-1] == (True,)
        assert "a:auto" in app.screen_text()


async def test_a_pressed_twice_before_the_engine_tells_of_it_leaves_all_as_it_was(
    opened: Open, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes: list[bool] = []
    monkeypatch.setattr(engine, "set_automatic", wishes.append)
    async with opened() as app:
        await app.press("a", "a")
    assert wishes == [False, True]


async def test_h11_signing_in_again_goes_to_all_sources_that_are_signed_out(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.set_status(replace(EVO, health=Health.SIGNED_OUT, detail="the token was refused"))
    engine.set_status(replace(MEDIA, health=Health.SIGNED_OUT))
    async with opened() as app:
        assert "the token was refused" in app.screen_text()
        await app.app.run_action("screen.sign_in")
        await app.settle()
        assert sorted(engine.asked("sign_in")) == [("evo",), ("media",)]
        engine.failing["sign_in"] = SignInRefused("HTTP 401", hint="It is configured as sources.evo.token, env TOKEN.")
        await app.press("L")
        assert "evo: HTTP 401. It is configured as sources.evo.token, env TOKEN. L signs in again." in app.said()


def clipboard(app: Opened) -> str:
    assert app.terminal
    sequence = app.terminal[-1]
    assert sequence.startswith("\x1b]52;c;")
    return base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode()


async def test_p9_y_sends_the_address_and_does_not_claim_that_it_was_copied(opened: Open) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("y")
        assert clipboard(app) == str(KRIGING)
        assert "Sent to the terminal's clipboard" in app.said()
        assert "copied" not in app.said().lower()


async def test_y_sends_the_addresses_of_all_marked_jobs(opened: Open) -> None:
    async with opened() as app:
        await app.press("asterisk", "y")
        assert len(clipboard(app).splitlines()) == 5


async def test_Y_sends_a_curl_line_without_the_secret(opened: Open) -> None:
    async with opened() as app:
        await app.press("Y")
        assert clipboard(app).startswith('curl -H "Authorization: Bearer $TOKEN"')


async def test_o_sends_and_shows_the_link(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("o")
        assert clipboard(app) == engine.url
        assert engine.url in app.said()
        engine.url = ""
        await app.press("o")
        assert "no link" in app.said()


async def test_s1_a_source_that_is_gone_costs_no_crash(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        engine.error = NotOffered("there is no such source")
        await app.press("o")
        assert "there is no such source" in app.said()


async def test_e_fetches_the_payload_and_says_where_a_pager_cannot_be_shown(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await at(app, KRIGING)
        await app.press("e")
        assert engine.asked("raw_body") == [(KRIGING,)]
        assert "can't be handed to another program" in app.said()
        engine.error = JobNotFound("no such job")
        await app.press("e")
        assert "no such job" in app.said()


async def test_keys_on_an_empty_list_say_that_nothing_is_selected(opened: Open, engine: ScriptedEngine) -> None:
    engine.remove(*engine.snapshot.jobs)
    async with opened() as app:
        for key in ("x", "T", "y", "Y", "o", "e", "c"):
            await app.press(key)
            assert "No job is selected" in app.said()
            app.app.clear_notifications()
            await app.settle()
        await app.press("enter", "space", "V", "asterisk", "v", "D")
        assert app.app.is_running


async def test_leaving_while_a_submission_is_under_way_asks_first(opened: Open, engine: ScriptedEngine) -> None:
    engine.gate = asyncio.Event()
    async with opened() as app:
        app.app.run_worker(engine.submit("evo", "t", {}), group="submit")
        await app.press("q")
        assert isinstance(app.app.screen, ConfirmScreen)
        await app.press("n")
        assert app.app.return_code is None
        engine.gate.set()
        await app.settle()
        await app.press("q")
        assert app.app.return_code == 0


async def test_D_in_the_result_saves_what_is_shown_whatever_is_marked(
    opened: Open, engine: ScriptedEngine, tmp_path: Path
) -> None:
    for name in ("shown", "marked"):
        job_id = JobId("graph", name)
        engine.publish(job(str(job_id), JobState.SUCCEEDED))
        rows = Artifact(f"{name}.csv", "text/csv", Rows(("vid",), (("a",),), 200, more=False))
        engine.results[job_id] = Result(job_id, (rows,))
    async with opened(download_dir=tmp_path) as app:
        await at(app, JobId("graph", "marked"))
        await app.press("space")
        await at(app, JobId("graph", "shown"))
        await app.press("v", "D")
        assert {asked[0] for asked in engine.asked("download")} == {JobId("graph", "shown")}
        await app.press("1", "D")
        assert {asked[0] for asked in engine.asked("download")} == {JobId("graph", "shown"), JobId("graph", "marked")}


async def test_D_asks_for_the_result_that_is_to_be_saved(opened: Open, engine: ScriptedEngine) -> None:
    engine.publish(job("graph:done", JobState.SUCCEEDED))
    async with opened() as app:
        await at(app, JobId("graph", "done"))
        await app.press("D")
        assert engine.asked("fetch_result")[0][0] == JobId("graph", "done")
