"""The demo's graph service: the NebulaGraph Explorer workflow API, `api-open/v1`, as Explorer 3.2 to 3.5 speak it."""

from __future__ import annotations

import base64
import binascii
import json
import math
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from http import HTTPStatus
from itertools import pairwise
from random import Random
from typing import Literal

from jobtui.core.clock import Clock
from jobtui.core.states import JobState
from jobtui.demo.faults import Faults
from jobtui.demo.http_server import Request, Response, json_response
from jobtui.demo.nebula_controller import DagController, GraphJob
from jobtui.demo.nebula_workflows import WORKFLOWS, sample_rows
from jobtui.demo.world import Plan

USER = "root"
"""The one user of the demo's graph."""
PASSWORD = "nebula"
"""That user's password."""

SERVER_TIME = timezone(timedelta(hours=8))
"""Where the server stands: job names and task times are written in its local time."""

MAX_PAGE_SIZE = 1000
"""Longest page of a list."""

_STATUS = {
    JobState.QUEUED: 0,
    JobState.RUNNING: 1,
    JobState.SUCCEEDED: 2,
    JobState.FAILED: 3,
    JobState.CANCELLED: 4,
    JobState.CANCELLING: 5,
}
_NO_TIME = "0001-01-01T00:00:00Z"
_PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>NebulaGraph Explorer</title></head>
<body><div id="app"></div></body></html>
"""

CredentialForm = Literal["array", "colon", "both"]
"""How user and password are packed: a JSON array since Explorer 3.2, `user:password` before."""


class _Code(Enum):
    """Error codes: three digits of HTTP status, two of platform, three of detail."""

    BAD_REQUEST = (40004000, "ErrBadRequest")
    PARAM = (40004001, "ErrParam")
    SESSION = (40104001, "ErrSession")
    DATABASE = (50004001, "ErrInternalDatabase")
    CONTROLLER = (50004002, "ErrInternalController")


class _Refused(Exception):
    """The request is answered with an error envelope."""

    def __init__(self, code: _Code, detail: str = "") -> None:
        number, name = code.value
        super().__init__(f"{name}::{detail}" if detail else name)
        self.number = number

    def response(self) -> Response:
        return json_response(self.number // 100_000, {"code": self.number, "message": str(self)}, headers=_trace())


class NebulaService:
    """Signs in, lists, submits, shows and cancels graph jobs, and gives samples of their results."""

    def __init__(
        self,
        clock: Clock,
        *,
        jobs: int = 25,
        speed: float = 1.0,
        seed: int = 7,
        credential_form: CredentialForm = "array",
        token_lifetime: timedelta = timedelta(days=3),
        null_tasks_in_lists: bool = True,
        arrival_gap: timedelta | None = timedelta(seconds=25),
        draw: Callable[[Random, datetime], Plan] | None = None,
    ) -> None:
        """Make a service; nothing happens until it is asked something.

        Args:
            clock: Where time comes from.
            jobs: How many jobs exist when it is first asked.
            speed: How many times faster than 10 seconds to 3 minutes a job lives.
            seed: Settles everything that is left to chance.
            credential_form: What `connect` accepts.
            token_lifetime: How long a token is good for, unless `restart` comes first.
            null_tasks_in_lists: Whether listed jobs have the key `tasks`, which is always null there.
            arrival_gap: Mean time between jobs that others submit, at speed 1; `None` for none.
            draw: Makes the plans of new jobs, in place of chance.
        """
        self.faults = Faults(clock)
        """What goes wrong on purpose."""
        self._clock = clock
        self._credential_form = credential_form
        self._token_lifetime = token_lifetime
        self._null_tasks = null_tasks_in_lists
        self._sessions: dict[str, datetime] = {}
        self._controller = DagController(
            clock.now, opening_jobs=jobs, speed=speed, seed=seed, draw=draw, arrival_gap=arrival_gap
        )

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        return await self.faults.answer(request, self._answer)

    def restart(self) -> None:
        """Lose all sessions, as the service does when it is started again; jobs survive."""
        self._sessions.clear()

    def adopt(self, native_ids: Iterable[str]) -> None:
        """Know jobs of an earlier demo again."""
        self._controller.adopt(native_ids)

    async def _answer(self, request: Request) -> Response:
        try:
            return self._route(request)
        except _Refused as refused:
            return refused.response()

    def _route(self, request: Request) -> Response:
        match (request.method, request.segments):
            case ("POST", ("api-open", "v1", "connect")):
                return self._connect(request)
            case ("POST", ("api-open", "v1", "workflows", workflow_id, "jobs")):
                self._check_session(request)
                return self._submit(_whole(workflow_id), request.body)
            case ("GET", ("api-open", "v1", "jobs")):
                self._check_session(request)
                return self._list(request.query)
            case ("GET", ("api-open", "v1", "workflows", workflow_id, "jobs")):
                self._check_session(request)
                return self._list(request.query, str(_whole(workflow_id)))
            case ("GET", ("api-open", "v1", "jobs", job_id)):
                self._check_session(request)
                return _success(self._details(self._job(job_id)))
            case ("PUT", ("api-open", "v1", "jobs", job_id, "cancel")):
                self._check_session(request)
                return self._cancel(_whole(job_id))
            case ("GET", ("api-open", "v1", "jobs", job_id, "tasks", task_id, "sample_result")):
                self._check_session(request)
                return self._sample(self._job(job_id), task_id, request.query)
        # The web page of the product answers for every path that nothing else claims.
        return Response(200, _PAGE, (("Content-Type", "text/html; charset=utf-8"),))

    def _connect(self, request: Request) -> Response:
        match _json_object(request.body):
            case {"address": str(address), "port": int()} if address:
                pass
            case _:
                raise _Refused(_Code.PARAM)
        if not self._knows(request.headers.get("authorization", "")):
            raise _Refused(_Code.BAD_REQUEST, "failed to connect: wrong user name or password")
        claims = base64.urlsafe_b64encode(secrets.token_bytes(36)).decode()
        token = f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{claims}.{secrets.token_urlsafe(32)}"
        self._sessions[token] = self._clock.now() + self._token_lifetime
        max_age = int(self._token_lifetime.total_seconds())
        cookie = f"explorer_token={token}; Path=/; Max-Age={max_age}; HttpOnly"
        return _success({"success": True}, ("Set-Cookie", cookie))

    def _knows(self, authorization: str) -> bool:
        scheme, _, packed = authorization.partition(" ")
        try:
            text = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        accepted = []
        if self._credential_form in ("array", "both"):
            accepted.append(_json(text) == [USER, PASSWORD])
        if self._credential_form in ("colon", "both"):
            accepted.append(text == f"{USER}:{PASSWORD}")
        return scheme == "Bearer" and any(accepted)

    def _check_session(self, request: Request) -> None:
        pieces = (piece.strip().partition("=") for piece in request.headers.get("cookie", "").split(";"))
        token = next((value for name, _, value in pieces if name == "explorer_token"), None)
        if token is None:
            raise _Refused(_Code.SESSION, "not logged in")
        expires_at = self._sessions.get(token)
        if expires_at is None or expires_at <= self._clock.now():
            raise _Refused(_Code.SESSION, "token is expired")

    def _submit(self, workflow_id: int, body: bytes) -> Response:
        workflow = next((workflow for workflow in WORKFLOWS if workflow.id == str(workflow_id)), None)
        if workflow is None:
            raise _Refused(_Code.DATABASE)
        given = _json_object(body).get("input", {})
        if not isinstance(given, dict) or not all(isinstance(parameters, dict) for parameters in given.values()):
            raise _Refused(_Code.PARAM)
        for component in workflow.components:
            missing = [name for name in component.needed if name not in given.get(component.id, {})]
            if missing:
                raise _Refused(_Code.CONTROLLER, f"{component.id}: parameter {missing[0]} is not set")
        return _success({"id": self._controller.submit(workflow).id})

    def _list(self, query: Mapping[str, str], workflow_id: str | None = None) -> Response:
        page, page_size = _bounded(query, "page", 1), _bounded(query, "pageSize", 10, at_most=MAX_PAGE_SIZE)
        wanted = _json_object(query["filter"]) if query.get("filter") else {}
        now = self._clock.now()
        chosen = [
            job
            for job in self._controller.jobs()
            if workflow_id in (None, job.workflow.id) and (not wanted or _passes(job, wanted, now))
        ]
        if wanted.get("orderByCreateTime", "desc") != "asc":
            chosen.reverse()
        items = [self._summary(job) for job in chosen[(page - 1) * page_size : page * page_size]]
        return _success({"items": items, "total": len(chosen), "Page": page, "PageSize": page_size})

    def _job(self, job_id: str) -> GraphJob:
        job = self._controller.find(_whole(job_id))
        if job is None:
            raise _Refused(_Code.DATABASE)
        return job

    def _summary(self, job: GraphJob) -> dict[str, object]:
        moment = job.at(self._clock.now())
        return {
            "id": job.id,
            "name": _name(job),
            "workflowId": job.workflow.id,
            "workflowName": job.workflow.name,
            "status": _STATUS[moment.state],
            **({"tasks": None} if self._null_tasks else {}),
            "runBeginTime": _epoch_ms(moment.started_at, whole_seconds=True),
            "runEndTime": _epoch_ms(moment.finished_at, whole_seconds=True),
            "createTime": _epoch_ms(job.plan.created_at),
        }

    def _details(self, job: GraphJob) -> dict[str, object]:
        summary = self._summary(job)
        tasks = _tasks(job, self._clock.now())
        times = {key: summary.pop(key) for key in ("runBeginTime", "runEndTime", "createTime")}
        return {**summary, "tasks": tasks, **times}

    def _cancel(self, job_id: int) -> Response:
        if self._controller.find(job_id) is None:
            raise _Refused(_Code.CONTROLLER)
        return _success({"success": self._controller.cancel(job_id)})

    def _sample(self, job: GraphJob, task_id: str, query: Mapping[str, str]) -> Response:
        limit = _bounded(query, "limit", 10)
        component = next((component for component in job.workflow.components if component.id == task_id), None)
        if component is None:
            raise _Refused(_Code.DATABASE)
        status = {task["id"]: task["status"] for task in _tasks(job, self._clock.now())}[task_id]
        if status != _STATUS[JobState.SUCCEEDED]:
            raise _Refused(_Code.CONTROLLER, f"{task_id} has no result")
        return _success({"items": sample_rows(component, job.plan.seed, limit)})


def _passes(job: GraphJob, wanted: Mapping[str, object], now: datetime) -> bool:
    created_ms = _epoch_ms(job.plan.created_at)
    match wanted.get("name", ""), wanted.get("fromCreateTime", 0), wanted.get("toCreateTime", created_ms):
        case str(name), int(earliest_ms), int(latest_ms):
            pass
        case _:
            raise _Refused(_Code.PARAM)
    # Most lists are asked for without a name, and writing one takes longer than all the rest.
    if (name and name not in _name(job)) or not earliest_ms <= created_ms <= latest_ms:
        return False
    return "status" not in wanted or wanted["status"] == _STATUS[job.at(now).state]


def _name(job: GraphJob) -> str:
    return f"{job.workflow.name}_{job.plan.created_at.astimezone(SERVER_TIME):%Y%m%d%H%M%S}"


def _tasks(job: GraphJob, now: datetime) -> list[dict[str, object]]:
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
                "runBeginTime": _server_time(began_at),
                "runEndTime": _server_time(ended_at),
                "status": _STATUS[state],
            }
        )
    return tasks


def _epoch_ms(moment: datetime | None, *, whole_seconds: bool = False) -> int:
    if moment is None:
        return 0
    seconds = moment.timestamp()
    return math.floor(seconds) * 1000 if whole_seconds else round(seconds * 1000)


def _server_time(moment: datetime | None) -> str:
    return _NO_TIME if moment is None else moment.astimezone(SERVER_TIME).isoformat(timespec="seconds")


def _success(data: dict[str, object], *headers: tuple[str, str]) -> Response:
    # The real service sorts the outermost keys and no others.
    return json_response(HTTPStatus.OK, {"code": 0, "data": data, "message": "Success"}, headers=(*headers, *_trace()))


def _trace() -> tuple[tuple[str, str], ...]:
    return (("Traceparent", f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"),)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        raise _Refused(_Code.PARAM)
    return int(text)


def _bounded(query: Mapping[str, str], name: str, default: int, *, at_most: int | None = None) -> int:
    value = _whole(query[name]) if name in query else default
    if value < 1 or (at_most is not None and value > at_most):
        raise _Refused(_Code.PARAM)
    return value


def _json(text: str | bytes) -> object:
    """The value, or `None` where it is no JSON."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _json_object(text: str | bytes) -> Mapping[str, object]:
    value = _json(text)
    if not isinstance(value, dict):
        raise _Refused(_Code.PARAM)
    return value
