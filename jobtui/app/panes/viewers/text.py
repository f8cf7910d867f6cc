"""Plain text, line by line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain

from rich.cells import cell_len, chop_cells
from textual import events

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line
from jobtui.app.panes.viewers.sifted import SiftedView
from jobtui.core.text import block, one_line

_LONGEST_LINE = 4_000
_MOST_WRAPPED = 300_000
_NARROWEST = 8


class TextView(SiftedView):
    """Text whose long lines go on in the next one, as long as it is not very long."""

    def __init__(self, text: str, about: str = "") -> None:
        """Take the text, and what the pane's last line is to say of it."""
        super().__init__()
        self._about = about
        self._wraps = True
        self.put_text(text)
        self._lines = self._source
        self._starts: Sequence[int] = range(len(self._source))
        """Of each line as it came that is shown, where it begins among those that are drawn."""
        self._wrapped_at = 0
        self._go_on: frozenset[int] = frozenset()

    def put_text(self, text: str) -> None:
        """Take the text, or another in its place, which is then to be laid out."""
        self._source = list(chain.from_iterable(map(_bounded, text.replace("\r\n", "\n").split("\n"))))
        self._wrappable = len(text) <= _MOST_WRAPPED
        self._wraps = self._wraps and self._wrappable

    @property
    def note(self) -> str:
        """How long it is."""
        cut = "" if self._wraps else " · long lines go on to the right"
        return " · ".join(part for part in (self.counted, self._about) if part) + cut

    @property
    def entry_count(self) -> int:
        """How many lines came."""
        return len(self._source)

    def entries_with(self, needle: str, among: Sequence[int]) -> list[int]:
        """Which of some lines hold the folded text."""
        source = self._source
        return [number for number in among if needle in source[number].casefold()]

    def lay_out(self) -> None:
        """Break the lines that are shown."""
        self._wrapped_at = 0
        self._break_lines()

    def first_line(self, position: int) -> int:
        """Where a line as it came begins."""
        return self._starts[position]

    def position_of(self, line: int) -> int:
        """Which line as it came is drawn there."""
        return bisect_right(self._starts, line) - 1

    @property
    def line_count(self) -> int:
        """How many lines the text takes at this width."""
        return len(self._lines)

    def line_at(self, number: int) -> Line:
        """One line."""
        line = self._lines[number]
        return (Span(line if self._wraps else _shown(line), ""),)

    def holds(self, number: int, needle: str) -> bool:
        """Look into the lines as they came, also where one is broken inside of what is looked for."""
        line = self._lines[number]
        if number in self._go_on:
            line += self._lines[number + 1][: len(needle) - 1]
        return needle in line.casefold()

    def copy_text(self) -> str:
        """The line under the cursor."""
        return self._lines[self.cursor] if self._lines else ""

    def copy_place(self) -> str:
        """The whole text, as far as it is shown."""
        return "\n".join(self._source[number] for number in self.entries)

    def toggle_wrap(self) -> bool:
        """Break long lines, or let them go on to the right."""
        if not self._wrappable:
            return False
        here = self.entry_here
        self._wraps = not self._wraps
        self._left = 0
        self.lay_out()
        self.go_to_entry(here)
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew where the width is another."""
        here, before = self.entry_here, self._lines
        self._break_lines()
        super().on_resize(event)
        if self._lines is not before:
            self.go_to_entry(here)

    def _break_lines(self) -> None:
        width = max(_NARROWEST, self.size.width - 1)
        shown = self._source if self._kept is None else [self._source[number] for number in self._kept]
        if not self._wraps:
            self._lines, self._starts, self._go_on = shown, range(len(shown)), frozenset()
        elif width != self._wrapped_at:
            self._wrapped_at = width
            lines: list[str] = []
            starts: list[int] = []
            go_on: set[int] = set()
            for line in shown:
                pieces = broken(_shown(line), width)
                starts.append(len(lines))
                go_on.update(range(len(lines), len(lines) + len(pieces) - 1))
                lines += pieces
            self._lines, self._starts, self._go_on = lines, starts, frozenset(go_on)
        self.changed()


def broken(line: str, width: int) -> list[str]:
    """A line in pieces that fit into so many cells, cut between words where the words are short enough."""
    pieces: list[str] = []
    while cell_len(line) > width:
        piece = chop_cells(line[: width + 1], width)[0]
        space = piece.rfind(" ")
        if line[len(piece)] != " " and space >= len(piece) // 2:
            piece = piece[: space + 1]
        pieces.append(piece)
        line = line[len(piece) :]
    return [*pieces, line]


def _bounded(line: str) -> list[str]:
    """A line in pieces that can be drawn in an instant."""
    if len(line) <= _LONGEST_LINE:
        return [line]
    return [line[start : start + _LONGEST_LINE] for start in range(0, len(line), _LONGEST_LINE)]


def _shown(line: str) -> str:
    return one_line(block(line, 2 * _LONGEST_LINE), 3 * _LONGEST_LINE)
