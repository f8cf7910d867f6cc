"""Whether the line to the terminal is slow, and what is sent over one that is."""

from __future__ import annotations

from rich.console import Console

SLOW_ANSWER_S = 0.3
"""A terminal that takes longer to answer is far away, or on a line that is full."""

_QUESTION = "\x1b[?2026$p"
_ANSWER = "\x1b[?2026;"


class AnswerTimer:
    """Measures how long the terminal takes to answer what Textual asks it at the start."""

    def __init__(self) -> None:
        self._asked_at_s: float | None = None
        self._end_of_text = ""

    def sent(self, data: str, now_s: float) -> None:
        """Note what is sent to the terminal."""
        if _QUESTION in data:
            self._asked_at_s = now_s

    def heard(self, text: str, now_s: float) -> float | None:
        """Note what came from the terminal.

        Returns:
            Seconds from the question to its answer, once: when the answer is in.
        """
        if self._asked_at_s is None:
            return None
        # An answer may come in two pieces, on such a line above all.
        text = self._end_of_text + text
        self._end_of_text = text[-len(_ANSWER) :]
        if _ANSWER not in text:
            return None
        asked_at_s, self._asked_at_s = self._asked_at_s, None
        return now_s - asked_at_s


def console_of_few_colours(like: Console) -> Console:
    """A console that names colours by number: half the bytes of naming them by red, green and blue."""
    return Console(
        color_system="256",
        file=like.file,
        markup=True,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        force_terminal=True,
        safe_box=False,
        soft_wrap=False,
    )
