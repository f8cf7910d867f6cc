"""A program in a terminal of its own: what it wrote and when, what then stood on the screen, and what it cost."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyte

COLUMNS, LINES = 120, 40

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_ANSWERS = (
    # Synchronized output: known, not set at the moment.
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    # In-band reports of a new size: not known.
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[16t", b"\x1b[6;20;10t"),
    (b"\x1b[14t", b"\x1b[4;800;1200t"),
    (b"\x1b]10;?", b"\x1b]10;rgb:e0e0/e0e0/e0e0\x1b\\"),
    (b"\x1b]11;?", b"\x1b]11;rgb:1212/1212/1212\x1b\\"),
)
"""What a program asks its terminal at the start, and what a modern one says."""

# What pyte would take for text: keyboard protocols, requests of modes, device control strings, pictures.
FOREIGN = re.compile(
    r"\x1b\[[<>=][0-9;]*[A-Za-z]|\x1b\[\?[0-9;]*\$p|\x1b[P_].*?\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)", re.DOTALL
)
_UNFINISHED = re.compile(r"\x1b(?:[\[\]P_][^\x07]{0,200})?$")
_MOVE_ONLY = re.compile(r"[0-9;?<>=$]*$")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came with one read."""

    at: float
    """`perf_counter` when it was there."""
    data: bytes
    cpu_s: float
    """What the program had used by then."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the screen with all that is seen of it."""

    text: str
    foreground: str
    background: str
    attributes: tuple[bool, ...]


Picture = tuple[tuple[Cell, ...], ...]
"""The whole screen, row by row."""


class Screen:
    """What a terminal shows after the bytes it was fed."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes) -> None:
        """Take more bytes in."""
        text = FOREIGN.sub("", self._held + self._decoder.decode(data))
        self._held = ""
        unfinished = _UNFINISHED.search(text)
        if unfinished and (
            len(unfinished[0]) < 3 or unfinished[0][1] in "]P_" or _MOVE_ONLY.fullmatch(unfinished[0][2:])
        ):
            text, self._held = text[: unfinished.start()], unfinished[0]
        self._stream.feed(text)

    @property
    def text(self) -> str:
        """All rows as plain text."""
        return "\n".join(self._screen.display)

    def row(self, y: int) -> str:
        """One row as plain text, 0 at the top."""
        return str(self._screen.display[y])

    def background(self, y: int, x: int) -> str:
        """The colour behind one cell."""
        return str(self._screen.buffer[y][x].bg)

    def find(self, words: str) -> tuple[int, int] | None:
        """Row and column of a text, if it is on the screen."""
        for y, row in enumerate(self._screen.display):
            x = row.find(words)
            if x >= 0:
                return y, x
        return None

    def picture(self) -> Picture:
        """Everything that is seen."""
        rows = []
        for y in range(self._screen.lines):
            line = self._screen.buffer[y]
            cells = (line[x] for x in range(self._screen.columns))
            rows.append(
                tuple(
                    Cell(c.data, c.fg, c.bg, (c.bold, c.italics, c.underscore, c.strikethrough, c.reverse, c.blink))
                    for c in cells
                )
            )
        return tuple(rows)


BLANK: Picture = Screen().picture()
"""A terminal that nothing was written to."""


class Program:
    """Runs until the `with` block ends."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        *,
        columns: int = COLUMNS,
        lines: int = LINES,
    ) -> None:
        self._arguments = list(arguments)
        self._environment = dict(environment)
        self._folder = folder
        self.chunks: list[Chunk] = []
        self._size = struct.pack("HHHH", lines, columns, 0, 0)
        self.screen = Screen(columns, lines)
        """What is shown, as far as `replay` went."""
        self.started_at = 0.0
        self.ended = False
        self._replayed = 0
        self._asked = b""
        self._process = 0
        self._terminal = -1
        self._cpu_at_end = 0.0

    def __enter__(self) -> Self:
        self.started_at = time.perf_counter()
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, self._size)
                if self._folder is not None:
                    os.chdir(self._folder)
                os.execve(self._arguments[0], self._arguments, self._environment)
            finally:
                os._exit(127)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, self._size)
        return self

    def __exit__(self, *error: object) -> None:
        if not self.ended:
            os.kill(self._process, signal.SIGTERM)
            if not self._wait_for_end(3.0):
                os.kill(self._process, signal.SIGKILL)
                self._wait_for_end(3.0)
        os.close(self._terminal)

    def read(self, timeout_s: float) -> bool:
        """Take what comes within the time; tells whether anything did."""
        if self.ended:
            return False
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, timeout_s))
        if not ready:
            return False
        try:
            data = os.read(self._terminal, 262_144)
        except OSError:
            data = b""
        at = time.perf_counter()
        if not data:
            self._reap(0)
            return False
        self.chunks.append(Chunk(at, data, self.cpu_s))
        self._answer(data)
        return True

    def read_for(self, seconds: float) -> None:
        """Let that much time pass."""
        until = time.perf_counter() + seconds
        while not self.ended and (left := until - time.perf_counter()) > 0:
            self.read(left)

    def read_until_quiet(self, quiet_s: float, deadline_s: float) -> None:
        """Let time pass until nothing was written for a while."""
        until = time.perf_counter() + deadline_s
        while not self.ended and time.perf_counter() < until and (self.read(quiet_s) or not self.chunks):
            pass

    def read_to_end(self, deadline_s: float = 60.0) -> float:
        """Wait for a program that ends by itself; gives when it did."""
        until = time.perf_counter() + deadline_s
        while not self.ended and time.perf_counter() < until:
            self.read(0.5)
        assert self.ended, f"{self._arguments} did not end"
        return time.perf_counter()

    def replay(self) -> None:
        """Bring `screen` up to what was read."""
        for chunk in self.chunks[self._replayed :]:
            self.screen.feed(chunk.data)
        self._replayed = len(self.chunks)

    def skip_replay(self) -> None:
        """Take note that someone fed `screen` with everything that was read."""
        self._replayed = len(self.chunks)

    def wait_for(self, seen: Callable[[Screen], bool], deadline_s: float = 30.0) -> Chunk:
        """The chunk with which the screen came to show what is waited for.

        Chunks that were read but not replayed are looked at first, each by itself.

        Raises:
            AssertionError: It wasn't shown in time; says what is.
        """
        until = time.perf_counter() + deadline_s
        while True:
            while self._replayed < len(self.chunks):
                chunk = self.chunks[self._replayed]
                self._replayed += 1
                self.screen.feed(chunk.data)
                if seen(self.screen):
                    return chunk
            left = until - time.perf_counter()
            if left <= 0 or self.ended:
                raise AssertionError(f"not shown within {deadline_s} s; the screen is:\n{self.screen.text}")
            self.read(left)

    def press(self, keys: bytes) -> float:
        """Type; gives when."""
        at = time.perf_counter()
        os.write(self._terminal, keys)
        return at

    @property
    def bytes_written(self) -> int:
        """All that was read so far."""
        return sum(len(chunk.data) for chunk in self.chunks)

    @property
    def cpu_s(self) -> float:
        """User and system time so far, of all threads."""
        if self.ended:
            return self._cpu_at_end
        fields = Path(f"/proc/{self._process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    @property
    def cpu_fine_s(self) -> float:
        """The same in nanoseconds' grain, of the threads that still run."""
        total = 0
        for task in Path(f"/proc/{self._process}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text(encoding="utf-8").split()[0])
            except (OSError, ValueError, IndexError):
                continue
        return total / 1e9

    @property
    def rss_mib(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self._process}/statm").read_text(encoding="utf-8").split()[1])
        return pages * _PAGE_BYTES / 2**20

    @property
    def is_jobtui(self) -> bool:
        """Whether this is the program itself and not one to compare it with."""
        return "jobtui" in self._arguments

    @property
    def process(self) -> int:
        """The process' number."""
        return self._process

    def _answer(self, data: bytes) -> None:
        # A question may be cut in two by the reads.
        window = self._asked[-16:] + data
        for question, answer in _ANSWERS:
            if question in window and question not in self._asked[-16:]:
                os.write(self._terminal, answer)
        self._asked = data

    def _wait_for_end(self, seconds: float) -> bool:
        until = time.perf_counter() + seconds
        while not self.ended and time.perf_counter() < until:
            self.read(0.05)
            if not self.ended:
                self._reap(os.WNOHANG)
        return self.ended

    def _reap(self, options: int) -> None:
        process, _status, usage = os.wait4(self._process, options)
        if process:
            self.ended = True
            self._cpu_at_end = usage.ru_utime + usage.ru_stime
