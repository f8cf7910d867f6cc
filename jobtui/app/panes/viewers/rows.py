"""Rows of text as a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from rich.cells import cell_len, set_cell_size
from textual import events

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line
from jobtui.app.panes.viewers.sifted import SiftedView
from jobtui.core.results import Rows
from jobtui.core.structs import replace
from jobtui.core.text import one_line

_MEASURED_ROWS = 200
_FITTED_ROWS = 5_000
_MOST_COLUMNS = 1_000
_WIDEST = 32
_WIDEST_FITTED = 400
_NARROWEST = 4
_GAP = "  "
_CELL_LIMIT = 2_000


class RowsView(SiftedView):
    """A table with a current column; as wide as a sample of its rows needs, and wider on request."""

    noun = "row"

    def __init__(self, rows: Rows, of: int = 0) -> None:
        """Take the rows, and how many there are in all where no more of them can be read here."""
        super().__init__()
        self._rows = rows
        self._of = of
        self._shown: Sequence[tuple[str, ...]] = rows.rows
        sample = _sample(rows.rows)
        count = min(_MOST_COLUMNS, max([len(rows.columns), *(len(row) for row in sample)], default=0))
        self._titles = tuple(
            one_line(rows.columns[index], 200) if index < len(rows.columns) else f"column {index + 1}"
            for index in range(count)
        )
        self._numeric = tuple(
            bool(sample) and all(_is_number(row[index]) for row in sample if index < len(row)) for index in range(count)
        )
        self._column = 0
        self._widths = [self._needed(index, sample, _WIDEST) for index in range(count)]

    # What the table is

    @property
    def rows(self) -> Rows:
        """All that is here."""
        return self._rows

    @property
    def is_beginning(self) -> bool:
        """Whether there are more, which can't be read here."""
        return self._of > len(self._rows.rows)

    @property
    def shown_rows(self) -> Rows:
        """The same without what the filter hides."""
        return self._rows if self._kept is None else replace(self._rows, rows=tuple(self._shown))

    def take(self, rows: Rows) -> None:
        """Show more, or newer, rows of the same table; cursor, column and widths stay."""
        self._rows = rows
        self.sift_anew()
        self.lay_out()

    @property
    def note(self) -> str:
        """How much of the whole is here, and which column is the current one."""
        count = len(self._rows.rows)
        words = self.counted
        if self._rows.more:
            words = f"{words} here" if self._filter else f"{count:,} of at least {count + 1:,} rows"
            words += " · + reads more"
        elif self._of > count:
            words += f" · the first of {self._of:,}"
        columns = len(self._titles)
        return f"{words} · column {self._column + 1} of {columns}" if columns > 1 else words

    @property
    def line_count(self) -> int:
        """How many rows are shown."""
        return len(self._shown)

    @property
    def entry_count(self) -> int:
        """How many rows there are."""
        return len(self._rows.rows)

    def entries_with(self, needle: str, among: Sequence[int]) -> list[int]:
        """Which of some rows hold the folded text in one of their values."""
        rows = self._rows.rows
        # As one text with what nobody types between the values: a third of what value by value would take.
        return [number for number in among if needle in "\0".join(rows[number]).casefold()]

    def lay_out(self) -> None:
        """Take the rows that are shown."""
        rows = self._rows.rows
        self._shown = rows if self._kept is None else [rows[number] for number in self._kept]
        self.changed()

    def heading(self) -> Line:
        """The columns' names."""
        return tuple(
            Span(self._fit(title, index) + _GAP, "column" if index == self._column else "")
            for index, title in enumerate(self._titles)
        )

    def line_at(self, number: int) -> Line:
        """One row."""
        row = self._shown[number]
        spans: list[Span] = []
        for index in range(min(len(row), len(self._titles))):
            plain = "number" if self._numeric[index] else ""
            style = "cell" if number == self.cursor and index == self._column else plain
            spans += (Span(self._fit(one_line(row[index], _CELL_LIMIT), index), style), Span(_GAP, ""))
        return tuple(spans)

    # Columns

    @property
    def column(self) -> int:
        """The current column."""
        return self._column

    @property
    def widths(self) -> tuple[int, ...]:
        """Cells of each column."""
        return tuple(self._widths)

    def move_sideways(self, steps: int) -> None:
        """Go to another column, and bring it into sight."""
        self._go_to_column(self._column + steps)

    def _go_to_column(self, column: int) -> None:
        column = max(0, min(column, len(self._titles) - 1))
        if column != self._column:
            self._column = column
            self._bring_column_into_sight()
            self.refresh()

    def _starts(self) -> list[int]:
        return [0, *accumulate(width + len(_GAP) for width in self._widths)]

    def _bring_column_into_sight(self) -> None:
        starts = self._starts()
        start, end = starts[self._column], starts[self._column + 1] - len(_GAP)
        width = max(1, self.size.width - 1)
        if end > self._left + width:
            self._left = end - width
        # A column wider than the viewer shows its beginning.
        self._left = min(self._left, start)

    def widen(self, cells: int) -> bool:
        """Make the current column wider or narrower; 0 fits it to its rows, and back."""
        if not self._widths:
            return True
        width = self._widths[self._column]
        if cells:
            width = max(_NARROWEST, min(width + cells, _WIDEST_FITTED))
        else:
            fitted = self._needed(self._column, self._shown[:_FITTED_ROWS], _WIDEST_FITTED)
            first = self._needed(self._column, _sample(self._rows.rows), _WIDEST)
            width = first if width == fitted else fitted
        self._widths[self._column] = width
        self._bring_column_into_sight()
        self.refresh()
        return True

    def clicked_at(self, x: int) -> None:
        """Take the clicked column for the current one."""
        starts = self._starts()
        self._go_to_column(sum(start <= x for start in starts[1:-1]))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the current column in sight."""
        super().on_resize(event)
        if self._widths:
            self._bring_column_into_sight()

    def _needed(self, index: int, rows: Sequence[Sequence[str]], widest: int) -> int:
        cells = (cell_len(one_line(row[index], widest)) for row in rows if index < len(row))
        return min(widest, max([cell_len(self._titles[index]), *cells]))

    def _fit(self, text: str, index: int) -> str:
        width = self._widths[index]
        if cell_len(text) > width:
            return set_cell_size(text, width - 1) + "…"
        return " " * (width - cell_len(text)) + text if self._numeric[index] else set_cell_size(text, width)

    # Search and copy

    def holds(self, number: int, needle: str) -> bool:
        """Look into whole values, also where a column shows only their beginning."""
        return any(needle in value.casefold() for value in self._shown[number])

    def show_match(self, number: int) -> None:
        """Make the first column that holds the text the current one, unless the current one does."""
        row = self._shown[number]
        columns = [index for index, value in enumerate(row[: len(self._titles)]) if self._needle in value.casefold()]
        if columns and self._column not in columns:
            self._go_to_column(columns[0])

    def copy_text(self) -> str:
        """The value under the cursor."""
        row = self._shown[self.cursor] if self.line_count else ()
        return row[self._column] if self._column < len(row) else ""

    def copy_place(self) -> str:
        """The whole row, its values apart by tabs."""
        return "\t".join(self._shown[self.cursor]) if self.line_count else ""


def _sample(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    """The first rows, and as many spread over the rest up to the last."""
    if len(rows) <= 2 * _MEASURED_ROWS:
        return rows
    return [*rows[:_MEASURED_ROWS], *rows[:: -(len(rows) // _MEASURED_ROWS)]]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
