"""What happened over time, drawn in a line of text; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from jobtui.core.jobs import Job, Task
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Change

_LEVELS = "▁▂▃▄▅▆▇█"
_LEAST_HOURLY = 0.01
"""Percent an hour; what is slower stands still to whoever looks."""
_RATE_POINTS = 5


class Point(Struct, frozen=True):
    """How far a job was at a moment."""

    at: datetime
    fraction: float


def progress_points(job: Job, changes: Sequence[Change]) -> tuple[Point, ...]:
    """How far the job was when, oldest first, as far as its timeline and its tasks tell; never going back."""
    seen = [
        Point(change.at, change.progress)
        for change in changes
        if change.progress is not None and change.state is not JobState.QUEUED
    ]
    if seen and job.progress is not None and job.observed_at is not None and job.observed_at > seen[-1].at:
        seen.append(Point(job.finished_at or job.observed_at, job.progress))
    if not seen:
        ends = sorted(task.finished_at for task in job.tasks if task.finished_at is not None)
        seen = [Point(end, number / len(job.tasks)) for number, end in enumerate(ends, start=1)]
    if seen and job.started_at is not None and job.started_at < seen[0].at:
        seen.insert(0, Point(job.started_at, 0.0))
    forward: list[Point] = []
    for point in seen:
        if forward and point.fraction < forward[-1].fraction:
            forward.clear()
        forward.append(point)
    return tuple(forward)


def sparkline(points: Sequence[Point], width: int) -> str:
    """The progress over its time in so many cells; empty where it is too little to draw."""
    if len(points) < 3 or width < 4 or points[-1].at <= points[0].at:
        return ""
    times = [point.at for point in points]
    step = (times[-1] - times[0]) / width
    cells = []
    for number in range(1, width + 1):
        place = bisect_right(times, times[0] + step * number) - 1
        # The last cell is the last point, whatever rounding says.
        fraction = points[-1 if number == width else place].fraction
        cells.append(_LEVELS[min(len(_LEVELS) - 1, int(fraction * len(_LEVELS)))])
    return "".join(cells)


def rate_words(points: Sequence[Point]) -> str:
    """How fast it went at the end, such as `12 %/min`; empty where that can't be told."""
    latest = points[-_RATE_POINTS:]
    if len(latest) < 2 or latest[-1].at <= latest[0].at:
        return ""
    minutes = (latest[-1].at - latest[0].at) / timedelta(minutes=1)
    percent = (latest[-1].fraction - latest[0].fraction) * 100 / minutes
    if percent >= 1:
        return f"{percent:,.0f} %/min"
    if percent <= 0:
        return "0 %/min"
    hourly = percent * 60
    if hourly < _LEAST_HOURLY:
        return f"under {_LEAST_HOURLY} %/h"
    return f"{hourly:.0f} %/h" if hourly >= 1 else f"{hourly:.1g} %/h"


def span_of(tasks: Sequence[Task], now: datetime) -> tuple[datetime, datetime] | None:
    """From the first task's start to the last one's end; `None` where no task tells."""
    starts = [task.started_at for task in tasks if task.started_at is not None]
    if not starts:
        return None
    ends = [task_end(task, now) for task in tasks if task.started_at is not None]
    first, last = min(starts), max(end for end in ends if end is not None) if any(ends) else now
    return (first, last) if last > first else None


def task_end(task: Task, now: datetime) -> datetime | None:
    """When the task ended, or now while it runs; `None` where its end isn't known."""
    return task.finished_at if task.state.is_final else now


def gantt(task: Task, span: tuple[datetime, datetime], now: datetime, width: int) -> tuple[str, str]:
    """When a task ran within a span: the blank before its bar, and the bar; two empty texts for one that didn't."""
    end = task_end(task, now)
    if task.started_at is None or end is None:
        return "", ""
    first, last = span
    cell = (last - first) / width
    start = min(width - 1, max(0, int((task.started_at - first) / cell)))
    stop = min(width, max(start + 1, round((end - first) / cell)))
    return " " * start, "━" * (stop - start)
