"""Evo's Task API over HTTP."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from uuid import UUID

from jobtui.core.clock import Clock
from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    OutcomeUnknown,
    ProtocolError,
    ProviderRefused,
    UsageError,
)
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Result
from jobtui.providers.answer import Answer, lost_answers_are_unknown, raise_for_status
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, SourceCheck, Target
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.credentials import BearerToken, send_signed
from jobtui.providers.evo import wire
from jobtui.providers.evo.catalogue import DOCUMENTED_TASKS, read_catalogue
from jobtui.providers.evo.oauth import ClientCredentials
from jobtui.providers.evo.wire import JobPath
from jobtui.providers.http import NO_BODY, WEB_PAGE_HINT, HttpClient, NoBody
from jobtui.providers.json_fields import object_of

_NO_JOB = JobPath("geostatistics", "kriging", str(UUID(int=0)))
_PREVIEW_HINT = "Put `preview = true` into the source's settings to use preview tasks."
_CATALOGUE_PAGE = 100
_CATALOGUE_PAGES = 10
# The catalogue is newer than the rest, and a token that may run tasks need not be allowed to list them.
_NO_CATALOGUE = frozenset({400, 403, 404, 405, 501})
_DECLINED_CANCEL = frozenset({400, 409, 422})


class EvoProvider:
    """One organisation's jobs: each is asked for by topic, task and UUID, since Evo lists none.

    Source:
        Seequent developer portal, "Task API" 0.0.2.
    """

    name = wire.PROVIDER
    capabilities = Capabilities(poll_interval_s=5.0, target_hint="topic/task")

    def __init__(
        self,
        source: str,
        http: HttpClient,
        *,
        clock: Clock,
        org_id: str,
        credentials: BearerToken | ClientCredentials,
        preview: bool = False,
    ) -> None:
        """Connect to nothing yet.

        Args:
            source: The configured source's name.
            http: Its base URL is the hub's.
            clock: Where observations get their time from.
            org_id: The organisation, or instance, whose jobs these are.
            credentials: Sign each request.
            preview: Opt in to preview tasks with each call.
        """
        self.source = source
        self._http = http
        self._clock = clock
        self._org_id = org_id
        self._credentials = credentials
        self._preview = preview

    async def check(self) -> SourceCheck:
        """Ask for one line of the catalogue, or for a job that can't exist where there is no catalogue."""
        what = "asking for the tasks"
        answer = await self._send("GET", "tasks", query={"limit": "1"})
        if answer.status in _NO_CATALOGUE:
            what = "asking for a job"
            answer = await self._send("GET", _NO_JOB.topic, _NO_JOB.task, _NO_JOB.id, "status")
        found = SourceCheck(f"organisation {self._org_id}")
        if answer.status == 404 and wire.is_error(_problem(answer)):
            return found
        # Any web server answers 200 or 404, to any path.
        if answer.status == 404 or (answer.is_success and not isinstance(answer.json(), dict)):
            raise ProtocolError(f"{what}: this isn't Evo's API", hint=WEB_PAGE_HINT, http_status=answer.status)
        _raise_for(answer, what)
        return found

    async def list_jobs(self, page: int = 1) -> JobPage:
        """Raises `NotOffered`: the API has no list."""
        raise NotOffered("Evo doesn't list jobs", hint="`jobtui track` adds a job by its id.")

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """One look at the job's status."""
        path = _path_of(job_id)
        answer = await self._send("GET", path.topic, path.task, path.id, "status")
        _raise_for(answer, f"asking for {path.native}", not_found=JobNotFound)
        job = wire.read_status(answer.json(), job_id, path, self._clock.now(), known)
        return Observation(job, answer.body)

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Execute a task; the new job's id comes in the `Location` of a redirect, which is never followed."""
        topic, task = wire.parse_target(target)
        what = f"the run of {topic}/{task}"

        def guard() -> AbstractContextManager[None]:
            return lost_answers_are_unknown(what)

        answer = await self._send("POST", topic, task, json=wire.submit_body(payload), guard=guard)
        if answer.status != 303 and not answer.is_success:
            with guard():
                _raise_for(answer, f"submitting {topic}/{task}", refused=InvalidInput)
        path = self._made_by(answer, what)
        job = wire.submitted_job(JobId(self.source, path.native), path, self._clock.now())
        return Observation(job)

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Ask for the job to end; it says `cancelling` first.

        The service's own `cancel` link isn't used: a DELETE goes to nothing but the path of a job.
        """
        path = _path_of(job_id)
        answer = await self._send("DELETE", path.topic, path.task, path.id)
        problem = _problem(answer)
        if answer.status in _DECLINED_CANCEL and not wire.is_preview_error(problem):
            error = wire.read_error(problem)
            return CancelReply(accepted=False, reason=error.detail or error.title or f"HTTP {answer.status}")
        _raise_for(answer, f"cancelling {path.native}", not_found=JobNotFound)
        if answer.body.strip():
            # 204 has none; a sign-in page with 200 is no word of Evo's.
            answer.json()
        return CancelReply(accepted=True)

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """The job's results, one JSON document; Evo's jobs have no tasks and its results no rows."""
        path = _path_of(job_id)
        answer = await self._ask_for_results(path, known.handle.get(wire.RESULTS_LINK, "") if known else "")
        _raise_for(answer, f"reading the result of {path.native}", not_found=JobNotFound)
        return wire.read_results(answer.json(), job_id, path, answer.body, is_over=answer.status != 202)

    def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AbstractAsyncContextManager[Download]:
        """Raises `NotOffered`: results are documents, and come whole."""
        raise NotOffered("Evo's results are no files to download")

    async def targets(self) -> tuple[Target, ...]:
        """The service's catalogue, or the documented tasks where it has none."""
        found: dict[str, Target] = {}
        for page in range(_CATALOGUE_PAGES):
            offset = page * _CATALOGUE_PAGE
            query = {"details": "true", "limit": str(_CATALOGUE_PAGE), "offset": str(offset)}
            answer = await self._send("GET", "tasks", query=query)
            if answer.status in _NO_CATALOGUE:
                break
            _raise_for(answer, "asking for the tasks")
            body = answer.json()
            targets = read_catalogue(body, preview=self._preview)
            found |= {target.name: target for target in targets}
            total = object_of(body).get("total")
            if not targets or not isinstance(total, int) or offset + _CATALOGUE_PAGE >= total:
                break
        return tuple(found.values()) or DOCUMENTED_TASKS

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        """A curl line for the job's status; the token is `$TOKEN`."""
        path = _path_of(job_id)
        url = self._http.url(self._segments(path.topic, path.task, path.id, "status"))
        preview = " -H 'API-Preview: opt-in'" if self._preview else ""
        return f'curl -H "Authorization: Bearer $TOKEN"{preview} {shlex.quote(url)}'

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        """The job's own URL; a token opens it, a browser alone doesn't."""
        path = _path_of(job_id)
        return self._http.url(self._segments(path.topic, path.task, path.id))

    @property
    def requests_made(self) -> int:
        """HTTP requests since the start, sign-ins and further pages included."""
        sign_ins = self._credentials.requests_made if isinstance(self._credentials, ClientCredentials) else 0
        return self._http.requests + sign_ins

    async def aclose(self) -> None:
        """Let go of connections, to the token endpoint too."""
        await self._http.aclose()
        if isinstance(self._credentials, ClientCredentials):
            await self._credentials.aclose()

    def _segments(self, *rest: str) -> tuple[str, ...]:
        return ("compute", "orgs", self._org_id, *rest)

    def _headers(self) -> dict[str, str]:
        return {"api-preview": "opt-in"} if self._preview else {}

    async def _send(
        self,
        method: str,
        *rest: str,
        query: Mapping[str, str] | None = None,
        json: JsonValue | NoBody = NO_BODY,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Answer:
        return await self._signed(
            lambda headers: self._http.send(method, self._segments(*rest), query=query, json=json, headers=headers),
            guard,
        )

    async def _signed(
        self,
        send: Callable[[Mapping[str, str]], Awaitable[Answer]],
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Answer:
        """Send what `send` makes of the headers; the guard is around the request alone, not around signing in."""

        async def send_guarded(signature: Mapping[str, str]) -> Answer:
            with guard():
                return await send({**self._headers(), **signature})

        return await send_signed(self._credentials, self._http.redactor, send_guarded)

    async def _ask_for_results(self, path: JobPath, link: str) -> Answer:
        """By the service's own link while that leads to its own origin and anywhere, else by the documented path."""
        url = self._own_url(link) if link else ""
        if url and url != self._http.url(self._segments(path.topic, path.task, path.id)):
            answer = await self._signed(lambda headers: self._http.send_url("GET", url, headers=headers))
            if answer.status not in {404, 410} and not 300 <= answer.status < 400:
                return answer
        return await self._send("GET", path.topic, path.task, path.id)

    def _own_url(self, link: str) -> str:
        """The whole URL of a link to this source's own origin; empty for any other."""
        try:
            url = self._http.resolve(link)
        except ProtocolError:
            return ""
        return url if self._http.is_own_origin(url) else ""

    def _made_by(self, answer: Answer, what: str) -> JobPath:
        """Which job the answer's `Location` names; raises `OutcomeUnknown` where it names none of this organisation.

        Its origin may be another one than that of `base_url`, which may be a proxy's: nothing is fetched from it.
        """
        location = answer.headers.get("location", "")
        try:
            path = wire.job_path_of_location(self._http.resolve(location), self._org_id)
        except ProtocolError:
            path = None
        if path is None:
            raise OutcomeUnknown(
                f"{what} was accepted (HTTP {answer.status}), but the answer doesn't tell which job it is",
                hint="Look at the service before you submit again.",
            )
        return path


def _path_of(job_id: JobId) -> JobPath:
    """The id taken apart; one of another form can be no job of Evo's."""
    try:
        return JobPath.parse(job_id.native)
    except UsageError as error:
        raise JobNotFound(str(error), hint=error.hint) from error


def _raise_for(
    answer: Answer,
    what: str,
    *,
    not_found: type[ProviderRefused] = ProviderRefused,
    refused: type[ProviderRefused] = ProviderRefused,
) -> None:
    if answer.is_success:
        return
    fields = _problem(answer)
    error = wire.read_error(fields)
    raise_for_status(
        answer,
        what=what,
        code=error.code,
        message=error.title,
        detail=error.detail,
        hint=_PREVIEW_HINT if wire.is_preview_error(fields) else "",
        invalid_parameters=wire.invalid_parameters_of(error),
        not_found=not_found,
        refused=refused,
    )


def _problem(answer: Answer) -> JsonObject:
    """The error object of a refusal; gateways in between may answer with anything else."""
    try:
        return object_of(answer.json())
    except ProtocolError:
        return {}
