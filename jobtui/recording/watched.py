"""A watched job in a recording: services without a list are asked for their jobs one by one, so these must be known."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

from msgspec import Struct

from jobtui.core.errors import UsageError
from jobtui.core.export import job_document
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.times import from_rfc3339
from jobtui.recording.lines import LONGEST_S, Damaged, number_in, text_in

_KEPT = [
    "address",
    "provider",
    "name",
    "state",
    "native_state",
    "progress",
    "message",
    "error",
    "created_at",
    "started_at",
    "finished_at",
    "observed_at",
    "tasks",
    "can_cancel",
]
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Watched(Struct, frozen=True):
    """A job, and since when it was watched."""

    at_s: float
    """From the recording's beginning."""
    job: Job


def watched_line(watched: Watched) -> JsonObject:
    """The line of a job, with what later looks at it need."""
    job = watched.job
    document = job_document(replace(job, estimate=None), _ANY_TIME)
    told = {key: document[key] for key in _KEPT} | {"kind": job.kind, "handle": dict(job.handle)}
    return {"at_s": round(watched.at_s, 3), "job": told}


def watched_of(line: JsonObject) -> Watched:
    """The job that a line tells of. Raises `Damaged`."""
    told = line.get("job")
    if not isinstance(told, dict):
        raise Damaged("job is no object")
    try:
        job_id = JobId.parse(text_in(told, "address"))
    except UsageError as error:
        raise Damaged(f"job: {error}") from None
    job = Job(
        job_id,
        text_in(told, "provider"),
        _state(told),
        native_state=text_in(told, "native_state"),
        name=text_in(told, "name"),
        kind=text_in(told, "kind"),
        progress=None if told.get("progress") is None else number_in(told, "progress", 1.0),
        message=text_in(told, "message"),
        error=_error(told.get("error")),
        created_at=from_rfc3339(told.get("created_at")),
        started_at=from_rfc3339(told.get("started_at")),
        finished_at=from_rfc3339(told.get("finished_at")),
        observed_at=from_rfc3339(told.get("observed_at")),
        tasks=tuple(_task(task) for task in _objects(told, "tasks")),
        can_cancel=told.get("can_cancel") is True,
        handle=_handle(told.get("handle")),
    )
    return Watched(number_in(line, "at_s", LONGEST_S), job)


def _state(told: JsonObject) -> JobState:
    try:
        return JobState(text_in(told, "state"))
    except ValueError:
        raise Damaged("state is none of jobtui's") from None


def _error(told: JsonValue) -> JobError | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        raise Damaged("error is no object")
    return JobError(text_in(told, "code"), text_in(told, "title"), text_in(told, "detail"))


def _task(told: JsonObject) -> Task:
    return Task(
        text_in(told, "id"),
        text_in(told, "name"),
        _state(told),
        text_in(told, "native_state"),
        from_rfc3339(told.get("started_at")),
        from_rfc3339(told.get("finished_at")),
    )


def _handle(told: JsonValue) -> MappingProxyType[str, str]:
    if not isinstance(told, dict):
        raise Damaged("handle is no object")
    return MappingProxyType({key: text_in(told, key) for key in told})


def _objects(told: JsonObject, key: str) -> list[JsonObject]:
    values = told.get(key)
    if not isinstance(values, list):
        raise Damaged(f"{key} is no list")
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) != len(values):
        raise Damaged(f"{key} holds something else than objects")
    return objects
