"""The demo's graph service: the NebulaGraph Explorer workflow API, `api-open/v1`, as Explorer 3.2 to 3.5 speak it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus
from random import Random
from typing import Literal

from jobtui.core.clock import Clock
from jobtui.core.states import JobState
from jobtui.demo.faults import Faults
from jobtui.demo.http_server import Request, Response, json_response
from jobtui.demo.nebula_bodies import STATUS, details, summary, tasks_of
from jobtui.demo.nebula_controller import MAX_DIGITS, DagController, GraphJob
from jobtui.demo.nebula_filter import JobFilter
from jobtui.demo.nebula_workflows import WORKFLOWS, Workflow, sample_rows
from jobtui.demo.world import Plan

USER = "root"
"""The one user of the demo's graph."""
PASSWORD = "nebula"
"""That user's password."""

MAX_PAGE_SIZE = 1000
"""Longest page of a list."""

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
                return self._submit(_workflow(workflow_id), request.body)
            case ("GET", ("api-open", "v1", "jobs")):
                self._check_session(request)
                return self._list(request.query)
            case ("GET", ("api-open", "v1", "workflows", workflow_id, "jobs")):
                self._check_session(request)
                return self._list(request.query, _workflow(workflow_id))
            case ("GET", ("api-open", "v1", "jobs", job_id)):
                self._check_session(request)
                return _success(details(self._job(job_id), self._clock.now()))
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
        except ValueError:
            # Not Base64, not even ASCII, or not UTF-8 inside.
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

    def _submit(self, workflow: Workflow, body: bytes) -> Response:
        given = _json_object(body).get("input", {})
        if not isinstance(given, dict) or not all(isinstance(parameters, dict) for parameters in given.values()):
            raise _Refused(_Code.PARAM)
        for component in workflow.components:
            missing = [name for name in component.needed if name not in given.get(component.id, {})]
            if missing:
                raise _Refused(_Code.CONTROLLER, f"{component.id}: parameter {missing[0]} is not set")
        return _success({"id": self._controller.submit(workflow).id})

    def _list(self, query: Mapping[str, str], workflow: Workflow | None = None) -> Response:
        page, page_size = _bounded(query, "page", 1), _bounded(query, "pageSize", 10, at_most=MAX_PAGE_SIZE)
        wanted, now = _filter(query.get("filter", "")), self._clock.now()
        chosen = [
            job
            for job in self._controller.jobs()
            if (workflow is None or job.workflow is workflow) and wanted.passes(job, now)
        ]
        if not wanted.is_oldest_first:
            chosen.reverse()
        shown = chosen[(page - 1) * page_size : page * page_size]
        items = [summary(job, now, null_tasks=self._null_tasks) for job in shown]
        return _success({"items": items, "total": len(chosen), "Page": page, "PageSize": page_size})

    def _job(self, job_id: str) -> GraphJob:
        job = self._controller.find(_whole(job_id))
        if job is None:
            raise _Refused(_Code.DATABASE)
        return job

    def _cancel(self, job_id: int) -> Response:
        if self._controller.find(job_id) is None:
            raise _Refused(_Code.CONTROLLER)
        return _success({"success": self._controller.cancel(job_id)})

    def _sample(self, job: GraphJob, task_id: str, query: Mapping[str, str]) -> Response:
        limit = _bounded(query, "limit", 10)
        component = next((component for component in job.workflow.components if component.id == task_id), None)
        if component is None:
            raise _Refused(_Code.DATABASE)
        status = {task["id"]: task["status"] for task in tasks_of(job, self._clock.now())}[task_id]
        if status != STATUS[JobState.SUCCEEDED]:
            raise _Refused(_Code.CONTROLLER, f"{task_id} has no result")
        return _success({"items": sample_rows(component, job.plan.seed, limit)})


def _workflow(workflow_id: str) -> Workflow:
    number = str(_whole(workflow_id))
    workflow = next((workflow for workflow in WORKFLOWS if workflow.id == number), None)
    if workflow is None:
        raise _Refused(_Code.DATABASE)
    return workflow


def _filter(text: str) -> JobFilter:
    try:
        return JobFilter.read(_json_object(text)) if text else JobFilter()
    except ValueError:
        raise _Refused(_Code.PARAM) from None


def _success(data: dict[str, object], *headers: tuple[str, str]) -> Response:
    # The real service sorts the outermost keys and no others.
    return json_response(HTTPStatus.OK, {"code": 0, "data": data, "message": "Success"}, headers=(*headers, *_trace()))


def _trace() -> tuple[tuple[str, str], ...]:
    return (("Traceparent", f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"),)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_DIGITS:
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
