"""Large answers: read as small ones are, in bites, and none that would fill the memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.core.errors import ProtocolError
from jobtui.providers.answer import Answer, parse_json
from jobtui.providers.large_json import LARGE_BYTES, read_large

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LONG = "x" * 30
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", LONG]), inner, max_size=3),
    max_leaves=8,
)


class Counting(json.JSONDecoder):
    """A decoder that notes how much it was given at once."""

    most = 0

    def raw_decode(self, s: str, idx: int = 0) -> tuple[object, int]:
        self.most = max(self.most, len(s))
        return super().raw_decode(s, idx)


@settings(max_examples=60)
@given(value=VALUES, indent=st.sampled_from([None, 2]))
def test_what_is_read_in_bites_is_what_was_written(value: object, indent: int | None) -> None:
    # So small that even these are taken apart.
    assert read_large(json.dumps(value, indent=indent), json.JSONDecoder(), bites=(3, 8)) == value


@pytest.mark.parametrize(
    "broken",
    ["", "[", "[1", "[1,", "[1 2]", '{"a"', '{"a":', '{"a" 1}', "{1:2}", '{"a":1', "[1]x", '["', "[nope]", "]"],
)
def test_what_is_no_json_is_a_value_error(broken: str) -> None:
    with pytest.raises(ValueError, match="line"):
        read_large(broken, json.JSONDecoder(), bites=(1, 2))


def test_h4_the_parser_that_stops_all_threads_gets_small_bites_of_a_large_answer() -> None:
    decoder = Counting()
    rows = [{"name": "n" * 500, "values": [1.5] * 20}] * 500
    assert read_large(json.dumps({"rows": rows}), decoder) == {"rows": rows}
    assert decoder.most <= 64 * 1024 < LARGE_BYTES


def test_h4_an_answer_of_countless_values_is_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(ProtocolError, match="more values than fit"):
        parse_json(b"[" + b"[]," * 600_000 + b"0]")


def test_an_answer_that_was_read_ahead_is_read_once_and_told_alike() -> None:
    answer = Answer(200, {}, b'{"a": 1}', NOW)
    answer.read_ahead()
    assert answer.json() is answer.json()
    broken = Answer(200, {}, b"<html>", NOW)
    broken.read_ahead()
    with pytest.raises(ProtocolError, match="web page"):
        broken.json()
