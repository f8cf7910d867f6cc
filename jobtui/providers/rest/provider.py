"""Any job API that a description tells how to speak to, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from jobtui.core.clock import Clock
from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    OutcomeUnknown,
    ProtocolError,
    ProviderBusy,
    ProviderRefused,
    RateLimited,
    SignInRefused,
)
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.core.states import JobState
from jobtui.providers.answer import Answer, lost_answers_are_unknown
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, ReadSecret, SourceCheck, Target
from jobtui.providers.bodies import kept_raw
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.http import NO_BODY, HttpClient, NoBody
from jobtui.providers.rest import artifacts, wire
from jobtui.providers.rest.calls import Caller
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.expression import Expression, Scope, plain_text
from jobtui.providers.rest.model import ArtifactRule

LINK = "link"
"""A captured value of this name is what a user gets to open in a browser."""

_NO_JOB = "jobtui-check"
_FAILED_RESULT = frozenset({400, 409, 422})
_EXPIRED_STATUSES = frozenset({400, 401, 403, 404, 410})
_WHOLE_ANSWER = ArtifactRule("json", Expression("@"))
_ITEMS_A_TURN = 100


class RestProvider:
    """One source whose API is described by a file."""

    name = wire.PROVIDER

    def __init__(
        self,
        source: str,
        http: HttpClient,
        *,
        clock: Clock,
        description: ApiDescription,
        credentials: ReadSecret | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            source: The configured source's name.
            http: Its base URL is the API's.
            clock: Where observations get their time from.
            description: How the API is spoken to.
            credentials: Reads the token that the description says where to put; `None` sends none.
        """
        self.source = source
        self.capabilities: Capabilities = description.capabilities
        self._http = http
        self._clock = clock
        self._api = description
        self._caller = Caller(http, description.auth, description.headers, credentials)
        # Which cursor or link leads to a page, and how many jobs stand before it: known from the page before.
        self._starts: dict[int, tuple[str, int]] = {}
        self._counted = 0

    async def check(self) -> SourceCheck:
        """Make the described call, or look at the list, or else ask for a job that can't exist."""
        if self._api.check is not None:
            what = "checking the source"
            scope, answer = await self._caller.ask(self._api.check, {}, what=what)
            wire.raise_for_answer(self._api.reading_of(scope), scope, answer, self._api.check, what=what)
            return SourceCheck(self._api.check_detail.text_in(scope)[:80] if self._api.check_detail else "")
        if self._api.list is not None:
            return SourceCheck(f"{(await self.list_jobs()).total} jobs")
        try:
            await self._look(JobId(self.source, _NO_JOB), None, "checking the source")
        except SignInRefused:
            raise
        except ProviderRefused:
            return SourceCheck("reachable")
        return SourceCheck("reachable")

    async def list_jobs(self, page: int = 1) -> JobPage:
        """One page of the list, by its number, by the cursor or by the link that the page before gave."""
        listing = self._api.list
        if listing is None:
            raise NotOffered(f"{self.source} describes no list", hint="`jobtui track` adds a job by its id.")
        cursor, before = self._starts.get(page, ("", (page - 1) * listing.page_size))
        if page > 1 and listing.next is not None and not cursor:
            raise ProviderRefused(f"page {page} of the list can only be reached through the page before")
        what = "listing jobs"
        link = cursor if listing.follows_links else ""
        scope, answer = await self._caller.ask(
            listing.call, {"page": page, "cursor": cursor or None}, what=what, link=link
        )
        wire.raise_for_answer(self._api.reading, scope, answer, listing.call, what=what)
        items = wire.items_on_page(listing, scope)
        total = wire.total_of(listing, scope)
        count = before + len(items)
        if listing.next is not None:
            following = plain_text(listing.next.read(scope)) if listing.next.holds(scope) else ""
            has_more = bool(following) and following != cursor
        else:
            following = ""
            is_full = len(items) >= listing.page_size if total is None else count < total
            has_more = bool(items) and listing.page_size > 0 and is_full
        if has_more:
            self._starts[page + 1] = (following, count)
        else:
            self._counted = count
        if total is None:
            # Where the service doesn't tell, the last count stands for it until the end is reached again.
            total = max(self._counted, count + has_more)
        observations = await self._observed_items(scope, items)
        return JobPage(tuple(observations), total, page + 1 if has_more else None)

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """One look at the job."""
        job, _, raw = await self._look(job_id, known, f"asking for {job_id.native}")
        return Observation(job, raw)

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Start a job, once."""
        call = self._api.submit
        if call is None:
            raise NotOffered(f"{self.source} describes no submit")
        what = f"the job for {target or self.source}"
        values: JsonObject = {"target": target, "payload": payload}
        with lost_answers_are_unknown(what):
            # Without a template the input is the body.
            body: JsonValue | NoBody = NO_BODY if call.body else payload
            scope, answer = await self._caller.ask(call, values, what=what, body=body)
            reading = self._api.reading_of(scope)
            try:
                has_failed = wire.raise_for_answer(
                    reading, scope, answer, call, what=f"submitting {target}".strip(), refused=InvalidInput
                )
            except RateLimited:
                raise
            except ProviderBusy as error:
                if call.accepts(answer.status):
                    raise _unknown_outcome(what, f"the service answered: {error}") from error
                raise
        native = wire.native_id_of(self._api, scope)
        if not native and has_failed:
            told = wire.error_of(reading.error, scope)
            raise InvalidInput(f"submitting {target}: {told.title or told.code}", code=told.code)
        if not native:
            raise _unknown_outcome(what, f"the answer (HTTP {answer.status}) doesn't tell which job it is")
        scope = Scope(scope.body, scope.headers, scope.status, {"id": native, "target": target})
        job_id = JobId(self.source, native)
        now = self._clock.now()
        job = wire.read_job(self._api, scope, job_id, now, has_failed=has_failed, submitted_as=target)
        return Observation(job, self._kept(answer, scope))

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Ask for the job to end, if it is in a state in which that is what the call means."""
        cancel = self._api.cancel
        if cancel is None:
            raise NotOffered(self.capabilities.why_no_cancel)
        what = f"cancelling {job_id.native}"
        # Of a finished job, a DELETE may delete the record: so its state is looked at right before.
        if known is None or known.observed_at is None or cancel.call.method == "DELETE":
            known, _, _ = await self._look(job_id, known, what)
        if known.state not in cancel.states:
            return CancelReply(accepted=False, reason=f"it is {known.state}")
        scope, answer = await self._caller.ask(cancel.call, wire.values_of(job_id, known), what=what)
        reading = self._api.reading_of(scope)
        if answer.status not in cancel.refused:
            wire.raise_for_answer(reading, scope, answer, cancel.call, what=what, not_found=JobNotFound)
            if cancel.accepted is None or cancel.accepted.holds(scope):
                return CancelReply(accepted=True)
        error = wire.error_of(reading.error, scope)
        return CancelReply(accepted=False, reason=error.title or error.code or f"HTTP {answer.status}")

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """What a finished job left: from the call for results, or from the answer that tells its state."""
        what = f"reading the result of {job_id.native}"
        call = self._api.result
        if call is None or known is None or known.state is not JobState.SUCCEEDED:
            job, scope, raw = await self._look(job_id, known, what)
            if job.state is not JobState.SUCCEEDED:
                reason = f"The job isn't done ({job.native_state or job.state}): there is no result yet."
                return Result(job_id, error=job.error, warnings=() if job.error else (reason,), raw=raw)
            if call is None:
                return await self._read_result(job, scope, raw)
            known = job
        values = wire.values_of(job_id, known)
        answer = await self._caller.send(call, values)
        try:
            scope = await self._caller.scope_of(answer, values, call)
        except ProtocolError:
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type == "text/html":
                raise
            return artifacts.whole_body(known, answer.body, media_type)
        reading = self._api.reading_of(scope)
        if answer.status in _FAILED_RESULT and not call.accepts(answer.status):
            error = wire.error_of(reading.error, scope)
            title = error.title or error.code or f"HTTP {answer.status}"
            return Result(job_id, error=JobError(error.code, title, error.detail), raw=answer.body)
        if wire.raise_for_answer(reading, scope, answer, call, what=what, not_found=JobNotFound):
            return Result(job_id, error=wire.error_of(reading.error, scope), raw=answer.body)
        return await self._read_result(known, scope, kept_raw(answer.body, scope.body))

    @asynccontextmanager
    async def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AsyncIterator[Download]:
        """Open a file through its link; one that has expired is looked for anew, once."""
        if not isinstance(artifact.content, RemoteFile):
            raise NotOffered(f"{artifact.name} came with the answer: there is nothing to download")
        file = artifact.content
        async with AsyncExitStack() as stack:
            is_fresh = bool(file.file_id) or (file.expires_at is not None and file.expires_at <= self._clock.now())
            url = await self._fresh_url(job_id, artifact, known) if is_fresh else file.url
            try:
                download = await self._caller.open(stack, url, offset_bytes, validator)
            except ProviderRefused as error:
                fresh = "" if is_fresh else await self._fresh_url_after(error, job_id, artifact, known)
                if not fresh or fresh == url:
                    raise
                download = await self._caller.open(stack, fresh, offset_bytes, validator)
            yield download

    async def targets(self) -> tuple[Target, ...]:
        """What the description offers."""
        return self._api.targets

    def log_in(self, body: bytes, job_id: JobId, known: Job | None = None) -> str:
        """What the job has written, as the description finds it."""
        return wire.log_in(self._api, body, job_id, known)

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        """A curl line for the job's status; the token is `$TOKEN`."""
        return self._caller.curl(self._api.status, wire.values_of(job_id, known))

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        """The captured `link`, or the URL that tells the job's state."""
        values = wire.values_of(job_id, known)
        link = plain_text(values.get(LINK))
        if link.startswith(("https://", "http://")):
            return link
        return self._caller.url_of(self._api.status, values)

    @property
    def requests_made(self) -> int:
        """HTTP requests since the start, sign-ins and further pages included."""
        return self._http.requests

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _look(self, job_id: JobId, known: Job | None, what: str) -> tuple[Job, Scope, bytes]:
        """The job as its status tells it, the answer, and the copy of it that is kept."""
        call = self._api.status
        scope, answer = await self._caller.ask(call, wire.values_of(job_id, known), what=what)
        reading = self._api.reading_of(scope)
        has_failed = wire.raise_for_answer(reading, scope, answer, call, what=what, not_found=JobNotFound)
        job = wire.read_job(self._api, scope, job_id, self._clock.now(), known, has_failed=has_failed)
        return job, scope, self._kept(answer, scope)

    def _kept(self, answer: Answer, scope: Scope) -> bytes:
        """What is kept of an answer about a job."""
        return kept_raw(answer.body, scope.body, lambda: wire.found_log(self._api, scope))

    async def _observed_items(self, scope: Scope, items: list[JsonValue]) -> list[Observation]:
        now = self._clock.now()
        observations = []
        for number, item in enumerate(items, start=1):
            if number % _ITEMS_A_TURN == 0:
                # Some APIs list all that there ever was on one page: other sources have their turn meanwhile.
                await asyncio.sleep(0)
            item_scope = scope.of_item(item)
            native = wire.native_id_of(self._api, item_scope)
            if not native:
                continue
            item_scope = Scope(item, scope.headers, scope.status, {"id": native})
            try:
                job = wire.read_job(self._api, item_scope, JobId(self.source, native), now)
            except JobNotFound:
                continue
            observations.append(Observation(job, entry=item))
        return observations

    async def _read_result(self, job: Job, scope: Scope, raw: bytes) -> Result:
        rules = self._api.reading_of(scope).artifacts
        if not rules and self._api.result is not None:
            rules = (_WHOLE_ANSWER,)
        # Apart from the loop, since many megabytes of base64 take a while to decode.
        return await asyncio.to_thread(
            artifacts.read_result, rules, scope, job, self._clock.now(), raw=raw, build_url=self._http.url
        )

    async def _fresh_url(self, job_id: JobId, artifact: Artifact, known: Job | None) -> str:
        """Where the file lies now; empty where the service doesn't tell."""
        file = artifact.content
        if isinstance(file, RemoteFile) and file.file_id:
            call = self._api.file
            if call is None:
                raise NotOffered(f"{self.source} describes no way to fetch a file by its id")
            what = f"asking for {artifact.name}"
            values = {**wire.values_of(job_id, known), "file_id": file.file_id}
            scope, answer = await self._caller.ask(call, values, what=what)
            wire.raise_for_answer(self._api.reading_of(scope), scope, answer, call, what=what)
            return self._api.file_link.text_in(scope)
        again = await self.fetch_result(job_id, known)
        return next(
            (
                other.content.url
                for other in again.artifacts
                if other.name == artifact.name and isinstance(other.content, RemoteFile)
            ),
            "",
        )

    async def _fresh_url_after(
        self, error: ProviderRefused, job_id: JobId, artifact: Artifact, known: Job | None
    ) -> str:
        return await self._fresh_url(job_id, artifact, known) if error.http_status in _EXPIRED_STATUSES else ""


def _unknown_outcome(what: str, reason: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{what} was sent, but whether a job was made is not known: {reason}",
        hint="Look at the service before you submit again.",
    )
