from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.text import BLOCK_LIMIT, block, one_line

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def forbidden_characters(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in FORBIDDEN}


def longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        longest = max(longest, run)
    return longest


@given(ANY_TEXT)
def test_no_character_that_acts_passes_into_one_line(text: str) -> None:
    assert forbidden_characters(one_line(text)) == set()


@given(ANY_TEXT)
def test_no_character_that_acts_but_the_newline_passes_into_a_block(text: str) -> None:
    assert forbidden_characters(block(text)) <= {"\n"}


@given(ANY_TEXT, st.integers(1, 400))
def test_the_length_is_bounded_whatever_the_stand_ins_need(text: str, limit: int) -> None:
    assert len(one_line(text, limit)) <= limit
    assert len(block(text, limit)) <= limit


@given(ANY_TEXT, st.integers(1, 400))
def test_a_second_pass_changes_nothing(text: str, limit: int) -> None:
    assert one_line(one_line(text, limit), limit) == one_line(text, limit)
    assert block(block(text, limit), limit) == block(text, limit)


@given(ANY_TEXT)
def test_at_most_four_combining_marks_stand_in_a_row(text: str) -> None:
    assert longest_run_of_marks(one_line(text)) <= 4
    assert longest_run_of_marks(block(text)) <= 4


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=500))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text
    assert block(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("nul\x00del\x7f", "nul\\x00del\\x7f"),
        ("a\nb\r\nc\td", "a⏎b⏎c→d"),
        ("a\u2028b\u2029c\x85d", "a⏎b⏎c⏎d"),
        ("back\rwards", "back\\x0dwards"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("a\u200bb\ufeffc\u00add", "a\\u200bb\\ufeffc\\xadd"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("a\U000e0101", "a\\U000e0101"),
        ("hidden\u3164", "hidden\\u3164"),
        ("lone\ud800", "lone\\ud800"),
        ("private\ue000", "private\\ue000"),
        ("日本語 Ünïcode Ж 🚀", "日本語 Ünïcode Ж 🚀"),
        ("[bold]markup[/]", "[bold]markup[/]"),
        ("z" + "\u0301" * 9 + "y", "z" + "\u0301" * 4 + "y"),
        ("\u0301start", "start"),
    ],
)
def test_what_acts_is_shown_as_a_stand_in(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_block_keeps_its_lines_and_turns_tabs_into_spaces() -> None:
    assert block("a\r\n\tb\x85c") == "a\n    b\\x85c"


def test_a_long_text_says_its_true_length() -> None:
    shown = one_line("x" * 200_000)
    assert len(shown) == 2_000
    assert shown.endswith("x… (200000 characters)")
    assert len(block("é" * 10_000_000)) == BLOCK_LIMIT


def test_a_place_too_narrow_for_the_note_gets_an_ellipsis() -> None:
    assert one_line("x" * 30, 10) == "xxxxxxxxx…"


def test_a_stand_in_is_never_cut_in_half() -> None:
    assert one_line("ab\u202e\u202e", 8) == "ab…"
