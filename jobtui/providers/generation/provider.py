"""A gateway to generation services over HTTP."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from jobtui.core.clock import Clock
from jobtui.core.errors import (
    JobNotFound,
    NotOffered,
    ProtocolError,
    ProviderError,
    ProviderRefused,
    UsageError,
)
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.providers.answer import Answer, lost_answers_are_unknown, parse_json
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, SourceCheck, Target
from jobtui.providers.bodies import kept_raw
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.credentials import BearerToken, send_signed
from jobtui.providers.generation import faults, results, wire
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS
from jobtui.providers.generation.files import FileOpener, WantedFile, gone
from jobtui.providers.generation.links import file_links, told_file_name
from jobtui.providers.generation.parts import file_id_of
from jobtui.providers.generation.passing import PassingResults
from jobtui.providers.generation.routes import FILE_RETRIEVE, Route, submit_segments
from jobtui.providers.generation.shapes import View, view_of
from jobtui.providers.http import NO_BODY, HttpClient, NoBody

MAX_ANSWER_BYTES = 96 * 1024 * 1024
"""Of one answer: base64 of many megabytes comes with every look at a finished task."""

_WHY_NO_CANCEL = "Generation gateways document no way to cancel; you can stop watching the task."
_PARSED_APART_BYTES = 1024 * 1024
_ANSWER = "answer"
"""Key in `Job.handle` of the answer to a submit that gave the result at once: nobody can be asked for it later."""

_LARGEST_HANDLE_BYTES = 64 * 1024
"""Handles of all jobs are in memory all the time: links fit, pictures and music written out in the answer don't."""

_PASSING = "passing"
"""Key in `Job.handle` of the size, in words, of such an answer that is too large to be kept with the job."""

_MOST_PASSING_BYTES = 128 * 1024 * 1024
_WHY_PASSING = "The result came with the answer to the order, and is kept only while the jobtui that sent it runs."


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
        self._passing = PassingResults(_MOST_PASSING_BYTES)
        self._files = FileOpener(http, credentials, self._find_links)

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
        if known is not None and (_ANSWER in known.handle or _PASSING in known.handle):
            answer = known.handle.get(_ANSWER)
            return Observation(replace(known, observed_at=self._clock.now()), answer.encode() if answer else None)
        view, raw = await self._look(route, f"asking for {job_id.native}", known)
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
        # Apart from the loop, since many megabytes of base64 take a while to decode.
        is_finished = not view.word and await asyncio.to_thread(results.has_result, view, Route(task_id), now)
        try:
            route = Route.of_submitted(target, task_id or (view.request_id if is_finished else ""))
        except UsageError:
            raise faults.lost_id(what, view, answer) from None
        kind = wire.kind_of_submit(target, payload)
        job_id, prompt = JobId(self.source, route.native), wire.prompt_of(payload)
        job = wire.submitted_job(view, job_id, route, kind, now, has_result=is_finished, prompt=prompt)
        raw, size_bytes = kept_raw(answer.body, body), len(answer.body)
        if is_finished and size_bytes <= _LARGEST_HANDLE_BYTES:
            job = replace(job, handle={_ANSWER: answer.text()})
        elif is_finished:
            job = replace(job, handle={_PASSING: f"{size_bytes / 1e6:.1f} MB"}, message=_WHY_PASSING)
            result = await asyncio.to_thread(results.read_result, view, job, route, now, raw=raw)
            hint = f"{_WHY_PASSING} Save it now."
            self._passing.keep(replace(result, warnings=(*result.warnings, hint)))
        return Observation(job, raw)

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Raises `NotOffered`: no gateway documents a cancel."""
        raise NotOffered(_WHY_NO_CANCEL)

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """Links and files that a finished task left; tasks here have no steps and results no rows."""
        route = _route_of(job_id)
        if (passing := self._passing.get(job_id)) is not None:
            return passing
        if known is not None and _PASSING in known.handle:
            raise _passed(known)
        file_name = ""
        if known is not None and (answer := known.handle.get(_ANSWER)):
            raw = answer.encode()
            view, job = view_of(parse_json(raw)), known
        else:
            try:
                view, raw = await self._look(route, f"reading the result of {job_id.native}", known)
            except JobNotFound:
                if known is not None and known.state is JobState.SUCCEEDED and known.handle.get(wire.FILE_ID):
                    return await self._forgotten(known, route)
                raise
            job = wire.read_task(view, job_id, route, self._clock.now(), known)
            if job.state is JobState.SUCCEEDED:
                file_name = await self._file_name(job.kind, file_id_of(view))
        return await asyncio.to_thread(
            results.read_result,
            view,
            job,
            route,
            self._clock.now(),
            raw=raw,
            content_url=self._content_url(route),
            file_name=file_name,
        )

    @asynccontextmanager
    async def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AsyncIterator[Download]:
        """Open a file through its link; one that has expired is asked for anew, once."""
        if not isinstance(artifact.content, RemoteFile):
            raise NotOffered(f"{artifact.name} came with the answer: there is nothing to download")
        own_url = self._content_url(_route_of(job_id))
        wanted = WantedFile(job_id, artifact.name, artifact.content, known, own_url, offset_bytes, validator)
        async with AsyncExitStack() as stack:
            yield await self._files.open(stack, wanted)

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

    async def _look(self, route: Route, what: str, known: Job | None = None) -> tuple[View, bytes]:
        """The answer about a task and the copy of it that is kept; raises what it says about the call."""
        answer = await self._send("GET", route.segments)
        body = await _body_of(answer)
        view = view_of(body)
        faults.raise_for_query(view, answer, what=what, known=known)
        return view, kept_raw(answer.body, body)

    async def _find_links(self, wanted: WantedFile, is_again: bool) -> tuple[str, ...]:
        """Where the file lies now: a `file_id` is always asked about, a link only once it has expired."""
        file = wanted.file
        if not file.file_id and not is_again and (file.expires_at is None or file.expires_at > self._clock.now()):
            return (file.url,)
        try:
            if file.file_id:
                what = f"asking for {wanted.name}"
                answer, body = await self._about_file(file.file_id, what)
                if links := file_links(body):
                    return links
                raise faults.no_link(view_of(body), answer, what=what)
            again = await self.fetch_result(wanted.job_id, wanted.known)
        except JobNotFound as error:
            raise gone(wanted.name, error) from error
        return tuple(
            artifact.content.url
            for artifact in again.artifacts
            if artifact.name == wanted.name and isinstance(artifact.content, RemoteFile)
        )

    async def _about_file(self, file_id: str, what: str) -> tuple[Answer, JsonValue]:
        """MiniMax's answer about a file; raises what it says about the call."""
        answer = await self._send("GET", FILE_RETRIEVE, query={"file_id": file_id})
        body = await _body_of(answer)
        faults.raise_for_query(view_of(body), answer, what=what)
        return answer, body

    async def _file_name(self, kind: str, file_id: str) -> str:
        """The vendor's name of a file of which nothing else tells what it is; empty where there is no need or none."""
        if not file_id or results.type_of_kind(kind):
            return ""
        try:
            _, body = await self._about_file(file_id, "asking for the file's name")
        except ProviderError:
            # A guess does for the name; what is wrong will be told when the file is wanted.
            return ""
        return told_file_name(body)

    async def _forgotten(self, known: Job, route: Route) -> Result:
        """What a task left of which only its file may still be known."""
        file_id = known.handle[wire.FILE_ID]
        file_type = results.type_of_file(known.kind, await self._file_name(known.kind, file_id))
        return results.result_of_forgotten(known.id, route, file_id, file_type)

    def _content_url(self, route: Route) -> str:
        return self._http.url(route.content_segments) if route.content_segments else ""


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


def _passed(known: Job) -> ProviderRefused:
    return ProviderRefused(
        f"the result of {known.id.native} is no longer here: it came with the answer to the order "
        f"({known.handle[_PASSING]}), and was kept only while the jobtui that sent it ran",
        hint="Only a new order makes it again; where the vendor can answer with links, ask for those.",
    )
