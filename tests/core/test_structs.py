"""Replacing fields of immutable data: what mypy and the interpreter both refuse."""

from __future__ import annotations

import pytest

from jobtui.core.results import Text
from jobtui.core.structs import replace


def test_a_copy_has_the_new_fields_and_leaves_the_old_one_alone() -> None:
    text = Text("a")
    assert (replace(text, text="b"), text) == (Text("b"), Text("a"))


def test_a_field_that_there_is_none_of_is_refused_by_mypy_too() -> None:
    # `make lint` fails once mypy lets either pass: then a "type: ignore" is unused.
    replace(Text("a"), text=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="words"):
        replace(Text("a"), words="b")  # type: ignore[call-arg]
