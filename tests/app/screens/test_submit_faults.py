"""The form with what services make of its fields: nothing acts, nothing is lost, nothing is too long."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from jobtui.app.screens.choosing import ChoiceField
from jobtui.app.screens.submit import SubmitScreen
from jobtui.core.jobs import JobId, JsonObject
from jobtui.core.states import JobState
from jobtui.engine.port import SubmitRecord
from jobtui.providers.base import Target, TargetParameter
from tests.app.conftest import Open, Opened
from tests.app.hostile import ACTS
from tests.app.scripted_engine import ScriptedEngine, job

EVIL = "a\x1b]52;c;eA==\x07\x9b2J\u202eb\u200b\U000e0041"
RAW = JobId("graph", "1")


def form(app: Opened) -> SubmitScreen:
    screen = app.app.screen
    assert isinstance(screen, SubmitScreen)
    return screen


def fields(app: Opened) -> dict[str, ChoiceField]:
    return {name: row.field for name, row in form(app)._fields.rows.items()}


async def cloned(app: Opened, engine: ScriptedEngine, payload: JsonObject, target: str = "t", kind: str = "t") -> None:
    """Open the form with a job that was started with this."""
    engine.publish(job(str(RAW), JobState.SUCCEEDED, kind=kind))
    engine.sent = (SubmitRecord(target, payload, RAW, "made"),)
    await app.settle()
    app.main.jobs.select(RAW)
    await app.press("c")


async def sent(app: Opened, engine: ScriptedEngine) -> object:
    """What the form sends as it stands."""
    await app.press("ctrl+s")
    ((_, _, payload),) = engine.asked("submit")
    return payload


@pytest.mark.parametrize("target", ["t", EVIL])
async def test_t2_a_clone_shows_nothing_that_acts_and_sends_the_true_text(
    opened: Open, engine: ScriptedEngine, target: str
) -> None:
    engine.offered = (
        Target(
            "t", EVIL, EVIL, (TargetParameter("evil", description=EVIL, choices=("x", EVIL)), TargetParameter(EVIL))
        ),
        Target(EVIL),
    )
    payload: JsonObject = {"evil": EVIL, EVIL: EVIL, "list": [EVIL]}
    async with opened() as app:
        await cloned(app, engine, payload, target, kind=EVIL)
        assert not ACTS.search(app.screen_text().replace("\n", ""))
        widgets = [*form(app).query(Input).results(Input)]
        assert [field.value for field in widgets] == ([target, "", ""] if target == "t" else [""])
        assert not ACTS.search(form(app).query_one(TextArea).text.replace("\n", ""))
        if target != "t":
            assert "target's name can't stand in its field" in app.screen_text()
            form(app)._target.value = "t"
            await app.settle()
        assert await sent(app, engine) == payload


async def test_t2_nothing_that_can_not_be_shown_is_suggested(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (Target(EVIL, parameters=(TargetParameter("p", choices=(EVIL, "xy")),)), Target("ab"))
    async with opened() as app:
        await app.press("N")
        assert [choice.value for choice in form(app)._target.choices] == ["ab"]
        engine.offered = (Target("t", parameters=(TargetParameter("p", choices=(EVIL, "axy")),)),)
        await app.press("escape", "N")
        form(app)._target.value = "t"
        await app.settle()
        assert [choice.value for choice in fields(app)["p"].choices] == ["axy"]


async def test_t3_a_field_whose_value_can_not_be_seen_says_where_it_stands(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.offered = (Target("t", parameters=(TargetParameter("p"), TargetParameter("q"), TargetParameter("r"))),)
    payload: JsonObject = {"p": EVIL, "q": "two\nlines", "r": "x" * 3_000}
    async with opened() as app:
        await cloned(app, engine, payload)
        assert [field.value for field in fields(app).values()] == ["", "", ""]
        assert all("stands in the JSON" in field.placeholder for field in fields(app).values())
        fields(app)["p"].value = "seen"
        await app.settle()
        form(app).query_one(TextArea).focus()
        form(app).query_one(TextArea).text = form(app).query_one(TextArea).text.replace("two\\nlines", "one line")
        await app.settle()
        assert fields(app)["q"].value == "one line"
        assert fields(app)["q"].placeholder == "(text)"
        assert await sent(app, engine) == {"p": "seen", "q": "one line", "r": "x" * 3_000}


async def test_t8_a_default_that_acts_is_spelled_in_the_json(opened: Open, engine: ScriptedEngine) -> None:
    engine.offered = (Target("t", parameters=(TargetParameter("p", default=EVIL),)),)
    async with opened() as app:
        await app.press("N")
        form(app)._target.value = "t"
        await app.settle()
        assert "\\u202e" in form(app).query_one(TextArea).text
        assert not ACTS.search(form(app).query_one(TextArea).text.replace("\n", ""))
        assert await sent(app, engine) == {"p": EVIL}


async def test_t3_what_is_pasted_into_the_json_is_spelled_where_it_can_not_be_seen(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("N")
        form(app)._target.value = "t"
        area = form(app).query_one(TextArea)
        area.focus()
        area.text = ""
        area.insert('{"p": "a\u202eb')
        await app.settle()
        area.insert('c"}')
        await app.settle()
        assert area.text == '{"p": "a\\u202ebc"}'
        assert await sent(app, engine) == {"p": "a\u202ebc"}


LONG: JsonObject = {"prompt": "a lighthouse", "image": {"data": "A" * 3_000_000, "name": "x.png"}}


async def test_t6_a_clone_with_a_picture_in_it_shows_words_for_that_and_sends_it(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.offered = (
        Target(
            "t",
            parameters=(TargetParameter("prompt"), TargetParameter("image.data"), TargetParameter("image", "object")),
        ),
    )
    async with opened() as app:
        await cloned(app, engine, LONG)
        area = form(app).query_one(TextArea)
        assert len(area.text) < 1_000
        assert "3,000,000 characters, kept as they are" in app.screen_text()
        assert fields(app)["image.data"].value == ""
        fields(app)["prompt"].value = "a harbour"
        await app.settle()
        assert await sent(app, engine) == {**LONG, "prompt": "a harbour"}


async def test_t6_half_of_the_words_for_a_picture_is_not_sent(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await cloned(app, engine, LONG)
        area = form(app).query_one(TextArea)
        area.text = area.text.replace("kept as they are⟫", "")
        await app.press("ctrl+s")
        assert "was changed" in " ".join(app.text("#submit-wrong").split())
        assert engine.asked("submit") == []


async def test_t6_a_field_within_a_part_that_is_kept_aside_changes_only_that(
    opened: Open, engine: ScriptedEngine
) -> None:
    payload: JsonObject = {"box": {f"key {number}": "x" * 100 for number in range(1_000)}}
    engine.offered = (Target("t", parameters=(TargetParameter("box.key 7"),)),)
    async with opened() as app:
        await cloned(app, engine, payload)
        assert "an object of 1,000, kept as it is" in form(app).query_one(TextArea).text
        assert "stands in the JSON" in fields(app)["box.key 7"].placeholder
        fields(app)["box.key 7"].value = "y"
        await app.settle()
        box = payload["box"]
        assert isinstance(box, dict)
        assert await sent(app, engine) == {"box": {**box, "key 7": "y"}}


def edit_with(monkeypatch: pytest.MonkeyPatch, app: Opened, folder: Path, code: str) -> None:
    """Let the editor be a program that does this to `text`."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text(encoding='utf-8')\n"
        f"{code}\npath.write_text(text, encoding='utf-8')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    monkeypatch.setattr(type(app.app), "suspend", lambda _app: nullcontext())


async def test_t6_the_editor_gets_all_of_it_and_what_it_leaves_is_short_to_look_at_again(
    opened: Open, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as app:
        await cloned(app, engine, LONG)
        edit_with(monkeypatch, app, tmp_path, "assert len(text) > 3_000_000; text = text.replace('AAAA', 'BBBB')")
        await app.press("ctrl+e")
        assert len(form(app).query_one(TextArea).text) < 1_000
        assert await sent(app, engine) == {**LONG, "image": {"data": "B" * 3_000_000, "name": "x.png"}}


async def test_t6_a_long_text_that_is_no_json_yet_is_not_lost_and_not_sent(
    opened: Open, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as app:
        await cloned(app, engine, LONG)
        edit_with(monkeypatch, app, tmp_path, "text = text[:-2] + '\\x1b'")
        await app.press("ctrl+e")
        assert "not JSON" in app.text("#submit-wrong")
        assert len(form(app).query_one(TextArea).text) < 1_000
        await app.press("ctrl+s")
        assert engine.asked("submit") == []
        edit_with(monkeypatch, app, tmp_path, "text = text.removesuffix('\\\\u001b') + '}'")
        await app.press("ctrl+e")
        assert await sent(app, engine) == LONG


async def test_t2_what_an_editor_leaves_is_spelled_where_it_can_not_be_seen(
    opened: Open, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as app:
        await cloned(app, engine, {})
        edit_with(monkeypatch, app, tmp_path, 'text = \'{\\"p\\": \\"\\u202e\\x9b\\"}\'')
        await app.press("ctrl+e")
        assert form(app).query_one(TextArea).text == '{"p": "\\u202e\\u009b"}'
        assert await sent(app, engine) == {"p": "\u202e\x9b"}


async def test_t6_the_list_of_earlier_inputs_shows_words_for_what_is_long(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await cloned(app, engine, {EVIL: EVIL, **LONG}, "t\x1b")
        await app.press("ctrl+r")
        assert "3,000,000 characters" in app.screen_text()
        assert not ACTS.search(app.screen_text().replace("\n", ""))
