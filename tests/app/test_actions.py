"""The one table of actions is whole, and a user's keys are held against it."""

from __future__ import annotations

import re

import pytest

from jobtui.app.actions import ACTIONS, BY_ID, Where, bindings, check_keys, key_name, keymap, keys_of, shown_key
from jobtui.app.app import JobTui
from jobtui.app.screens.main import MainScreen
from jobtui.core.errors import SettingsError
from tests.app.conftest import Open
from tests.app.scripted_engine import ScriptedEngine

CONTRACT = (
    "j k ↓ ↑ g G Ctrl-D Ctrl-U Enter / Space V * u x N c t T v D s ! p "
    "Tab 1 2 3 [ ] Esc z ? F1 : Ctrl-P r R a y Y o e q"
)


def test_every_key_of_the_design_s_table_has_its_action() -> None:
    heard = {shown_key(key) for action in ACTIONS for key in action.keys}
    assert set(CONTRACT.split()) <= heard


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_answered_by_the_main_screen_and_explained(action: object) -> None:
    found = BY_ID[getattr(action, "id", "")]
    place, _, name = found.screen_action.partition("(")[0].partition(".")
    assert callable(getattr({"screen": MainScreen, "app": JobTui}[place], f"action_{name}", None))
    assert found.help.endswith(".")
    assert found.label


def test_ids_and_the_keys_of_one_place_are_distinct() -> None:
    assert len(BY_ID) == len(ACTIONS)
    check_keys({})


@pytest.mark.parametrize("forbidden", [r"ctrl\+[abhijmz]$", r"alt\+"])
def test_no_action_is_on_a_key_that_terminals_keep_for_themselves(forbidden: str) -> None:
    assert [key for action in ACTIONS for key in action.keys if re.match(forbidden, key)] == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("x", "x"),
        ("/", "slash"),
        ("ctrl+?", "ctrl+question_mark"),
        ("+", "plus"),
        (" _ ", "underscore"),
        ("F", "F"),
        ("f2", "f2"),
        ("-", "minus"),
    ],
)
def test_a_key_is_named_as_textual_names_it(written: str, name: str) -> None:
    assert key_name(written) == name


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("shift+down", "Shift-↓"),
        ("shift+tab", "Shift-Tab"),
        ("ctrl+pagedown", "Ctrl-PgDn"),
        ("ctrl+shift+f5", "Ctrl-Shift-F5"),
        ("ctrl+d", "Ctrl-D"),
        ("ctrl+@", "Ctrl-Space"),
        ("ctrl+backslash", "Ctrl-\\"),
        ("alt+x", "Alt-x"),
    ],
)
def test_a_key_is_shown_as_it_stands_on_the_keyboard(key: str, shown: str) -> None:
    assert shown_key(key) == shown


def test_an_unknown_action_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^keys\.cancle: there is no such action; did you mean cancel\?"):
        check_keys({"cancle": "x"})


def test_a_clash_names_both_actions() -> None:
    with pytest.raises(SettingsError, match=r"'new' and 'cancel'"):
        check_keys({"cancel": "N"})


def test_the_same_key_may_mean_another_thing_in_the_result() -> None:
    check_keys({"next-match": "x"})


def test_two_actions_can_swap_their_keys() -> None:
    check_keys({"cancel": "c", "clone": "x"})


def test_none_takes_the_keys_away() -> None:
    assert keys_of(BY_ID["cancel"], {"cancel": "none"}) == ()
    assert keymap({"cancel": "none", "help": "?, f2"}) == {"cancel": "none", "help": "question_mark,f2"}


def test_bindings_carry_the_action_s_id() -> None:
    ids = {binding.id for binding in bindings(Where.LIST, Where.VIEWER, Where.EVERYWHERE)}
    assert ids == set(BY_ID)


async def test_an_action_that_only_the_palette_offers_takes_a_key_of_the_user_s(opened: Open) -> None:
    assert BY_ID["forget-filter"].keys == ()
    async with opened(keys={"forget-filter": "f9"}) as app:
        await app.press("f9")
        assert "No saved filter is in force" in app.said()


async def test_signing_in_has_a_key_and_takes_another(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("L")
        assert len(engine.asked("sign_in")) == 1
    async with opened(keys={"sign-in": "W"}) as app:
        await app.press("L")
        assert len(engine.asked("sign_in")) == 1
        await app.press("W")
        assert len(engine.asked("sign_in")) == 2
