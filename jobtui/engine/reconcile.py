"""What one observation makes of what was known: pure, so that every odd sequence of answers can be tested."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from operator import attrgetter

from msgspec import Struct

from jobtui.core.jobs import Job, JobError
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.oddities import is_fraction
from jobtui.engine.snapshot import Change
from jobtui.providers.base import Observation

MISSES_UNTIL_LOST = 3

CLOCK_SLACK = timedelta(minutes=1)
"""What is observed further ahead was so by a clock that was wrong."""

LATE = timedelta(minutes=2)
"""So long after an end was seen an answer may still come to another program that asked before it."""

_SURE_OF_FINISH = timedelta(minutes=10)
"""A job that ended between two looks further apart has no known end."""

# Asked of every job of every list: comparing copies of jobs would cost ten times as much.
_facts = attrgetter(*(name for name in Job.__struct_fields__ if name != "observed_at"))

_MESSAGE_LINES = timedelta(minutes=1)
"""A timeline gets lines for a changed message alone no closer than this."""

_WENT_BACK = "went back from "
_LEAST_WAY_BACK = 0.01
"""Progress that wavers by less is rounding."""
_ORDER = {JobState.QUEUED: 0, JobState.RUNNING: 1, JobState.CANCELLING: 2}
"""In which a job usually passes through them; what is final comes after all."""

_PROGRESS_LINES = 10
"""Lines of progress in the timeline of a job that runs from 0 to 1."""


class Doubt(Struct, frozen=True):
    """What was told once against a final state; told twice it is believed."""

    state: JobState
    native_state: str


class Merged(Struct, frozen=True):
    """What is known now."""

    job: Job
    change: Change | None = None
    """A line for the timeline, where there is news for it."""
    doubt: Doubt | None = None
    """Where the answer contradicts a final state for the first time: the job should be looked at again."""


def merge(
    known: Job | None,
    observation: Observation,
    now: datetime,
    *,
    doubt: Doubt | None = None,
    last_line: Change | None = None,
    made_here: bool = False,
) -> Merged:
    """Put an answer beside what is known.

    Args:
        known: The job so far; `None` where it was never heard of.
        observation: The answer. One without a body is from a list, which may leave things out.
        now: When the answer was in.
        doubt: What the answer before told against a final state.
        last_line: The newest line of the timeline, to keep it short.
        made_here: Whether this is the answer to our own submit, so that the job begins now.
    """
    told = observation.job
    if told.progress is not None and not is_fraction(told.progress):
        told = replace(told, progress=None)
    if known is None:
        created_at = told.created_at or (now if made_here else None)
        started_at = told.started_at or (now if made_here and told.state is JobState.RUNNING else None)
        first_seen_at = None if created_at else now
        job = replace(
            told,
            created_at=created_at,
            started_at=started_at,
            first_seen_at=first_seen_at,
            observed_at=now,
            stale=False,
            misses=0,
        )
        return Merged(job, _line(job, now))
    if known.state.is_final and known.state is not JobState.LOST and told.state is not known.state:
        fresh = Doubt(told.state, told.native_state)
        if fresh != doubt:
            return Merged(replace(known, observed_at=now, stale=False, misses=0), None, fresh)
    from_list = observation.raw is None
    if from_list and last_line is None and _says_the_same_end(known, told):
        # Most of any list: it is not put together anew.
        return Merged(replace(known, observed_at=now, stale=False))
    job = _filled(known, told, now, from_list=from_list)
    return Merged(job, _news(known, job, now, last_line))


def missed(known: Job, now: datetime) -> Merged:
    """The service said that there is no such job: after three times in a row it is lost, if it wasn't over already."""
    job = replace(known, misses=known.misses + 1, observed_at=now, stale=False)
    if job.misses < MISSES_UNTIL_LOST or known.state.is_final:
        return Merged(job)
    lost = replace(job, state=JobState.LOST, can_cancel=False, estimate=None)
    return Merged(lost, replace(_line(lost, now), message=f"not found {MISSES_UNTIL_LOST} times in a row"))


def same_facts(one: Job, other: Job) -> bool:
    """Whether two observations differ in nothing but when they were made."""
    return bool(_facts(one) == _facts(other))


def duration_s(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds between two moments; `None` where one isn't known or clocks make them run backwards."""
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def _says_the_same_end(known: Job, told: Job) -> bool:
    """Whether a list tells of a job that is over nothing but what is known of it."""
    return (
        known.state.is_final
        and told.state is known.state
        and told.native_state == known.native_state
        and told.can_cancel == known.can_cancel
        and known.observed_at is not None
        and known.estimate is None
        and known.stalled_since is None
        and told.name in {"", known.name}
        and told.kind in {"", known.kind}
        and told.message in {"", known.message}
        and (told.progress is None or told.progress == known.progress)
        and (told.error is None or known.error is not None)
        and (told.created_at is None or told.created_at == known.created_at)
        and (told.started_at is None or told.started_at == known.started_at)
        and (told.finished_at is None or told.finished_at == known.finished_at)
        and (not told.tasks or told.tasks == known.tasks)
        and told.handle.items() <= known.handle.items()
    )


def _filled(known: Job, told: Job, now: datetime, *, from_list: bool) -> Job:
    """What was told, with what a leaner answer leaves out and what was seen happening."""
    final = told.state.is_final
    kept_state = told.state is known.state
    started_at = told.started_at or known.started_at
    if started_at is None and told.state is JobState.RUNNING and known.state is JobState.QUEUED:
        started_at = now
    finished_at = told.finished_at if final else None
    if final and finished_at is None:
        finished_at = known.finished_at if known.state.is_final else _seen_finish(known, started_at, now)
    progress = told.progress
    if progress is None and from_list and kept_state:
        progress = known.progress
    return replace(
        told,
        name=told.name or known.name,
        kind=told.kind or known.kind,
        progress=progress,
        message=told.message or (known.message if from_list and kept_state else ""),
        error=_error(known, told, from_list=from_list) if kept_state else told.error,
        created_at=told.created_at or known.created_at,
        started_at=started_at,
        first_seen_at=known.first_seen_at,
        finished_at=finished_at,
        observed_at=now,
        tasks=told.tasks or (known.tasks if from_list else ()),
        estimate=None if final else known.estimate,
        stale=False,
        # Only a look that finds it ends a row of looks that didn't.
        misses=known.misses if from_list else 0,
        # A new one only where it differs: ten thousand jobs would hold ten thousand of them.
        handle=known.handle if told.handle.items() <= known.handle.items() else {**known.handle, **told.handle},
    )


def _error(known: Job, told: Job, *, from_list: bool) -> JobError | None:
    """What went wrong; a list, which says less, takes nothing away from what a look at the job told."""
    return (known.error or told.error) if from_list else (told.error or known.error)


def _seen_finish(known: Job, started_at: datetime | None, now: datetime) -> datetime | None:
    if known.observed_at is None or now - known.observed_at > _SURE_OF_FINISH:
        return None
    return max(now, started_at) if started_at else now


def _news(known: Job, job: Job, now: datetime, last_line: Change | None) -> Change | None:
    if known.state is JobState.LOST and job.state is not JobState.LOST:
        return replace(_line(job, now), message=job.message or "found again")
    back = _way_back(known, job, now, last_line)
    if back:
        line = _line(job, now)
        return replace(line, message=f"{back}: {line.message}" if line.message else back)
    if (known.state, known.native_state) != (job.state, job.native_state) or known.observed_at is None:
        return _line(job, now)
    if _step(job.progress) != _step(last_line.progress if last_line else known.progress):
        return _line(job, now)
    said_before = last_line.message if last_line else known.message
    if job.message and job.message != said_before and (last_line is None or now - last_line.at >= _MESSAGE_LINES):
        return _line(job, now)
    return None


def _way_back(known: Job, job: Job, now: datetime, last_line: Change | None) -> str:
    """That a job's state or progress went back, in words for its timeline; empty where it didn't."""
    if known.state is not job.state:
        after = len(_ORDER)
        before = after if known.state.is_final else _ORDER.get(known.state, -1)
        return f"{_WENT_BACK}{known.state.value}" if before > _ORDER.get(job.state, after) else ""
    if known.progress is None or job.progress is None or known.progress - job.progress < _LEAST_WAY_BACK:
        return ""
    was_said = last_line is not None and last_line.message.startswith(_WENT_BACK)
    if was_said and last_line is not None and now - last_line.at < _MESSAGE_LINES:
        return ""
    return f"{_WENT_BACK}{known.progress:.0%}".replace("%", " %")


def _step(progress: float | None) -> int | None:
    return None if progress is None else math.floor(progress * _PROGRESS_LINES)


def _line(job: Job, now: datetime) -> Change:
    message = job.message
    if not message and job.error is not None:
        message = job.error.title or job.error.detail or job.error.code
    return Change(now, job.state, job.native_state, job.progress, message)
