"""The way of bytes to the terminal: a terminal that stands still costs frames and no time.

Textual's own writer holds 30 pieces and then blocks the app, for ever if the terminal is gone. Here the terminal gets
at once what it takes at once; a thread sends the rest.
"""

from __future__ import annotations

import os
import select
import termios
import threading
from collections import deque
from contextlib import suppress

MOST_WAITING_BYTES = 256 * 1024
"""What may wait for the terminal: a dozen whole screens."""

_LEAVE_S = 0.5
_SELECT_S = 0.05


class Outlet:
    """Hands bytes to one terminal, in order; neither `write` nor `close` waits for the other side."""

    def __init__(self, descriptor: int) -> None:
        """Start the thread.

        Args:
            descriptor: Of the terminal. It is opened anew, since not to block is a matter of the opening and not of
                the terminal: the shell's own must stay as it is.
        """
        self._descriptor = _opened_anew(descriptor)
        self._blocks = os.get_blocking(self._descriptor)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_closing = False
        self._is_gone = False
        self._is_hopeless = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True, name="jobtui-output")
        self._thread.start()

    @property
    def is_empty(self) -> bool:
        """Whether everything so far was taken."""
        with self._changed:
            return not self._waiting_bytes

    def write(self, text: str) -> int:
        """Hand over the text; tells how many bytes will be sent, which is 0 where too much waits already."""
        content = text.encode("utf-8", "replace")
        count = len(content)
        with self._changed:
            if self._is_gone or self._is_closing or self._waiting_bytes >= MOST_WAITING_BYTES:
                return 0
            if not self._waiting_bytes and not self._blocks:
                # Handed to the thread, a key's answer would wait for its turn of the interpreter.
                content = self._rest_of(content)
            if content:
                self._waiting.append(content)
                self._waiting_bytes += len(content)
                self._changed.notify()
        return count

    def _rest_of(self, content: bytes) -> bytes:
        """Send what the terminal takes now; what it didn't take is left."""
        try:
            return content[os.write(self._descriptor, content) :]
        except BlockingIOError:
            return content
        except OSError:
            # The terminal is gone. Whoever reads from it notices that as well, and ends the app.
            self._is_gone = True
            return b""

    def close(self, last: str = "") -> None:
        """End the thread once all is sent; what waits for a terminal that takes nothing is thrown away.

        Args:
            last: What such a terminal gets instead, to be restored if it comes to itself.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(_LEAVE_S)
        if self._thread.is_alive():
            self._is_hopeless = True
            self._thread.join()
            with suppress(termios.error, OSError):
                # Makes room where the terminal made none.
                termios.tcflush(self._descriptor, termios.TCOFLUSH)
                os.write(self._descriptor, last.encode("utf-8", "replace"))
        os.close(self._descriptor)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                if not self._waiting:
                    return
                content = self._waiting.popleft()
            try:
                self._send(content)
            except OSError:
                self._is_gone = True
            if self._is_gone or self._is_hopeless:
                return
            with self._changed:
                self._waiting_bytes -= len(content)

    def _send(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest and not self._is_hopeless:
            if select.select([], [self._descriptor], [], _SELECT_S)[1]:
                with suppress(BlockingIOError):
                    rest = rest[os.write(self._descriptor, rest) :]


def _opened_anew(descriptor: int) -> int:
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
    # In a container the terminal's own name may lead nowhere.
    with suppress(OSError):
        return os.open(os.ttyname(descriptor), flags)
    with suppress(OSError):
        return os.open("/dev/tty", flags)
    return os.dup(descriptor)
