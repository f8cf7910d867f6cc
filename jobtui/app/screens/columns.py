"""The list's columns: which, in what order, how wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from jobtui.app.columns import COLUMNS, LEAST_WIDTH, MOST_WIDTH, Column, lay_out, sized
from jobtui.app.screens.dialog import TO_THE_ENDS, UP_AND_DOWN, ListDialog

_KEYS = "Space shows or hides, J K move it, < > narrower or wider, = as wide as there is room, 0 the usual ones"


class ColumnChoice(Struct, frozen=True):
    """Columns as the user wants them."""

    columns: tuple[str, ...]
    widths: Mapping[str, int]


class ColumnsScreen(ListDialog[ColumnChoice | None]):
    """Dismissed with the choice, or with nothing where it stays as it is."""

    BINDINGS = [
        ("escape,q", "give_up", "Close"),
        *UP_AND_DOWN,
        *TO_THE_ENDS,
        ("space", "show_or_hide", "Show or hide"),
        ("J,shift+down", "carry(1)", "Further right"),
        ("K,shift+up", "carry(-1)", "Further left"),
        ("less_than_sign", "widen(-1)", "Narrower"),
        ("greater_than_sign", "widen(1)", "Wider"),
        ("equals_sign", "widen(0)", "Automatic width"),
        ("0", "usual", "The usual ones"),
    ]

    def __init__(
        self,
        columns: Sequence[str],
        widths: Mapping[str, int],
        usual: Sequence[str],
        room: int,
        known: Mapping[str, Column] = COLUMNS,
    ) -> None:
        """Begin with what is shown now.

        Args:
            columns: The shown ones, in order.
            widths: Cells, of those that always have as many.
            usual: What is shown where nothing was chosen.
            room: Cells that the list has for all of them now.
            known: All that can be chosen.
        """
        super().__init__(id="columns")
        self._shown = set(columns)
        self._known = known
        self._order = [*columns, *(key for key in known if key not in self._shown)]
        self._widths = dict(widths)
        self._usual = tuple(usual)
        self._room = room

    def compose(self) -> ComposeResult:
        """A line a column, the shown ones first and in their order."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Columns", "bold"))
            yield OptionList(*self._lines(), markup=False, compact=True)
            yield Static(markup=False, classes="wrong", id="columns-wrong")
            yield Static(Content(f"Enter takes it, Esc leaves it as it was. {_KEYS}"), classes="note")

    def _lines(self) -> list[Content]:
        chosen = [sized(self._known[key], self._widths.get(key)) for key in self._order if key in self._shown]
        fitting = {slot.column.key for slot in lay_out(chosen, self._room)}
        return [self._line(key, fits=key in fitting) for key in self._order]

    def _line(self, key: str, *, fits: bool) -> Content:
        column, width = self._known[key], self._widths.get(key)
        words = f"{width} cells" if width else "as there is room" if column.flexible else f"{column.width} cells"
        told = (words, "" if width else "$foreground 60%")
        if key in self._shown and not fits:
            told = ("no room at this width", "$text-warning")
        quiet = "" if key in self._shown else "$foreground 60%"
        return Content.assemble(
            (f"{'✓' if key in self._shown else '·'} {column.title:<14}", quiet or "bold"), (f"{key:<11}", quiet), told
        )

    def _draw(self, at: int) -> None:
        options = self.query_one(OptionList)
        for place, line in enumerate(self._lines()):
            options.replace_option_prompt_at_index(place, line)
        options.highlighted = at

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    @on(OptionList.OptionSelected)
    def _take(self) -> None:
        chosen = tuple(key for key in self._order if key in self._shown)
        if chosen:
            widths = {key: width for key, width in self._widths.items() if key in self._shown}
            self.dismiss(ColumnChoice(chosen, widths))
            return
        line = self.query_one("#columns-wrong", Static)
        line.update(Content("A list needs one column at least."))
        line.add_class("-shown")

    def action_show_or_hide(self) -> None:
        """Show the column, or hide it."""
        self._shown ^= {self._order[self._at]}
        self._draw(self._at)

    def action_carry(self, places: int) -> None:
        """Let the column stand further right or left, and the cursor go with it."""
        at = self._at
        to = at + places
        if 0 <= to < len(self._order):
            self._order[at], self._order[to] = self._order[to], self._order[at]
            self._draw(to)

    def action_widen(self, cells: int) -> None:
        """Give the column a width of its own; 0 leaves it to the room there is."""
        key = self._order[self._at]
        if cells:
            wanted = self._widths.get(key, self._known[key].width) + cells
            self._widths[key] = max(LEAST_WIDTH, min(MOST_WIDTH, wanted))
        else:
            self._widths.pop(key, None)
        self._draw(self._at)

    def action_usual(self) -> None:
        """Back to what is shown where nothing was chosen."""
        self._shown = set(self._usual)
        self._order = [*self._usual, *(key for key in self._known if key not in self._shown)]
        self._widths.clear()
        self._draw(0)
