"""The facts of two jobs beside each other, or below each other where there is little room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual import events

from jobtui.app.columns import Span
from jobtui.app.comparison import Fact
from jobtui.app.panes.viewers.lines import Line, LineView
from jobtui.app.panes.viewers.text import broken
from jobtui.core.text import block, one_line

_STACKED_BELOW = 90
_NAME_CELLS = 26
_NAME_LIMIT = 300
_VALUE_LIMIT = 4_000
_NARROWEST = 20


class ComparisonView(LineView):
    """Lines of facts under their sections; what differs is marked, and can be gone to."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()
        self._everything = False
        self._width = 0
        self._lines: list[Line] = []
        self._starts: list[int] = []

    @property
    def differences(self) -> int:
        """How many facts differ."""
        return sum(fact.differs for fact in self._facts)

    @property
    def everything(self) -> bool:
        """Whether what is equal is shown too."""
        return self._everything

    def take(self, facts: Sequence[Fact]) -> None:
        """Show these from now on."""
        self._facts = tuple(facts)
        self._lay_out()

    def show_everything(self, everything: bool) -> None:
        """Show what is equal too, or only what differs."""
        self._everything = everything
        self._lay_out()

    def step_difference(self, step: int) -> bool:
        """Go to the next fact that differs, or the previous one with -1; returns whether there is any."""
        if not self._starts:
            return False
        beyond = [start for start in self._starts if (start - self.cursor) * step > 0]
        nearest = (
            min(beyond, key=lambda start: abs(start - self.cursor)) if beyond else self._starts[0 if step > 0 else -1]
        )
        self._go_to(nearest)
        return True

    @property
    def line_count(self) -> int:
        """How many lines the facts take at this width."""
        return len(self._lines)

    def line_at(self, number: int) -> Line:
        """One line."""
        return self._lines[number]

    def on_resize(self, event: events.Resize) -> None:
        """Put the sides beside or below each other, as there is room."""
        if self.size.width != self._width:
            self._width = self.size.width
            self._lay_out()
        super().on_resize(event)

    def _lay_out(self) -> None:
        self._lines, self._starts = [], []
        section = ""
        # Moments say nothing by differing, yet without them the spans hang in the air.
        shown = [fact for fact in self._facts if self._everything or fact.differs or not fact.counts]
        width = max(_NARROWEST, (self._width or 80) - 1)
        for fact in shown:
            if fact.section != section:
                self._lines += [(), (Span(fact.section, "column"),)] if section else [(Span(fact.section, "column"),)]
                section = fact.section
            if fact.differs:
                self._starts.append(len(self._lines))
            self._lines += _stacked(fact, width) if width < _STACKED_BELOW else _beside(fact, width)
        if not self.differences:
            self._lines = [(Span("No difference in what can be told of both.", "quiet"),), (), *self._lines]
        self.changed()


def _beside(fact: Fact, width: int) -> list[Line]:
    mark, style = _mark(fact)
    cells = (width - _NAME_CELLS - 6) // 2
    columns = (
        broken(one_line(fact.name, _NAME_LIMIT), _NAME_CELLS),
        _pieces(fact.left, cells),
        _pieces(fact.right, cells),
    )
    lines: list[Line] = []
    for number, (name, left, right) in enumerate(zip_longest(*columns, fillvalue="")):
        lines.append(
            (
                Span(f"{mark if number == 0 else ' '} ", "word"),
                Span(_padded(name, _NAME_CELLS + 2), "label"),
                Span(_padded(left, cells + 2), style),
                Span(right, style),
            )
        )
    return lines


def _stacked(fact: Fact, width: int) -> list[Line]:
    mark, style = _mark(fact)
    head: Line = (Span(f"{mark} ", "word"), Span(one_line(fact.name, _NAME_LIMIT), "label"))
    lines = [head] if fact.name else []
    sides = [("A B", fact.left)] if fact.left == fact.right else [("A", fact.left), ("B", fact.right)]
    for letter, value in sides:
        for number, piece in enumerate(_pieces(value, width - 7)):
            lines.append((Span(f"   {letter if number == 0 else '':<4}", "quiet"), Span(piece, style)))
    return lines


def _mark(fact: Fact) -> tuple[str, str]:
    return ("≠", "") if fact.differs else (" ", "quiet")


def _pieces(value: str, cells: int) -> list[str]:
    shown = block(value, _VALUE_LIMIT) if value else "–"
    return [piece for line in shown.split("\n") for piece in broken(line, max(8, cells))]


def _padded(text: str, cells: int) -> str:
    return text + " " * max(0, cells - cell_len(text))
