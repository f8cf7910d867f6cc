"""The presets of keys: whole, without clashes, harmless to habits, and told as they are."""

from __future__ import annotations

from typing import get_args

import pytest

from jobtui.app.actions import BY_ID, check_keys, key_name, keys_of
from jobtui.app.keymaps import PRESETS, chosen_keys
from jobtui.app.screens.confirm import ConfirmScreen
from jobtui.core.errors import SettingsError
from jobtui.core.jobs import JobId
from jobtui.settings.model import Settings
from tests.app.conftest import Open
from tests.app.scripted_engine import ScriptedEngine

K9S = PRESETS["k9s"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_has_no_clash_and_leaves_every_action_of_its_own_a_key(preset: str) -> None:
    check_keys(PRESETS[preset])
    paging = {"half-page-down", "half-page-up"}
    assert [name for name in PRESETS[preset] if not keys_of(BY_ID[name], PRESETS[preset]) and name not in paging] == []


def test_the_configuration_knows_the_presets() -> None:
    assert set(get_args(Settings.model_fields["keymap"].annotation)) == set(PRESETS)


def test_the_user_s_keys_stand_above_the_preset_s() -> None:
    keys = chosen_keys("k9s", {"cancel": "X"})
    assert keys["cancel"] == "X"
    assert keys["copy"] == K9S["copy"]


def test_a_clash_with_the_preset_is_named() -> None:
    with pytest.raises(SettingsError, match=r"'Ctrl-R' is given to both 'refresh' and 'zoom'"):
        check_keys(chosen_keys("k9s", {"zoom": "ctrl+r"}))


def test_an_unknown_preset_is_named_with_the_likely_one() -> None:
    with pytest.raises(SettingsError, match=r"there is no 'k9'; did you mean k9s"):
        chosen_keys("k9", {})


@pytest.mark.parametrize("key", ["ctrl+d", "ctrl+k", "x"])
async def test_what_deletes_in_k9s_asks_here_and_its_default_is_no(
    opened: Open, engine: ScriptedEngine, key: str
) -> None:
    async with opened(keys=K9S) as app:
        app.main.jobs.select(JobId("evo", "geostatistics/kriging/9b2f"))
        await app.settle()
        await app.press(key)
        assert isinstance(app.app.screen, ConfirmScreen)
        await app.press("enter")
        assert engine.asked("cancel") == []


async def test_d_describes_and_ctrl_r_asks_again_as_in_k9s(opened: Open, engine: ScriptedEngine) -> None:
    async with opened(keys=K9S) as app:
        await app.press("ctrl+r", "d")
        assert len(engine.asked("refresh")) == 1
        assert app.main.at == "progress"


async def test_help_and_footer_tell_the_keys_that_are_heard(opened: Open) -> None:
    async with opened(keys={**K9S, "zoom": "none"}) as app:
        await app.press("question_mark")
        text = app.text("#help .dialog Static")
        assert "x Ctrl-D Ctrl-K" in text
        assert "Half a page" not in text
        assert "without borders" not in str(app.app.screen.query("#help Static")[1].content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("preset", PRESETS)
async def test_colon_q_quits(opened: Open, preset: str) -> None:
    async with opened(keys=PRESETS[preset]) as app:
        await app.press("colon", "q")
        for _ in range(20):
            await app.settle()
        await app.press("enter")
        for _ in range(5):
            await app.settle()
        assert app.app.return_code == 0
        assert not app.app.is_running or app.app._exit


def test_keys_of_a_preset_are_named_as_textual_names_them() -> None:
    written = [key for keys in K9S.values() for key in keys.split(",") if key != "none"]
    assert [key_name(key) for key in written] == written


async def test_hints_name_the_user_s_own_keys(opened: Open, engine: ScriptedEngine) -> None:
    keys = {
        "new": "f3",
        "track": "f4",
        "filter": "f5",
        "save-filter": "f6",
        "refresh": "f7",
        "back": "f8",
        "down": "none",
    }
    async with opened(keys=keys) as app:
        await app.press("f6", "4", "a")
        assert "F5 types one, a tab chooses one" in app.said()
        assert "F5 types one, F6 saves it" in app.said()
        assert "F7 asks one source, R all" in app.said()
        await app.press("f5", *"nothing", "enter")
        assert "F8 takes the filter away" in app.screen_text()
        assert "“Down” and k move" in app.screen_text()
        await app.press("f6")
        assert "F6 on that" in app.text("#save-filter .note")
        await app.press("escape", "f8")
        engine.remove(*engine.snapshot.jobs)
        await app.settle()
        assert "F3 starts one, F4 watches one" in app.screen_text()
