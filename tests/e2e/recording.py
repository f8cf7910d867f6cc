"""What a recorded session showed, frame by frame, and what a person would have called a jump or a flicker in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyte

from tests.benchmarks.lab.terminal import FOREIGN, Chunk
from tests.e2e.blinks import BACK_S, Blinks, Returns, by_name, runs

_BEGIN, _END = b"\x1b[?2026h", b"\x1b[?2026l"
_FRAME = re.compile(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.DOTALL)
_COUNT = re.compile(r"([\d,]+)(?: of [\d,]+)?(?: shown| jobs?)\b")

_NOTICE = "▌"
"""The left edge of a notice."""
_EDGES = frozenset("│╭╮╰╯")
_GAP = 3
"""Cells that are sent though they stand there, where to leave them out would cost more bytes."""
_SEEN_S = 0.15
"""What is wrong for a shorter time isn't seen: a notice that goes uncovers rows before others are drawn."""
_BY_KEY_S = 1.5
"""For so long after a key it may be the reason of a change, on a machine that does other things too."""


@dataclass(frozen=True, slots=True)
class Row:
    """One job in the list as it is seen."""

    y: int
    name: str
    """Source and title; empty where a notice lies over them."""
    glyph: str
    """Of its state."""
    cells: tuple[Any, ...]
    """All but the scroll bar's, as far as no notice lies over them."""
    backgrounds: frozenset[str]
    """Of these cells."""


@dataclass(frozen=True, slots=True)
class View:
    """The list as one frame left it."""

    rows: tuple[Row, ...]
    lines: range
    """Where on the screen there is room for rows."""
    columns: range
    """Where on the screen their cells are."""
    shown: int | None
    """How many jobs the border below says there are; `None` where it says nothing."""
    has_gap: bool
    """Whether an empty line stands above a job."""

    @property
    def height(self) -> int:
        """How many rows there is room for."""
        return len(self.lines)

    @property
    def order(self) -> list[tuple[str, str]]:
        """Names and states from the top; a name that occurs twice tells nothing, and is left out."""
        return [(row.name, row.glyph) for row in by_name(self).values()]

    def cursors(self, colours: frozenset[str]) -> list[Row]:
        """The rows in a cursor's colour."""
        return [row for row in self.rows if row.backgrounds & colours]


@dataclass(slots=True)
class Frame:
    """One update of the screen."""

    at: float
    cells: int = 0
    """Sent with this frame."""
    redundant: int = 0
    """Those among them that stood there already, in runs too long to be cheaper than a move."""
    faults: list[str] = field(default_factory=list)
    """What no frame may do."""
    view: View | None = None
    """`None` where something covers the list."""


class _Watched(pyte.Screen):
    """A terminal that notes what is done to it."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines)
        self.frame = Frame(0.0)
        self.touched: dict[tuple[int, int], Any] = {}
        """By place: the cell as it was before this frame."""
        self._run = 0
        self._next = (-1, -1)

    def begin(self, at: float) -> None:
        self.frame = Frame(at)
        self.touched = {}
        self._end_run()

    def draw(self, data: str) -> None:
        for character in data:
            y, x = self.cursor.y, self.cursor.x
            if x >= self.columns:
                self.frame.faults.append(f"writes past the end of line {y}")
            before = self.buffer[y][min(x, self.columns - 1)]
            if (y, x) != self._next:
                self._end_run()
            super().draw(character)
            self._next = (self.cursor.y, self.cursor.x)
            self.touched.setdefault((y, x), before)
            self.frame.cells += 1
            if self.buffer[y][min(x, self.columns - 1)] == before:
                self._run += 1
            else:
                self._end_run()

    def erase_in_display(self, how: int = 0, *more: Any, **settings: Any) -> None:
        self.frame.faults.append(f"clears the screen ({how})")
        super().erase_in_display(how, *more, **settings)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        self.frame.faults.append(f"clears line {self.cursor.y} ({how})")
        super().erase_in_line(how, private)

    def index(self) -> None:
        if self.cursor.y == (self.margins.bottom if self.margins else self.lines - 1):
            self.frame.faults.append("scrolls")
        super().index()

    def finish(self) -> Frame:
        self._end_run()
        return self.frame

    def _end_run(self) -> None:
        if self._run > _GAP:
            self.frame.redundant += self._run
        self._run, self._next = 0, (-1, -1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person at the screen would have stumbled over."""

    kind: str
    at: float
    detail: str

    def __str__(self) -> str:
        return f"{self.at:8.3f} s  {self.kind}: {self.detail}"


class _Lasting:
    """Keeps what is wrong from frame to frame, and tells it once it was there for long enough to be seen."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, str]] = {}

    def seen(self, at: float, torn: Iterable[tuple[str, str]]) -> Iterator[Finding]:
        """What went with this frame, and could be seen until then."""
        now = dict(torn)
        for kind, (since, detail) in tuple(self._since.items()):
            if kind not in now:
                del self._since[kind]
                if at - since >= _SEEN_S:
                    yield Finding(kind, since, f"{detail}, for {at - since:.2f} s")
        for kind, detail in now.items():
            self._since.setdefault(kind, (at, detail))


class Recording:
    """All frames of a session after its start."""

    def __init__(
        self, chunks: Sequence[Chunk], columns: int, lines: int, *, since: float, keys: Sequence[float] = ()
    ) -> None:
        """Replay what was written.

        Args:
            chunks: All that was read, from the first byte on.
            columns: The terminal's width.
            lines: The terminal's height.
            since: When the start was over and looking begins, by the chunks' clock.
            keys: When keys were pressed, by the same clock.
        """
        self._screen = _Watched(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._keys = sorted(keys)
        self._since = since
        self.frames: list[Frame] = []
        self.flickers: list[Finding] = []
        """Besides those of the list's rows."""
        self._changes = Returns(self._by_key)
        self._covered: dict[int, tuple[float, int]] = {}
        """By line: when a notice lay there last, and where it began."""
        for at, data, is_frame in _pieces(chunks):
            self._play(at, data, is_frame=is_frame)

    @property
    def seconds(self) -> float:
        """How long the frames took."""
        return self.frames[-1].at - self._since if self.frames else 0.0

    @property
    def cells(self) -> int:
        """Sent in all."""
        return sum(frame.cells for frame in self.frames)

    @property
    def redundant(self) -> int:
        """Sent though they stood there."""
        return sum(frame.redundant for frame in self.frames)

    def findings(self, cursor: Iterable[str], *, holds_line: bool) -> list[Finding]:
        """Everything that isn't explained.

        Args:
            cursor: The colours behind a cursor, with the keys and without.
            holds_line: Whether the list is scrolled, so that its cursor has to stay on its line of the screen.
        """
        colours = frozenset(cursor)
        found = [Finding("fault", frame.at, fault) for frame in self.frames for fault in frame.faults]
        found += self.flickers
        before: Frame | None = None
        torn, blinks = _Lasting(), Blinks(self._by_key, scrolled=holds_line)
        for frame in self.frames:
            blinked = "; ".join(blinks.look(frame.at, frame.view))
            if blinked:
                found.append(Finding("flicker", frame.at, blinked))
            if frame.view is None:
                before = None
                found += torn.seen(frame.at, ())
                continue
            found += torn.seen(frame.at, _torn(frame.view, colours))
            if before is not None and before.view is not None and not self._by_key(before.at, frame.at):
                changes = _moved(before.view, frame.view, colours, holds_line=holds_line)
                found += (Finding(kind, frame.at, detail) for kind, detail in changes)
            before = frame
        found += torn.seen(self.frames[-1].at if self.frames else 0.0, ())
        return [Finding(each.kind, each.at - self._since, each.detail) for each in sorted(found, key=lambda f: f.at)]

    def _play(self, at: float, data: bytes, *, is_frame: bool) -> None:
        text = FOREIGN.sub("", data.decode("utf-8", "replace"))
        self._screen.begin(at)
        self._stream.feed(text)
        frame = self._screen.finish()
        if at < self._since:
            return
        if not is_frame:
            if frame.cells or frame.faults:
                frame.faults.append(f"draws outside of an update: {text[:60]!r}")
            else:
                return
        frame.view = self._look()
        before = self.frames[-1].view if self.frames else None
        self.frames.append(frame)
        self._note_flicker(at, before, frame.view)

    def _note_flicker(self, at: float, before: View | None, after: View | None) -> None:
        buffer, display = self._screen.buffer, self._screen.display
        # What a notice uncovers is what was there before: notices come and go, and move up and down as they do.
        self._covered |= {y: (at, row.index(_NOTICE)) for y, row in enumerate(display) if _NOTICE in row}
        followed, moved = _followed(before, after), _has_moved(before, after)
        flickered: set[tuple[int, int]] = set()
        for (y, x), was in self._screen.touched.items():
            now = buffer[y][x]
            is_row = after is not None and y in after.lines and x in after.columns
            if now == was or (is_row and y in followed):
                continue
            if is_row and moved:
                # Another job's, and nobody can tell whose.
                self._changes.forget((y, x))
                continue
            noticed_at, notice_x = self._covered.get(y, (0.0, 0))
            is_notice = at - noticed_at < 2 * BACK_S and x >= notice_x
            if self._changes.is_back(at, (y, x), was, now) and not is_notice:
                flickered.add((y, x))
        if blinks := runs(flickered, lambda place, step: (place[0], place[1] + step)):
            y, x = min(blinks)
            words = f"{len(flickered)} cells came back, first {y},{x} of {display[y].rstrip()!r}"
            self.flickers.append(Finding("flicker", at, words))

    def _by_key(self, since: float, until: float) -> bool:
        return any(since - _BY_KEY_S <= key <= until for key in self._keys)

    def _look(self) -> View | None:
        """The list on the screen; `None` where it isn't all to be seen."""
        display = self._screen.display
        top = next((y for y, row in enumerate(display) if " SOURCE " in row and " STATE " in row), None)
        if top is None:
            return None
        header = display[top]
        left, right = header.find("│"), header.find("│", 1)
        bottom = next((y for y in range(top + 1, len(display)) if display[y][left] == "╰"), None)
        if left < 0 or right < 0 or bottom is None:
            return None
        name_at, state_at = header.index("SOURCE"), header.index(" STATE ")
        rows: list[Row] = []
        is_empty_above = has_gap = False
        for y in range(top + 1, bottom):
            # A notice may lie over the end of some rows.
            text, notice, _ = display[y][left + 1 :].partition(_NOTICE)
            end = left + 1 + len(text) if notice else right
            text = display[y][left + 1 : min(end, right)]
            if display[y][left] != "│" or (end >= right and display[y][right] != "│") or set(text) & _EDGES:
                return None
            if not text.strip(" ▐"):
                is_empty_above = True
                continue
            has_gap |= is_empty_above
            line = self._screen.buffer[y]
            cells = tuple(line[x] for x in range(left + 1, min(end, right - 1)))
            rows.append(
                Row(
                    y,
                    display[y][name_at:state_at].strip() if end >= state_at else "",
                    display[y][left + 1 : name_at].strip(" ●"),
                    cells,
                    frozenset(cell.bg for cell in cells),
                )
            )
        # A notice over it may count something, too.
        counted = _COUNT.search(display[bottom][left:right].partition(_NOTICE)[0])
        shown = int(counted[1].replace(",", "")) if counted else None
        return View(tuple(rows), range(top + 1, bottom), range(left + 1, right - 1), shown, has_gap)


def _pieces(chunks: Sequence[Chunk]) -> Iterator[tuple[float, bytes, bool]]:
    """When each piece was complete, its bytes, and whether it is a frame or what stands between two."""
    ends: list[tuple[int, float]] = []
    length = 0
    for chunk in chunks:
        length += len(chunk.data)
        ends.append((length, chunk.at))
    stream = b"".join(chunk.data for chunk in chunks)
    times = iter(ends)
    reached, at = 0, 0.0

    def time_of(place: int) -> float:
        nonlocal reached, at
        while reached < place:
            reached, at = next(times)
        return at

    position = 0
    for match in _FRAME.finditer(stream):
        if match.start() > position:
            yield time_of(match.start()), stream[position : match.start()], False
        yield time_of(match.end()), match[1], True
        position = match.end()
    # The last one may be under way.
    if _BEGIN not in stream[position:] and position < len(stream):
        yield time_of(len(stream)), stream[position:], False


def _followed(before: View | None, after: View | None) -> set[int]:
    """The lines of a list whose jobs are known, before and after: `Blinks` looks at these."""
    if before is None or after is None:
        return set()
    unknown = {row.y for view in (before, after) for row in view.rows if row.name not in by_name(view)}
    return set(after.lines) - unknown


def _has_moved(before: View | None, after: View | None) -> bool:
    """Whether a job's row stands elsewhere than before."""
    if before is None or after is None:
        return False
    formerly = {row.name: row.y for row in before.rows if row.name}
    return any(formerly.get(row.name, row.y) != row.y for row in after.rows)


def _torn(view: View, cursor: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What a whole picture of the list never shows."""
    if view.has_gap:
        yield "half drawn", "an empty line above a job"
    if view.shown is not None and len(view.rows) != min(view.shown, view.height):
        yield "count", f"{len(view.rows)} rows of {view.shown} jobs, with room for {view.height}"
    for row in view.rows:
        if len(row.backgrounds) > 1:
            yield "half drawn", f"line {row.y} has several backgrounds: {row.name}"
        if not row.glyph:
            yield "half drawn", f"line {row.y} has no state: {row.name}"
    cursors = view.cursors(cursor)
    if view.rows and len(cursors) != 1:
        yield "cursor", f"{len(cursors)} of them on the screen: {[row.name for row in cursors]}"


def _moved(before: View, after: View, colours: frozenset[str], *, holds_line: bool) -> Iterator[tuple[str, str]]:
    """What moved though nobody pressed a key and no state changed."""
    known = dict(before.order)
    common = [name for name, glyph in after.order if known.get(name) == glyph]
    kept = set(common)
    formerly = [name for name, _glyph in before.order if name in kept]
    if common != formerly:
        first = next(index for index, (one, other) in enumerate(zip(formerly, common, strict=True)) if one != other)
        yield "jump", f"{common[first]} stands where {formerly[first]} should, and no state changed"
    was, now = before.cursors(colours), after.cursors(colours)
    if len(was) == len(now) == 1:
        if not was[0].name or not now[0].name:
            return
        if was[0].name != now[0].name:
            yield "cursor", f"went from {was[0].name} to {now[0].name} by itself"
        elif holds_line and was[0].y != now[0].y:
            yield "jump", f"the cursor's job went from line {was[0].y} to {now[0].y}: {now[0].name}"
