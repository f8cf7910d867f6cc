"""The jobs that are the same work once more, to go to one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from jobtui.app.display import STATE_STYLES, age_cell
from jobtui.app.screens.dialog import TO_THE_ENDS, UP_AND_DOWN, ListDialog
from jobtui.core.jobs import Job, JobId
from jobtui.core.text import one_line
from jobtui.engine.port import Kin


class RelatedScreen(ListDialog[JobId | None]):
    """Dismissed with one of them, or with nothing."""

    BINDINGS = [("escape,q,O", "give_up", "Close"), *UP_AND_DOWN, *TO_THE_ENDS]

    def __init__(self, kin: Kin, jobs: Mapping[JobId, Job], now: datetime) -> None:
        """Offer those that are watched.

        Args:
            kin: A job's origin and clones.
            jobs: Those that are watched, with their states.
            now: The moment that ages are told from.
        """
        super().__init__(id="related")
        related = (("from", kin.origin), *(("as", clone) for clone in kin.clones))
        self._offered = [
            (job, _line(words, job, now)) for words, job_id in related if job_id and (job := jobs.get(job_id))
        ]

    def compose(self) -> ComposeResult:
        """A line each: first what it was cloned from, then its clones, the latest first."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Run again", "bold"))
            yield OptionList(*(line for _, line in self._offered), markup=False, compact=True)
            yield Static(Content("Enter goes there, Esc stays here"), classes="note")

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._offered[event.option_index][0].id)


def _line(words: str, job: Job, now: datetime) -> Content:
    style = STATE_STYLES[job.state]
    return Content.assemble(
        (f"{words:<5}", "$foreground 60%"),
        (f"{job.state.glyph} {job.state.value:<10}", style),
        f"{age_cell(job, now):>5}  ",
        (one_line(str(job.id), 200), "bold"),
    )
