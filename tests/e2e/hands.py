"""What a person does at the keys, looking at the screen in between."""

from __future__ import annotations

import re
import time

from tests.e2e.terminal import ANSWER_S, Terminal

_GLANCE_S = 0.5
"""Nothing on the screen tells that a field let go of the keys; people look, and go on."""


def filter_jobs(term: Terminal, words: str) -> None:
    """Filter the list, and have its keys again."""
    term.press("/")
    term.wait_for("state:failed, source:NAME")
    term.press(words)
    term.wait_for(words)
    term.press("\r")
    term.wait_for(lambda text: re.search(r"\d+ of \d+", text) or "bogus" in words)
    time.sleep(_GLANCE_S)


def ask_to_cancel(term: Terminal) -> None:
    """Press x until the question is there; one that went into the filter's field is taken back."""
    until = time.monotonic() + 2 * ANSWER_S
    while True:
        term.press("x")
        try:
            term.wait_for("Cancel this job", within_s=3)
        except AssertionError:
            if time.monotonic() > until:
                raise
        else:
            return
        term.press("\x7f", "\r")
        time.sleep(2 * _GLANCE_S)


def selected(text: str) -> str:
    """The address in the title of the progress pane."""
    found = re.search(r"─ 2 (\S+)", text)
    return found[1] if found else ""
