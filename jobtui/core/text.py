"""The gate: text from a service made fit to be shown, before it reaches a widget, a title, a log line or stdout.

What could act on a terminal, or make one text look like another, becomes a visible stand-in; everything else stays
as it was. The true text is kept in the job, in `--json` and in files.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import accumulate

ONE_LINE_LIMIT = 2_000
"""Characters of the longest text that a one-line place gets."""

BLOCK_LIMIT = 64_000
"""Characters of the longest text that a viewer's page gets."""

_MOST_MARKS = 4
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks by category, yet without any ink: they hide inside names as well as a zero-width space does.
_BLANKS = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
_HIDDEN_SELECTORS = range(0xE0100, 0xE01F0)
_MARK = ""


def one_line(text: str, limit: int = ONE_LINE_LIMIT) -> str:
    """The text as one line without anything that acts: line ends become ⏎, tabs →, at most `limit` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    cut = text[:limit].replace("\r\n", "\n")
    for end in ("\n", "\u2028", "\u2029", "\x85"):
        cut = cut.replace(end, "⏎")
    return _bounded(cut.replace("\t", "→"), len(text), limit)


def block(text: str, limit: int = BLOCK_LIMIT) -> str:
    """The text with its lines kept and tabs as spaces, without anything that acts, at most `limit` characters."""
    cut = text[:limit].replace("\r\n", "\n").expandtabs(4)
    if len(text) <= limit and len(cut) <= limit and cut.isascii() and cut.replace("\n", "").isprintable():
        return cut
    return _bounded(cut, len(text), limit, keep_newlines=True)


def _bounded(text: str, true_length: int, limit: int, *, keep_newlines: bool = False) -> str:
    """Stand-ins for what must not be shown, and the true length where something is left out."""
    pieces = [text] if text.isascii() and text.isprintable() else _pieces(text, keep_newlines=keep_newlines)
    whole = "".join(pieces)
    if len(whole) <= limit and true_length <= limit:
        return whole
    note = f"… ({true_length} characters)"
    if len(note) > limit // 2:
        note = "…"
    room = max(0, limit - len(note))
    if len(pieces) == 1:
        return whole[:room] + note[:limit]
    # Whole stand-ins only: half of one would read as text of the service.
    fitting = sum(1 for end in accumulate(map(len, pieces)) if end <= room)
    return "".join(pieces[:fitting]) + note[:limit]


def _pieces(text: str, *, keep_newlines: bool) -> list[str]:
    pieces: list[str] = []
    marks = _MOST_MARKS  # A mark at the very start would sit on what the screen shows before the text.
    for character in text:
        if keep_newlines and character == "\n":
            pieces.append(character)
            marks = _MOST_MARKS
            continue
        shown = _stand_in(character)
        if shown == _MARK:
            marks += 1
            if marks <= _MOST_MARKS:
                pieces.append(character)
            continue
        pieces.append(shown)
        marks = 0
    return pieces


@lru_cache(maxsize=8192)
def _stand_in(character: str) -> str:
    """What is shown for one character; `_MARK` for a combining mark, of which only a few in a row are shown."""
    if character == "\x1b":
        return "␛"
    number = ord(character)
    category = unicodedata.category(character)
    if category in _ESCAPED_CATEGORIES or number in _BLANKS or number in _HIDDEN_SELECTORS:
        return _escape(number)
    return _MARK if category.startswith("M") else character


def _escape(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
