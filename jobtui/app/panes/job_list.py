"""The list of all jobs: a virtual one, that draws the rows on show and sends only the cells that changed.

How a row looks stands in `job_rows.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from jobtui.app.columns import COLUMNS, GUTTER, NO_WIDTHS, Column, ShownColumns, Slot
from jobtui.app.listing import Listing, Order, SortKey
from jobtui.app.panes.job_rows import ROW_CLASSES, PaintedRows, Row, RowDrawing
from jobtui.app.viewport import Viewport
from jobtui.core.clock import Clock
from jobtui.core.jobs import Job, JobId
from jobtui.engine.snapshot import Snapshot, Update

if TYPE_CHECKING:
    from jobtui.core.filters import Filter

_FLASH_S = 3.0
_HEARD = 200
"""Jobs at the top of the list that are asked what a column says about them."""


class JobList(Widget, can_focus=True):
    """Every job of every source, with a cursor that stays on its job.

    The widget scrolls by itself rather than as a `ScrollView`: there, each job that comes or goes changes the virtual
    size, which lays the whole screen out anew.
    """

    COMPONENT_CLASSES = ROW_CLASSES

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
        self._columns = ShownColumns(known)
        self._row = 0
        self._listing = Listing()
        self._drawing = RowDrawing(self)
        self._painted = PaintedRows(self._drawing)
        self._laid_out_for = Size()
        self._viewport = Viewport()
        self._current: JobId | None = None
        self._home: JobId | None = None
        """Where the cursor was when a filter hid that job, and will be again."""
        self._anchor: JobId | None = None
        self._placeholder = ""
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
        return self._columns.keys

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The same with the further ones that say something, whether or not there is room for them."""
        return self._columns.all_keys

    @property
    def room(self) -> int:
        """Cells that the columns have to share: the last one is the scroll bar's."""
        return self.size.width - 1

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
        self._painted.strips.pop(0, None)
        self.refresh(Region(0, 0, self.size.width, 1))
        self._settle(follow=True)

    def set_columns(
        self, columns: Sequence[str], widths: Mapping[str, int] = NO_WIDTHS, *, further: bool = False
    ) -> None:
        """Show these columns; the arguments are those of `ShownColumns.choose`."""
        self._columns.choose(columns, widths, further=further)
        self._hear_out()
        self._lay_out()

    def _hear_out(self) -> None:
        if not self._columns.is_heard_out:
            jobs = [self._listing.job_at(row) for row in range(min(self.shown, _HEARD))]
            if self._columns.hear_out(jobs, self._clock.now()):
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

    def clear_marks(self, but: AbstractSet[JobId] = frozenset()) -> None:
        """Take all marks away, of hidden jobs too; those of some jobs stay."""
        self._listing.clear_marks(but)
        self._anchor = None
        self._repaint()
        self._tell_extent()

    def open_current(self) -> None:
        """Ask for the current job to be looked into."""
        if self._current is not None:
            self.post_message(self.Opened(self._current))

    # Where things stand

    @property
    def _slots(self) -> tuple[Slot, ...]:
        return self._drawing.slots

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

    def _row_at(self, line: int, now: datetime, height: int) -> Row | None:
        """What is to stand in a line below the titles, where there are so many."""
        headings, place, count = self._listing.headings, self._viewport.top + line, self._lines
        if place >= count:
            return None
        thumb = self._viewport.thumb_covers(line, count, height)
        heading = headings.heading_at(place)
        if heading is not None:
            return self._drawing.compose_heading(heading, self.order.group, thumb=thumb)
        row = headings.rows_above(place)
        job = self._listing.job_at(row)
        marked = self._listing.is_marked(job.id)
        background = ""
        if row == self._row:
            background = "cursor" if self.has_focus else "cursor-blurred"
        elif job.id in self._flashing:
            background = "changed"
        elif marked:
            background = "marked"
        return self._drawing.compose(job, now, marked=marked, background=background, thumb=thumb)

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

    # What is painted

    def render_line(self, y: int) -> Strip:
        """One line: the titles, then a job or a group's heading each."""
        drawing, painted = self._drawing, self._painted
        width, height = self.size
        if y == 0:
            return drawing.draw_titles(self.order, width)
        if not self.shown:
            # What was painted before is painted over: rows that come back are not to be compared with it.
            painted.forget()
            return drawing.draw_placeholder(self._placeholder, y, width, height - 1)
        if y not in painted.rows:
            painted.rows[y] = self._row_at(y - 1, self._clock.now(), height - 1)
        return drawing.draw(painted.rows[y], width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region: what Textual does around them, for borders and the like, takes longer than they do."""
        size, painted = self.size, self._painted
        # The message of a resize comes after a frame of that size, in which columns would stand where they were.
        self._take_size(size)
        painted.look_through(tuple(self.get_line_filters()), self.background_colors[1])
        strips = [painted.strips.get(y) or painted.keep(y, self.render_line(y)) for y in crop.line_range]
        if crop.column_span == (0, size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _repaint(self, lines: Iterable[int] | None = None) -> None:
        """Send the cells whose content is other than what was painted.

        Args:
            lines: Where it can be, if that is known; all by default.
        """
        painted = self._painted
        if not self.is_mounted or not self._drawing.slots:
            return
        if not self.shown or not painted.rows:
            self._paint_anew()
            return
        now = self._clock.now()
        # Once for all lines: Textual looks a widget's size up in the whole screen.
        width, height = self.size
        for y in range(1, height) if lines is None else lines:
            for region in painted.put(y, self._row_at(y - 1, now, height - 1), width):
                self.refresh(region)

    def _paint_anew(self) -> None:
        self._painted.forget()
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget the colours of the former theme."""
        super().notify_style_update()
        self._drawing.forget_styles()
        self._painted.strips.clear()

    def _take_size(self, size: Size) -> None:
        if size != self._laid_out_for:
            self._laid_out_for = size
            self._place_columns()

    def _place_columns(self) -> None:
        self._drawing.slots = self._columns.lay_out(self.room)
        self._painted.forget()

    def _lay_out(self) -> None:
        self._place_columns()
        self._tell_extent()
        self._put_cursor(self._row)
        self.refresh()

    # What the terminal tells

    def on_resize(self, event: events.Resize) -> None:
        """Share the new width among the columns, and bring the cursor into sight."""
        self._take_size(self.size)
        self._tell_extent()
        if self._put_cursor(self._row):
            self._paint_anew()
        else:
            self._repaint()

    def watch_has_focus(self, _focus: bool) -> None:
        """Show the cursor as the one that keys move, or as resting."""
        super().watch_has_focus(_focus)
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
