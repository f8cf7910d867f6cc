from __future__ import annotations

import pytest

from jobtui.core.jobs import JsonValue
from jobtui.providers.json_fields import first_text, items_of, object_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (2**70, str(2**70)),
        (-7, "-7"),
        (1.5, "1.5"),
        (5, "5"),
        (5.0, "5"),
        ("5.0", "5.0"),
        (1e300, "1e+300"),
        (True, ""),
        (None, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_ids_and_codes_are_text_whatever_they_came_as(value: JsonValue, text: str) -> None:
    assert text_of(value) == text


def test_a_number_that_python_wont_write_is_no_text() -> None:
    assert text_of(10**5000) == ""


def test_values_of_another_type_count_as_missing() -> None:
    assert object_of([1]) == {}
    assert object_of({"a": 1}) == {"a": 1}
    assert items_of({"a": 1}) == []
    assert items_of([1]) == [1]
    assert first_text({"a": "", "b": None, "c": 0, "d": "x"}, "a", "b", "c", "d") == "0"
    assert first_text({}, "a") == ""
