"""Bytes of which nothing is known, as hexadecimal digits and as what of them is readable."""

from __future__ import annotations

from collections.abc import Iterator

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line, LineView

_ROW = 16
_HALF = 8
_DIGITS = frozenset("0123456789abcdef ")


class HexView(LineView):
    """Sixteen bytes a line; a search takes text, or hexadecimal digits."""

    def __init__(self, content: bytes, about: str = "") -> None:
        """Take the bytes, and what the pane's last line is to say of them."""
        super().__init__()
        self._content = content
        self._folded = content.lower()
        self._about = about

    @property
    def note(self) -> str:
        """How many bytes there are, and where the cursor stands."""
        place = f"{len(self._content):,} bytes · at {self.cursor * _ROW:#x}"
        return f"{place} · {self._about}" if self._about else place

    @property
    def line_count(self) -> int:
        """How many lines of sixteen bytes there are."""
        return -(-len(self._content) // _ROW)

    def line_at(self, number: int) -> Line:
        """Place, digits, and what is readable."""
        row = self._content[number * _ROW : (number + 1) * _ROW]
        digits = f"{row[:_HALF].hex(' ')}  {row[_HALF:].hex(' ')}"
        readable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        return (Span(f"{number * _ROW:08x}  ", "label"), Span(f"{digits:<49} ", ""), Span(readable, "text"))

    def find(self, needle: str, start: int, step: int) -> int | None:
        """Look for the text's bytes, also across lines; where they aren't there, for bytes of these digits."""
        wanted, content = self._wanted(needle), self._folded
        if not wanted:
            return None
        start %= self.line_count
        if step > 0:
            at = content.find(wanted, start * _ROW)
            at = content.find(wanted) if at < 0 else at
        else:
            at = content.rfind(wanted, 0, (start + 1) * _ROW + len(wanted) - 1)
            at = content.rfind(wanted) if at < 0 else at
        return None if at < 0 else at // _ROW

    def places(self, needle: str) -> Iterator[int]:
        """The lines in which what is looked for begins."""
        wanted, last = self._wanted(needle), -1
        at = self._folded.find(wanted) if wanted else -1
        while at >= 0:
            if at // _ROW != last:
                last = at // _ROW
                yield last
            at = self._folded.find(wanted, at + 1)

    def _wanted(self, needle: str) -> bytes:
        """The bytes to look for, folded as both sides are, since text is found whatever its case; empty for none."""
        wanted = needle.encode().lower()
        if wanted in self._folded or not set(needle) <= _DIGITS:
            return wanted
        try:
            # Digits of a folded byte still find it.
            return bytes.fromhex(needle).lower()
        except ValueError:
            return b""

    def show_match(self, number: int) -> None:
        """The line says enough: it always fits."""

    def copy_text(self) -> str:
        """The line's digits."""
        return self._content[self.cursor * _ROW : (self.cursor + 1) * _ROW].hex(" ")

    def copy_place(self) -> str:
        """Where the line begins."""
        return f"{self.cursor * _ROW:#x}"
