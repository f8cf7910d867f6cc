"""Headings take lines of their own, and rows keep their numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from jobtui.app.headings import Heading, Headings


@given(some.lists(some.integers(1, 6), max_size=6))
def test_lines_and_rows_are_what_a_written_list_would_have(counts: list[int]) -> None:
    headings = Headings(Heading(f"group {number}", count) for number, count in enumerate(counts))
    written: list[Heading | int] = []
    row = 0
    for number, count in enumerate(counts):
        written.append(Heading(f"group {number}", count))
        for _ in range(count):
            written.append(row)
            row += 1
    assert len(headings) == len(counts)
    for line, here in enumerate(written):
        rows_above = sum(isinstance(each, int) for each in written[:line])
        assert headings.rows_above(line) == rows_above
        if isinstance(here, int):
            assert headings.heading_at(line) is None
            assert headings.line_of(here) == line
        else:
            assert headings.heading_at(line) == here


def test_without_groups_a_line_is_a_row() -> None:
    headings = Headings()
    assert (len(headings), headings.line_of(7), headings.rows_above(7), headings.heading_at(7)) == (0, 7, 7, None)
    assert headings.heading_at(-1) is None
