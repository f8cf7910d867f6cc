"""The question before leaving while something is under way, which goes on to tell how far that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widgets import Static

from jobtui.app.screens.confirm import ConfirmScreen
from jobtui.core.text import one_line

_MOST_LINES = 3
_LINE_CHARACTERS = 108
"""Two lines on a narrow terminal, so that the buttons stay in sight."""
_RENEW_S = 1.0
_QUESTION = "Quit, and cut off what is under way?"
_CONSEQUENCES = (
    "A cut file can be gone on with where its server lets it; a cut submission may have made a job all the same."
)


class LeaveScreen(ConfirmScreen):
    """Closes by itself, with a No, once there is nothing left to ask about."""

    def __init__(self, under_way: Callable[[], Sequence[str]]) -> None:
        """Take what tells, a line each, what leaving would cut off."""
        super().__init__(_QUESTION, note=_note(under_way()), yes="Quit")
        self._under_way = under_way

    def on_mount(self) -> None:
        """Go on telling."""
        self.set_interval(_RENEW_S, self._renew)

    def _renew(self) -> None:
        lines = self._under_way()
        if not lines:
            self.dismiss(False)
            return
        self.query_one("#confirm-note", Static).update(Content(_note(lines)))


def _note(lines: Sequence[str]) -> str:
    left = len(lines) - _MOST_LINES
    told = [one_line(line, _LINE_CHARACTERS) for line in lines[:_MOST_LINES]]
    return "\n".join([*told, *([f"… and {left} more"] if left > 0 else []), "", _CONSEQUENCES])
