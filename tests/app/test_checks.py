"""Keys as users write them, held against what a terminal may send."""

from __future__ import annotations

import pytest

from jobtui.app.actions import ACTIONS, NO_KEY
from jobtui.app.checks import is_key
from jobtui.app.keymaps import PRESETS


def test_every_key_of_our_own_is_one() -> None:
    own = [key for action in ACTIONS for key in action.keys]
    own += [key for preset in PRESETS.values() for keys in preset.values() for key in keys.split(",")]
    assert [key for key in own if key != NO_KEY and not is_key(key)] == []


@pytest.mark.parametrize(
    "key", ["x", "X", "?", "+", "\u00e9", "f2", "ctrl+x", "ctrl+shift+f5", "space", "escape", "minus"]
)
def test_what_a_terminal_sends_is_a_key(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["F2", "esc", "ctl+x", "ctrl+nonsense", "page down", "f99", "<any>x"])
def test_what_no_terminal_sends_is_none(key: str) -> None:
    assert not is_key(key)
