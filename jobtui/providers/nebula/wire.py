"""The workflow API's JSON as jobs, tasks and rows, and back; pure functions.

Source:
    NebulaGraph Explorer documentation 3.1.0 to 3.5.1, "Workflow API".
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct

from jobtui.core.errors import InvalidInput, ProtocolError, UsageError
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue, Task, checked_native_id
from jobtui.core.results import Rows
from jobtui.core.states import JobState
from jobtui.core.times import from_epoch_ms, from_rfc3339
from jobtui.providers.json_fields import items_of, object_of, text_of

PROVIDER = "nebula"

WORKFLOW = "workflow"
"""Key in `Job.handle`: the id of the workflow that the job is a run of."""

_STATES = {
    "0": (JobState.QUEUED, "Preparing"),
    "1": (JobState.RUNNING, "Running"),
    "2": (JobState.SUCCEEDED, "Success"),
    "3": (JobState.FAILED, "Failed"),
    "4": (JobState.CANCELLED, "Interrupted"),
    "5": (JobState.CANCELLING, "Stopping"),
}
_LONGEST_WORD = 80
_CANCELLABLE = frozenset({JobState.QUEUED, JobState.RUNNING})

_NO_REASON = "The API tells no reason: the log is on Explorer's own page of the job."

_VID_VALUE, _VID_LABEL, _VID_COUNT = ("vid", "value"), ("vid", "label"), ("vid", "count")
_DEGREES = ("vid", "degree", "out", "in")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "analytics_apsp": ("src", "dst", "count"),
    "analytics_bfs": _VID_COUNT,
    "analytics_bnc": _VID_VALUE,
    "analytics_clustering_coefficient": _VID_VALUE,
    "analytics_cnc": _VID_VALUE,
    "analytics_degree_with_time": _DEGREES,
    "analytics_hanp": _VID_LABEL,
    "analytics_jaccard_similarity": ("id1", "id2", "similarity"),
    "analytics_kcore": _VID_VALUE,
    "analytics_louvain": _VID_LABEL,
    "analytics_lpa": _VID_LABEL,
    "analytics_nstepdegrees": _DEGREES,
    "analytics_pagerank": _VID_VALUE,
    "analytics_sssp": _VID_COUNT,
    "analytics_wcc": _VID_LABEL,
}
_COMPONENT_ID = re.compile(r"(?P<type>[a-z][a-z0-9_]*?)_\d+")


class ListPage(Struct, frozen=True):
    """One page of one list."""

    jobs: tuple[Job, ...]
    """Newest first; items that name no job are left out."""
    entries: tuple[JsonObject, ...]
    """What the list tells of each, as it came."""
    total: int
    """Matches over all pages."""
    has_next: bool
    """Whether the next page holds anything."""


def list_page(data: JsonObject, *, source: str, page: int, page_size: int, now: datetime) -> ListPage:
    """A page of a job list.

    Args:
        data: The envelope's content.
        source: First part of the jobs' addresses.
        page: The page asked for, from 1.
        page_size: The entries asked for; the service may have taken another number.
        now: When the answer came.
    """
    items = items_of(data.get("items"))
    size = _count(data, "PageSize", "pageSize") or page_size
    handles: dict[str, MappingProxyType[str, str]] = {}
    jobs: list[Job] = []
    entries: list[JsonObject] = []
    for item in items:
        fields = object_of(item)
        native = text_of(fields.get("id"))
        if is_job_id(native):
            jobs.append(_job(fields, JobId(source, native), (), now, handles))
            entries.append(fields)
    total = _count(data, "total", "Total")
    if total is None:
        total = (page - 1) * size + len(items)
        return ListPage(tuple(jobs), tuple(entries), total, has_next=0 < size <= len(items))
    return ListPage(tuple(jobs), tuple(entries), total, has_next=bool(items) and page * size < total)


def job_details(data: JsonObject, job_id: JobId, now: datetime) -> Job:
    """One job with its tasks, under the id that it was asked for by."""
    tasks = tuple(_task(object_of(item)) for item in items_of(data.get("tasks")))
    return _job(data, job_id, tasks, now, {})


def submitted_job(data: JsonObject, *, source: str, workflow_id: str, workflow_name: str, now: datetime) -> Job:
    """The job that a submit made, of which the answer tells the id alone.

    Raises:
        ProtocolError: There is no usable id.
    """
    native = text_of(data.get("id"))
    if not is_job_id(native):
        raise ProtocolError("the service started a job without telling its id")
    return Job(
        id=JobId(source, native),
        provider=PROVIDER,
        state=JobState.QUEUED,
        native_state=_STATES["0"][1],
        name=f"{workflow_name or workflow_id} {native}",
        kind=workflow_name or workflow_id,
        created_at=now,
        observed_at=now,
        can_cancel=True,
        handle={WORKFLOW: workflow_id},
    )


def submission(payload: JsonObject) -> JsonObject:
    """The body of a submit, from `{"input": {task: {parameter: value}}}`, from what `input` holds, or from both.

    Raises:
        InvalidInput: It is none of these; nothing needs to be sent to know that.
    """
    inside = payload.get("input", {})
    if not isinstance(inside, dict):
        raise InvalidInput("input isn't an object", hint='It has to be {"input": {"TASK": {"PARAMETER": VALUE}}}.')
    beside = {task: parameters for task, parameters in payload.items() if task != "input"}
    if twice := sorted(inside.keys() & beside.keys()):
        raise InvalidInput(
            f"the parameters of {twice[0]!r} are given twice",
            hint="They may stand inside input or beside it, not both.",
        )
    given = inside | beside
    for task, parameters in given.items():
        if not isinstance(parameters, dict):
            raise InvalidInput(
                f"the parameters of {task!r} aren't an object",
                hint='They have to look like {"query_1": {"name": "Tim Duncan"}}.',
            )
    return {"input": given}


def sample(data: JsonObject, *, task_id: str, limit: int) -> Rows:
    """The rows of a task, of which one more than `limit` was asked for."""
    items = items_of(data.get("items"))
    rows = [tuple(map(_cell, item)) if isinstance(item, list) else (_cell(item),) for item in items[:limit]]
    columns = columns_of(task_id, max(map(len, rows), default=0))
    width = len(columns)
    return Rows(
        columns=columns,
        # Rows of nothing are none: there is no column that they could stand in.
        rows=tuple(row if len(row) == width else row + ("",) * (width - len(row)) for row in rows) if width else (),
        limit=limit,
        more=len(items) > limit,
    )


def columns_of(task_id: str, width: int) -> tuple[str, ...]:
    """Headings for rows that come without any: by the component's type, which newer builds put into the task's id.

    Args:
        task_id: Such as "analytics_pagerank_2"; builds of 2022 have 32 hex digits, which tell nothing.
        width: Columns in the rows; 0 where there are none, then the headings alone are given where they are known.
    """
    match = _COMPONENT_ID.fullmatch(task_id)
    known = _COLUMNS.get(match["type"], ()) if match else ()
    if known and width in {0, len(known)}:
        return known
    return tuple(f"column {number}" for number in range(1, width + 1))


def is_job_id(native: str) -> bool:
    """Whether a later call can ask for this id."""
    if native.isascii() and native.isdecimal() and len(native) < 40:
        return True
    try:
        checked_native_id(native)
    except UsageError:
        return False
    return True


def _job(
    fields: JsonObject,
    job_id: JobId,
    tasks: tuple[Task, ...],
    now: datetime,
    handles: dict[str, MappingProxyType[str, str]],
) -> Job:
    state, native_state = _state(fields.get("status"))
    workflow_id, workflow_name = text_of(fields.get("workflowId")), text_of(fields.get("workflowName"))
    if workflow_id not in handles:
        handles[workflow_id] = MappingProxyType({WORKFLOW: workflow_id} if workflow_id else {})
    kind = workflow_name or workflow_id
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=state,
        native_state=native_state,
        name=f"{kind} {job_id.native}" if kind else text_of(fields.get("name")),
        kind=kind,
        progress=_progress(state, tasks),
        message=_running(tasks) if state is JobState.RUNNING else "",
        error=_error(tasks) if state is JobState.FAILED else None,
        created_at=_moment(fields.get("createTime")),
        started_at=_moment(fields.get("runBeginTime")),
        finished_at=_moment(fields.get("runEndTime")),
        observed_at=now,
        tasks=tasks,
        can_cancel=state in _CANCELLABLE,
        handle=handles[workflow_id],
    )


def _task(fields: JsonObject) -> Task:
    state, native_state = _state(fields.get("status"))
    task_id = text_of(fields.get("id"))
    return Task(
        id=task_id,
        name=text_of(fields.get("name")) or task_id,
        state=state,
        native_state=native_state,
        started_at=_moment(fields.get("runBeginTime")),
        finished_at=_moment(fields.get("runEndTime")),
    )


def _state(status: JsonValue) -> tuple[JobState, str]:
    word = text_of(status)
    known = _STATES.get(word)
    if known is not None:
        return known
    return JobState.UNKNOWN, (word or _written(status))[:_LONGEST_WORD]


def _progress(state: JobState, tasks: tuple[Task, ...]) -> float | None:
    if state is JobState.SUCCEEDED:
        return 1.0
    if not tasks:
        return None
    return sum(task.state is JobState.SUCCEEDED for task in tasks) / len(tasks)


def _running(tasks: tuple[Task, ...]) -> str:
    return ", ".join(task.name for task in tasks if task.state is JobState.RUNNING)


def _error(tasks: tuple[Task, ...]) -> JobError:
    failed = [task.name for task in tasks if task.state is JobState.FAILED]
    return JobError(title=f"failed: {', '.join(failed)}" if failed else "the workflow failed", detail=_NO_REASON)


def _moment(value: JsonValue) -> datetime | None:
    """Jobs have milliseconds since 1970, tasks RFC 3339; neither is relied upon."""
    return from_rfc3339(value) if isinstance(value, str) else from_epoch_ms(value)


def _cell(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else _written(value)


def _written(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"


def _count(data: JsonObject, *names: str) -> int | None:
    for name in names:
        value = data.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
