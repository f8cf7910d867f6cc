"""Questions to the terminal that the screen isn't open on."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from contextlib import suppress

PATIENCE_S = 1.0
"""How long an answer may take."""

_ABILITIES = b"\x1b[c"
"""Which every terminal answers: whatever it has not answered before, it never will."""
_MOST_BYTES = 4096


def asked(question: str, terminal: int, *, patience_s: float = PATIENCE_S) -> bytes:
    """What a terminal answers; empty where it doesn't, or where it can't be asked.

    Args:
        question: What is sent to it.
        terminal: The descriptor that it is read from and written to.
        patience_s: How long an answer may take.
    """
    try:
        before = termios.tcgetattr(terminal)
    except termios.error:
        return b""
    try:
        tty.setraw(terminal, termios.TCSANOW)
        os.write(terminal, question.encode("ascii") + _ABILITIES)
        answers, until = b"", time.monotonic() + patience_s
        while not _is_whole(answers) and len(answers) < _MOST_BYTES:
            left = until - time.monotonic()
            if left <= 0 or not select.select([terminal], [], [], left)[0]:
                break
            if not (read := os.read(terminal, _MOST_BYTES)):
                break
            answers += read
        return answers
    except (OSError, termios.error):
        return b""
    finally:
        # What comes later is nothing that anybody typed.
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _is_whole(answers: bytes) -> bool:
    start = answers.rfind(b"\x1b[?")
    return start >= 0 and answers.endswith(b"c")
