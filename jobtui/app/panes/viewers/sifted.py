"""What the viewers share of whose entries a filter shows some."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from jobtui.app.panes.viewers.lines import LineView

_BITE = 50_000
"""Entries that are looked through at once: a bite takes about as long as a key may."""


class SiftedView(LineView):
    """A viewer of entries, one line or several each; a kind of result says how many, what they hold, where they are."""

    can_sift = True
    noun = "line"
    """What an entry is called."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[int] | None = None
        """The entries that are shown, in order; `None` for all."""

    # What a kind of result gives

    @property
    def entry_count(self) -> int:
        """How many entries there are, whatever is shown."""
        raise NotImplementedError

    def entries_with(self, needle: str, among: Sequence[int]) -> list[int]:
        """Which of some entries hold the folded text."""
        raise NotImplementedError

    def lay_out(self) -> None:
        """Make the lines of the entries that are shown now."""
        raise NotImplementedError

    def first_line(self, position: int) -> int:
        """The first line of an entry, by its place among those shown."""
        return position

    def position_of(self, line: int) -> int:
        """The place among those shown of the entry that a line belongs to."""
        return line

    # What is shown

    @property
    def entries(self) -> Sequence[int]:
        """The entries that are shown."""
        return range(self.entry_count) if self._kept is None else self._kept

    @property
    def counted(self) -> str:
        """How many entries are shown, of how many, and why."""
        count = self.entry_count
        words = f"{count:,} {self.noun}{'' if count == 1 else 's'}"
        return words if self._kept is None else f"{len(self._kept):,} of {words} with {self.told_filter}"

    @property
    def entry_here(self) -> int:
        """The entry under the cursor; 0 where there is none."""
        entries = self.entries
        return entries[self.position_of(self.cursor)] if self.line_count and entries else 0

    def sift(self, text: str) -> Iterator[None]:
        """Show only entries that hold the text, whatever its case; all with an empty one. The cursor stays where it is.

        Yields:
            Between bites, where there is much to look through; what is shown changes after the last.
        """
        needle, before = text.casefold(), self._filter.casefold()
        if needle == before:
            return
        count = self.entry_count
        # What holds more of the text is among what holds less of it.
        among = self.entries if before and before in needle else range(count)
        kept: list[int] = []
        for start in range(0, len(among) if needle else 0, _BITE):
            if start:
                yield
            kept += self.entries_with(needle, among[start : start + _BITE])
        if count != self.entry_count:
            # Others came meanwhile.
            yield from self.sift(text)
            return
        here = self.entry_here
        self._filter, self._kept = text, kept if needle else None
        self.lay_out()
        self.go_to_entry(here)

    def sift_anew(self) -> None:
        """Apply the filter to entries that are others now."""
        if self._kept is not None:
            self._kept = self.entries_with(self._filter.casefold(), range(self.entry_count))

    def go_to_entry(self, entry: int) -> None:
        """Put the cursor on an entry, or on the next one that is shown, with what stands around it in sight."""
        entries = self.entries
        line = self.first_line(min(bisect_left(entries, entry), len(entries) - 1)) if entries else 0
        for near in (-(self._height // 2), self._height // 2, 0):
            self._go_to(line + near)
