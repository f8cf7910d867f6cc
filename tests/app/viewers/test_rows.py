"""Rows of text as a table."""

from __future__ import annotations

import time

from jobtui.app.panes.viewers.rows import RowsView
from jobtui.core.results import Rows
from tests.app.viewers.shown import shown, text_of

RANKS = Rows(
    ("vid", "score", "note"), (("a", "1.5", "first"), ("bb", "22", "second"), ("ccc", "3", "third")), 200, False
)


async def test_numbers_stand_to_the_right_and_text_to_the_left() -> None:
    async with shown(view := RowsView(RANKS)):
        assert text_of(view)[:3] == ["vid  score  note", "a      1.5  first", "bb      22  second"]


async def test_rows_that_are_shorter_or_longer_than_the_heading_are_shown() -> None:
    async with shown(view := RowsView(Rows(("a",), (("1", "extra"), ()), 10, False))):
        assert text_of(view)[0].split() == ["a", "column", "2"]
        assert text_of(view)[1].split() == ["1", "extra"]
        view.move_to_end(bottom=True)
        assert view.copy_text() == ""


async def test_a_table_without_rows_or_columns_takes_every_key() -> None:
    for rows in (Rows((), (), 10, False), Rows(("a", "b"), (), 10, False)):
        async with shown(view := RowsView(rows)):
            view.move_cursor(1)
            view.move_sideways(1)
            view.widen(0)
            view.widen(4)
            assert view.copy_text() == ""
            assert view.copy_place() == ""
            assert "0 rows" in view.note


async def test_the_note_says_what_was_left_out() -> None:
    view = RowsView(Rows(("a",), tuple((str(n),) for n in range(200)), 200, more=True))
    assert view.note == "200 of at least 201 rows · + reads more"
    assert RowsView(Rows(("a",), (("1",),), 200, False)).note == "1 row"


async def test_the_current_column_moves_and_is_brought_into_sight() -> None:
    rows = Rows(tuple(f"column{n:02}" for n in range(20)), (tuple(f"value{n:02}" for n in range(20)),), 9, False)
    async with shown(view := RowsView(rows), (40, 5)):
        assert "value19" not in text_of(view)[1]
        for _ in range(19):
            view.move_sideways(1)
        assert text_of(view)[1].endswith("value19")
        assert view.copy_text() == "value19"
        assert "column 20 of 20" in view.note
        view.move_sideways(1)
        assert view.column == 19
        for _ in range(30):
            view.move_sideways(-1)
        assert text_of(view)[1].startswith("value00")


async def test_a_column_is_made_wider_narrower_and_fitted() -> None:
    rows = Rows(("text", "n"), (("x" * 100, "1"),), 9, False)
    async with shown(view := RowsView(rows), (80, 5)):
        first = view.widths[0]
        assert first < 100
        view.widen(4)
        assert view.widths == (first + 4, 1)
        view.widen(0)
        assert view.widths[0] == 100
        view.widen(0)
        assert view.widths[0] == first
        for _ in range(30):
            view.widen(-4)
        assert view.widths[0] == 4
        assert text_of(view)[1].startswith("xxx…")


async def test_a_search_looks_into_whole_values_and_makes_their_column_the_current_one() -> None:
    rows = Rows(("id", "text"), (("1", "a"), ("2", "b" * 60 + "NEEDLE")), 9, False)
    async with shown(view := RowsView(rows), (40, 6)):
        assert view.search("needle")
        assert (view.cursor, view.column) == (1, 1)
        assert view.copy_text().endswith("NEEDLE")
        assert view.copy_place() == "2\t" + "b" * 60 + "NEEDLE"


async def test_more_rows_keep_the_cursor_the_column_and_the_widths() -> None:
    few = Rows(("a", "b"), tuple((str(n), "x") for n in range(50)), 50, more=True)
    async with shown(view := RowsView(few)):
        view.move_cursor(30)
        view.move_sideways(1)
        view.widen(4)
        widths = view.widths
        view.take(Rows(("a", "b"), tuple((str(n), "x") for n in range(100)), 100, more=False))
        assert (view.cursor, view.column, view.widths) == (30, 1, widths)
        assert view.line_count == 100
        view.take(Rows(("a", "b"), (("1", "x"),), 100, more=False))
        assert view.cursor == 0


async def test_t1_to_t5_hostile_values_and_headings_stay_one_harmless_line() -> None:
    hostile = "[/][@click=app.quit]a\x1b]52;c;AAAA\x07\nb\t\u202ec\ud800"
    async with shown(view := RowsView(Rows((hostile,), ((hostile,),), 9, False)), (120, 5)) as rest:
        view.widen(0)
        await rest()
        for line in text_of(view)[:2]:
            assert "[/][@click=app.quit]a␛]52;c;AAAA\\x07⏎b→\\u202ec\\ud800" in line


async def test_a_hundred_thousand_rows_open_and_are_searched_in_an_instant() -> None:
    rows = Rows(("vid", "score"), tuple((f"vertex{n}", str(n)) for n in range(100_000)), 100_000, False)
    began = time.process_time()
    view = RowsView(rows)
    async with shown(view, (100, 30)):
        view.move_to_end(bottom=True)
        assert "vertex99999" in text_of(view)[-1]
    # The app around it takes its share; without it an empty table takes as long.
    assert time.process_time() - began < 10.0  # an order of magnitude, not a speed
    began = time.process_time()
    assert RowsView(rows).find("vertex99998", 0, 1) == 99_998
    assert time.process_time() - began < 5.0  # an order of magnitude, not a speed


def test_a_filter_looks_into_whole_values_one_by_one() -> None:
    rows = Rows(("id", "text"), (("1", "a" * 60 + "Needle"), ("2", "b"), ("3", "needle")), 9, more=False)
    view = RowsView(rows)
    list(view.sift("NEEDLE"))
    assert view.shown_rows == Rows(rows.columns, (rows.rows[0], rows.rows[2]), 9, more=False)
    assert view.note == "2 of 3 rows with 'NEEDLE' · column 1 of 2"
    view.move_cursor(1)
    assert (view.copy_text(), view.copy_place()) == ("3", "3\tneedle")
    list(view.sift("2b"))
    assert view.line_count == 0


def test_more_rows_are_filtered_as_they_come() -> None:
    view = RowsView(Rows(("a",), (("1",), ("2",)), 2, more=True))
    list(view.sift("1"))
    assert view.note == "1 of 2 rows with '1' here · + reads more"
    view.take(Rows(("a",), (("1",), ("2",), ("11",)), 9, more=False))
    assert view.note == "2 of 3 rows with '1'"


def test_rows_that_come_while_others_are_looked_through_are_looked_through_too() -> None:
    few = tuple((str(number),) for number in range(60_000))
    view = RowsView(Rows(("a",), few, 60_000, more=True))
    steps = view.sift("x")
    next(steps)
    view.take(Rows(("a",), (*few, ("x",)), 60_001, more=False))
    list(steps)
    assert view.shown_rows.rows == (("x",),)
