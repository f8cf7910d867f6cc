"""The lines of a list whose rows stand in groups under headings; pure arithmetic over a few groups."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from msgspec import Struct


class Heading(Struct, frozen=True):
    """One group's heading."""

    value: str
    """What its rows have in common."""
    count: int
    """How many rows stand under it."""


class Headings:
    """Where rows and headings stand; costs what there are groups, however many rows they have."""

    def __init__(self, groups: Iterable[Heading] = ()) -> None:
        """Put a heading over each group.

        Args:
            groups: From the top down, none of them empty; without any, lines and rows are the same.
        """
        self._headings: list[Heading] = []
        self._lines: list[int] = []
        self._first_rows: list[int] = []
        row = 0
        for number, group in enumerate(groups):
            self._headings.append(group)
            self._first_rows.append(row)
            self._lines.append(row + number)
            row += group.count

    def __len__(self) -> int:
        return len(self._headings)

    def line_of(self, row: int) -> int:
        """The line a row stands in."""
        return row + bisect_right(self._first_rows, row)

    def group_of(self, row: int) -> tuple[int, int]:
        """The first row of a row's group, and how many rows that has."""
        number = bisect_right(self._first_rows, row) - 1
        return self._first_rows[number], self._headings[number].count

    def heading_at(self, line: int) -> Heading | None:
        """The heading in a line; `None` where a row stands there."""
        number = bisect_left(self._lines, line)
        return self._headings[number] if number < len(self._lines) and self._lines[number] == line else None

    def rows_above(self, line: int) -> int:
        """How many rows stand above a line: the number of the row in it, or of the next one under a heading."""
        return line - bisect_left(self._lines, line)
