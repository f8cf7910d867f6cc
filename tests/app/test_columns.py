"""Columns of a user's own: those that exist, each once, as wide as asked for."""

from __future__ import annotations

import pytest

from jobtui.app.columns import COLUMNS, check_columns, lay_out, sized
from jobtui.core.errors import SettingsError


def test_every_column_can_be_asked_for() -> None:
    check_columns(COLUMNS)
    check_columns(())


def test_a_column_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="there is no 'sorce'; did you mean 'source'") as caught:
        check_columns(["job", "sorce"])
    assert "native" in caught.value.hint
    with pytest.raises(SettingsError, match=r"there is no 'xyzzy'$"):
        check_columns(["xyzzy"])


def test_a_column_that_stands_there_twice_is_named() -> None:
    with pytest.raises(SettingsError, match="'job' stands there twice"):
        check_columns(["job", "state", "job"])


def test_a_width_of_one_s_own_holds_and_the_rest_goes_to_the_others() -> None:
    slots = {slot.column.key: slot.width for slot in lay_out([sized("job", 30), sized("message", None)], 100)}
    assert slots == {"job": 30, "message": 100 - 4 - 30 - 1}
    narrow = lay_out([sized("job", 30), sized("state", None)], 40)
    assert sum(slot.width for slot in narrow) + 4 + 1 <= 40
