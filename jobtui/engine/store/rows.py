"""A job as a row of the database, and back, field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jobtui.core.jobs import Job, JobError, JobId, Task
from jobtui.core.states import JobState

# Rows of sqlite3 and values of json have no static type: this module alone handles them, and gives out typed objects.
Row = tuple[Any, ...]

COLUMNS = (
    "source, native, provider, state, native_state, name, kind, progress, message, error, "
    "created_at, started_at, finished_at, observed_at, tasks, can_cancel, misses, handle"
)
"""In the order of `job_values`."""

READ_COLUMNS = f"{COLUMNS}, recency"
"""In the order of `job_from_row`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STATES = {state.value: state for state in JobState}
_ENDS = {0.0: 0.0, 1.0: 1.0}
"""What the progress of most jobs is, so that they share it."""
_NOTHING: MappingProxyType[str, str] = MappingProxyType({})
_MOST_SHARED = 4096
"""Texts: where each job has a name of its own, to remember them all would take more memory than it saves."""


def to_microseconds(moment: datetime | None) -> int | None:
    """Since 1970, whole."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int | None) -> datetime | None:
    """The moment, in UTC; `None` for `None` and for what no moment can be."""
    if value is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        return None


def text(value: str) -> str:
    """The text with what SQLite can't hold replaced."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()
    return value


def job_values(job: Job) -> Row:
    """The values of `COLUMNS`."""
    return (
        job.id.source,
        job.id.native,
        job.provider,
        job.state.value,
        text(job.native_state),
        text(job.name),
        text(job.kind),
        job.progress,
        text(job.message),
        _error_json(job.error),
        to_microseconds(job.created_at),
        to_microseconds(job.started_at),
        to_microseconds(job.finished_at),
        to_microseconds(job.observed_at),
        _tasks_json(job.tasks),
        int(job.can_cancel),
        job.misses,
        json.dumps(dict(job.handle)) if job.handle else None,
    )


def job_from_row(row: Row, shared: dict[str, str]) -> Job:
    """The job of a row that begins with `READ_COLUMNS`.

    Args:
        row: As sqlite3 gives it.
        shared: Texts seen before, so that a hundred thousand jobs of one kind hold its name once.
    """
    source, native, provider, state, native_state, name, kind, progress, message, error = row[:10]
    created_at, started_at, finished_at, observed_at, tasks, can_cancel, misses, handle, recency = row[10:19]
    return Job(
        JobId(shared.setdefault(source, source), native),
        shared.setdefault(provider, provider),
        _STATES.get(state, JobState.UNKNOWN),
        shared.setdefault(native_state, native_state),
        shared.setdefault(name, name) if len(shared) < _MOST_SHARED else shared.get(name) or name,
        shared.setdefault(kind, kind),
        _ENDS.get(progress, progress),
        message,
        _error(error) if error else None,
        from_microseconds(created_at),
        from_microseconds(started_at),
        from_microseconds(finished_at),
        _observed_at(observed_at),
        _tasks(tasks) if tasks else (),
        bool(can_cancel),
        misses=misses,
        handle=_handle(handle) if handle else _NOTHING,
        # Where the service tells no beginning, the store's own is when the job was first written.
        first_seen_at=from_microseconds(recency) if created_at is None else None,
    )


@lru_cache(maxsize=64)
def _observed_at(value: int | None) -> datetime | None:
    # One answer to a question for a list tells of hundreds of jobs, which share its moment.
    return from_microseconds(value)


@lru_cache(maxsize=1024)
def _handle(encoded: str) -> MappingProxyType[str, str]:
    # Read only, so the many jobs of one workflow share one: a dict each would be a third of all their memory.
    return MappingProxyType(json.loads(encoded))


def _error_json(error: JobError | None) -> str | None:
    if error is None:
        return None
    pairs = [list(pair) for pair in error.invalid_parameters]
    return json.dumps([error.code, error.title, error.detail, pairs, error.request_id])


@lru_cache(maxsize=256)
def _error(encoded: str) -> JobError:
    # Thousands of jobs fail with the same few words, and share them.
    code, title, detail, pairs, request_id = json.loads(encoded)
    return JobError(code, title, detail, tuple((name, reason) for name, reason in pairs), request_id)


def _tasks_json(tasks: tuple[Task, ...]) -> str | None:
    if not tasks:
        return None
    return json.dumps(
        [
            [
                task.id,
                task.name,
                task.state.value,
                task.native_state,
                to_microseconds(task.started_at),
                to_microseconds(task.finished_at),
            ]
            for task in tasks
        ]
    )


def _tasks(encoded: str) -> tuple[Task, ...]:
    return tuple(
        Task(
            task_id,
            name,
            _STATES.get(state, JobState.UNKNOWN),
            native_state,
            from_microseconds(started_at),
            from_microseconds(finished_at),
        )
        for task_id, name, state, native_state, started_at, finished_at in json.loads(encoded)
    )
