"""What stands between the terminal's bytes and Textual's parser: nothing that a terminal sends may end the app.

A terminal that is rebuilt under a running app (tmux attach, a reconnected SSH line) forgets the mouse mode it was asked
for and falls back to reports of raw bytes, which are no UTF-8 past column 95; Textual 8.2 ends on them. A paste whose
end never comes would swallow every key after it, the one to quit among them.
"""

from __future__ import annotations

import codecs
import re

from jobtui.app import background
from jobtui.app.graphics import Graphics, heard

MOST_PASTED = 256 * 1024
"""Characters of the longest paste that is handed on; the rest of it is dropped."""

PASTE_PATIENCE_S = 2.0
"""Seconds of silence after which an unfinished paste counts as finished."""

ANSWER_PATIENCE_S = 10.0
"""Seconds after a question in which its answer may begin."""

_LEGACY_MOUSE = re.compile(rb"\x1b\[M[\s\S]{3}")
_ABOUT_PICTURES = re.compile(rb"\x1b_G[^\x1b]{0,200}\x1b\\|\x1b\[\?[\d;]{0,100}c")
"""Answers to what `graphics.QUESTION` asks, which to Textual's parser are a row of keys."""
_ABOUT_BACKGROUND = re.compile(background.ANSWER + rb"|" + background.CHANGED)
"""The same of what `background` asks."""
_UNFINISHED = re.compile(
    rb"(?:\x1b(?:\[(?:M[\s\S]{0,2}|\?[\d;]{0,100})?|_(?:G[^\x1b]{0,200}\x1b?)?)?|"
    + background.UNFINISHED_ANSWER
    + rb")\Z"
)
_BEGUN_ANSWER = b"\x1b]"
_PASTE_STARTS = "\x1b[200~"
_PASTE_ENDS = "\x1b[201~"


class InputGuard:
    """Turns what is read from a terminal into text that is safe to parse; fed by one thread."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = b""
        self._held_text = ""
        self._in_paste = False
        self._pasted = 0
        self._last_at_s = 0.0
        self._saw_legacy_mouse = False
        self._about_pictures = b""
        self._background: bool | None = None
        self._background_changed = False
        self._awaits_answer_until_s = 0.0

    def expect_answer(self, now_s: float) -> None:
        """The terminal was asked something: for a while, even a lone ESC may be where its answer begins."""
        self._awaits_answer_until_s = now_s + ANSWER_PATIENCE_S

    def feed(self, data: bytes, now_s: float) -> str:
        """Take what was read at a moment; returns what may be parsed now."""
        self._last_at_s = now_s
        data, self._held = self._held + data, b""
        if not self._in_paste:
            data, reports = _LEGACY_MOUSE.subn(b"", data)
            self._saw_legacy_mouse |= reports > 0
            self._about_pictures += b"".join(_ABOUT_PICTURES.findall(data))
            data = _ABOUT_PICTURES.sub(b"", data)
            for answer in _ABOUT_BACKGROUND.findall(data):
                self._take_background(answer)
            data = _ABOUT_BACKGROUND.sub(b"", data)
            if (len(data) > 1 or now_s < self._awaits_answer_until_s) and (cut := _UNFINISHED.search(data)):
                # A report may be read in two pieces. A lone ESC is a key otherwise, and not held back.
                data, self._held = data[: cut.start()], data[cut.start() :]
        return self._bounded(self._decoder.decode(data))

    def idle(self, now_s: float) -> str:
        """Nothing was read for a while; returns what was held back, and the end of a paste that has none."""
        # What no key begins with may take its time over a slow line.
        waits = not self._held or self._held.startswith(_BEGUN_ANSWER)
        if now_s - self._last_at_s < PASTE_PATIENCE_S and waits:
            return ""
        held, self._held = self._held, b""
        text = self._bounded(self._decoder.decode(held))
        if self._in_paste and now_s - self._last_at_s >= PASTE_PATIENCE_S:
            self._in_paste = False
            text += self._held_text + _PASTE_ENDS
            self._held_text = ""
        return text

    def take_legacy_mouse(self) -> bool:
        """Whether reports of the old form came since the last call: then the terminal must be asked for the new one."""
        seen, self._saw_legacy_mouse = self._saw_legacy_mouse, False
        return seen

    def take_graphics(self) -> Graphics | None:
        """How the terminal shows pictures, once it has answered that; and not again until it is asked again."""
        found = heard(self._about_pictures)
        if found is not None or len(self._about_pictures) > MOST_PASTED:
            self._about_pictures = b""
        return found

    def take_background(self) -> bool | None:
        """Whether the terminal has told that its background is light, once; `None` where there is no news of it."""
        found, self._background = self._background, None
        return found

    def take_background_change(self) -> bool:
        """Whether it has another background since the last call, which it has to be asked for."""
        changed, self._background_changed = self._background_changed, False
        return changed

    def _take_background(self, answer: bytes) -> None:
        if answer.startswith(_BEGUN_ANSWER):
            self._awaits_answer_until_s = 0.0
            self._background = background.is_light(answer)
        else:
            self._background_changed = True

    def _bounded(self, text: str) -> str:
        """The text with each paste cut to what is sensible."""
        text, self._held_text = self._held_text + text, ""
        pieces: list[str] = []
        while text:
            if not self._in_paste:
                before, marker, text = text.partition(_PASTE_STARTS)
                pieces += [before, marker]
                self._in_paste, self._pasted = bool(marker), 0
                continue
            inside, marker, text = text.partition(_PASTE_ENDS)
            if not marker:
                kept = _longest_end(inside, _PASTE_ENDS)
                inside, self._held_text = inside[: len(inside) - kept], inside[len(inside) - kept :]
            room = max(0, MOST_PASTED - self._pasted)
            # An ESC in a paste would end it early, or be taken for a key.
            pieces += [inside[:room].replace("\x1b", ""), marker]
            self._pasted += len(inside)
            self._in_paste = not marker
        return "".join(pieces)


def _longest_end(text: str, marker: str) -> int:
    """How many of the last characters may be the beginning of the marker."""
    return next((length for length in range(len(marker) - 1, 0, -1) if text.endswith(marker[:length])), 0)
