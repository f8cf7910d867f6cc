"""Which rows of a long list are on show, and where its cursor stands; pure arithmetic."""

from __future__ import annotations


class Viewport:
    """A window of some lines over more rows, that follows its cursor."""

    def __init__(self) -> None:
        self.row = 0
        """Where the cursor stands."""
        self.top = 0
        """The first row on show."""

    def put(self, row: int, count: int, height: int) -> bool:
        """Put the cursor on a row, as near as there is one, and scroll no further than needed.

        Returns:
            Whether the window moved.
        """
        before = self.top
        height = max(1, height)
        self.row = max(0, min(row, count - 1))
        self.top = max(0, min(max(self.top, self.row - height + 1), self.row, max(0, count - height)))
        return self.top != before

    def thumb_covers(self, line: int, count: int, height: int) -> bool:
        """Whether a scroll bar's thumb stands at a line of the window."""
        if count <= height or height < 2:
            return False
        length = max(1, height * height // count)
        start = self.top * (height - length) // max(1, count - height)
        return start <= line < start + length
