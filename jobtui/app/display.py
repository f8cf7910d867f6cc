"""A job in the words and strokes of the screen; pure, so that every pane says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from jobtui.core.jobs import EstimateBasis, Job
from jobtui.core.states import JobState

STATE_STYLES: Mapping[JobState, str] = {
    JobState.QUEUED: "$foreground 60%",
    JobState.RUNNING: "$text-primary",
    JobState.CANCELLING: "$text-warning",
    JobState.SUCCEEDED: "$text-success",
    JobState.FAILED: "$text-error",
    JobState.CANCELLED: "$foreground 60%",
    JobState.UNKNOWN: "$text-warning",
    JobState.LOST: "$text-warning",
}
"""Theme colours by state; the glyph and the word say the same without them."""

LEAST_LATENCY_MS = 10
"""Anything quicker is told as quicker than this."""

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400
_SECOND_MS = 1000
_OLD_LOOK = timedelta(seconds=20)
_STALE_LOOK = timedelta(seconds=60)
MOST_HITS = 1_000
"""Places found that are counted: more would take longer than a key may."""
_LOOK_STEP = timedelta(seconds=10)
_MOMENT_S = 2


def short_span(span: timedelta) -> str:
    """A span in two to four cells, such as `40s`, `3m`, `2h`, `12d`; never negative."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds}s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S}m"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S}h"
    return f"{seconds // _DAY_S}d"


def span_words(span: timedelta) -> str:
    """A span to read, such as `40 s`, `3 min 20 s`, `2 h 5 min`, `12 d 3 h`; never negative."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return _two(seconds // _MINUTE_S, "min", seconds % _MINUTE_S, "s")
    if seconds < _DAY_S:
        return _two(seconds // _HOUR_S, "h", seconds % _HOUR_S // _MINUTE_S, "min")
    return _two(seconds // _DAY_S, "d", seconds % _DAY_S // _HOUR_S, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def rough_words(span: timedelta) -> str:
    """A span that is only a guess, rounded to what can be meant: `~40 s`, `~4 min`, `~2 h`."""
    seconds = max(0.0, span.total_seconds())
    if seconds < _MINUTE_S - 5:
        return f"~{max(5, round(seconds / 5) * 5)} s"
    if seconds < _HOUR_S:
        return f"~{max(1, round(seconds / _MINUTE_S))} min"
    if seconds < _DAY_S:
        return f"~{max(1, round(seconds / _HOUR_S))} h"
    return f"~{max(1, round(seconds / _DAY_S))} d"


def age_cell(job: Job, now: datetime) -> str:
    """How long ago the job began, in a few cells: `3m`, or `>3m` where that long is only known at least.

    The service then doesn't tell when it was made, and the span goes back to when it began to run or was first seen.
    Empty without any of them.
    """
    began = job.began_at
    if began is None:
        return ""
    return f"{'' if job.created_at else '>'}{short_span(now - began)}"


def tasks_done(job: Job) -> tuple[int, int]:
    """How many of the job's tasks are over, and how many there are."""
    return sum(task.state.is_final for task in job.tasks), len(job.tasks)


def fraction_done(job: Job) -> float | None:
    """How far the job is, for a bar: its own progress, else its share of finished tasks; `None` without either."""
    if job.state is JobState.SUCCEEDED:
        return 1.0
    if job.progress is not None:
        return min(1.0, max(0.0, job.progress))
    if job.state.is_final:
        # All its tasks are over, whatever became of them.
        done, all_tasks = sum(task.state is JobState.SUCCEEDED for task in job.tasks), len(job.tasks)
    else:
        done, all_tasks = tasks_done(job)
    return done / all_tasks if all_tasks else None


def guessed_fraction(job: Job, now: datetime) -> float | None:
    """How far a job without progress of its own should be by its estimate, below 1.0; `None` where it hasn't begun."""
    began = job.started_at or job.created_at
    if job.estimate is None or began is None or job.state.is_final or job.state is JobState.QUEUED:
        return None
    whole = job.estimate.finishes_at - began
    return min(0.99, max(0.0, (now - began) / whole)) if whole > timedelta() else 0.99


def duration(job: Job, now: datetime) -> timedelta | None:
    """How long the job has run, or ran; `None` where its begin or its end isn't known."""
    end = job.finished_at if job.state.is_final else now
    return max(timedelta(), end - job.started_at) if job.started_at and end else None


def duration_cell(job: Job, now: datetime) -> str:
    """How long the job has run, or ran, in a few cells; empty where no time is known."""
    span = duration(job, now)
    return "" if span is None else short_span(span)


def ago_words(moment: datetime, now: datetime) -> str:
    """How long ago something finished came to be: by the minute, so that a quiet screen stays quiet."""
    span = now - moment
    return "less than a minute ago" if span < timedelta(minutes=1) else f"{_largest(span)} ago"


def _largest(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // _MINUTE_S
    if minutes < _HOUR_S // _MINUTE_S:
        return f"{minutes} min"
    hours = minutes * _MINUTE_S // _HOUR_S
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def progress_cell(job: Job, width: int = 9) -> str:
    """How far the job is: `62 %`, or `2/4` tasks where that fits into so many cells; empty where nothing is known."""
    done, all_tasks = tasks_done(job)
    words = f"{done}/{all_tasks}"
    if all_tasks and (job.progress is None or all_tasks > 1) and not job.state.is_final and len(words) <= width:
        return words
    fraction = fraction_done(job)
    return "" if fraction is None else f"{int(fraction * 100)} %"


def bar(fraction: float, width: int) -> tuple[str, str]:
    """The done and the open part of a bar of that many cells, in half-cell steps."""
    halves = int(min(1.0, max(0.0, fraction)) * width * 2)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return done, "─" * (width - len(done))


def eta_cell(job: Job, now: datetime) -> str:
    """When the job will probably be done, in a few cells: `~4m`, or `late` once that has passed.

    `?` where it may be over by now, and nobody could look; `stall` where nothing has moved for long; empty where
    nothing is known, as of one that still waits when others of its kind were done.
    """
    if job.state.is_final:
        return ""
    if job.stalled_since is not None:
        return "stall"
    if job.estimate is None:
        return ""
    left = job.estimate.finishes_at - now
    if left > timedelta():
        return f"~{short_span(left)}"
    if job.stale:
        return "?"
    return "" if job.state is JobState.QUEUED else "late"


def eta_words(job: Job, now: datetime) -> str:
    """The estimate with what it rests on; empty where there is none."""
    if job.estimate is None or job.state.is_final:
        return ""
    left = job.estimate.finishes_at - now
    from_progress = job.estimate.basis is EstimateBasis.PROGRESS
    runs = f"last {count_words(job.estimate.samples, 'run')}" if job.estimate.samples else "earlier runs"
    basis = "from its progress" if from_progress else f"median of your {runs}"
    if left <= timedelta():
        overdue = "waiting longer than usual" if job.state is JobState.QUEUED else "taking longer than expected"
        return f"{'perhaps over by now' if job.stale else overdue} ({basis})"
    return f"{rough_words(left)} left ({basis})"


def stall_words(job: Job, now: datetime) -> str:
    """For how long nothing has moved; empty where that is nothing unusual."""
    if job.stalled_since is None or job.state.is_final:
        return ""
    span = span_words(now - job.stalled_since)
    if job.state is JobState.CANCELLING:
        return f"Stalled: asked to cancel, and still not over after {span}."
    if job.progress is None:
        return f"Stalled: no sign of progress for {span}, several times what others of its kind take."
    return f"Stalled: no progress for {span}, several times what a step took before."


def state_words(state: JobState, native_state: str) -> str:
    """The state's word, with the service's own where it says something else."""
    if native_state and native_state.casefold() != state.value:
        return f"{state.value} ({native_state})"
    return state.value


def seen_words(job: Job, now: datetime) -> str:
    """When the job was last looked at."""
    if job.observed_at is None:
        return "not looked at yet"
    return f"last seen {span_words(now - job.observed_at)} ago"


def old_look_words(job: Job, now: datetime) -> str:
    """When the job was last looked at, where that is long enough ago to be news; it then ticks in steps."""
    if job.observed_at is None:
        return "not looked at yet"
    ago = now - job.observed_at
    return f"last seen {span_words(ago - ago % _LOOK_STEP)} ago" if ago >= _OLD_LOOK else ""


def next_look_words(moment: datetime, now: datetime) -> str:
    """When the job is asked for again; for one that is asked every few seconds this always reads the same."""
    seconds = math.ceil((moment - now).total_seconds())
    return f"next look in {span_words(timedelta(seconds=seconds))}" if seconds > _MOMENT_S else "next look soon"


def oldest_look_words(looked_at: datetime | None, now: datetime) -> str:
    """How old the oldest look at a living job is; empty while every look is fresh."""
    if looked_at is None or now - looked_at < _STALE_LOOK:
        return ""
    ago = now - looked_at
    return f"oldest look {span_words(ago - ago % _LOOK_STEP)} ago"


def latency_words(latency_ms: float) -> str:
    """How long a service takes to answer, so roughly that it reads the same while nothing is wrong."""
    if latency_ms < LEAST_LATENCY_MS:
        return f"<{LEAST_LATENCY_MS} ms"
    magnitude = 10 ** (len(str(int(latency_ms))) - 1)
    rounded_ms = round(latency_ms / magnitude) * magnitude
    return f"{rounded_ms} ms" if rounded_ms < _SECOND_MS else f"{rounded_ms // _SECOND_MS} s"


def clock_words(moment: datetime, now: datetime) -> str:
    """A moment as local time of day, with the date unless it is today's."""
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local:%d %b %H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def hits_words(place: int, count: int) -> str:
    """Which of the places found one is at, such as `3 of 17`; empty where nothing is.

    Args:
        place: From 1 on; 0 is none of them, or one beyond those that were counted.
        count: Beyond `MOST_HITS` it says no more than that.
    """
    if not count:
        return ""
    words = f"{count:,}" if count <= MOST_HITS else f"more than {MOST_HITS:,}"
    return f"{place:,} of {words}" if place else f"{words} found"


def count_words(count: int, noun: str) -> str:
    """A number with its noun, such as `1 job` or `3 jobs`."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"
