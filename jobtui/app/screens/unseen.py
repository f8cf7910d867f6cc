"""The second question before something is done to marked jobs that are not on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from jobtui.app.screens.confirm import named_jobs
from jobtui.app.screens.dialog import Dialog
from jobtui.core.jobs import Job


class UnseenScreen(Dialog[Sequence[Job]]):
    """Dismissed with the jobs that are meant: none, those on the screen, or all. A second y is none of the answers."""

    BINDINGS = [
        ("n,escape,q", "answer('no')", "No"),
        ("s", "answer('shown')", "Only those on the screen"),
        ("a", "answer('all')", "All"),
        ("left,h", "app.focus_previous", "Button to the left"),
        ("right,l", "app.focus_next", "Button to the right"),
        ("j,down", "scroll(1)", "Down the jobs"),
        ("k,up", "scroll(-1)", "Up the jobs"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-medium"), (30, "-high")]
    AUTO_FOCUS = "#no"

    def __init__(self, verb: str, shown: Sequence[Job], hidden: Sequence[Job]) -> None:
        """Ask.

        Args:
            verb: What is about to be done, such as "Cancel".
            shown: The jobs on the screen.
            hidden: Those that are not.
        """
        super().__init__(id="unseen")
        self._verb = verb
        self._shown = shown
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        """The question, the jobs that can't be seen, and a button an answer."""
        count, every = len(self._hidden), len(self._hidden) + len(self._shown)
        if self._shown:
            one = count == 1
            question = f"{count} of them {'is' if one else 'are'} not on the screen. "
            question += f"{self._verb} {'that one' if one else 'these'} too?"
        else:
            question = f"{'It' if count == 1 else 'None of them'} is {'not ' if count == 1 else ''}on the screen. "
            question += "Go on all the same?"
        with Vertical(classes="dialog"):
            yield Static(Content.styled(question, "bold"), id="confirm-question")
            with VerticalScroll(id="confirm-jobs", can_focus=False):
                yield Static(named_jobs(self._hidden))
            with Horizontal(classes="buttons"):
                yield Button(Content("No  n"), id="no", compact=True)
                if self._shown:
                    yield Button(Content(f"Only the {len(self._shown)} shown  s"), id="shown", compact=True)
                yield Button(Content(f"All {every}  a"), id="all", variant="error", compact=True)

    def action_scroll(self, lines: int) -> None:
        """Scroll the jobs by so many lines."""
        self.query_one("#confirm-jobs").scroll_relative(y=lines, animate=False)

    def action_answer(self, answer: str) -> None:
        """Close with the jobs that the answer means; where none is on the screen, there is no such answer."""
        if answer != "shown" or self._shown:
            self.dismiss({"shown": self._shown, "all": (*self._shown, *self._hidden)}.get(answer, ()))

    @on(Button.Pressed)
    def _answer_by_button(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id or "no")
