"""Long payloads: short to look at, and the same again when they are sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.app import payload as payloads
from jobtui.app.abridgement import MOST_CHARACTERS, Abridgement
from jobtui.core.errors import UsageError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.text import block
from tests.app.hostile import hostile

LONG = st.sampled_from(["x" * 2_500, "日" * 100, "⟪1: 2,500 characters, kept as they are⟫", "⟪2:"])
LEAVES = st.one_of(hostile(3, longest=300), st.integers(), st.booleans(), st.none(), LONG, LONG)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(hostile(2, longest=300), inner, max_size=4),
        inner.map(lambda value: [value] * 30 if not isinstance(value, list | dict) else [value]),
    ),
    max_leaves=6,
)


@settings(max_examples=30)
@given(st.dictionaries(hostile(2, longest=300), VALUES, max_size=4))
def test_t6_whatever_is_long_is_short_to_look_at_and_the_same_when_sent(payload: JsonObject) -> None:
    # What JSON itself can tell apart: two halves of a pair side by side are one character there.
    payload = json.loads(json.dumps(payload))
    abridged = Abridgement(2_000)
    text = payloads.written(abridged.shorten(payload))
    # What has to be spelled takes up to a dozen characters instead of one.
    assert len(text) <= 2 * 2_000
    assert block(text, len(text)) == text
    assert abridged.restore(payloads.parse_payload(text)) == payload


@given(hostile())
def test_t3_json_spells_what_can_not_be_seen_and_reads_back_the_same(text: str) -> None:
    text = json.loads(json.dumps(text))
    shown = payloads.written({text: [text]})
    assert block(shown, len(shown)) == shown
    assert payloads.parse_payload(shown) == {text: [text]}


@pytest.mark.parametrize(
    "payload",
    [
        {"image": "A" * 3_000_000, "prompt": "a lighthouse"},
        {"points": [[0.5, 1.5, 2.5]] * 40_000, "prompt": "a lighthouse"},
        {"a": {"b": {f"key {number}": "x" * 90 for number in range(2_000)}}, "prompt": "a lighthouse"},
        {"prompt": "a lighthouse", **{f"key {number}": "x" * 90 for number in range(2_000)}},
        {"prompt": "a lighthouse", "k" * 100_000: 1},
        {"prompt": "a lighthouse", "x": json.loads("[" * 700 + "]" * 700)},
    ],
)
def test_t6_the_short_parts_stay_to_be_edited(payload: JsonObject) -> None:
    abridged = Abridgement()
    shown = abridged.shorten(payload)
    text = payloads.written(shown)
    assert len(text) <= MOST_CHARACTERS
    assert '"prompt": "a lighthouse"' in text
    edited = payloads.parse_payload(text.replace("lighthouse", "harbour"))
    assert abridged.restore(edited) == {**payload, "prompt": "a harbour"}


def test_t6_words_that_stand_for_a_part_are_not_sent_in_its_place() -> None:
    abridged = Abridgement()
    shown = abridged.shorten({"image": "A" * 100_000})
    assert shown == {"image": "⟪1: 100,000 characters, kept as they are⟫"}
    with pytest.raises(UsageError, match="was changed"):
        abridged.restore({"image": "⟪1: 100,000 characters, kept"})
    with pytest.raises(UsageError, match="was changed"):
        abridged.restore({"⟪1: 100,000 characters": 1})
    assert abridged.restore({"image": "another"}) == {"image": "another"}
    assert abridged.hides(shown, "image")
    assert abridged.hides_around(shown, "image.url")
    assert not abridged.hides(shown, "prompt")


def test_a_short_payload_stays_as_it_is() -> None:
    payload: JsonObject = {"a": "x" * 5_000, "b": "⟪1: 5 characters, kept as they are⟫"}
    abridged = Abridgement()
    assert abridged.shorten(payload) is payload
    assert abridged.restore(payload) is payload
