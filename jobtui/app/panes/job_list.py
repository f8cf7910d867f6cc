"""The list of all jobs: a virtual one, that draws the rows on show and sends only the cells that changed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from jobtui.app.columns import COLUMNS, DEFAULT_COLUMNS, GUTTER, STATE_GLYPH, Cell, Column, Slot, Span, lay_out, sized
from jobtui.app.headings import Heading
from jobtui.app.listing import GroupBy, Listing, Order, SortKey
from jobtui.app.viewport import Viewport
from jobtui.core.clock import Clock
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Snapshot, Update

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from jobtui.core.filters import Filter

_MARK = "●"
_THUMB = "▐"
_FLASH_S = 3.0
_HEARD = 200
"""Jobs at the top of the list that are asked what a column says about them."""
_NO_WIDTHS: Mapping[str, int] = MappingProxyType({})


class _Row(Struct, frozen=True):
    """What stands in one line of the screen: enough to tell which cells another content would change."""

    cells: tuple[Cell, ...]
    background: str
    thumb: bool
    heading: str = ""
    """The words of a group's heading, which stands there in place of a job."""


def _differ_in_cells_only(before: _Row, after: _Row) -> bool:
    return (before.background, before.heading) == (after.background, after.heading)


class JobList(Widget, can_focus=True):
    """Every job of every source, with a cursor that stays on its job.

    The widget scrolls by itself rather than as a `ScrollView`: there, each job that comes or goes changes the virtual
    size, which lays the whole screen out anew.
    """

    COMPONENT_CLASSES = {
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

    @dataclass
    class Selected(Message):
        """The cursor stands on another job, or on none."""

        job_id: JobId | None

    @dataclass
    class Opened(Message):
        """A job was chosen to be looked into."""

        job_id: JobId

    @dataclass
    class Ordered(Message):
        """The title of a column was clicked: the list is wanted in its order."""

        key: str

    extent: reactive[tuple[int, int, int, str]] = reactive((0, 0, 0, ""), repaint=False)
    """How many rows are shown, exist and are marked, and `unseen_order`; watched, since a message would let whoever
    tells of it be painted later than the rows."""

    def __init__(self, clock: Clock, known: Mapping[str, Column] = COLUMNS) -> None:
        """Show nothing yet.

        Args:
            clock: For ages.
            known: The columns that can be chosen, by their keys.
        """
        super().__init__(markup=False)
        self._clock = clock
        self.known = known
        """The columns that can be chosen, by their keys."""
        self._columns: tuple[Column, ...] = tuple(known[key] for key in DEFAULT_COLUMNS)
        self._further: tuple[Column, ...] = ()
        """What is shown beside them, as far as there is room, once it says something about any job."""
        self._speaking: set[str] = set()
        self._row = 0
        self._listing = Listing()
        self._slots: tuple[Slot, ...] = ()
        self._viewport = Viewport()
        self._current: JobId | None = None
        self._home: JobId | None = None
        """Where the cursor was when a filter hid that job, and will be again."""
        self._anchor: JobId | None = None
        self._placeholder = ""
        self._painted: dict[int, _Row | None] = {}
        """By line: what is on the screen, or will be with the next frame."""
        self._strips: dict[int, Strip] = {}
        """The same as drawn, for the lines that are."""
        self._look: tuple[tuple[LineFilter, ...], Color] | None = None
        """What they went through on the way, and what they are drawn upon."""
        self._styles_by_name: dict[tuple[str, str], Style] = {}
        self._flashing: dict[JobId, float] = {}

    # What others ask

    @property
    def current(self) -> JobId | None:
        """The job under the cursor."""
        return self._current

    @property
    def current_job(self) -> Job | None:
        """The job under the cursor, as last observed."""
        return self._listing.job(self._current) if self._current else None

    @property
    def marked(self) -> tuple[JobId, ...]:
        """The marked jobs, hidden ones among them."""
        return self._listing.marked

    @property
    def hidden_marked(self) -> tuple[JobId, ...]:
        """Marked jobs that the filter hides."""
        return self._listing.hidden_marked

    @property
    def targets(self) -> tuple[JobId, ...]:
        """What an action is for: the marked jobs, else the one under the cursor."""
        return self.marked or ((self._current,) if self._current else ())

    @property
    def shown(self) -> int:
        """How many jobs the list shows."""
        return self._listing.shown

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return self._listing.total

    @property
    def order(self) -> Order:
        """How the rows are ordered."""
        return self._listing.order

    @property
    def unseen_order(self) -> str:
        """The order in words where no title on the screen has its arrow; empty where one has."""
        order = self.order
        if order.key == SortKey.ACTIVITY or any(slot.column.order == order.key for slot in self._slots):
            return ""
        values = {column.order: key for key, column in self.known.items() if key not in COLUMNS}
        return f"by {values.get(order.key, order.key)}{', turned round' if order.reverse else ''}"

    @property
    def filter(self) -> Filter | None:
        """What hides jobs; `None` shows all."""
        return self._listing.filter

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the chosen columns, in order."""
        return tuple(column.key for column in self._columns)

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The same with the further ones that say something, whether or not there is room for them."""
        return (*self.columns, *(column.key for column in self._further if column.key in self._speaking))

    @property
    def lacks_room(self) -> bool:
        """Whether further columns would say something, and there is room for none of them."""
        chosen = self.columns
        return self.all_columns != chosen and all(slot.column.key in chosen for slot in self._slots)

    @property
    def on_screen(self) -> frozenset[JobId]:
        """The jobs whose rows can be seen now."""
        headings, top = self._listing.headings, self._viewport.top
        return frozenset(self._listing.ids(headings.rows_above(top), headings.rows_above(top + self._height) - 1))

    # What changes the list

    def load(self, snapshot: Snapshot) -> None:
        """Show a whole snapshot."""
        self._listing.load(snapshot, self._clock.now())
        self._hear_out()
        self._settle()

    def apply(self, update: Update) -> None:
        """Show what changed, and nothing else."""
        self._note_changes(update)
        has_moved = self._listing.apply(update, self._clock.now())
        self._hear_out()
        if has_moved:
            self._settle()
        else:
            self._repaint(self._lines_of(update.changed))

    def tick(self) -> None:
        """Let ages and countdowns go on."""
        if self._flashing:
            now = self._clock.monotonic()
            self._flashing = {job_id: until for job_id, until in self._flashing.items() if until > now}
        if self._listing.recheck(self._clock.now()):
            self._settle()
        else:
            self._repaint()

    def set_filter(self, wanted: Filter | None) -> None:
        """Show only what matches.

        The cursor stays on its job if that is shown, else it takes the nearest one, and comes back with its job unless
        the user has moved it meanwhile.
        """
        home = self._home or self._current
        self._listing.set_filter(wanted, self._clock.now())
        self._home = None if home is None or self._listing.row_of(home) is not None else home
        self._settle(home, follow=True)

    def set_order(self, order: Order) -> None:
        """Order the rows anew; the cursor stays on its job."""
        self._listing.set_order(order, self._clock.now())
        self._strips.pop(0, None)
        self.refresh(Region(0, 0, self.size.width, 1))
        self._settle(follow=True)

    def set_columns(
        self, columns: Sequence[str], widths: Mapping[str, int] = _NO_WIDTHS, *, further: bool = False
    ) -> None:
        """Show these columns, those with a width always as wide as that.

        Args:
            columns: Their keys, in order.
            widths: Cells, by key.
            further: Whether the others follow as far as there is room, those that say nothing about any job left out.
        """
        self._columns = tuple(sized(self.known[key], widths.get(key)) for key in columns)
        others = [key for key in self.known if key not in columns] if further else []
        others.sort(key=lambda key: (key in COLUMNS, -self.known[key].priority))
        # Where there is no room the last goes first, and all of them before any that was chosen.
        self._further = tuple(
            replace(sized(self.known[key], widths.get(key)), priority=-place) for place, key in enumerate(others, 1)
        )
        self._speaking.clear()
        self._hear_out()
        self._lay_out()

    def _hear_out(self) -> None:
        """See which further columns say something; one that did so once stays, so that none comes and goes."""
        silent = [column for column in self._further if column.key not in self._speaking]
        if not silent:
            return
        now, jobs = self._clock.now(), [self._listing.job_at(row) for row in range(min(self.shown, _HEARD))]
        found = {column.key for column in silent if any(column.render(job, now, column.width) for job in jobs)}
        if found:
            self._speaking |= found
            self._lay_out()

    def set_placeholder(self, text: str) -> None:
        """Say why there is no row, in lines of plain text."""
        if text != self._placeholder:
            self._placeholder = text
            if not self.shown:
                self._paint_anew()

    def select(self, job_id: JobId) -> bool:
        """Put the cursor on a job; returns whether it's shown."""
        row = self._listing.row_of(job_id)
        if row is None:
            return False
        self._go_to(row)
        return True

    def move_cursor(self, rows: int) -> None:
        """Move the cursor down by so many rows, up by negative ones."""
        self._go_to(self._row + rows)

    def move_page(self, pages: float) -> None:
        """Move the cursor by so many heights of the list."""
        self._go_to(self._row + int(pages * max(2, self._height)))

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first or the last row."""
        self._go_to(self.shown - 1 if bottom else 0)

    def toggle_mark(self) -> None:
        """Mark the current job, or take its mark away, and go on to the next row."""
        if self._current is None:
            return
        self._anchor = self._current
        self._listing.toggle(self._current)
        self._go_to(self._row + 1)
        self._repaint()
        self._tell_extent()

    def mark_range(self) -> None:
        """Mark all rows from the last one marked to the cursor."""
        if self._current is None:
            return
        start = self._listing.row_of(self._anchor) if self._anchor else None
        first, last = sorted((self._row if start is None else start, self._row))
        self._listing.mark(self._listing.ids(first, last))
        self._anchor = self._current
        self._repaint()
        self._tell_extent()

    def mark_all(self) -> None:
        """Mark every job that is shown."""
        self._listing.mark(self._listing.ids(0, self.shown - 1))
        self._repaint()
        self._tell_extent()

    def clear_marks(self) -> None:
        """Take all marks away, of hidden jobs too."""
        self._listing.clear_marks()
        self._anchor = None
        self._repaint()
        self._tell_extent()

    def open_current(self) -> None:
        """Ask for the current job to be looked into."""
        if self._current is not None:
            self.post_message(self.Opened(self._current))

    # Where things stand

    @property
    def _lines(self) -> int:
        return self.shown + len(self._listing.headings)

    @property
    def _height(self) -> int:
        return max(0, self.size.height - 1)

    def _settle(self, home: JobId | None = None, *, follow: bool = False) -> None:
        """After rows came, went or moved: the cursor stays on its job, and on its line of the screen.

        Args:
            home: The job to be at, or near to; by default the current one.
            follow: Whether the cursor's line of the screen may be another.
        """
        viewport = self._viewport
        depth = viewport.row - viewport.top
        row = self._listing.nearest_row(home) if home else None
        if row is None and self._current:
            row = self._listing.row_of(self._current)
        if row is None:
            row = self._row
        line = self._listing.headings.line_of(row)
        if line != viewport.row and viewport.top and not follow:
            viewport.top = max(0, line - depth)
        self._put_cursor(row)
        self._repaint()
        self._tell_extent()

    def _go_to(self, row: int) -> None:
        before, self._home = self._row, None
        if self._put_cursor(row):
            self._paint_anew()
        else:
            # The two alone: a key waits for this.
            self._repaint({self._y_of(before), self._y_of(self._row)})

    def _y_of(self, row: int) -> int:
        return self._listing.headings.line_of(row) - self._viewport.top + 1

    def _lines_of(self, job_ids: AbstractSet[JobId]) -> set[int]:
        """Where the jobs among these stand whose rows can be seen."""
        headings, top = self._listing.headings, self._viewport.top
        first = headings.rows_above(top)
        seen = self._listing.ids(first, headings.rows_above(top + self._height) - 1)
        return {self._y_of(row) for row, job_id in enumerate(seen, first) if job_id in job_ids}

    def _put_cursor(self, row: int) -> bool:
        viewport, headings = self._viewport, self._listing.headings
        self._row = max(0, min(row, self.shown - 1))
        line, top = headings.line_of(self._row), viewport.top
        if headings.heading_at(line - 1):
            # A group's first row comes into sight with its heading.
            viewport.put(line - 1, self._lines, self._height)
        viewport.put(line, self._lines, self._height)
        scrolled = viewport.top != top
        current = self._listing.id_at(self._row) if self.shown else None
        if current != self._current:
            self._current = current
            self.post_message(self.Selected(current))
        return scrolled

    def _note_changes(self, update: Update) -> None:
        until = self._clock.monotonic() + _FLASH_S
        for job_id in update.changed:
            before, after = self._listing.job(job_id), update.snapshot.jobs.get(job_id)
            if before and after and before.state is not after.state:
                self._flashing[job_id] = until

    def _tell_extent(self) -> None:
        self.extent = (self.shown, self.total, len(self.marked), self.unseen_order)

    # How it looks

    def render_line(self, y: int) -> Strip:
        """One line: the headings, then a job each."""
        if not self._slots:
            self._slots = self._laid_out()
        if y == 0:
            return self._heading()
        if not self.shown:
            # What was painted before is painted over: rows that come back are not to be compared with it.
            self._painted.clear()
            self._strips.clear()
            return self._placeholder_line(y)
        if y not in self._painted:
            self._painted[y] = self._compose_row(y - 1, self._clock.now(), self._height)
        return self._draw(self._painted[y])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region: what Textual does around them, for borders and the like, takes longer than they do."""
        width, look = self.size.width, (tuple(self.get_line_filters()), self.background_colors[1])
        if look != self._look:
            self._look = look
            self._strips.clear()
        strips = [self._strips.get(y) or self._filtered(y, *look) for y in crop.line_range]
        if crop.column_span == (0, width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _filtered(self, y: int, filters: Iterable[LineFilter], background: Color) -> Strip:
        strip = self.render_line(y)
        for line_filter in filters:
            strip = strip.apply_filter(line_filter, background)
        if y == 0 or y in self._painted:
            self._strips[y] = strip
        return strip

    def _repaint(self, lines: Iterable[int] | None = None) -> None:
        """Send the cells whose content is other than what was painted.

        Args:
            lines: Where it can be, if that is known; all by default.
        """
        if not self.is_mounted or not self._slots:
            return
        if not self.shown or not self._painted:
            self._paint_anew()
            return
        now = self._clock.now()
        # Once for all lines: Textual looks a widget's size up in the whole screen.
        height = self._height
        for y in range(1, height + 1) if lines is None else lines:
            before, after = self._painted.get(y), self._compose_row(y - 1, now, height)
            if before == after:
                continue
            self._painted[y] = after
            self._strips.pop(y, None)
            if before is None or after is None or not _differ_in_cells_only(before, after):
                self.refresh(Region(0, y, self.size.width, 1))
                continue
            changed = [index for index, cell in enumerate(after.cells) if cell != before.cells[index]]
            if any(not before.cells[index] or not after.cells[index] for index in changed):
                # What stands left of it may have more room now, or less.
                self.refresh(Region(0, y, self.size.width - 1, 1))
            elif changed:
                # In one piece: Textual takes longer over each than the cell diff over what lies between.
                x, _ = self._extent(changed[0])
                last, width, _ = self._reach(after.cells, changed[-1])
                self.refresh(Region(x, y, last + width - x, 1))
            if before.thumb != after.thumb:
                self.refresh(Region(self.size.width - 1, y, 1, 1))

    def _paint_anew(self) -> None:
        """Take nothing of what was painted for granted."""
        self._painted.clear()
        self._strips.clear()
        self.refresh()

    def _extent(self, index: int) -> tuple[int, int]:
        if index < 2:
            return index * 2, 1
        slot = self._slots[index - 2]
        return slot.x, slot.width

    def _reach(self, cells: Sequence[Cell], index: int) -> tuple[int, int, int]:
        """Where a cell begins, how far it may go, and which is next: text goes on over cells that have nothing."""
        x, width = self._extent(index)
        following = index + 1
        if index >= 2 and not self._slots[index - 2].column.right:
            while following < len(cells) and not cells[following]:
                slot = self._slots[following - 2]
                width, following = slot.x + slot.width - x, following + 1
        return x, width, following

    def _compose_row(self, line: int, now: datetime, height: int) -> _Row | None:
        headings, place = self._listing.headings, self._viewport.top + line
        if place >= self._lines:
            return None
        thumb = self._viewport.thumb_covers(line, self._lines, height)
        heading = headings.heading_at(place)
        if heading is not None:
            return _Row((), "", thumb, self._heading_words(heading))
        row = headings.rows_above(place)
        job = self._listing.job_at(row)
        marked = self._listing.is_marked(job.id)
        cells: list[Cell] = [(Span(_MARK, "mark"),) if marked else (), STATE_GLYPH(job, now, 1)]
        cells += [slot.column.render(job, now, slot.width) for slot in self._slots]
        background = ""
        if row == self._row:
            background = "cursor" if self.has_focus else "cursor-blurred"
        elif job.id in self._flashing:
            background = "changed"
        elif marked:
            background = "marked"
        return _Row(tuple(cells), background, thumb)

    def _heading_words(self, heading: Heading) -> str:
        glyph = f"{JobState(heading.value).glyph} " if self.order.group is GroupBy.STATE else ""
        return f"── {glyph}{one_line(heading.value, 60)} · {heading.count:,} "

    def _draw(self, row: _Row | None) -> Strip:
        width = self.size.width
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
            right = index >= 2 and self._slots[index - 2].column.right
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

    def _heading(self) -> Strip:
        plain, bold = self._style("header", ""), self._style("sorted", "")
        order, width = self.order, self.size.width
        # What the glyphs stand for has no column of its own: the order of what goes on is told over them.
        arrow = ("▲" if order.reverse else "▼") if order.key == SortKey.ACTIVITY else " "
        segments = [Segment("  ", plain), Segment(arrow, bold), Segment(" " * (GUTTER - 3), plain)]
        x = GUTTER
        for slot in self._slots:
            column = slot.column
            is_sorted = column.order == order.key
            arrow = ("▼" if column.falls is not order.reverse else "▲") if is_sorted else ""
            segments.append(Segment(" " * (slot.x - x), plain))
            segments.append(Segment(column.heading(slot.width, arrow), bold if is_sorted else plain))
            x = slot.x + slot.width
        segments.append(Segment(" " * max(0, width - x), plain))
        return Strip(segments).crop(0, width)

    def _placeholder_line(self, y: int) -> Strip:
        width = self.size.width
        room = max(1, width - 4)
        lines = [piece for line in self._placeholder.splitlines() for piece in textwrap.wrap(line, room) or [""]]
        first = max(1, (self._height - len(lines)) // 3)
        text = lines[y - first] if 0 <= y - first < len(lines) else ""
        if cell_len(text) > room:
            text = set_cell_size(text, room - 1) + "…"
        pad = max(0, (width - cell_len(text)) // 2)
        style = self._style("quiet", "")
        return Strip([Segment(set_cell_size(" " * pad + text, width), style)], width)

    def _style(self, name: str, background: str) -> Style:
        style = self._styles_by_name.get((name, background))
        if style is None:
            style = self.rich_style
            if background:
                style += self.get_component_rich_style(f"job-list--{background}")
            if name:
                piece = self.get_component_rich_style(f"job-list--{name}", partial=True)
                if background == "cursor":
                    # On the cursor's row its own foreground would often lack contrast.
                    piece = Style(bold=piece.bold, dim=piece.dim)
                else:
                    piece += self._blended(name, style)
                style += piece
            self._styles_by_name[name, background] = style
        return style

    def _blended(self, name: str, below: Style) -> Style:
        """The colour of a see-through piece over what it stands on: a terminal knows no other way to be quiet."""
        colour = self.get_component_styles(f"job-list--{name}").color
        if colour.a >= 1:
            return Style()
        if colour.ansi is not None or below.bgcolor is None or below.bgcolor.triplet is None:
            return Style(dim=True)
        return Style.from_color(Color.from_rich_color(below.bgcolor).blend(colour, colour.a, alpha=1).rich_color)

    def notify_style_update(self) -> None:
        """Forget the colours of the former theme."""
        super().notify_style_update()
        self._styles_by_name.clear()
        self._strips.clear()

    def _laid_out(self) -> tuple[Slot, ...]:
        further = [column for column in self._further if column.key in self._speaking]
        return lay_out((*self._columns, *further), self.size.width - 1)

    def _lay_out(self) -> None:
        # Before the first layout there is no width to share: the first frame finds it.
        self._slots = self._laid_out() if self.size.width else ()
        self._tell_extent()
        self._put_cursor(self._row)
        self._paint_anew()

    # What the terminal tells

    def on_resize(self, event: events.Resize) -> None:
        """Share the new width among the columns."""
        self._lay_out()

    def on_focus(self, event: events.Focus) -> None:
        """Show the cursor as the one that keys move."""
        self._repaint()

    def on_blur(self, event: events.Blur) -> None:
        """Show the cursor as resting."""
        self._repaint()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a double click opens, one on a title orders by it."""
        if event.y == 0:
            self._order_by(event.x)
            return
        headings, line = self._listing.headings, self._viewport.top + event.y - 1
        if line < self._lines and headings.heading_at(line) is None:
            self._go_to(headings.rows_above(line))
            if event.chain == 2:
                self.open_current()

    def _order_by(self, x: int) -> None:
        if x < GUTTER:
            self.post_message(self.Ordered(SortKey.ACTIVITY))
        for slot in self._slots:
            # With the gap behind it, where a short title is easily missed.
            if slot.x <= x <= slot.x + slot.width:
                self.post_message(self.Ordered(slot.column.order))
                return

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down by three rows."""
        self.move_cursor(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up by three rows."""
        self.move_cursor(-3)
