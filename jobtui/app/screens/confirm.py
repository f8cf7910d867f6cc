"""A question before something that can't be taken back; the answer is No until the user says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from jobtui.app.display import STATE_STYLES, state_words
from jobtui.app.screens.dialog import Dialog
from jobtui.core.jobs import Job
from jobtui.core.text import one_line

_MOST_NAMED = 200


class ConfirmScreen(Dialog[bool]):
    """Names the jobs it is about, those that the filter hides apart; dismissed with the answer."""

    BINDINGS = [
        ("y", "answer(True)", "Yes"),
        ("n,escape,q", "answer(False)", "No"),
        ("left,right,h,l", "app.focus_next", "Other button"),
        ("j,down", "scroll(1)", "Down the jobs"),
        ("k,up", "scroll(-1)", "Up the jobs"),
        ("pagedown,ctrl+d", "scroll(6)", "Further down the jobs"),
        ("pageup,ctrl+u", "scroll(-6)", "Further up the jobs"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-medium"), (30, "-high")]
    AUTO_FOCUS = "#no"

    def __init__(
        self,
        question: str,
        jobs: Sequence[Job] = (),
        *,
        hidden: Sequence[Job] = (),
        left: Sequence[str] = (),
        note: str = "",
        yes: str = "Yes",
    ) -> None:
        """Ask.

        Args:
            question: In one line.
            jobs: Whom it is about.
            hidden: Those of them that are not on the screen.
            left: A line about each job that it is not about, though the user may think so.
            note: What follows from a Yes.
            yes: What the button for it says.
        """
        super().__init__(id="confirm")
        self._question = question
        self._jobs = jobs
        self._hidden = hidden
        self._left = left
        self._note = note
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question, whom it is about, and two buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(one_line(self._question), "bold"), id="confirm-question")
            if self._jobs or self._hidden:
                with VerticalScroll(id="confirm-jobs", can_focus=False):
                    if self._jobs:
                        yield Static(named_jobs(self._jobs), id="confirm-shown")
                    if self._hidden:
                        words = Content.styled(
                            f"Marked, but hidden by the filter ({len(self._hidden)}):", "bold $text-warning"
                        )
                        yield Static(words, id="confirm-hidden-title", classes="-apart" if self._jobs else "")
                        yield Static(named_jobs(self._hidden), id="confirm-hidden")
                    if self._left:
                        words = Content.styled(f"Left alone ({len(self._left)}):", "bold")
                        yield Static(words, id="confirm-left-title", classes="-apart")
                        yield Static(Content("\n".join(self._left[:_MOST_NAMED])), id="confirm-left")
            if self._note:
                yield Static(Content.styled(self._note, "$foreground 60%"), id="confirm-note")
            with Horizontal(classes="buttons"):
                yield Button(Content("No  n"), id="no", compact=True)
                yield Button(Content(f"{self._yes}  y"), id="yes", variant="error", compact=True)

    def action_scroll(self, lines: int) -> None:
        """Scroll the jobs by so many lines, where there are any."""
        for jobs in self.query("#confirm-jobs"):
            jobs.scroll_relative(y=lines, animate=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

    @on(Button.Pressed)
    def _answer_by_button(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


def named_jobs(jobs: Sequence[Job]) -> Content:
    """A line for each job, by which it can be told from others; a long address goes on in the next."""
    lines = [
        Content.assemble(
            (f"{job.state.glyph} ", STATE_STYLES[job.state]),
            f"{one_line(job.name, 100)}  " if job.name else "",
            (f"{state_words(job.state, '')}  ", "$foreground 60%"),
            (one_line(str(job.id), 300), "bold"),
        )
        for job in jobs[:_MOST_NAMED]
    ]
    if len(jobs) > _MOST_NAMED:
        lines.append(Content(f"  and {len(jobs) - _MOST_NAMED} more"))
    return Content("\n").join(lines)
