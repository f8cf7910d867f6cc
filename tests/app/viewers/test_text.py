"""Plain text, line by line."""

from __future__ import annotations

import time

from jobtui.app.panes.viewers.text import TextView
from tests.app.viewers.shown import shown, text_of


async def test_long_lines_go_on_below_themselves_until_they_are_let_go() -> None:
    async with shown(view := TextView("x" * 70 + "END\nsecond"), (60, 6)):
        assert [line.rstrip("▐").rstrip() for line in text_of(view)[:3]] == ["x" * 59, "x" * 11 + "END", "second"]
        assert view.toggle_wrap()
        assert text_of(view)[1] == "second"
        assert "long lines go on to the right" in view.note
        view.move_sideways(3)
        assert text_of(view)[0].endswith("END")
        assert view.toggle_wrap()
        assert text_of(view)[1].endswith("END")


async def test_a_search_finds_what_a_line_break_cuts() -> None:
    async with shown(view := TextView("a" * 55 + "NEEDLE in it"), (60, 6)):
        assert view.search("needle in")
        assert view.cursor == 0


async def test_the_cursors_line_and_the_whole_text_are_copied() -> None:
    async with shown(view := TextView("one\r\ntwo")):
        view.move_cursor(1)
        assert view.copy_text() == "two"
        assert view.copy_place() == "one\ntwo"
        assert view.note == "2 lines"


async def test_t1_to_t9_hostile_text_reaches_the_screen_only_as_stand_ins() -> None:
    async with shown(view := TextView("[/]\x1b[2J\x9b\u202eabc\ud800\x00\u2028\u0085"), (120, 5)):
        assert text_of(view)[0] == "[/]␛[2J\\x9b\\u202eabc\\ud800\\x00\\u2028\\x85" or "⏎" in text_of(view)[0]
        assert text_of(view)[0].isprintable()


async def test_t6_ten_megabytes_of_text_open_in_an_instant() -> None:
    for text in (
        "x" * 10_000_000,
        "a line of sixty characters or so, again and again and again\n" * 170_000,
        "ü" * 5_000_000,
    ):
        began = time.process_time()
        view = TextView(text, "10,000,000 bytes")
        spent = time.process_time() - began
        assert spent < 5.0  # an order of magnitude, not a speed
        async with shown(view, (80, 20)):
            began = time.process_time()
            view.move_to_end(bottom=True)
            assert text_of(view)[-1]
            assert time.process_time() - began < 5.0  # an order of magnitude, not a speed
            assert not view.toggle_wrap()
            assert "10,000,000 bytes" in view.note
