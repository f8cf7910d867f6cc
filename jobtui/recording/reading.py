"""Reading a recording, which may come from anyone: everything in it is checked, and nothing of it is a setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from jobtui.core.errors import UsageError
from jobtui.core.exchanges import Exchange
from jobtui.recording.lines import BrokenOff, Damaged, Heading, exchange_of, heading_of, read_line
from jobtui.recording.watched import Watched, watched_of

_LONGEST_LINE = 16 * 1024 * 1024
"""Bytes: two bodies, escaped."""
_IS_IT_ONE = "A recording is what `jobtui --record FILE` has written."


class Recording(Struct, frozen=True):
    """All that a file holds."""

    heading: Heading
    exchanges: tuple[Exchange, ...]
    """By the time at which they were asked."""
    watched: tuple[Watched, ...]
    """Likewise."""
    cut_line: int | None = None
    """The number of the last line where that was left out: whoever wrote it was killed, or the machine died."""

    @property
    def length_s(self) -> float:
        """Seconds from the beginning to the last answer."""
        return max((exchange.at_s + exchange.took_s for exchange in self.exchanges), default=0.0)


def read_recording(path: Path) -> Recording:
    """The recording in a file.

    Raises:
        UsageError: It can't be read, or a line of it is damaged other than by being the last and cut; the text names
            which.
    """
    heading: Heading | None = None
    exchanges: list[Exchange] = []
    watched: list[Watched] = []
    cut_line: int | None = None
    # What is asked again and again gets the same answer for most of the time: it is held once.
    bodies: dict[bytes, bytes] = {}
    try:
        for number, text in _lines(path):
            try:
                line = read_line(text)
                if heading is None:
                    heading = heading_of(line)
                elif "job" in line:
                    watched.append(watched_of(line))
                else:
                    exchange = exchange_of(line)
                    exchanges.append(replace(exchange, body=bodies.setdefault(exchange.body, exchange.body)))
            except Damaged as error:
                if heading is not None and isinstance(error, BrokenOff) and _is_cut(text):
                    cut_line = number
                    continue
                hint = _IS_IT_ONE if heading is None else "Without this line the rest can be replayed."
                raise UsageError(f"{path}: line {number}: {error}", hint=hint) from None
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{str(path)!r} can't be the name of a file") from None
    if heading is None:
        raise UsageError(f"{path}: line 1: the file is empty", hint=_IS_IT_ONE)
    return Recording(
        heading,
        tuple(sorted(exchanges, key=lambda exchange: exchange.at_s)),
        tuple(sorted(watched, key=lambda one: one.at_s)),
        cut_line,
    )


def _is_cut(text: bytes) -> bool:
    """Whether it is the beginning of a line at a file's end, or the zeros that a dying machine leaves there."""
    return not text.endswith(b"\n") and len(text) < _LONGEST_LINE and text.lstrip(b"\0")[:1] in {b"", b"{"}


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        number = 0
        while text := file.readline(_LONGEST_LINE):
            number += 1
            yield number, text
