"""The one writer of stdout, which is data, and of stderr, which is talk.

Text goes through the gate; JSON carries it true, with everything escaped that could act on a terminal.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from jobtui.core.errors import JobtuiError, UsageError
from jobtui.core.jobs import JsonValue
from jobtui.core.text import block, one_line

_left: list[TextIO] = []
"""Where nobody reads any more."""

_LONGEST_BLOCK = 64 * 1024 * 1024
_GAP = "  "
_NARROWEST_LAST = 8
_UNSAFE_IN_JSON = r"[^\t\n -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u058a\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
"""A pattern that takes the screen's start too long to compile, which has no use for it."""


def line(text: str) -> None:
    """One line of data."""
    _write(one_line(text, sys.maxsize))


def lines(text: str) -> None:
    """Several lines of data."""
    _write(block(text, _LONGEST_BLOCK).rstrip("\n"))


def document(value: JsonValue) -> None:
    """One JSON document."""
    _write(json.dumps(value, indent=2))


def record(value: JsonValue) -> None:
    """One JSON object of a stream, on a line of its own, at once."""
    _write(json.dumps(value, separators=(", ", ": ")))
    flush()


def readable_json(value: JsonValue) -> None:
    """A JSON document for the eye: letters stay letters, what could act on a terminal is escaped."""
    json_text(json.dumps(value, indent=2, ensure_ascii=False))


def json_text(text: str) -> None:
    """JSON as it came, with equivalent escapes for what could act on a terminal."""
    _write(re.sub(_UNSAFE_IN_JSON, _json_escape, text.replace("\r", "")))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side; on a terminal the last one is cut where the line ends.

    Args:
        headings: Empty where there is none to show.
        rows: Cells, not yet gated.
    """
    shown = [[one_line(cell) for cell in row] for row in ([headings, *rows] if headings else rows)]
    if not shown:
        return
    widths = [max(cells(row[column]) for row in shown) for column in range(len(shown[0]))]
    room = _line_width() - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    for row in shown:
        padded = [cell + " " * (width - cells(cell)) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        _write(_GAP.join([*padded, _cut(row[-1], max(room, _NARROWEST_LAST))]).rstrip())


def say(text: str) -> None:
    """Talk, on stderr; where nobody hears it, what the verb does and its exit code are the same."""
    _talk(one_line(text, 10_000) + "\n")


def complain(error: JobtuiError, about: str = "") -> None:
    """An expected error, with what can be done about it; never a traceback."""
    prefix = f"jobtui: {about}: " if about else "jobtui: "
    for text in str(error).splitlines() or [type(error).__name__]:
        say(prefix + text)
    if error.hint:
        say(f"  {error.hint}")


def ask(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    _talk(f"{one_line(question)} [y/N] ")
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        _talk("\n")
        raise
    return answer.strip().lower() in {"y", "yes"}


def require_open() -> None:
    """Raises `UsageError` where stdout is closed."""
    _stdout()


def flush() -> None:
    """Hand over to the reader what was written.

    Raises:
        BrokenPipeError: The reader has left; what goes on until it does ends with that.
    """
    if _stdout() in _left:
        raise BrokenPipeError
    with _told():
        _stdout().flush()


def give_up() -> None:
    """Leave the rest unwritten: Python would complain about it at its end."""
    _silence(_stdout())


def can_ask() -> bool:
    """Whether someone sits at a terminal and can answer."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether the stream is open and a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cell_width(character) for character in text)


def _cell_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    used = 0
    for index, character in enumerate(text):
        used += _cell_width(character)
        if used > width - 1:
            return text[:index] + "…"
    return text


def _line_width() -> int:
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else sys.maxsize


def _json_escape(match: re.Match[str]) -> str:
    character = match.group()
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def _talk(text: str) -> None:
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        _silence(stream)


def _silence(stream: TextIO) -> None:
    # One that is closed has nothing left to be silent about.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stdout() -> TextIO:
    if sys.stdout is None or sys.stdout.closed:
        raise UsageError("stdout is closed, so there is nowhere to write to")
    return sys.stdout


def _write(text: str) -> None:
    try:
        with _told():
            print(text, file=_stdout())
    except BrokenPipeError:
        # Without a buffer it shows here: the verb is seen through, and ends with the code that is its own.
        _left.append(_stdout())
        give_up()


@contextmanager
def _told() -> Iterator[None]:
    """A full disk behind stdout is the user's to mend; a reader that left is none of his business."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up()
        raise UsageError(f"stdout can't be written: {error.strerror or error}") from error
