"""How the lines of the job list look: what each holds, how that is drawn, and which of it is on the screen already."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from jobtui.app.columns import GUTTER, STATE_GLYPH, Cell, Slot, Span
from jobtui.app.headings import Heading
from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from textual.filter import LineFilter

_MARK = "●"
_THUMB = "▐"
_STYLE = "job-list--"
"""What the component classes begin with; elsewhere they are named without it."""

ROW_CLASSES = {
    "job-list--header",
    "job-list--sorted",
    "job-list--cursor",
    "job-list--cursor-blurred",
    "job-list--marked",
    "job-list--changed",
    "job-list--running",
    "job-list--succeeded",
    "job-list--failed",
    "job-list--doubtful",
    "job-list--stalled",
    "job-list--quiet",
    "job-list--trouble",
    "job-list--bar",
    "job-list--track",
    "job-list--mark",
    "job-list--thumb",
    "job-list--group",
}
"""The component classes that a widget needs whose rows these are."""


class Row(Struct, frozen=True):
    """What stands in one line of the screen: enough to tell which cells another content would change."""

    cells: tuple[Cell, ...]
    """The mark, the state's glyph, then one for each slot."""
    background: str
    """Name of the component class it stands on; empty for the list's own."""
    thumb: bool
    heading: str = ""
    """The words of a group's heading, which stands there in place of a job."""


class RowDrawing:
    """Draws the list's lines with its columns where they stand at present; knows nothing of which jobs there are."""

    def __init__(self, widget: Widget) -> None:
        """Have no columns yet.

        Args:
            widget: The one whose component classes the styles are.
        """
        self.slots: tuple[Slot, ...] = ()
        """Where the columns stand; none before there is a width to share."""
        self._widget = widget
        self._styles: dict[tuple[str, str], Style] = {}

    # What a line holds

    def compose(self, job: Job, now: datetime, *, marked: bool, background: str, thumb: bool) -> Row:
        """A job's row."""
        cells: list[Cell] = [(Span(_MARK, "mark"),) if marked else (), STATE_GLYPH(job, now, 1)]
        cells += [slot.column.render(job, now, slot.width) for slot in self.slots]
        return Row(tuple(cells), background, thumb)

    def compose_heading(self, heading: Heading, group: GroupBy, *, thumb: bool) -> Row:
        """The row of a group's heading."""
        glyph = f"{JobState(heading.value).glyph} " if group is GroupBy.STATE else ""
        return Row((), "", thumb, f"── {glyph}{one_line(heading.value, 60)} · {heading.count:,} ")

    # Where its cells stand

    def extent(self, cells: Sequence[Cell], first: int, last: int) -> tuple[int, int]:
        """Where the first of some cells begins and how wide all of them are, up to what the last one's text reaches."""
        x, _ = self._extent(first)
        start, width, _ = self._reach(cells, last)
        return x, start + width - x

    def _extent(self, index: int) -> tuple[int, int]:
        if index < 2:
            return index * 2, 1
        slot = self.slots[index - 2]
        return slot.x, slot.width

    def _reach(self, cells: Sequence[Cell], index: int) -> tuple[int, int, int]:
        """Where a cell begins, how far it may go, and which is next: text goes on over cells that have nothing."""
        x, width = self._extent(index)
        following = index + 1
        if index >= 2 and not self.slots[index - 2].column.right:
            while following < len(cells) and not cells[following]:
                slot = self.slots[following - 2]
                width, following = slot.x + slot.width - x, following + 1
        return x, width, following

    # How a line is drawn

    def draw(self, row: Row | None, width: int) -> Strip:
        """A row's line; an empty one where there is none."""
        if row is None:
            return Strip.blank(width, self._style("", ""))
        segments: list[Segment] = []
        x = 0
        if row.heading:
            words = set_cell_size(row.heading, min(width - 1, cell_len(row.heading)))
            x = cell_len(words)
            segments += [
                Segment(words, self._style("group", "")),
                Segment("─" * (width - 1 - x), self._style("track", "")),
            ]
            x = width - 1
        index = 0
        while index < len(row.cells):
            start, cells, following = self._reach(row.cells, index)
            if start > x:
                segments.append(Segment(" " * (start - x), self._style("", row.background)))
            right = index >= 2 and bool(self.slots[index - 2].column.right)
            segments += self._fit(row.cells[index], cells, row.background, right=right)
            x, index = start + cells, following
        segments.append(Segment(" " * (width - 1 - x), self._style("", row.background)))
        segments.append(
            Segment(_THUMB, self._style("thumb", "")) if row.thumb else Segment(" ", self._style("", row.background))
        )
        return Strip(segments, width).simplify()

    def _fit(self, cell: Cell, width: int, background: str, *, right: bool = False) -> list[Segment]:
        segments: list[Segment] = []
        left = width
        for span in cell:
            text, used = span.text, cell_len(span.text)
            if used > left:
                text, used = set_cell_size(text, left - 1) + "…" if left > 0 else "", left
            if text:
                segments.append(Segment(text, self._style(span.style, background)))
            left -= used
            if left <= 0:
                break
        if left > 0:
            pad = Segment(" " * left, self._style("", background))
            segments.insert(0 if right else len(segments), pad)
        return segments

    def draw_titles(self, order: Order, width: int) -> Strip:
        """The line of the columns' titles, with an arrow at the one that the list is ordered by."""
        plain, bold = self._style("header", ""), self._style("sorted", "")
        # What the glyphs stand for has no column of its own: the order of what goes on is told over them.
        arrow = ("▲" if order.reverse else "▼") if order.key == SortKey.ACTIVITY else " "
        segments = [Segment("  ", plain), Segment(arrow, bold), Segment(" " * (GUTTER - 3), plain)]
        x = GUTTER
        for slot in self.slots:
            column = slot.column
            is_sorted = column.order == order.key
            arrow = ("▼" if column.falls is not order.reverse else "▲") if is_sorted else ""
            segments.append(Segment(" " * (slot.x - x), plain))
            segments.append(Segment(column.heading(slot.width, arrow), bold if is_sorted else plain))
            x = slot.x + slot.width
        segments.append(Segment(" " * max(0, width - x), plain))
        return Strip(segments).crop(0, width)

    def draw_placeholder(self, text: str, y: int, width: int, height: int) -> Strip:
        """Line `y` of a list without rows, `height` lines below its titles, that says why in its upper half."""
        room = max(1, width - 4)
        lines = [piece for line in text.splitlines() for piece in textwrap.wrap(line, room) or [""]]
        first = max(1, (height - len(lines)) // 3)
        words = lines[y - first] if 0 <= y - first < len(lines) else ""
        if cell_len(words) > room:
            words = set_cell_size(words, room - 1) + "…"
        pad = max(0, (width - cell_len(words)) // 2)
        style = self._style("quiet", "")
        return Strip([Segment(set_cell_size(" " * pad + words, width), style)], width)

    # With which styles

    def forget_styles(self) -> None:
        """Look the styles up anew: the theme is another, or a part of it."""
        self._styles.clear()

    def _style(self, name: str, background: str) -> Style:
        style = self._styles.get((name, background))
        if style is None:
            style = self._widget.rich_style
            if background:
                style += self._widget.get_component_rich_style(f"{_STYLE}{background}")
            if name:
                piece = self._widget.get_component_rich_style(f"{_STYLE}{name}", partial=True)
                if background == "cursor":
                    # On the cursor's row its own foreground would often lack contrast.
                    piece = Style(bold=piece.bold, dim=piece.dim)
                else:
                    piece += self._blended(name, style)
                style += piece
            self._styles[name, background] = style
        return style

    def _blended(self, name: str, below: Style) -> Style:
        """The colour of a see-through piece over what it stands on: a terminal knows no other way to be quiet."""
        colour = self._widget.get_component_styles(f"{_STYLE}{name}").color
        if colour.a >= 1:
            return Style()
        if colour.ansi is not None or below.bgcolor is None or below.bgcolor.triplet is None:
            return Style(dim=True)
        return Style.from_color(Color.from_rich_color(below.bgcolor).blend(colour, colour.a, alpha=1).rich_color)


class PaintedRows:
    """What stands in the lines of the list: what is the same there is neither drawn nor sent again."""

    def __init__(self, drawing: RowDrawing) -> None:
        """Know of nothing that stands there.

        Args:
            drawing: How rows are drawn there.
        """
        self.rows: dict[int, Row | None] = {}
        """By line: what is on the screen, or will be with the next frame."""
        self.strips: dict[int, Strip] = {}
        """The same as drawn, for the lines that are; the titles too."""
        self._drawing = drawing
        self._look: tuple[tuple[LineFilter, ...], Color] | None = None

    def forget(self) -> None:
        """Take nothing of what was painted for granted."""
        self.rows.clear()
        self.strips.clear()

    def put(self, y: int, row: Row | None, width: int) -> Sequence[Region]:
        """Have a row stand in line `y`; returns the parts of that which are to be painted."""
        before = self.rows.get(y)
        if before == row:
            return ()
        self.rows[y] = row
        self.strips.pop(y, None)
        if before is None or row is None or (before.background, before.heading) != (row.background, row.heading):
            return (Region(0, y, width, 1),)
        regions: list[Region] = []
        changed = [index for index, cell in enumerate(row.cells) if cell != before.cells[index]]
        if any(not before.cells[index] or not row.cells[index] for index in changed):
            # What stands left of it may have more room now, or less.
            regions.append(Region(0, y, width - 1, 1))
        elif changed:
            # In one piece: Textual takes longer over each than the cell diff over what lies between.
            x, room = self._drawing.extent(row.cells, changed[0], changed[-1])
            regions.append(Region(x, y, room, 1))
        if before.thumb != row.thumb:
            regions.append(Region(width - 1, y, 1, 1))
        return regions

    def look_through(self, filters: tuple[LineFilter, ...], background: Color) -> None:
        """Have what is drawn go through these filters, upon that background."""
        if (filters, background) != self._look:
            self._look = filters, background
            self.strips.clear()

    def keep(self, y: int, strip: Strip) -> Strip:
        """Take line `y` as it was drawn, and return it as it is shown."""
        if self._look is not None:
            filters, background = self._look
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
        if y == 0 or y in self.rows:
            self.strips[y] = strip
        return strip
