"""The program in a terminal of its own: a pseudo-terminal, a reader that never sleeps, and a screen to look at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyte

REPOSITORY = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "jobtui")

START_S = 40.0
"""Until the first screen, on a machine that does other things too."""
ANSWER_S = 20.0
"""Until a key's effect, likewise."""

# Takes the terminal on stdin as its own and becomes the program: what a login does.
_LAUNCHER = (
    "import fcntl, os, signal, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "[signal.signal(int(number), signal.SIG_IGN) for number in sys.argv[1].split(',') if number]\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)

# COLUMNS and LINES would win over the size of the terminal.
_NOT_A_USERS = ("COLUMNS", "COV_", "LC_", "LINES", "PYTEST")

_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KEPT_ON = {b"25"}
_PUT_OFF = {b"1000", b"1002", b"1003", b"1004", b"1006", b"1015", b"1016", b"1049", b"2004", b"2031", b"2048"}


def environment(**changes: str | None) -> dict[str, str]:
    """This test's own environment, as a user of a terminal has it; `None` takes a variable away."""
    variables: dict[str, str | None] = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_NOT_A_USERS)},
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": None,
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}


class Terminal:
    """One program in one pseudo-terminal."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 100,
        rows: int = 30,
        variables: Mapping[str, str] | None = None,
        ignored: Sequence[signal.Signals] = (),
    ) -> None:
        self.output = bytearray()
        """Every byte that the program wrote."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._stalled = threading.Event()
        self._ended = threading.Event()
        self._gone = threading.Event()
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.cooked = termios.tcgetattr(slave)
        """How the terminal was set before."""
        launcher = [sys.executable, "-S", "-c", _LAUNCHER, ",".join(str(int(number)) for number in ignored)]
        self.process = subprocess.Popen(
            [*launcher, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(variables or environment()),
            cwd=REPOSITORY,
            start_new_session=True,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        with self._lock:
            return "\n".join(self._screen.display)

    @property
    def raw(self) -> bytes:
        """A copy of every byte so far."""
        with self._lock:
            return bytes(self.output)

    def press(self, *keys: str) -> None:
        """Type text or key sequences."""
        for key in keys:
            self.send(key.encode())

    def send(self, data: bytes) -> None:
        """Hand bytes to the program, as fast as it takes them."""
        view = memoryview(data)
        deadline = time.monotonic() + 30
        while view:
            assert time.monotonic() < deadline, "the program doesn't read its terminal"
            _, writable, _ = select.select([], [self._master], [], 0.2)
            if writable:
                # Not more than a line discipline takes at a time: a larger write would block.
                view = view[os.write(self._master, view[:1024]) :]

    def resize(self, columns: int, rows: int) -> None:
        """As a window that is dragged: the terminal first, then the signal, which the kernel sends."""
        with self._lock:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def wipe(self) -> None:
        """Lose all that the screen shows, which the program can't know of."""
        with self._lock:
            self._screen.erase_in_display(2)

    def wait_for(self, seen: Callable[[str], Any] | str, *, within_s: float = ANSWER_S) -> str:
        """Return the screen once it shows that."""
        look: Callable[[str], Any] = seen if callable(seen) else lambda text: seen in text
        text = ""

        def found() -> bool:
            nonlocal text
            text = self.text
            return bool(look(text))

        wait_until(found, what=lambda: f"{seen!r} on the screen:\n{text}\n(alive: {self.is_alive})", within_s=within_s)
        return text

    def wait_for_exit(self, within_s: float) -> int:
        """The exit code."""
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {within_s} s:\n{self.text}") from None
        self._ended.wait(2)
        return code

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Nobody reads what the program writes, as on a line that stands still."""
        self._stalled.set()
        try:
            yield
        finally:
            self._stalled.clear()

    def hang_up(self) -> None:
        """Take the terminal away, as a dropped line does."""
        self._gone.set()
        self._ended.wait(5)
        os.close(self._master)
        self._master = -1

    def modes_left_on(self) -> set[bytes]:
        """Private modes that a shell would not expect to find changed."""
        state: dict[bytes, bytes] = {}
        for match in _MODE.finditer(self.raw):
            for mode in match[1].split(b";"):
                state[mode] = match[2]
        changed = {mode for mode in _PUT_OFF if state.get(mode) == b"h"}
        return changed | {mode for mode in _KEPT_ON if state.get(mode) == b"l"}

    def is_cooked(self) -> bool:
        """Whether the line discipline is as it was."""
        return termios.tcgetattr(self._master)[:4] == self.cooked[:4]

    def close(self) -> None:
        """End the program and the terminal, whatever state they are in."""
        if self.is_alive:
            self.process.kill()
        self.process.wait(10)
        self._stalled.clear()
        if self._master >= 0:
            self.hang_up()

    def _read(self) -> None:
        try:
            while not self._gone.is_set():
                if self._stalled.is_set():
                    time.sleep(0.02)
                    continue
                readable, _, _ = select.select([self._master], [], [], 0.1)
                if not readable:
                    continue
                data = os.read(self._master, 65_536)
                if not data:
                    return
                with self._lock:
                    self.output += data
                    self._stream.feed(data)
        except OSError:
            # The last one to hold the other end let go of it.
            return
        finally:
            self._ended.set()

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def terminal(*command: str, **settings: Any) -> Iterator[Terminal]:
    """A terminal with the program in it, gone at the end."""
    opened = Terminal(command, **settings)
    try:
        yield opened
    finally:
        opened.close()


def wait_until(done: Callable[[], object], *, what: str | Callable[[], str], within_s: float = ANSWER_S) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.03)


def run(
    *arguments: str, variables: Mapping[str, str] | None = None, within_s: float = 40.0, **settings: Any
) -> subprocess.CompletedProcess[str]:
    """One command line of the program, without a terminal."""
    settings.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env=dict(variables or environment()),
        cwd=REPOSITORY,
        timeout=within_s,
        **settings,
    )
