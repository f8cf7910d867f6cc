"""Graph jobs as the workflow API writes them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from jobtui.core.states import JobState
from jobtui.demo.nebula_controller import GraphJob

SERVER_TIME = timezone(timedelta(hours=8))
"""Where the server stands: job names and task times are written in its local time."""

STATUS = {
    JobState.QUEUED: 0,
    JobState.RUNNING: 1,
    JobState.SUCCEEDED: 2,
    JobState.FAILED: 3,
    JobState.CANCELLED: 4,
    JobState.CANCELLING: 5,
}
"""The service's numbers for states, of jobs and of tasks."""

_NO_TIME = "0001-01-01T00:00:00Z"


def summary(job: GraphJob, now: datetime, *, null_tasks: bool = True) -> dict[str, object]:
    """The job in a list.

    Args:
        job: Which.
        now: Settles how far it is.
        null_tasks: Whether it has the key `tasks`, which is always null there.
    """
    moment = job.at(now)
    return {
        "id": job.id,
        "name": name_of(job),
        "workflowId": job.workflow.id,
        "workflowName": job.workflow.name,
        "status": STATUS[moment.state],
        **({"tasks": None} if null_tasks else {}),
        "runBeginTime": (_full_second(moment.started_at, job) or 0) * 1000,
        "runEndTime": (_full_second(moment.finished_at, job) or 0) * 1000,
        "createTime": created_ms(job),
    }


def details(job: GraphJob, now: datetime) -> dict[str, object]:
    """The job with its tasks."""
    return {**summary(job, now), "tasks": tasks_of(job, now)}


def name_of(job: GraphJob) -> str:
    """The job's name: its workflow's, and when it was created."""
    return f"{job.workflow.name}_{job.plan.created_at.astimezone(SERVER_TIME):%Y%m%d%H%M%S}"


def created_ms(job: GraphJob) -> int:
    """Milliseconds since 1970 at which the job was created."""
    return round(job.plan.created_at.timestamp() * 1000)


def tasks_of(job: GraphJob, now: datetime) -> list[dict[str, object]]:
    """The tasks run one after the other; the one at which the job ended shares the job's end."""
    moment = job.at(now)
    tasks: list[dict[str, object]] = []
    for component, (begin, end) in zip(job.workflow.components, pairwise(job.workflow.boundaries()), strict=True):
        state, began_at, ended_at = JobState.QUEUED, None, None
        if moment.started_at is not None:
            whole_run = job.plan.run / job.plan.reach
            stops_at = min(job.plan.ends_at, job.plan.cancel_asked_at or now, now)
            if moment.started_at + whole_run * begin < stops_at:
                state, began_at = moment.state, moment.started_at + whole_run * begin
                ended_at = moment.finished_at
            if moment.state is JobState.SUCCEEDED or moment.started_at + whole_run * end < stops_at:
                state, ended_at = JobState.SUCCEEDED, moment.started_at + whole_run * end
        tasks.append(
            {
                "id": component.id,
                "name": component.name,
                "runBeginTime": _server_time(_full_second(began_at, job)),
                "runEndTime": _server_time(_full_second(ended_at, job)),
                "status": STATUS[state],
            }
        )
    return tasks


def _full_second(moment: datetime | None, job: GraphJob) -> int | None:
    """Seconds since 1970, which is all that is told of a run: not from before the creation, told to the millisecond."""
    if moment is None:
        return None
    return max(math.floor(moment.timestamp()), math.ceil(created_ms(job) / 1000))


def _server_time(second: int | None) -> str:
    return _NO_TIME if second is None else datetime.fromtimestamp(second, SERVER_TIME).isoformat()
