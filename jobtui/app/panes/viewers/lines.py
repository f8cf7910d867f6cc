"""What the viewers of lines share: lines drawn as they come into sight, a cursor, a search."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from jobtui.app.actions import named
from jobtui.app.columns import Span
from jobtui.app.display import MOST_HITS
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.app.viewport import Viewport
from jobtui.core.text import one_line

Line = tuple[Span, ...]
"""One line, in pieces of one style each."""

_THUMB = "▐"
_SIDE_STEP = 8
_WHEEL_LINES = 3
_TOLD_FILTER = 40


class LineView(Viewer):
    """A viewer of lines; a kind of result says how many there are and what stands in each."""

    COMPONENT_CLASSES = {
        "line-view--header",
        "line-view--column",
        "line-view--cursor",
        "line-view--cursor-blurred",
        "line-view--cell",
        "line-view--match",
        "line-view--label",
        "line-view--key",
        "line-view--text",
        "line-view--number",
        "line-view--word",
        "line-view--quiet",
        "line-view--good",
        "line-view--bad",
        "line-view--thumb",
    }

    class Activated(Message):
        """Enter was pressed, or the mouse clicked twice, on a line that has nothing of its own to do."""

    class Moved(Message):
        """The mouse moved the cursor."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._viewport = Viewport()
        self._left = 0
        self._needle = ""
        self._filter = ""
        self._found: dict[Hashable, int] | None = None
        """The places that were found with their numbers, once they were counted."""
        self._active = False
        self._styles_by_name: dict[tuple[str, str, bool], Style] = {}

    # What a kind of result gives

    @property
    def line_count(self) -> int:
        """How many lines there are, without the heading."""
        raise NotImplementedError

    def line_at(self, number: int) -> Line:
        """One line, 0 at the top; fit to be shown."""
        raise NotImplementedError

    def heading(self) -> Line | None:
        """A line that stays on top; `None` for none."""
        return None

    def copy_text(self) -> str:
        """What the cursor stands on, as text to copy."""
        return "".join(span.text for span in self.line_at(self.cursor)) if self.line_count else ""

    def holds(self, number: int, needle: str) -> bool:
        """Whether a line holds the folded text."""
        return needle in "".join(span.text for span in self.line_at(number)).casefold()

    def find(self, needle: str, start: int, step: int) -> int | None:
        """The next line, from `start` on and round the end, that holds the folded text; `None` if none does."""
        count = self.line_count
        numbers = ((start + distance * step) % count for distance in range(count))
        return next((number for number in numbers if self.holds(number, needle)), None)

    def places(self, needle: str) -> Iterable[Hashable]:
        """All places that hold the folded text, from the top down, as `place` tells where the cursor is."""
        return (number for number in range(self.line_count) if self.holds(number, needle))

    @property
    def place(self) -> Hashable:
        """Where the cursor stands."""
        return self.cursor

    # What others ask

    @property
    def cursor(self) -> int:
        """The line the cursor stands on."""
        return self._viewport.row

    @property
    def top(self) -> int:
        """The first line in sight."""
        return self._viewport.top

    @property
    def needle(self) -> str:
        """What was searched for last, folded; empty while nothing is."""
        return self._needle

    @property
    def filter_text(self) -> str:
        """What all that is shown holds; empty while everything is shown."""
        return self._filter

    @property
    def told_filter(self) -> str:
        """The filter as it is told."""
        return f"'{one_line(self._filter, _TOLD_FILTER)}'"

    @property
    def hits(self) -> tuple[int, int]:
        """Which of the places found the cursor stands at, and how many there are."""
        if not self._needle or not self.line_count:
            return 0, 0
        if self._found is None:
            counted = islice(self.places(self._needle), MOST_HITS + 1)
            self._found = {place: number for number, place in enumerate(counted, 1)}
        return self._found.get(self.place, 0), len(self._found)

    def set_active(self, *, active: bool) -> None:
        """Show by the cursor's colour whether the keys go here."""
        if active != self._active:
            self._active = active
            self.refresh_lines(self.cursor)

    def move_cursor(self, lines: int) -> None:
        """Move the cursor down by so many lines, up by negative ones."""
        self._go_to(self.cursor + lines)

    def move_page(self, pages: float) -> None:
        """Move the cursor by so many heights of the viewer."""
        self._go_to(self.cursor + int(pages * max(2, self._height)))

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first or the last line; to the first from its very start."""
        if not bottom and self._left:
            self._left = 0
            self.refresh()
        self._go_to(self.line_count - 1 if bottom else 0)

    def move_sideways(self, steps: int) -> None:
        """Show what stands further right, or left with negative steps."""
        left = max(0, min(self._left + steps * _SIDE_STEP, self._widest_in_sight() - _SIDE_STEP))
        if left != self._left:
            self._left = left
            self.refresh()

    def search(self, text: str) -> bool:
        """Look for text from the cursor on; an empty one ends the search. Returns whether it was found."""
        self._needle, self._found = text.casefold(), None
        found = self._step(1, from_here=True)
        self.refresh()
        return found

    def step_match(self, step: int) -> bool:
        """Go to the next place that was found, or the previous one with -1."""
        return self._step(step, from_here=False)

    def _step(self, step: int, *, from_here: bool) -> bool:
        if not self._needle or not self.line_count:
            return False
        number = self.find(self._needle, self.cursor + (0 if from_here else step), step)
        if number is None:
            return False
        self._go_to(number)
        self.show_match(number)
        return True

    def show_match(self, number: int) -> None:
        """Bring the found text of a line into sight where the line is longer than the viewer."""
        text = "".join(span.text for span in self.line_at(number)).casefold()
        at = text.find(self._needle)
        width = max(1, self.size.width - 1)
        if at >= 0 and not self._left <= at <= self._left + width - len(self._needle):
            self._left = max(0, at - width // 3) if at + len(self._needle) > width else 0
            self.refresh()

    # How it looks

    @property
    def _height(self) -> int:
        return max(0, self.size.height - (self.heading() is not None))

    def _widest_in_sight(self) -> int:
        numbers = range(self.top, min(self.line_count, self.top + self._height))
        return max((sum(len(span.text) for span in self.line_at(number)) for number in numbers), default=0)

    def _go_to(self, number: int) -> None:
        before = self.cursor
        if self._viewport.put(number, self.line_count, self._height):
            self.refresh()
        elif self.cursor != before:
            self.refresh_lines(before, self.cursor)

    def refresh_lines(self, *numbers: int) -> None:
        """Draw some lines anew, as far as they are in sight, and nothing else."""
        first = self.heading() is not None
        ys = {number - self.top + first for number in numbers if self.top <= number < self.top + self._height}
        if ys:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in sorted(ys)))

    def changed(self) -> None:
        """Lines came or went: keep the cursor inside and draw anew."""
        self._found = None
        self._viewport.put(self.cursor, self.line_count, self._height)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        heading = self.heading()
        if heading is not None:
            if y == 0:
                return self._draw(heading, "header", thumb=False)
            y -= 1
        number = self.top + y
        thumb = self._viewport.thumb_covers(y, self.line_count, self._height)
        if number >= self.line_count:
            how = f"{named('back', self.keys)} takes the filter away"
            words = (f"Nothing here holds {self.told_filter}", how) if self._filter else ()
            said = words[number] if not self.line_count and number < len(words) else ""
            return self._draw((Span(said, "quiet"),), "", thumb=thumb)
        background = ("cursor" if self._active else "cursor-blurred") if number == self.cursor else ""
        return self._draw(self.line_at(number), background, thumb=thumb)

    def _draw(self, line: Line, background: str, *, thumb: bool) -> Strip:
        width = max(1, self.size.width - 1)
        segments = [
            Segment(piece, self._style(name, background, found=found))
            for span in line
            for piece, name, found in self._pieces(span)
        ]
        fill = self._style("", background, found=False)
        strip = Strip(segments).crop(self._left, self._left + width).extend_cell_length(width, fill)
        end = Segment(_THUMB, self._style("thumb", "", found=False)) if thumb else Segment(" ", fill)
        return Strip([*strip, end], width + 1).simplify()

    def _pieces(self, span: Span) -> list[tuple[str, str, bool]]:
        """The span, cut where the searched text stands."""
        if not self._needle or self._needle not in span.text.casefold():
            return [(span.text, span.style, False)]
        pieces = []
        folded, start = span.text.casefold(), 0
        # Where folding changes the length the places no longer agree; then nothing is marked.
        if len(folded) != len(span.text):
            return [(span.text, span.style, False)]
        while (found := folded.find(self._needle, start)) >= 0:
            end = found + len(self._needle)
            pieces += [(span.text[start:found], span.style, False), (span.text[found:end], span.style, True)]
            start = end
        pieces.append((span.text[start:], span.style, False))
        return [piece for piece in pieces if piece[0]]

    def _style(self, name: str, background: str, *, found: bool) -> Style:
        key = (name, background, found)
        style = self._styles_by_name.get(key)
        if style is None:
            style = self.get_component_rich_style(f"line-view--{background}") if background else self.rich_style
            if name:
                # Whole, because a colour that contrasts with its ground needs one; then on the line's own ground.
                named = self.get_component_rich_style(f"line-view--{name}")
                style += named.without_color + Style(color=named.color)
            if found:
                style += self.get_component_rich_style("line-view--match")
            self._styles_by_name[key] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the colours of the former theme."""
        super().notify_style_update()
        self._styles_by_name.clear()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self._viewport.put(self.cursor, self.line_count, self._height)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a double click is Enter."""
        number = self.top + event.y - (self.heading() is not None)
        if 0 <= number < self.line_count and event.y >= (self.heading() is not None):
            self._go_to(number)
            self.clicked_at(self._left + event.x)
            self.post_message(self.Moved())
            if event.chain == 2 and not self.activate():
                self.post_message(self.Activated())

    def clicked_at(self, x: int) -> None:
        """The mouse clicked into the cursor's line, so many cells from its start."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down by a few lines."""
        self.move_cursor(_WHEEL_LINES)
        self.post_message(self.Moved())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up by a few lines."""
        self.move_cursor(-_WHEEL_LINES)
        self.post_message(self.Moved())
