"""Facts with their names: a value that is longer than its line goes on below itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line, LineView
from jobtui.app.panes.viewers.text import broken
from jobtui.core.text import block

_NARROWEST = 20
_NAME_LIMIT = 200


class Fact(NamedTuple):
    """One fact; without a name it is a line of its own."""

    name: str
    value: str
    style: str = ""
    """Style of the value."""
    about: int = -1
    """Which artifact of the result it tells of; -1 for none."""

    @property
    def is_hint(self) -> bool:
        """Whether it is a word of the program's own, about what can be done."""
        return not self.name and self.style == "quiet"


GAP = Fact("", "")
"""An empty line."""


class FactsView(LineView):
    """Names and values, which may become others while they are looked at."""

    can_sift = True

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__()
        self._facts = tuple(facts)
        self._width = 80
        self._lines: list[Line] = []
        self._origins: list[Fact] = []
        self._counts = (0, 0)
        """Lines of the values that are shown, and that there are."""
        self._break_lines()

    def take(self, facts: Sequence[Fact]) -> None:
        """Show these from now on; only lines that read differently are drawn anew."""
        self._facts = tuple(facts)
        before = self._lines
        self._break_lines()
        if len(before) != len(self._lines):
            self.changed()
        else:
            self.refresh_lines(*(n for n, line in enumerate(self._lines) if line != before[n]))

    @property
    def note(self) -> str:
        """How much a filter lets through."""
        kept_count, count = self._counts
        return f"{kept_count:,} of {count:,} lines with {self.told_filter}" if self._filter else ""

    def sift(self, text: str) -> Iterator[None]:
        """Show only the lines of values that hold the text, and all of what has it in its name."""
        here = self._origins[self.cursor] if self._origins else None
        self._filter = text
        self._break_lines()
        self.changed()
        if here in self._origins:
            self._go_to(self._origins.index(here))
        return iter(())

    @property
    def artifact_number(self) -> int:
        """Which artifact the cursor's line tells of; -1 for none."""
        return self._origins[self.cursor].about if self._origins else -1

    @property
    def line_count(self) -> int:
        """How many lines the facts take at this width."""
        return len(self._lines)

    def line_at(self, number: int) -> Line:
        """One line."""
        return self._lines[number]

    def copy_text(self) -> str:
        """The whole value of the cursor's line, on a hint that of the fact before it."""
        told = [fact for fact in self._origins[: self.cursor + 1] if not fact.is_hint]
        return told[-1].value if told else ""

    def copy_place(self) -> str:
        """All facts that are shown, one a line."""
        told = [fact for fact in dict.fromkeys(self._origins) if not fact.is_hint]
        return "\n".join(f"{fact.name}: {fact.value}" if fact.name else fact.value for fact in told)

    def on_resize(self, event: events.Resize) -> None:
        """Break the values anew where the width is another."""
        self._width = max(_NARROWEST, self.size.width - 1)
        self._break_lines()
        self.changed()
        super().on_resize(event)

    def _break_lines(self) -> None:
        shown = [(block(name, _NAME_LIMIT), block(value)) for name, value, _, _ in self._facts]
        indent = min(self._width // 2, max((cell_len(name) for name, _ in shown), default=0) + 2)
        self._lines, self._origins = [], []
        needle, count, kept_count = self._filter.casefold(), 0, 0
        for fact, (name, value) in zip(self._facts, shown, strict=True):
            first = indent if name else 0
            lines = value.split("\n")
            kept = lines if needle in name.casefold() else [line for line in lines if needle in line.casefold()]
            count, kept_count = count + len(lines), kept_count + len(kept)
            pieces = [piece for line in kept for piece in _in_lines(line, max(8, self._width - first))]
            for index, piece in enumerate(pieces):
                label = f"{name.replace(chr(10), ' ')} " if index == 0 and name else ""
                self._lines.append((Span(label + " " * (first - cell_len(label)), "label"), Span(piece, fact.style)))
                self._origins.append(fact)
        self._counts = (kept_count, count)


def _in_lines(line: str, width: int) -> list[str]:
    """A line in pieces of so many cells; a space where one is full begins no other."""
    first, *others = broken(line, width)
    return [first, *(piece.removeprefix(" ") for piece in others)]
