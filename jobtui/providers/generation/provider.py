"""A gateway to generation services over HTTP."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from jobtui.core.clock import Clock
from jobtui.core.errors import (
    JobNotFound,
    NotOffered,
    ProtocolError,
    ProviderRefused,
    SignInRefused,
    UsageError,
)
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.core.states import JobState
from jobtui.providers.answer import Answer, lost_answers_are_unknown, parse_json
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, SourceCheck, Target
from jobtui.providers.bodies import kept_raw
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.credentials import BearerToken, send_signed
from jobtui.providers.generation import faults, results, wire
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS
from jobtui.providers.generation.links import file_links
from jobtui.providers.generation.routes import FILE_RETRIEVE, Route, submit_segments
from jobtui.providers.generation.shapes import View, view_of
from jobtui.providers.http import NO_BODY, HttpClient, NoBody

MAX_ANSWER_BYTES = 96 * 1024 * 1024
"""Of one answer: base64 of many megabytes comes with every look at a finished task."""

_WHY_NO_CANCEL = "Generation gateways document no way to cancel; you can stop watching the task."
_PARSED_APART_BYTES = 1024 * 1024
_LARGEST_HANDLE_BYTES = 64 * 1024
# Object stores answer an expired signature with any of these.
_EXPIRED_STATUSES = frozenset({400, 401, 403, 404, 410})
_ANSWER = "answer"
"""Key in `Job.handle` of the answer to a submit that gave the result at once: nobody can be asked for it later."""


class GenerationProvider:
    """One gateway's tasks, each asked for by the id that its vendor gave.

    Source:
        The gateway's reference, and those of the vendors whose bodies it passes on.
    """

    name = wire.PROVIDER
    capabilities = Capabilities(
        cancels=False,
        why_no_cancel=_WHY_NO_CANCEL,
        poll_interval_s=10.0,
        target_hint="a vendor path, such as minimax/v1/video_generation",
        results_expire=True,
    )

    def __init__(self, source: str, http: HttpClient, *, clock: Clock, credentials: BearerToken) -> None:
        """Connect to nothing yet."""
        self.source = source
        self._http = http
        self._clock = clock
        self._credentials = credentials

    async def check(self) -> SourceCheck:
        """Ask for a task that can't exist: before it says so, the gateway has looked at the key."""
        try:
            await self._look(Route("0"), "checking the key")
        except ProviderRefused as error:
            if not isinstance(error, JobNotFound) and error.http_status not in {400, 422}:
                raise
        return SourceCheck("the key is accepted")

    async def list_jobs(self, page: int = 1) -> JobPage:
        """Raises `NotOffered`: the gateway has no list."""
        raise NotOffered("generation gateways don't list tasks", hint="`jobtui track` adds a task by its id.")

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """One look at the task."""
        route = _route_of(job_id)
        if known is not None and (answer := known.handle.get(_ANSWER)):
            return Observation(replace(known, observed_at=self._clock.now()), answer.encode())
        view, raw = await self._look(route, f"asking for {job_id.native}")
        return Observation(wire.read_task(view, job_id, route, self._clock.now(), known), raw)

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Order a task. It costs, and no vendor recognises a repeated order: so it is sent once."""
        segments = submit_segments(target)
        what = f"the order to {target}"
        with lost_answers_are_unknown(what):
            answer = await self._send("POST", segments, json=payload)
            body = await _body_of(answer)
        view, now = view_of(body), self._clock.now()
        task_id = wire.submitted_id(body)
        faults.raise_for_submit(view, answer, what=f"submitting to {target}", has_id=bool(task_id))
        is_finished = not view.word and results.has_result(view, Route(task_id), now)
        try:
            route = Route.of_submitted(target, task_id or (view.request_id if is_finished else ""))
        except UsageError:
            raise faults.lost_id(what, view, answer) from None
        kind = wire.kind_of_submit(target, payload)
        job = wire.submitted_job(view, JobId(self.source, route.native), route, kind, now, has_result=is_finished)
        if is_finished and len(answer.body) <= _LARGEST_HANDLE_BYTES:
            job = replace(job, handle={_ANSWER: answer.text()})
        return Observation(job, kept_raw(answer.body, body))

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Raises `NotOffered`: no gateway documents a cancel."""
        raise NotOffered(_WHY_NO_CANCEL)

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """Links and files that a finished task left; tasks here have no steps and results no rows."""
        route = _route_of(job_id)
        if known is not None and (answer := known.handle.get(_ANSWER)):
            raw = answer.encode()
            view, job = view_of(parse_json(raw)), known
        else:
            try:
                view, raw = await self._look(route, f"reading the result of {job_id.native}")
            except JobNotFound:
                if known is not None and known.state is JobState.SUCCEEDED and known.handle.get(wire.FILE_ID):
                    return results.result_of_forgotten(job_id, route, known.handle[wire.FILE_ID])
                raise
            job = wire.read_task(view, job_id, route, self._clock.now(), known)
        content_url = self._http.url(route.content_segments) if route.content_segments else ""
        # Apart from the loop, since many megabytes of base64 take a while to decode.
        return await asyncio.to_thread(
            results.read_result, view, job, route, self._clock.now(), raw=raw, content_url=content_url
        )

    @asynccontextmanager
    async def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AsyncIterator[Download]:
        """Open a file through its link; one that has expired is asked for anew, once."""
        if not isinstance(artifact.content, RemoteFile):
            raise NotOffered(f"{artifact.name} came with the answer: there is nothing to download")
        wanted = _Wanted(job_id, artifact.name, artifact.content, known)
        async with AsyncExitStack() as stack:
            yield await self._open(stack, wanted, offset_bytes, validator)

    async def targets(self) -> tuple[Target, ...]:
        """The documented vendor paths; a gateway tells none itself."""
        return DOCUMENTED_PATHS

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        """A curl line for the task; the key is `$TOKEN`."""
        url = self._http.url(_route_of(job_id).segments)
        return f'curl -H "Authorization: Bearer $TOKEN" {shlex.quote(url)}'

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        """The task's own URL; a key opens it, a browser alone doesn't."""
        return self._http.url(_route_of(job_id).segments)

    @property
    def requests_made(self) -> int:
        """HTTP requests since the start, sign-ins and further pages included."""
        return self._http.requests

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _send(
        self,
        method: str,
        segments: tuple[str, ...],
        *,
        query: dict[str, str] | None = None,
        json: JsonValue | NoBody = NO_BODY,
    ) -> Answer:
        return await send_signed(
            self._credentials,
            self._http.redactor,
            lambda signature: self._http.send(
                method, segments, query=query, json=json, headers=signature, max_body_bytes=MAX_ANSWER_BYTES
            ),
        )

    async def _look(self, route: Route, what: str) -> tuple[View, bytes]:
        """The answer about a task and the copy of it that is kept; raises what it says about the call."""
        answer = await self._send("GET", route.segments)
        body = await _body_of(answer)
        view = view_of(body)
        faults.raise_for_query(view, answer, what=what)
        return view, kept_raw(answer.body, body)

    async def _open(self, stack: AsyncExitStack, wanted: _Wanted, offset_bytes: int, validator: str) -> Download:
        urls = await self._urls(wanted, is_first=True)
        try:
            return await self._open_any(stack, urls, offset_bytes, validator)
        except SignInRefused as error:
            if error.http_status != 401:
                raise
            await self._credentials.headers(renew=True)
            return await self._open_any(stack, urls, offset_bytes, validator)
        except ProviderRefused as error:
            if error.http_status not in _EXPIRED_STATUSES:
                raise
            fresh = await self._urls(wanted, is_first=False)
            if fresh == urls:
                raise _gone(wanted.name, error) from error
        try:
            return await self._open_any(stack, fresh, offset_bytes, validator)
        except ProviderRefused as error:
            raise _gone(wanted.name, error) from error

    async def _open_any(
        self, stack: AsyncExitStack, urls: tuple[str, ...], offset_bytes: int, validator: str
    ) -> Download:
        """The first of the links that works; the others are the vendor's spare ones."""
        refusal = ProviderRefused("the service gives no link to the file")
        for url in urls:
            is_own = self._http.is_own_origin(url)
            credentials = await self._credentials.headers() if is_own else {}
            opened = self._http.open_download(
                url, offset_bytes=offset_bytes, validator=validator, credentials=credentials
            )
            try:
                return await stack.enter_async_context(opened)
            except ProviderRefused as error:
                refusal = error
        raise refusal

    async def _urls(self, wanted: _Wanted, *, is_first: bool) -> tuple[str, ...]:
        """Where the file lies now: a `file_id` is always asked about, a link only once it has expired."""
        file = wanted.file
        if file.file_id:
            answer = await self._send("GET", FILE_RETRIEVE, query={"file_id": file.file_id})
            body = await _body_of(answer)
            try:
                faults.raise_for_query(view_of(body), answer, what=f"asking for {wanted.name}")
            except JobNotFound as error:
                raise _gone(wanted.name, error) from error
            return file_links(body)
        if is_first and (file.expires_at is None or file.expires_at > self._clock.now()):
            return (file.url,)
        again = await self.fetch_result(wanted.job_id, wanted.known)
        return tuple(
            artifact.content.url
            for artifact in again.artifacts
            if artifact.name == wanted.name and isinstance(artifact.content, RemoteFile)
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to be downloaded, with what it takes to find it again."""

    job_id: JobId
    name: str
    file: RemoteFile
    known: Job | None


def _route_of(job_id: JobId) -> Route:
    """The id taken apart; one that can't be asked for is no job's."""
    try:
        return Route.of(job_id.native)
    except UsageError as error:
        raise JobNotFound(str(error), hint=error.hint) from error


async def _body_of(answer: Answer) -> JsonValue:
    """The object in the body; null where a refusal, which its HTTP status tells already, has another body."""
    try:
        if len(answer.body) > _PARSED_APART_BYTES:
            return await asyncio.to_thread(answer.json_object)
        return answer.json_object()
    except ProtocolError:
        if answer.is_success:
            raise
        return None


def _gone(name: str, error: ProviderRefused) -> ProviderRefused:
    return ProviderRefused(
        f"{name}: the link no longer works, and the service gives no better one",
        hint="Vendors keep files for hours or days; only a new task makes this one again.",
        http_status=error.http_status,
    )
