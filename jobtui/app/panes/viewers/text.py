"""Plain text, line by line."""

from __future__ import annotations

from itertools import chain

from rich.cells import cell_len, chop_cells
from textual import events

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line, LineView
from jobtui.core.text import block, one_line

_LONGEST_LINE = 4_000
_MOST_WRAPPED = 300_000
_NARROWEST = 8


class TextView(LineView):
    """Text whose long lines go on in the next one, as long as it is not very long."""

    def __init__(self, text: str, about: str = "") -> None:
        """Take the text, and what the pane's last line is to say of it."""
        super().__init__()
        self._about = about
        self._source = list(chain.from_iterable(map(_bounded, text.replace("\r\n", "\n").split("\n"))))
        self._wrappable = len(text) <= _MOST_WRAPPED
        self._wraps = self._wrappable
        self._lines = self._source
        self._wrapped_at = 0
        self._go_on: frozenset[int] = frozenset()

    @property
    def note(self) -> str:
        """How long it is."""
        count = len(self._source)
        lines = f"{count:,} line{'' if count == 1 else 's'}"
        cut = "" if self._wraps else " · long lines go on to the right"
        return " · ".join(part for part in (lines, self._about) if part) + cut

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
        return self._lines[self.cursor]

    def copy_place(self) -> str:
        """The whole text."""
        return "\n".join(self._source)

    def toggle_wrap(self) -> bool:
        """Break long lines, or let them go on to the right."""
        if not self._wrappable:
            return False
        self._wraps = not self._wraps
        self._left = 0
        self._wrapped_at = 0
        self._break_lines()
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew where the width is another."""
        self._break_lines()
        super().on_resize(event)

    def _break_lines(self) -> None:
        width = max(_NARROWEST, self.size.width - 1)
        if not self._wraps:
            self._lines, self._go_on = self._source, frozenset()
        elif width != self._wrapped_at:
            self._wrapped_at = width
            lines: list[str] = []
            go_on: set[int] = set()
            for line in self._source:
                pieces = broken(_shown(line), width)
                go_on.update(range(len(lines), len(lines) + len(pieces) - 1))
                lines += pieces
            self._lines, self._go_on = lines, frozenset(go_on)
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
