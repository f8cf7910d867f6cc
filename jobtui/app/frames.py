"""Frames on their way to the terminal, cut down to the cells that differ from what stands there.

Textual sends every piece of a repainted region with its full style, whether or not the terminal shows it already. Over
a slow line that is most of the bytes. Between the two stands a picture of the screen: what is equal is left out, and of
a style only what changes is said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from textwrap import wrap
from typing import NamedTuple

from rich.cells import cell_len

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f"
"""Controls of C0 and C1, what turns the direction of writing, and what hides: none of it takes a cell."""
_PIECE = re.compile(rf"\x1b\[([0-9;]*)m|([^{_UNSEEN}]+)")
_STRAY = re.compile(rf"\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b(?!\[[0-9;]*m)|(?!\x1b)[{_UNSEEN}]")
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!1049|47|3h|3l)[0-9;]+(?:[hl]|\$p)|\x1b\[[<>=]?[0-9;]*[cun]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP.*?\x1b\\|\x07"
    # Pictures: what is drawn over cells is gone where these are sent again, and they are only where they change.
    r"|\x1b_.*?\x1b\\|\x1b7\x1b\[\d+;\d+H\x1bP.*?\x1b\\\x1b8)*",
    re.DOTALL,
)
_BEGIN_UPDATE = "\x1b[?2026h"
_END_UPDATE = "\x1b[?2026l"
_RESET = "\x1b[0m"
_SHORT_GAP = 3

LEAST_SIZE = (30, 8)
"""Columns and lines under which nothing that is drawn can be read."""


class _Look(NamedTuple):
    """A style in the parts that can be said apart."""

    attributes: str
    foreground: str
    background: str


_PLAIN = _Look("", "", "")


class _Cells(NamedTuple):
    """A piece of a row, cell by cell."""

    texts: tuple[str, ...]
    looks: tuple[_Look, ...]
    narrow: bool
    """Whether every character takes exactly one cell; others are never cut into."""
    runs: tuple[tuple[str, _Look], ...]
    """The same by stretches of one look."""


class _Chunk(NamedTuple):
    """What is written from one place on."""

    y: int
    x: int
    text: str
    cells: _Cells | None
    """`None` where it isn't known which cells it fills."""


class _Row:
    """What stands in one row of the terminal."""

    __slots__ = ("last", "looks", "narrow", "texts")

    def __init__(self) -> None:
        self.texts: list[str | None] = []
        self.looks: list[_Look] = []
        self.narrow = True
        self.last: tuple[int, str] | None = None

    def reach(self, width: int) -> None:
        missing = width - len(self.texts)
        if missing > 0:
            self.texts += [None] * missing
            self.looks += [_PLAIN] * missing

    def has_single_cells(self) -> bool:
        """Whether every character that is known of takes exactly one, also of those that were there before."""
        return all(text is None or (len(text) == 1 and cell_len(text) == 1) for text in self.texts)


class FrameDiff:
    """Rewrites what is written to a terminal so that cells that stand there already are not sent again."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._update_pending = False
        self._cursor = ""
        self._instead = ""
        self._shows_instead = False

    def forget(self) -> None:
        """Take nothing for granted: the terminal may show anything."""
        self._rows.clear()
        self._cursor = ""
        self._shows_instead = False

    def resize(self, columns: int, lines: int) -> None:
        """Take nothing for granted at this size; one that is too small for any screen is told instead of them."""
        self.forget()
        self._instead = _too_small(columns, lines)

    def encode(self, data: str) -> str:
        """What has to be sent to have the effect of `data`."""
        if data == _BEGIN_UPDATE:
            self._update_pending = True
            return ""
        if data == _END_UPDATE and self._update_pending:
            self._update_pending = False
            return ""
        chunks = _chunks_of(data)
        if chunks is None:
            if not _HARMLESS.fullmatch(data):
                self.forget()
            frame = data
        elif self._instead:
            frame = "" if self._shows_instead else self._instead
            self._shows_instead = True
        else:
            frame = self._difference(chunks)
        if frame and self._update_pending:
            self._update_pending = False
            return _BEGIN_UPDATE + frame
        return frame

    def _difference(self, chunks: list[_Chunk]) -> str:
        """What of the frame the terminal doesn't show yet."""
        writer = _Writer()
        for chunk in chunks:
            if chunk.cells is None:
                # Nobody knows what it leaves on the screen.
                self.forget()
                return "".join(f"\x1b[{each.y};{each.x}H{each.text}" for each in chunks)
        for y, x, text, cells in chunks:
            if text and cells is not None:
                self._put(y, x - 1, text, cells, writer)
        last = chunks[-1]
        cursor = "" if last.text else f"\x1b[{last.y};{last.x}H"
        if not writer.pieces and cursor == self._cursor:
            return ""
        self._cursor = cursor
        return writer.finished() + cursor

    def _put(self, y: int, x: int, chunk: str, cells: _Cells, writer: _Writer) -> None:
        row = self._rows.setdefault(y, _Row())
        if row.last == (x, chunk):
            return
        row.last = (x, chunk)
        width = len(cells.texts)
        end = x + width
        is_new = len(row.texts) <= x
        row.reach(end)
        if is_new:
            writer.runs(y, x, cells)
        elif cells.narrow and row.narrow:
            old_texts, old_looks = row.texts, row.looks
            texts, looks = cells.texts, cells.looks
            changed = [
                index
                for index in range(width)
                if texts[index] != old_texts[x + index] or looks[index] != old_looks[x + index]
            ]
            start = previous = -1
            for index in changed:
                if start >= 0 and (index - previous > _SHORT_GAP or looks[index - 1] != looks[previous]):
                    writer.text(y, x + start, texts[start : previous + 1], looks[start : previous + 1])
                    start = index
                elif start < 0:
                    start = index
                previous = index
            if start >= 0:
                writer.text(y, x + start, texts[start : previous + 1], looks[start : previous + 1])
        else:
            writer.runs(y, x, cells)
        row.texts[x:end] = cells.texts
        row.looks[x:end] = cells.looks
        row.narrow = cells.narrow and (row.narrow or row.has_single_cells())


class _Writer:
    """Puts cells into as few bytes as it simply can."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._look = _PLAIN
        self._y = -1
        self._x = -1

    def text(self, y: int, x: int, texts: tuple[str, ...], looks: tuple[_Look, ...]) -> None:
        """Some cells that each take one character."""
        self._go_to(y, x)
        for text, look in zip(texts, looks, strict=True):
            if look != self._look:
                self._turn_to(look)
            self.pieces.append(text)
        self._y, self._x = y, x + len(texts)

    def runs(self, y: int, x: int, cells: _Cells) -> None:
        """All cells of a piece."""
        self._go_to(y, x)
        for text, look in cells.runs:
            if look != self._look:
                self._turn_to(look)
            self.pieces.append(text)
        # Behind a character that terminals disagree about, only an absolute move is sure.
        self._y, self._x = (y, x + len(cells.texts)) if cells.narrow else (-1, -1)

    def _go_to(self, y: int, x: int) -> None:
        if y == self._y and x > self._x >= 0:
            gap = x - self._x
            self.pieces.append("\x1b[C" if gap == 1 else f"\x1b[{gap}C")
        elif (y, x) != (self._y, self._x):
            self.pieces.append(f"\x1b[{y};{x + 1}H")

    def _turn_to(self, look: _Look) -> None:
        self.pieces.append(_transition(self._look, look))
        self._look = look

    def finished(self) -> str:
        if self.pieces and self._look != _PLAIN:
            self.pieces.append(_RESET)
        return "".join(self.pieces)


def _chunks_of(data: str) -> list[_Chunk] | None:
    """The frame's pieces, without anything in them that acts; `None` where the data is not a frame."""
    parts = _MOVE.split(data)
    if len(parts) < 4 or parts[0]:
        return None
    chunks: list[_Chunk] = []
    for index in range(1, len(parts), 3):
        text = parts[index + 2].removesuffix("\n")
        cells = _cells_of(text)
        if cells is None:
            # The last gate: what a pane let through by mistake stops here.
            text = _STRAY.sub("", text)
            cells = _cells_of(text)
        chunks.append(_Chunk(int(parts[index]), int(parts[index + 1]), text, cells))
    return chunks


def _too_small(columns: int, lines: int) -> str:
    """What such a terminal shows; empty where there is room enough."""
    least_columns, least_lines = LEAST_SIZE
    if columns >= least_columns and lines >= least_lines:
        return ""
    words = f"too small: {columns}x{lines}, needs {least_columns}x{least_lines}"
    told = wrap(words, max(1, columns))[: max(1, lines)]
    return f"{_RESET}\x1b[2J" + "".join(f"\x1b[{y};1H{line}" for y, line in enumerate(told, 1))


@lru_cache(maxsize=4096)
def _transition(before: _Look, after: _Look) -> str:
    if after == _PLAIN:
        return "\x1b[m"
    if before.attributes != after.attributes:
        said = ["0", after.attributes, after.foreground, after.background]
        return f"\x1b[{';'.join(part for part in said if part)}m"
    said = []
    if before.foreground != after.foreground:
        said.append(after.foreground or "39")
    if before.background != after.background:
        said.append(after.background or "49")
    return f"\x1b[{';'.join(said)}m"


@lru_cache(maxsize=512)
def _cells_of(chunk: str) -> _Cells | None:
    """The chunk's cells; `None` where it holds something else than styled text."""
    texts: list[str] = []
    looks: list[_Look] = []
    runs: list[tuple[str, _Look]] = []
    narrow = True
    look = _PLAIN
    position = 0
    while position < len(chunk):
        match = _PIECE.match(chunk, position)
        if match is None:
            return None
        position = match.end()
        codes, text = match.groups()
        if text is None:
            look = _look_of(codes)
            continue
        runs.append((text, look))
        if text.isascii() or (cell_len(text) == len(text) and set(map(cell_len, text)) == {1}):
            texts += text
            looks += [look] * len(text)
            continue
        narrow = False
        for character in text:
            cells = cell_len(character)
            if cells == 0:
                if not texts:
                    return None  # It belongs to a cell that stands outside.
                texts[-1] += character
                continue
            texts += [character, *[""] * (cells - 1)]
            looks += [look] * cells
    return _Cells(tuple(texts), tuple(looks), narrow, tuple(runs))


@lru_cache(maxsize=4096)
def _look_of(codes: str) -> _Look:
    """The parts of a style as Textual writes it: attributes first, then the colours."""
    attributes: list[str] = []
    foreground = background = ""
    parts = codes.split(";") if codes else []
    index = 0
    while index < len(parts):
        code = parts[index]
        length = 1
        if code in {"38", "48"}:
            length = 5 if parts[index + 1 : index + 2] == ["2"] else 3
        said = ";".join(parts[index : index + length])
        number = int(code) if code else 0
        if number == 0:
            attributes, foreground, background = [], "", ""
        elif number == 38 or 30 <= number <= 37 or 90 <= number <= 97:
            foreground = said
        elif number == 48 or 40 <= number <= 47 or 100 <= number <= 107:
            background = said
        elif number == 39:
            foreground = ""
        elif number == 49:
            background = ""
        else:
            attributes.append(said)
        index += length
    return _Look(";".join(attributes), foreground, background)
