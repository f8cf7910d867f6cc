"""Expressions that a user types find what they should, and none of them takes for ever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.patterns import MOST_CHARACTERS, MOST_SEARCHED, Pattern, PatternError


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("^fraud", "Fraud_rank 7"),
        (r"rank\s\d+$", "fraud_rank 7"),
        ("(kriging|variogram)-[0-9]{2}", "a variogram-41"),
        ("[]x]+(?:a|b)?", "]]a"),
        (r"\(x\)|[(]y[)]", "(y)"),
        ("(ab)+c", "ababc"),
        ("ca{,3}b*?", "caab"),
        (r"a.*b.*c", "a1b2c"),
        ("x{2}", "xx"),
        ("a*+b", "aab"),
    ],
)
def test_an_expression_finds_its_text_whatever_the_case(expression: str, text: str) -> None:
    assert Pattern(expression).found_in(text)
    assert not Pattern(expression).found_in("–")


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("(a", "unterminated"),
        ("*a", "nothing to repeat"),
        ("(a+)+$", "repeats what itself repeats"),
        ("((a?b)c)*", "repeats what itself repeats"),
        ("(a|a)*$", "repeats or branches"),
        ("(a|a){2,9}", "repeats or branches"),
        (".*a.*b.*c.*d", "more than 3 repeats"),
        ("a{1,500}" * 4, "more than 3 repeats"),
        ("a?" * 30 + "a" * 30, "too many ways"),
        ("(a|a)" * 30, "too many ways"),
        (r"(a)\1", "refers back"),
        ("(?P<x>a)(?P=x)", "refers back"),
        ("(?x) a # (", "comments"),
        ("(?#(((]a)", "comments"),
        ("a" * (MOST_CHARACTERS + 1), "longer than"),
        ("a{99999999999999999999}", "too large"),
    ],
)
def test_what_could_take_for_ever_is_turned_down_and_told_why(expression: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        Pattern(expression)


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert Pattern("x").found_in("a" * (MOST_SEARCHED - 1) + "x")
    assert not Pattern("x").found_in("a" * MOST_SEARCHED + "x")


@given(st.text(alphabet="ab()[]|*+?{}1,9.\\^$-", max_size=24))
def test_whatever_is_typed_is_taken_or_named_and_ends_soon(expression: str) -> None:
    try:
        pattern = Pattern(expression)
    except PatternError:
        return
    began = time.process_time()
    pattern.found_in("ab" * 30 + "!")
    assert time.process_time() - began < 2
