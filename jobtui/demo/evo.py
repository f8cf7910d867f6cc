"""The demo's Evo service: the Seequent Task API 0.0.2, with Discovery and a token endpoint on the same host."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import cycle
from random import Random
from typing import Literal
from urllib.parse import parse_qs
from uuid import UUID

from msgspec import Struct

from jobtui.core.clock import Clock
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.demo.evo_schemas import invalid_parameters
from jobtui.demo.evo_tasks import OBJECTS_PATH, OPENING_TASKS, ORG_ID, TASKS, EvoTask
from jobtui.demo.faults import Faults
from jobtui.demo.http_server import Request, Response, json_response
from jobtui.demo.world import Moment, Plan, at_fraction, draw_plan, opening_plans, plan_from_id

TOKEN = "demo-evo-token"
"""A bearer token that never expires."""
CLIENT_ID = "demo-client"
"""The one client that may ask for tokens."""
CLIENT_SECRET = "demo-client-secret"
"""That client's secret."""

Spelling = Literal["double", "single"]
"""Whether the service writes "cancelled", as its released client needs, or "canceled", as its specification says."""

_WORDS = {
    JobState.QUEUED: "requested",
    JobState.RUNNING: "in progress",
    JobState.CANCELLING: "cancelling",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
_PROBLEMS = "https://seequent.com/error-codes/"
_TASKS_BY_KEY = {task.key: task for task in TASKS}
_CATALOGUE_PAGE = 100
_SERVICES = {"evo": "Evo", "file": "File", "blockmodel": "Block Model", "geoscienceobject": "Geoscience Object"}


class _EvoJob(Struct, frozen=True):
    id: UUID
    task: EvoTask
    plan: Plan

    @property
    def native_id(self) -> str:
        return f"{self.task.key}/{self.id}"


class _Refused(Exception):
    """The request is answered with a problem object."""

    def __init__(self, status: HTTPStatus, name: str, title: str, detail: str, **more: object) -> None:
        super().__init__(title)
        self.response = json_response(
            status,
            {"status": status, "type": f"{_PROBLEMS}{name}", "title": title, "detail": detail, **more},
            content_type="application/problem+json",
        )


class EvoService:
    """Executes tasks: submit, status, results, cancel; a job can only be asked for by its id."""

    def __init__(
        self,
        clock: Clock,
        *,
        jobs: int = 9,
        speed: float = 1.0,
        seed: int = 7,
        token_lifetime: timedelta = timedelta(hours=1),
        spelling: Spelling = "double",
        preview_everywhere: bool = False,
        draw: Callable[[Random, datetime], Plan] | None = None,
    ) -> None:
        """Make a service.

        Args:
            clock: Where time comes from.
            jobs: How many jobs exist at the start.
            speed: How many times faster than 10 seconds to 3 minutes a job lives.
            seed: Settles everything that is left to chance.
            token_lifetime: How long a token of the token endpoint is good for.
            spelling: How the two words of a cancel are written.
            preview_everywhere: Whether a preview task asks for the opt-in on more than submit.
            draw: Makes the plans of new jobs, in place of chance.
        """
        self.faults = Faults(clock)
        """What goes wrong on purpose."""
        self._clock = clock
        self._speed = speed
        self._token_lifetime = token_lifetime
        self._spelling = spelling
        self._preview_everywhere = preview_everywhere
        self._random = Random(f"evo:{seed}")
        self._draw = draw or (lambda random, created_at: draw_plan(random, created_at, speed=speed))
        self._tokens: dict[str, datetime] = {}
        self._jobs: dict[UUID, _EvoJob] = {}
        plans = opening_plans(self._random, jobs, clock.now(), speed=speed)
        for plan, task in zip(plans, cycle(OPENING_TASKS), strict=False):
            self._add(task, plan)
        self.known_ids = tuple(job.native_id for job in self._jobs.values())
        """The jobs of the start as `topic/task/job_id`, oldest first."""

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        return await self.faults.answer(request, self._answer)

    def adopt(self, native_ids: Iterable[str]) -> None:
        """Know jobs of an earlier demo again; ids that no demo can have given are left alone."""
        for native_id in native_ids:
            key, _, job_id = native_id.rpartition("/")
            uuid = _uuid(job_id)
            if uuid is not None and uuid not in self._jobs and key in _TASKS_BY_KEY:
                plan = plan_from_id(native_id, self._clock.now(), speed=self._speed)
                self._jobs[uuid] = _EvoJob(uuid, _TASKS_BY_KEY[key], plan)

    def revoke_tokens(self) -> None:
        """Make every token of the token endpoint worthless before its time."""
        self._tokens.clear()

    def _add(self, task: EvoTask, plan: Plan) -> _EvoJob:
        job = _EvoJob(UUID(int=self._random.getrandbits(128), version=4), task, plan)
        self._jobs[job.id] = job
        return job

    async def _answer(self, request: Request) -> Response:
        try:
            return self._route(request)
        except _Refused as refused:
            return refused.response

    def _route(self, request: Request) -> Response:
        if (request.method, request.segments) == ("POST", ("connect", "token")):
            return self._issue_token(request.body)
        self._check_token(request)
        match (request.method, request.segments):
            case ("GET", ("evo", "identity", "v2", "discovery")):
                return _discovery(_base_url(request), request.query.get("service", "evo"))
            case (method, ("compute", "orgs", org_id, *rest)):
                _check_org(org_id)
                return self._route_compute(request, method, tuple(rest))
        raise _not_found("There is no such path.")

    def _route_compute(self, request: Request, method: str, rest: tuple[str, ...]) -> Response:
        match (method, rest):
            case ("GET", ("tasks",)):
                return _catalogue(request.query)
            case ("POST", (topic, name)):
                return self._submit(request, _task(topic, name))
            case ("GET", (topic, name, job_id, "status")):
                return self._status(request, self._job(request, topic, name, job_id))
            case ("GET", (topic, name, job_id)):
                return self._results(request, self._job(request, topic, name, job_id))
            case ("DELETE", (topic, name, job_id)):
                job = self._job(request, topic, name, job_id)
                self._jobs[job.id] = replace(job, plan=job.plan.cancelled(self._clock.now()))
                return Response(HTTPStatus.NO_CONTENT)
        raise _not_found("There is no such path.")

    def _issue_token(self, body: bytes) -> Response:
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return json_response(HTTPStatus.BAD_REQUEST, {"error": "unsupported_grant_type"})
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            answer = {"error": "invalid_client", "error_description": "unknown client or wrong secret"}
            return json_response(HTTPStatus.UNAUTHORIZED, answer)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self._clock.now() + self._token_lifetime
        lifetime_s = int(self._token_lifetime.total_seconds())
        issued = {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s}
        return json_response(HTTPStatus.OK, issued, headers=(("Cache-Control", "no-store"),))

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        now = self._clock.now()
        if scheme != "Bearer" or (token != TOKEN and self._tokens.get(token, now) <= now):
            raise _Refused(
                HTTPStatus.UNAUTHORIZED,
                "unauthorized",
                "Unauthorized",
                "The access token is missing, wrong or expired.",
            )

    def _check_preview(self, request: Request, task: EvoTask) -> None:
        if task.is_preview and request.headers.get("api-preview") != "opt-in":
            detail = "This task is a preview. Set the header 'API-Preview: opt-in' to use it."
            raise _Refused(HTTPStatus.BAD_REQUEST, "preview-api", "Preview API.", detail)

    def _submit(self, request: Request, task: EvoTask) -> Response:
        self._check_preview(request, task)
        try:
            order = json.loads(request.body)
        except (ValueError, RecursionError):
            raise _Refused(
                HTTPStatus.BAD_REQUEST, "malformed-body", "Malformed body", "The body is not valid JSON."
            ) from None
        whole = {"type": "object", "properties": {"parameters": task.parameters}, "required": ["parameters"]}
        faults = invalid_parameters(whole, order)
        if faults:
            detail = f"{len(faults)} parameter{'s are' if len(faults) > 1 else ' is'} invalid."
            more = {
                "invalid-params": [{**fault, "name": fault["name"].removeprefix("parameters.")} for fault in faults]
            }
            raise _Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY, "compute/invalid-parameters", "Invalid parameters", detail, **more
            )
        job = self._add(task, self._draw(self._random, self._clock.now()))
        return Response(HTTPStatus.SEE_OTHER, headers=(("Location", f"{_url(request, job)}/status"),))

    def _job(self, request: Request, topic: str, name: str, job_id: str) -> _EvoJob:
        task = _task(topic, name)
        if self._preview_everywhere:
            self._check_preview(request, task)
        uuid = _uuid(job_id)
        job = self._jobs.get(uuid) if uuid else None
        if job is None or job.task is not task:
            raise _not_found("The specified resource was not found.")
        return job

    def _status(self, request: Request, job: _EvoJob) -> Response:
        moment = job.plan.at(self._clock.now())
        failure = _failure(job, moment)
        url = _url(request, job)
        # The service counts a failed or cancelled job as complete, too.
        percent = 100 if moment.state.is_final else int(moment.fraction * 100)
        body = {
            "status": self._word(moment.state),
            "progress": percent,
            "message": _message(job, moment),
            "error": failure,
            "links": {"results": url} if moment.state.is_final else {"cancel": url},
        }
        return json_response(_status_code(moment), body)

    def _results(self, request: Request, job: _EvoJob) -> Response:
        moment = job.plan.at(self._clock.now())
        url = _url(request, job)
        body: dict[str, object] = {"status": self._word(moment.state)}
        if not moment.state.is_final:
            body["links"] = {"cancel": url, "status": f"{url}/status"}
        elif moment.state is JobState.SUCCEEDED:
            objects_url = f"{_base_url(request)}{OBJECTS_PATH}"
            body |= {"results": job.task.make_results(Random(job.plan.seed), objects_url), "error": None}
        else:
            body["error"] = _failure(job, moment)
        return json_response(_status_code(moment), body)

    def _word(self, state: JobState) -> str:
        word = _WORDS[state]
        return word.replace("ll", "l") if self._spelling == "single" else word


def _status_code(moment: Moment) -> HTTPStatus:
    return HTTPStatus.OK if moment.state.is_final else HTTPStatus.ACCEPTED


def _failure(job: _EvoJob, moment: Moment) -> Mapping[str, object] | None:
    if moment.state is not JobState.FAILED:
        return None
    return at_fraction(job.task.failures, Random(job.plan.seed).random()).problem


def _message(job: _EvoJob, moment: Moment) -> str:
    match moment.state:
        case JobState.QUEUED:
            return "Queued"
        case JobState.RUNNING:
            return at_fraction(job.task.phases, moment.fraction)
        case JobState.CANCELLING:
            return "Stopping"
        case JobState.CANCELLED:
            return "Stopped on request"
        case JobState.FAILED:
            return at_fraction(job.task.failures, Random(job.plan.seed).random()).message
    return "Finished"


def _check_org(org_id: str) -> None:
    if _uuid(org_id) is None:
        raise _not_found("The specified resource was not found.")
    if _uuid(org_id) != UUID(ORG_ID):
        raise _Refused(HTTPStatus.FORBIDDEN, "forbidden", "Forbidden", "You have no access to this organisation.")


def _task(topic: str, name: str) -> EvoTask:
    task = _TASKS_BY_KEY.get(f"{topic}/{name}")
    if task is None:
        raise _not_found("The specified resource was not found.")
    return task


def _not_found(detail: str) -> _Refused:
    return _Refused(HTTPStatus.NOT_FOUND, "not-found", "Not found", detail)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _base_url(request: Request) -> str:
    """The service as the caller knows it: links point to where the request went."""
    return f"http://{request.headers['host']}"


def _url(request: Request, job: _EvoJob) -> str:
    return f"{_base_url(request)}/compute/orgs/{ORG_ID}/{job.native_id}"


def _discovery(base_url: str, service: str) -> Response:
    codes = [service] if service in _SERVICES else []
    found = {
        "organizations": [{"id": ORG_ID, "display_name": "Northern Pit"}],
        "hubs": [{"code": "au", "display_name": "Australia East", "url": base_url}],
        "services": [{"code": code, "display_name": _SERVICES[code]} for code in codes],
        "service_access": [{"org_id": ORG_ID, "hub_code": "au", "services": codes}],
    }
    return json_response(HTTPStatus.OK, {"discovery": found})


def _catalogue(query: Mapping[str, str]) -> Response:
    try:
        limit, offset = int(query.get("limit", _CATALOGUE_PAGE)), int(query.get("offset", 0))
    except ValueError:
        limit, offset = -1, -1
    if limit < 1 or offset < 0:
        raise _Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "compute/invalid-parameters", "Invalid parameters", "limit or offset"
        )
    chosen = [
        task
        for task in TASKS
        if task.name == query.get("name", task.name)
        and task.topic == query.get("topic", task.topic)
        and task.key == query.get("key", task.key)
    ]
    with_details = query.get("details") == "true"
    results = [_catalogue_entry(task, with_details=with_details) for task in chosen[offset : offset + limit]]
    page = {"limit": limit, "offset": offset, "total": len(chosen), "count": len(results), "results": results}
    return json_response(HTTPStatus.OK, page)


def _catalogue_entry(task: EvoTask, *, with_details: bool) -> dict[str, object]:
    entry: dict[str, object] = {
        "key": task.key,
        "topic": task.topic,
        "name": task.name,
        "display_name": task.title,
        "version": task.version,
        "feature_flag": f"{task.topic}-preview" if task.is_preview else "",
        "description": task.description,
    }
    if with_details:
        entry["parameters"] = task.parameters
        entry["results"] = {"type": "object", "properties": {"message": {"type": "string"}}}
    return entry
