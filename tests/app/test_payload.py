"""Between a form's fields and its JSON nothing is lost, and what is wrong is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.app import payload as payloads
from jobtui.core.errors import UsageError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.base import TargetParameter
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS

NAMES = st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=3).map(".".join)
LEAVES = st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.integers()))


@given(NAMES, LEAVES)
def test_what_is_put_under_a_name_is_found_there_and_can_be_taken_away(name: str, value: JsonValue) -> None:
    payload = payloads.with_value({"other": 1}, name, value)
    assert payloads.value_at(payload, name) == value
    assert payload["other"] == 1
    assert payloads.with_value(payload, name, None) == {"other": 1}


@given(st.dictionaries(st.text(), LEAVES))
def test_what_is_written_is_read_again(payload: JsonObject) -> None:
    assert payloads.parse_payload(payloads.written(payload)) == payload


@pytest.mark.parametrize("text", ["{", "[1]", "1", '"x"', "{]", "9" * 5000, "[" * 100_000, '{"a": NaN}'])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        payloads.parse_payload(text)


def test_nothing_typed_is_an_empty_object() -> None:
    assert payloads.parse_payload("  \n") == {}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "12", "12"),
        ("integer", "12", 12),
        ("number", "1.5", 1.5),
        ("boolean", "true", True),
        ("array", "[1]", [1]),
        ("object", '{"a": 1}', {"a": 1}),
        ("anything", "null", None),
    ],
)
def test_a_field_is_read_by_its_type(kind: str, text: str, value: JsonValue) -> None:
    assert payloads.typed(TargetParameter("p", kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1.5"),
        ("integer", "true"),
        ("integer", "x"),
        ("number", '"1"'),
        ("number", "NaN"),
        ("boolean", "1"),
        ("array", "{}"),
        ("object", '{"a": 1'),
    ],
)
def test_what_does_not_fit_is_kept_as_it_was_typed_and_named(kind: str, text: str) -> None:
    parameter = TargetParameter("p", kind)
    value = payloads.typed(parameter, text)
    assert payloads.shown(value) == text
    assert payloads.problems({"p": value}, (parameter,))["p"].endswith(f"is wanted, not {json.dumps(text)}")


def test_problems_name_each_parameter() -> None:
    parameters = (
        TargetParameter("a.b", required=True),
        TargetParameter("kind", choices=("x", "y")),
        TargetParameter("count", "integer"),
        TargetParameter("free"),
    )
    found = payloads.problems({"kind": "z", "count": 1.5, "free": "text"}, parameters)
    assert found == {
        "a.b": "is missing",
        "kind": 'one of x, y is wanted, not "z"',
        "count": "a whole number is wanted, not 1.5",
    }
    assert payloads.told(found).startswith("a.b is missing; kind: one of x, y")
    assert payloads.problems({"a": {"b": "x"}, "kind": "y", "count": 2}, parameters) == {}


@pytest.mark.parametrize(
    ("payload", "missing"),
    [
        ({"pick": {"x": 1}}, []),
        ({"pick": {"x": 1}, "box": "given as a link"}, []),
        ({"pick": {}, "box": {"a": 1}}, ["is missing: box needs it"]),
        ({"box": {"a": 1, "b": 2}}, ["one of pick.x, pick.y is needed"]),
    ],
)
def test_what_only_its_object_needs_is_missing_once_that_is_given(payload: JsonObject, missing: list[str]) -> None:
    one_of = ("pick.x", "pick.y")
    parameters = (
        TargetParameter("box.a", "integer"),
        TargetParameter("box.b", "integer", within="box"),
        TargetParameter("pick.x", "integer", one_of=one_of),
        TargetParameter("pick.y", "integer", one_of=one_of),
    )
    assert list(payloads.problems(payload, parameters).values()) == missing


def test_a_value_besides_open_choices_is_taken_and_its_type_still_counts() -> None:
    model = TargetParameter("model", choices=("x", "y"), open_choices=True)
    count = TargetParameter("count", "integer", choices=("6", "10"), open_choices=True)
    assert (payloads.typed(model, "z"), payloads.typed(count, "8")) == ("z", 8)
    assert payloads.problems({"model": "z", "count": 8}, (model, count)) == {}
    assert list(payloads.problems({"model": 3, "count": "8"}, (model, count)).values()) == [
        "text is wanted, not 3",
        'a whole number is wanted, not "8"',
    ]


@pytest.mark.parametrize(
    "payload",
    [
        {"model": "S2V-01", "prompt": "A lighthouse", "subject_reference": [{"type": "character", "image": ["…"]}]},
        {"model": "I2V-01", "first_frame_image": "https://pictures.example/1.png"},
        {"model": "MiniMax-Hailuo-02", "prompt": "A lighthouse", "resolution": "512P"},
    ],
)
def test_what_minimax_takes_is_not_held_back_by_the_form(payload: JsonObject) -> None:
    (target,) = (target for target in DOCUMENTED_PATHS if target.name.startswith("minimax/"))
    assert payloads.problems(payload, target.parameters) == {}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"input": {"a": 1}}, {"a": 1}),
        ({"data": {"parameters": {"b": 2}}}, {"b": 2}),
        ({"data": {"data": {"request": {}}}}, {}),
        ({"data": "text"}, None),
        ([1], None),
        ({"input": "text"}, None),
    ],
)
def test_the_input_is_found_in_a_service_s_answer(body: JsonValue, found: JsonObject | None) -> None:
    assert payloads.input_in(json.dumps(body).encode()) == found


def test_no_json_holds_no_input() -> None:
    assert payloads.input_in(b"<html>") is None
