"""The driver between the app and the terminal, and what is sent to a terminal besides the screen."""

from __future__ import annotations

import base64
import fcntl
import os
import selectors
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Protocol, runtime_checkable

from textual import events

# Private, and the one way to put a guard between the bytes and the parser: Textual's minor version is pinned for it.
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from jobtui.app import background
from jobtui.app.frames import FrameDiff
from jobtui.app.graphics import Graphics
from jobtui.app.outlet import Outlet
from jobtui.app.slow_line import AnswerTimer
from jobtui.app.terminal_input import InputGuard

MOST_CLIPBOARD_BYTES = 74_994
"""What the strictest common terminals take in one OSC 52, before base64."""


CLEAR = "\x1b[2J"
"""Empties the terminal; what is drawn after it is sent whole."""

HANGUP = 128 + 1
"""Exit code after the terminal went away, as after SIGHUP."""

_RESTORE = (
    f"{background.TELL_NO_CHANGES}\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""What a terminal gets that took nothing any more, where leaving in good order can't reach it."""

_SELECT_S = 0.1
_SETTLED_S = 0.2
_READ_BYTES = 4096


@runtime_checkable
class HearsTerminal(Protocol):
    """An app that wants to send sequences of its own, in order with the screen's."""

    write_to_terminal: Callable[[str], None]
    set_mouse: Callable[[bool], None] | None
    """Takes the mouse from the terminal, or gives it back; `None` where nobody can."""
    terminal_speaks: Callable[[], None]
    """Called from the input thread as soon as there is something to be read."""
    terminal_traffic: Callable[[], tuple[int, int]]
    """How many frames, and how many bytes, were sent."""

    def terminal_answered(self, seconds: float) -> None:
        """Take note of how long the terminal took to answer a question."""
        ...

    def terminal_has_background(self, *, is_light: bool) -> None:
        """Take note of the background."""
        ...

    def terminal_shows(self, graphics: Graphics, cell_pixels: tuple[int, int] | None) -> None:
        """Take note of how the terminal shows pictures, and of the sides of a cell where it tells them."""
        ...


class TerminalDriver(LinuxDriver):
    """Textual's own driver between two guards: what comes in can't end the app, what goes out is cut to what is new."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._frames = FrameDiff()
        self._drawn_size = app.size
        self._frames.resize(*app.size)
        self._size_is_wrong_since: float | None = None
        self._write_lock = threading.Lock()
        self._outlet: Outlet | None = None
        self._behind_since: float | None = None
        self._answers = AnswerTimer()
        self._sent = (0, 0)
        self._guard = InputGuard()
        if isinstance(app, HearsTerminal):
            app.write_to_terminal = self.write
            app.set_mouse = self.set_mouse
            app.terminal_traffic = lambda: self._sent

    def start_application_mode(self) -> None:
        """Take the terminal, and note when its size changes."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Anew after each absence: in a pager or a shell, evening may have come.
        self.write(background.TELL_CHANGES)
        self._ask_for_background()
        tell_app = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            # Frames for the old size may be under way, and what didn't fit into a size that the app never saw is gone.
            self._behind_since = time.monotonic()
            if callable(tell_app):
                tell_app(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self.write(background.TELL_NO_CHANGES)
        super().stop_application_mode()

    def _ask_for_background(self) -> None:
        self._guard.expect_answer(time.monotonic())
        self.write(background.QUESTION)

    def _sigtstp_application(self, *_: object) -> None:
        self._after_writing(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        self._after_writing(super()._sigcont_application)

    def _after_writing(self, act: Callable[[], None]) -> None:
        """Act on a signal from the loop: it may come in the middle of a write, which would wait for itself for ever."""
        # A dropped line sends SIGCONT too; once the loop is gone there is no screen to leave or to come back to.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act)

    def write(self, data: str) -> None:
        """Send what the terminal doesn't show yet; what is no frame goes through as it is."""
        # The input thread writes too, when it asks for the mouse again.
        with self._write_lock:
            if self._app.size != self._drawn_size:
                self._drawn_size = self._app.size
                self._frames.resize(*self._drawn_size)
            self._answers.sent(data, time.monotonic())
            if sent := self._frames.encode(data):
                self._outlet = self._outlet or Outlet(self._output)
                if count := self._outlet.write(sent):
                    self._sent = (self._sent[0] + 1, self._sent[1] + count)
                else:
                    # Left out, so nobody knows what the terminal shows: once it takes more, it gets all anew.
                    self._frames.forget()
                    self._behind_since = time.monotonic()

    def close(self) -> None:
        """Let go of the terminal, whether it listens or not."""
        with self._write_lock:
            outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.close(_RESTORE)
        super().close()

    @property
    def _output(self) -> int:
        # Where Textual writes, which leaves stdout to the data of a pipe.
        return sys.__stderr__.fileno() if sys.__stderr__ is not None else self.fileno

    def _catch_up(self, now: float) -> None:
        """Draw anew where nobody knows what the terminal shows, as soon as it takes more."""
        outlet, since = self._outlet, self._behind_since
        if since is None or now - since < _SETTLED_S or self._size_is_wrong_since is not None:
            return
        if outlet is not None and outlet.is_empty:
            self._behind_since = None
            self._app.call_later(self._draw_anew)

    def _draw_anew(self) -> None:
        with self._write_lock:
            self._frames.forget()
        self._app.screen.refresh()

    def set_mouse(self, wanted: bool) -> None:
        """Take the mouse from the terminal, or give it back, so that its own selection works."""
        if wanted:
            self._mouse = True
            self._ask_for_mouse()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def _ask_for_mouse(self) -> None:
        self._enable_mouse_support()
        if self._mouse_pixels:
            # The last one asked for is how positions come.
            self._enable_mouse_pixels()

    def send_message(self, message: Message) -> None:
        """Hand a message to the app by the shortest way: a key waits for it."""
        self._app.post_message(message)

    def run_input_thread(self) -> None:
        """Read the terminal until the app ends, or the terminal does."""
        app: object = self._app
        hears = app if isinstance(app, HearsTerminal) else None
        guard = self._guard
        parser = XTermParser(self._debug)
        selector = selectors.SelectSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        looked = 0.0
        try:
            while not self.exit_event.is_set():
                if selector.select(_SELECT_S):
                    if hears is not None:
                        hears.terminal_speaks()
                    data = self._read()
                    if not data:
                        # Not waited for: the loop may be waiting for this thread to end already.
                        self._app.call_later(self._app.exit, return_code=HANGUP)
                        return
                    text = guard.feed(data, time.monotonic())
                    self._tell_answer(text)
                else:
                    text = guard.idle(time.monotonic())
                # An empty text would mean the end of input to the parser.
                for message in parser.feed(text) if text else parser.tick():
                    self.process_message(message)
                self._tell_graphics(guard.take_graphics())
                self._tell_background(guard.take_background())
                if guard.take_background_change():
                    self._ask_for_background()
                if guard.take_legacy_mouse():
                    self._ask_for_mouse()
                now = time.monotonic()
                if now - looked >= _SELECT_S:
                    # Not after each key: the app waits for this thread to rest.
                    looked = now
                    self._mend_size(now)
                    self._catch_up(now)
        finally:
            selector.close()

    def _mend_size(self, now: float) -> None:
        """Tell the app the terminal's size where it knows another: one signal may interrupt the other's handler."""
        size = Size(*self._get_terminal_size())
        if size == self._app.size:
            self._size_is_wrong_since = None
        elif self._size_is_wrong_since is None:
            self._size_is_wrong_since = now
        elif now - self._size_is_wrong_since >= _SETTLED_S:
            self._size_is_wrong_since = None
            self.send_message(events.Resize(size, size))

    def _tell_answer(self, text: str) -> None:
        seconds = self._answers.heard(text, time.monotonic())
        app: object = self._app
        if seconds is not None and isinstance(app, HearsTerminal):
            self._app.call_later(app.terminal_answered, seconds)

    def _tell_graphics(self, graphics: Graphics | None) -> None:
        app: object = self._app
        if graphics is not None and isinstance(app, HearsTerminal):
            self._app.call_later(app.terminal_shows, graphics, self._cell_pixels())

    def _tell_background(self, is_light: bool | None) -> None:
        app: object = self._app
        if is_light is not None and isinstance(app, HearsTerminal):
            self._app.call_later(partial(app.terminal_has_background, is_light=is_light))

    def _cell_pixels(self) -> tuple[int, int] | None:
        try:
            rows, columns, across, down = struct.unpack("HHHH", fcntl.ioctl(self._output, termios.TIOCGWINSZ, bytes(8)))
        except OSError:
            return None
        return (across // columns, down // rows) if rows and columns and across >= columns and down >= rows else None

    def _read(self) -> bytes:
        """What the terminal sent; nothing once it's gone."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""


def through_tmux(sequence: str, environment: Mapping[str, str]) -> str:
    """The sequence as the outer terminal gets it: tmux hands on only what is wrapped."""
    if not environment.get("TMUX"):
        return sequence
    escaped = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{escaped}\x1b\\"


def clipboard_sequence(text: str, environment: Mapping[str, str]) -> str | None:
    """OSC 52 for the text; `None` where it is longer than terminals take.

    tmux gets it both plain, for its own buffer, and wrapped, for the terminal around it.
    """
    content = text.encode("utf-8", "replace")
    if len(content) > MOST_CLIPBOARD_BYTES:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(content).decode('ascii')}\x07"
    wrapped = through_tmux(plain, environment)
    return plain if wrapped == plain else plain + wrapped
