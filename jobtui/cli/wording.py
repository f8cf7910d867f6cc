"""A job in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime

from jobtui.app import display
from jobtui.cli import output
from jobtui.core.errors import JobNotFound, ProviderError
from jobtui.core.jobs import Job, JobError, JobId
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


def tell_no_source() -> None:
    """Say how to begin."""
    output.say("no source is configured")
    output.say("  `jobtui config init` writes a file to start from; `jobtui demo` needs none.")


def state_words(job: Job) -> str:
    """The state with its glyph, and the service's own word where no map knows it."""
    words = f"{job.state.glyph} {job.state.value}"
    if job.state is JobState.UNKNOWN and job.native_state:
        words += f" ({job.native_state})"
    return f"{words}, stale" if job.stale else words


def state_in_both_words(job: Job) -> str:
    """The state, and the service's own word also where a map knows it."""
    known = job.native_state and job.state is not JobState.UNKNOWN
    return f"{state_words(job)} (the service says {job.native_state})" if known else state_words(job)


def trouble(job: Job) -> str:
    """Why it failed, in one line; empty where nothing is known."""
    if job.error is None:
        return ""
    return job.error.title or job.error.detail or job.error.code


def print_error(job_id: JobId, error: JobError | None) -> None:
    """Why a job failed, as talk."""
    parts = [] if error is None else [part for part in (error.code, error.title, error.detail) if part]
    output.say(f"jobtui: {job_id}: the job failed: {': '.join(dict.fromkeys(parts)) or 'no reason was given'}")
    for name, reason in error.invalid_parameters if error else ():
        output.say(f"  {name}: {reason}")


@contextmanager
def about(job_id: JobId) -> Iterator[None]:
    """Have every fault of a service, met within, say first which job it is about."""
    try:
        yield
    except ProviderError as error:
        raise named(error, job_id) from error


def named(error: ProviderError, job_id: JobId) -> ProviderError:
    """The error with the job it is about, and what that means, before the service's words."""
    words = str(error)
    if isinstance(error, JobNotFound):
        # What was being done tells nothing here that the address doesn't.
        words = f"there is no such job ({words.partition(f'{job_id.native}: ')[2] or words})"
    about_it = copy(error)
    about_it.args = (f"{job_id}: {words}",)
    return about_it
