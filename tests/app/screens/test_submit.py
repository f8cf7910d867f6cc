"""The form: suggestions, checks before sending, one sending, and every outcome said as it is."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button, Input, Static, TextArea

from jobtui.app.screens.choosing import SourceLine
from jobtui.app.screens.submit import SubmitScreen
from jobtui.core.errors import InvalidInput, InvalidParameter, OutcomeUnknown, Unreachable
from jobtui.core.jobs import JobId, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import SubmitRecord
from jobtui.providers.base import Target, TargetParameter
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import EVO, ScriptedEngine, job

KRIGING = JobId("evo", "geostatistics/kriging/9b2f")
TARGET = Target(
    "geostatistics/kriging",
    "Kriging",
    parameters=(
        TargetParameter("source.object", required=True, description="URL of the object"),
        TargetParameter("method", choices=("simple", "ordinary"), default="ordinary"),
        TargetParameter("neighbors", "integer", default="12"),
    ),
)


@pytest.fixture(autouse=True)
def offered(engine: ScriptedEngine) -> None:
    engine.offered = (TARGET,)


def form(app: Opened) -> SubmitScreen:
    screen = app.app.screen
    assert isinstance(screen, SubmitScreen)
    return screen


async def fill(app: Opened, target: str, json: str | None = None) -> None:
    form(app).query_one("#submit-target", Input).value = target
    await app.settle()
    if json is not None:
        form(app).query_one(TextArea).text = json
        await app.settle()


async def test_N_opens_the_form_at_the_current_source_with_its_targets(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        source = app.main.jobs.current.source if app.main.jobs.current else ""
        assert form(app).query_one(SourceLine).value == source
        assert engine.asked("targets") == [(source,)]
        assert "geostatistics/kriging" in app.screen_text()


async def test_what_is_typed_next_goes_to_the_end_of_a_taken_target_and_takes_the_place_of_an_empty_input(
    opened: Open,
) -> None:
    async with opened() as app:
        app.main.engine = OfferedBySource()
        app.main.jobs.select(JobId("graph", "30712"))
        await app.press("N", "tab", *"{x}")
        assert form(app).query_one(TextArea).text == "{x}"
        assert app.text("#submit-wrong").endswith("Mend it in the JSON.")
        await app.press("escape", "N", *"krig", "enter", "x")
        assert form(app)._target.value == f"{TARGET.name}x"


async def test_a_known_target_brings_its_fields_and_defaults(opened: Open) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        assert "*   source.object" in app.screen_text()
        assert "* is needed" in app.screen_text()
        assert '"method": "ordinary"' in form(app).query_one(TextArea).text
        values = [field.value for field in form(app).query(".submit-field").results(Input)]
        assert values == ["", "ordinary", "12"]


async def test_a_field_writes_into_the_json_and_the_json_into_the_fields(opened: Open) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        first = next(iter(form(app).query(".submit-field").results(Input)))
        first.value = "https://x"
        await app.settle()
        assert '"object": "https://x"' in form(app).query_one(TextArea).text
        form(app).query_one(TextArea).text = '{"source": {"object": "other"}}'
        await app.settle()
        assert first.value == "other"


async def test_what_is_wrong_is_said_before_anything_is_sent(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        for target, json, words in (
            ("", "{}", "the target is missing"),
            (TARGET.name, "{", "not JSON, line 1"),
            (TARGET.name, "[]", "must be a JSON object"),
            (TARGET.name, "{}", "source.object is missing"),
            (TARGET.name, '{"source": {"object": "x"}, "neighbors": "12"}', "a whole number is wanted"),
            (TARGET.name, '{"source": {"object": "x"}, "method": "odd"}', "one of simple, ordinary"),
        ):
            await fill(app, target, json)
            await app.press("ctrl+s")
            assert words in app.text("#submit-wrong")
            missing = [row.field for row in form(app)._fields.rows.values() if "missing" in row.field.placeholder]
            assert bool(missing) == ("is missing" in words and bool(target))
        assert engine.asked("submit") == []


async def test_a_started_job_closes_the_form_and_is_selected(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        source = form(app).query_one(SourceLine).value
        await fill(app, "some/thing", '{"a": 1}')
        form(app).query_one("#submit-send", Button).focus()
        await app.press("enter")
        await app.settle()
        assert engine.asked("submit") == [(source, "some/thing", {"a": 1})]
        assert app.app.screen is app.main
        assert app.main.jobs.current == JobId(str(source), "new-1")


async def test_h12_a_double_enter_sends_once(opened: Open, engine: ScriptedEngine) -> None:
    engine.gate = asyncio.Event()
    async with opened() as app:
        await app.press("N")
        await fill(app, "some/thing", "{}")
        form(app).query_one("#submit-send", Button).focus()
        await app.pilot.press("enter", "enter", "ctrl+s")
        await app.settle()
        await app.press("escape")
        assert isinstance(app.app.screen, SubmitScreen)
        engine.gate.set()
        await app.settle()
        assert len(engine.asked("submit")) == 1


async def test_h12_an_unknown_outcome_stays_on_the_form_and_is_said_as_such(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, "some/thing", "{}")
        engine.error = OutcomeUnknown("the connection broke after the request was sent")
        await app.press("ctrl+s")
        assert "Outcome unknown" in app.text("#submit-wrong")
        assert "not sent again by itself" in app.text("#submit-wrong").replace("\n", " ")
        assert "Start again anyway" in app.screen_text()
        await app.press("ctrl+s", "ctrl+s", "enter")
        assert len(engine.asked("submit")) == 1
        assert isinstance(app.app.screen, SubmitScreen)
        await app.press("ctrl+s", "y")
        assert len(engine.asked("submit")) == 2


async def test_a_refusal_keeps_what_was_typed(opened: Open, engine: ScriptedEngine) -> None:
    refused = InvalidInput("bad", invalid_parameters=(InvalidParameter("nugget", "must be positive"),))
    async with opened() as app:
        await app.press("N")
        await fill(app, "some/thing", '{"keep": "me"}')
        for error, words in (
            (refused, "must be positive"),
            (Unreachable("no connection", hint="Is the network up?"), "Is the network up?"),
        ):
            engine.error = error
            await app.press("ctrl+s")
            assert words in app.text("#submit-wrong")
            assert '"keep"' in form(app).query_one(TextArea).text


async def test_c_fills_the_form_with_what_was_sent(opened: Open, engine: ScriptedEngine) -> None:
    engine.sent = (SubmitRecord("geostatistics/kriging", {"neighbors": 7}, KRIGING, "made"),)
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("c")
        assert form(app).query_one("#submit-target", Input).value == "geostatistics/kriging"
        assert '"neighbors": 7' in form(app).query_one(TextArea).text


async def test_c_offers_nothing_in_place_of_a_target_that_is_known(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (Target("107", "label_spread"), Target("108", "label_spread_2"))
    engine.publish(job("graph:9", JobState.SUCCEEDED, kind="label_spread"))
    async with opened() as app:
        app.main.jobs.select(JobId("graph", "9"))
        await app.press("c")
        assert form(app)._target.value == "107"
        assert not form(app)._target.is_offering


async def test_c_falls_back_to_the_service_s_answer(opened: Open, engine: ScriptedEngine) -> None:
    engine.raw = b'{"data": {"input": {"query_1": {"name": "Tim"}}}}'
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("c")
        assert '"name": "Tim"' in form(app).query_one(TextArea).text


async def test_c_says_where_input_and_targets_are_not_known(opened: Open, engine: ScriptedEngine) -> None:
    engine.publish(job(str(KRIGING), tasks=(Task("query_1", "Query", JobState.RUNNING, "RUNNING"),)))
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        engine.failing["targets"] = Unreachable("no route")
        await app.press("c")
        words = " ".join(app.text("#submit-wrong").split())
        assert "What can be started at evo is not known: no route" in words
        assert "What this job was started with isn't known here: fill it in. Its tasks: query_1." in words


async def test_esc_closes_the_form(opened: Open) -> None:
    async with opened() as app:
        await app.press("N", "escape")
        assert app.app.screen is app.main


async def test_p7_no_cursor_of_the_form_blinks(opened: Open) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        assert not any(field.cursor_blink for field in form(app).query(Input))
        assert not any(area.cursor_blink for area in form(app).query(TextArea))


EARLIER = (
    SubmitRecord(TARGET.name, {"source": {"object": "second"}}, None, "unknown"),
    SubmitRecord(TARGET.name, {"source": {"object": "first"}, "neighbors": 3}, KRIGING, "made"),
)


async def test_an_earlier_input_is_taken_into_the_form(opened: Open, engine: ScriptedEngine) -> None:
    engine.sent = EARLIER
    async with opened() as app:
        await app.press("N", "ctrl+r")
        assert "outcome unknown" in app.screen_text()
        assert str(KRIGING) in app.screen_text()
        assert '"object": "second"' in app.screen_text()
        await app.press("j")
        assert '"object": "first"' in app.screen_text()
        await app.press("enter")
        assert '"neighbors": 3' in form(app).query_one(TextArea).text
        assert form(app).query_one("#submit-target", Input).value == TARGET.name
        assert [field.value for field in form(app).query(".submit-field").results(Input)] == ["first", "", "3"]


async def test_what_began_with_a_job_s_input_is_sent_as_its_clone_unless_to_another_target(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.sent = EARLIER
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("c")
        await fill(app, "other/task")
        await app.press("ctrl+s")
        assert (len(engine.asked("submit")), engine.cloned_from) == (1, None)
        app.main.jobs.select(KRIGING)
        await app.press("c")
        await type_into(app, "neighbors", "4")
        await app.press("escape", "N", "ctrl+r", "enter", "ctrl+s")
        assert (len(engine.asked("submit")), engine.cloned_from) == (2, KRIGING)


async def test_without_an_earlier_one_that_is_said_and_escape_changes_nothing(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("N", "ctrl+r")
        assert "Nothing was started at" in app.screen_text()
        await app.press("escape")
    engine.sent = EARLIER
    async with opened() as app:
        await app.press("N", "ctrl+r", "escape")
        assert form(app).query_one(TextArea).text == "{}"


async def test_the_json_is_edited_in_the_user_s_own_editor(
    opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\ngrep -q ordinary "$1" && echo \'{"method": "simple"}\' > "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", f"'{script}'")
    async with opened() as app:
        monkeypatch.setattr(type(app.app), "suspend", lambda _app: nullcontext())
        await app.press("N")
        await fill(app, TARGET.name)
        form(app).set_focus(form(app)._fields.rows["method"].field)
        await app.press("ctrl+e")
        assert form(app).query_one(TextArea).text == '{"method": "simple"}'
        assert [field.value for field in form(app).query(".submit-field").results(Input)] == ["", "simple", ""]


async def test_an_editor_that_is_not_there_leaves_the_form_as_it_was(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor-anywhere")
    async with opened() as app:
        monkeypatch.setattr(type(app.app), "suspend", lambda _app: nullcontext())
        await app.press("N")
        await fill(app, TARGET.name, '{"method": "simple"}')
        await app.press("ctrl+e")
        assert "can't be started" in app.screen_text()
        assert form(app).query_one(TextArea).text == '{"method": "simple"}'


async def test_where_the_terminal_cannot_be_handed_over_that_is_said(opened: Open) -> None:
    async with opened() as app:
        await app.press("N", "ctrl+e")
        assert "can't be handed to another program" in app.screen_text()


async def test_c_names_no_target_where_several_could_have_made_the_job(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (Target("minimax/v1/video"), Target("minimax/v2/video"), Target("jimeng/text2video"))
    engine.publish(
        job("media:minimax/31405", JobState.QUEUED, kind="minimax"), job("media:jimeng/7", kind="jimeng", name="only")
    )
    for native, target in (("minimax/31405", ""), ("jimeng/7", "jimeng/text2video")):
        async with opened() as app:
            app.main.jobs.select(JobId("media", native))
            await app.press("c")
            assert form(app).query_one("#submit-target", Input).value == target
            await app.press("escape")


async def test_a_started_job_that_the_filter_hides_is_told_of_and_found_without_it(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        app.main._filter_bar.set_text("state:failed")
        await app.press("N")
        await fill(app, "some/thing")
        await app.press("ctrl+s")
        (source, *_), *_ = engine.asked("submit")
        assert f"{source}:new-1 is hidden by the filter state:failed: Esc in the list takes that away." in app.said()
        await app.press("escape")
        assert app.main.jobs.current == JobId(str(source), "new-1")


def shown_fields(app: Opened) -> dict[str, str]:
    return {name: row.field.value for name, row in form(app)._fields.rows.items()}


async def type_into(app: Opened, name: str, text: str) -> None:
    form(app).set_focus(form(app)._fields.rows[name].field)
    form(app)._fields.rows[name].field.value = text
    await app.settle()


async def test_a_value_that_does_not_fit_is_named_until_it_does(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        await type_into(app, "source.object", "https://x")
        for name, text, trouble in (
            ("neighbors", "12x", 'a whole number is wanted, not "12x"'),
            ("method", "odd", 'one of simple, ordinary is wanted, not "odd"'),
        ):
            right = shown_fields(app)[name]
            await type_into(app, name, text)
            assert text in form(app).query_one(TextArea).text
            assert trouble not in app.screen_text()
            await app.press("ctrl+s")
            assert app.text("#submit-wrong") == f"Not sent: {name}: {trouble}"
            assert trouble in app.text(".row.-wrong .trouble")
            await type_into(app, name, right)
            assert app.text("#submit-wrong") == ""
            assert trouble not in app.screen_text()
        assert engine.asked("submit") == []


async def test_what_a_service_turned_down_stands_at_its_field_until_that_is_changed(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name, '{"source": {"object": "x"}, "neighbors": 3}')
        engine.error = InvalidInput("bad", invalid_parameters=(InvalidParameter("neighbors", "at least 4"),))
        await app.press("ctrl+s")
        assert app.text(".row.-wrong .trouble") == "at least 4"
        await type_into(app, "neighbors", "4")
        assert not form(app).query(".row.-wrong")


async def test_while_the_json_is_broken_what_is_typed_into_fields_waits_for_it(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        area = form(app).query_one(TextArea)
        form(app).set_focus(area)
        area.text = '{"method": "simple", "mine": 1,'
        await app.settle()
        await type_into(app, "neighbors", "7")
        words = " ".join(app.text("#submit-wrong").split())
        assert words.startswith("The input is not JSON, line 1, column 32")
        assert words.endswith("Mend it in the JSON. neighbors is put into it then.")
        assert area.text == '{"method": "simple", "mine": 1,'
        form(app).set_focus(area)
        area.text = '{"method": "simple", "mine": 1}'
        await app.press("tab")
        assert '"mine": 1,\n  "neighbors": 7' in area.text
        assert shown_fields(app) == {"source.object": "", "method": "simple", "neighbors": "7"}
        assert app.text("#submit-wrong") == ""


async def test_what_was_left_unsent_is_kept_and_brought_back(opened: Open) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        await type_into(app, "source.object", "https://x")
        source = form(app).query_one(SourceLine).value
        await app.press("escape")
        assert app.app.screen is app.main
        assert "Kept as a draft" in app.said()
        app.main.jobs.select(JobId("media" if source != "media" else "graph", "minimax/31405"))
        await app.press("N")
        assert "1 draft is kept from before: Ctrl-R brings it back." in app.text("#submit-wrong")
        await app.press("ctrl+r")
        assert f"draft, not sent, for {source}" in app.screen_text()
        await app.press("enter")
        assert form(app).query_one(SourceLine).value == source
        assert shown_fields(app)["source.object"] == "https://x"
        await app.press("escape", "N", "ctrl+r")
        assert app.screen_text().count("draft, not sent") == 1


async def test_a_form_that_was_only_looked_at_leaves_no_draft(opened: Open, engine: ScriptedEngine) -> None:
    engine.sent = (SubmitRecord(TARGET.name, {"neighbors": 7}, KRIGING, "made"),)
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("N", "escape", "c", "escape")
        assert app.main._drafts == []
        assert app.said() == ""


async def test_an_earlier_input_does_not_throw_away_what_was_typed(opened: Open, engine: ScriptedEngine) -> None:
    engine.sent = EARLIER
    async with opened() as app:
        await app.press("N")
        await fill(app, "mine", '{"a": 1}')
        await app.press("ctrl+r", "enter", "ctrl+r")
        assert "✎ mine" in app.screen_text()


async def test_another_target_keeps_what_both_have_and_the_first_gets_its_input_back(
    opened: Open, engine: ScriptedEngine
) -> None:
    other = Target("idw", parameters=(TargetParameter("source.object"), TargetParameter("power", default="2")))
    engine.offered = (TARGET, other)
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        await type_into(app, "source.object", "https://x")
        await fill(app, "idw")
        assert shown_fields(app) == {"source.object": "https://x", "power": "2"}
        assert "neighbors" not in form(app).query_one(TextArea).text
        await fill(app, TARGET.name)
        assert shown_fields(app) == {"source.object": "https://x", "method": "ordinary", "neighbors": "12"}


class OfferedBySource(ScriptedEngine):
    """Knows the form's target at evo alone, and a workflow at graph."""

    async def targets(self, source: str) -> tuple[Target, ...]:
        self._note("targets", source)
        return {"evo": (TARGET,), "graph": (Target("107", "label_spread"), Target("8", "x"), Target("9", "x"))}.get(
            source, ()
        )


async def test_while_a_source_is_asked_for_its_targets_the_form_says_so(opened: Open) -> None:
    answers = asyncio.Event()

    class Slow(OfferedBySource):
        async def targets(self, source: str) -> tuple[Target, ...]:
            await answers.wait()
            return await super().targets(source)

    async with opened() as app:
        app.main.engine = Slow()
        app.main.jobs.select(KRIGING)
        await app.press("N")
        await fill(app, TARGET.name)
        assert str(form(app)._about.content) == "Reading what can be started at evo…"
        answers.set()
        await app.settle()
        assert str(form(app)._about.content) == TARGET.label
        assert "source.object" in shown_fields(app)


async def test_a_target_of_another_source_is_offered_with_it_and_not_sent_here(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        app.main.engine = apart = OfferedBySource()
        app.main.jobs.select(JobId("graph", "30712"))
        await app.press("N")
        await app.press("e")
        app.app.post_message(events.Key("ctrl+u", None))
        app.app.post_message(events.Paste(TARGET.name))
        app.app.post_message(events.Key("ctrl+s", None))
        await app.settle()
        assert "Choose the source above, or send again to have graph try it." in app.screen_text()
        assert apart.asked("submit") == []
        about = str(form(app).query_one("#submit-about", Static).content)
        assert about == "evo has this target, graph doesn't: Enter takes it there"
        assert "at evo" in app.screen_text()
        await app.press("enter")
        assert form(app).query_one(SourceLine).value == "evo"
        assert "source.object" in shown_fields(app)


async def test_where_the_current_source_takes_no_jobs_that_is_said(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, read_only=True))
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("N")
        assert "evo takes no new jobs from here: graph is chosen instead." in app.text("#submit-wrong")


async def test_sources_and_offers_can_be_clicked(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (TARGET, Target("isosurfacing/numeric"))
    async with opened() as app:
        app.main.jobs.select(KRIGING)
        await app.press("N")
        await app.pilot.click(form(app)._target.offers, offset=(2, 1))
        await app.settle()
        assert form(app)._target.value == "isosurfacing/numeric"
        await app.pilot.click(SourceLine, offset=(3, 0))
        await app.settle()
        assert form(app).query_one(SourceLine).value == "graph"


async def test_a_source_that_is_chosen_after_the_target_takes_it_along(opened: Open) -> None:
    async with opened() as app:
        app.main.engine = OfferedBySource()
        app.main.jobs.select(JobId("graph", "30712"))
        await app.press("N")
        await fill(app, TARGET.name)
        await app.press("shift+tab", "j")
        assert form(app)._target.value == TARGET.name
        assert shown_fields(app)["neighbors"] == "12"
        await app.press("k", "l", "enter")
        assert shown_fields(app)["neighbors"] == "12"
        assert form(app).focused is form(app)._target


async def test_a_target_may_be_given_by_the_one_name_it_has(opened: Open) -> None:
    async with opened() as app:
        app.main.engine = apart = OfferedBySource()
        app.main.jobs.select(JobId("graph", "30712"))
        for typed in ("label_spread", "107", "new", "x"):
            await app.press("N")
            await fill(app, typed)
            await app.press("ctrl+s")
        assert [target for _, target, _ in apart.asked("submit")] == ["107", "107", "new"]
        assert "the target: 2 are called x, give one of 8, 9" in app.text("#submit-wrong")


async def test_the_keys_of_a_field_go_through_what_fits_it(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (TARGET, Target("isosurfacing/numeric"), Target("converter/obj-import", "OBJ import"))
    async with opened() as app:
        await app.press("N")
        assert "isosurfacing/numeric" in app.screen_text()
        await app.press("i", "m", "p", "right")
        assert form(app)._target.value == "converter/obj-import"
        await app.press("ctrl+u", "down", "down", "tab")
        assert form(app)._target.value == "isosurfacing/numeric"
        await app.press("shift+tab", "down", "up", "enter")
        assert form(app)._target.value == TARGET.name
        await app.press("enter", "h", "down")
        assert shown_fields(app)["source.object"] == "h"
        assert form(app).focused is form(app)._fields.rows["method"].field
        await app.press("down", "up", "enter", "tab")
        assert shown_fields(app)["method"] == "simple"


async def test_sending_right_after_typing_sends_what_was_typed(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        await fill(app, TARGET.name)
        form(app).set_focus(form(app)._fields.rows["source.object"].field)
        app.app.post_message(events.Key("x", "x"))
        app.app.post_message(events.Key("ctrl+s", None))
        await app.settle()
        ((_, _, payload),) = engine.asked("submit")
        assert payload == {"source": {"object": "x"}, "method": "ordinary", "neighbors": 12}


async def test_keys_typed_at_once_fill_the_fields_that_they_bring(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("N")
        keys = [*"geostatistics/kriging", "tab", "x", "tab", "tab", "7", "ctrl+s"]
        for key in keys:
            name = {"/": "slash"}.get(key, key)
            app.app.post_message(events.Key(name, key if len(key) == 1 else None))
        await app.settle()
        ((_, target, payload),) = engine.asked("submit")
        assert target == TARGET.name
        assert payload == {"source": {"object": "x"}, "method": "ordinary", "neighbors": 7}


async def test_what_a_service_tells_once_the_form_is_gone_changes_nothing(opened: Open) -> None:
    async with opened() as app:
        await app.press("N")
        screen = form(app)
        await app.press("escape")
        screen._target.put("some/thing")
        screen._tell_about()
        screen._tell("too late")
        await screen._fields.show(TARGET.parameters)
        assert app.app.screen is app.main
