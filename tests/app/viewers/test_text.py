"""Plain text, line by line."""

from __future__ import annotations

import time

from jobtui.app.panes.viewers.lines import LineView
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


def sifted(view: LineView, text: str) -> list[str]:
    """What is shown once a filter is applied, each line without what ends it."""
    for _ in view.sift(text):
        pass
    return ["".join(span.text for span in view.line_at(number)).rstrip() for number in range(view.line_count)]


def test_a_filter_shows_the_lines_that_hold_it_and_counts_them() -> None:
    view = TextView("Error 1\nfine\nERROR 2\nfine 2")
    assert sifted(view, "error") == ["Error 1", "ERROR 2"]
    assert view.note == "2 of 4 lines with 'error'"
    assert view.copy_place() == "Error 1\nERROR 2"
    assert sifted(view, "error 2") == ["ERROR 2"]
    assert sifted(view, "") == ["Error 1", "fine", "ERROR 2", "fine 2"]
    assert view.note == "4 lines"


def test_a_search_goes_on_inside_the_filtered_lines() -> None:
    view = TextView("a 1\nb 1\na 2\nb 2\na 1")
    sifted(view, "a")
    assert view.search("1")
    assert view.hits == (1, 2)
    assert view.step_match(1)
    assert (view.copy_text(), view.cursor) == ("a 1", 2)
    sifted(view, "")
    assert (view.cursor, view.hits) == (4, (3, 3))


async def test_the_line_that_a_filter_found_is_still_under_the_cursor_among_all_and_what_is_around_it_in_sight() -> (
    None
):
    async with shown(view := TextView("\n".join(f"{number} " + "x" * 100 for number in range(100))), (60, 11)):
        sifted(view, "70 x")
        assert [line[:4] for line in text_of(view)[:2]] == ["70 x", "xxxx"]
        sifted(view, "")
        assert view.copy_text().startswith("70 x")
        assert {"69 xxx", "71 xxx"} <= {line[:6] for line in text_of(view)}


async def test_a_filter_without_hits_says_so_and_takes_every_key() -> None:
    async with shown(view := TextView("one\ntwo")):
        assert sifted(view, "three") == []
        assert text_of(view)[:2] == ["Nothing here holds 'three'", "Esc takes the filter away"]
        assert (view.copy_text(), view.copy_place(), view.search("one")) == ("", "", False)
        assert view.toggle_wrap()
        view.move_cursor(1)
        view.move_sideways(1)
        assert view.note.startswith("0 of 2 lines with 'three'")


def test_much_text_is_filtered_in_bites_and_shown_after_the_last() -> None:
    view = TextView("\n".join(f"line {number}" for number in range(120_000)))
    counts = [view.line_count for _ in view.sift("line 1199")]
    assert counts == [120_000, 120_000]
    assert view.line_count == 111
    # What holds more of the same is among them.
    assert [view.line_count for _ in view.sift("line 11999")] == []
    assert view.line_count == 11
