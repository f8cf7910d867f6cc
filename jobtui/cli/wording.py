"""A job in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from jobtui.app import display
from jobtui.cli import output
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.text import one_line

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_NAME = 60
"""Characters of a name in the table; `--json` and `show` have all of it."""

_HEADINGS = ("ADDRESS", "NAME", "STATE", "DONE", "AGE", "ETA", "MESSAGE")


def newest_first(jobs: Iterable[Job]) -> list[Job]:
    """The order of `jobtui list`."""
    return sorted(jobs, key=lambda job: (job.created_at or job.started_at or _NEVER, job.id), reverse=True)


def print_jobs(jobs: Iterable[Job], now: datetime) -> None:
    """Jobs as a table; nothing where there are none."""
    rows = [
        (
            str(job.id),
            one_line(job.name, _MOST_NAME),
            state_words(job),
            display.progress_cell(job),
            display.age_cell(job, now),
            display.eta_cell(job, now),
            trouble(job) or job.message,
        )
        for job in jobs
    ]
    if rows:
        output.table(_HEADINGS, rows)


def state_words(job: Job) -> str:
    """The state with its glyph, and the service's own word where no map knows it."""
    words = f"{job.state.glyph} {job.state.value}"
    if job.state is JobState.UNKNOWN and job.native_state:
        words += f" ({job.native_state})"
    return f"{words}, stale" if job.stale else words


def trouble(job: Job) -> str:
    """Why it failed, in one line; empty where nothing is known."""
    if job.error is None:
        return ""
    return job.error.title or job.error.detail or job.error.code


def print_error(job: Job) -> None:
    """Why it failed, as talk."""
    if job.error is not None:
        parts = [part for part in (job.error.code, job.error.title, job.error.detail) if part]
        output.say(f"jobtui: {job.id}: {': '.join(parts) or 'failed without a reason'}")
        for name, reason in job.error.invalid_parameters:
            output.say(f"  {name}: {reason}")
