"""Asking Explorer: one method a call of the workflow API."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext

from msgspec import Struct

from jobtui.core.clock import Clock
from jobtui.core.errors import JobNotFound, NotOffered, ProviderRefused, SignInRefused, UsageError
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue, Task
from jobtui.core.results import Artifact, Result, Rows
from jobtui.core.states import JobState
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, ReadSecret, SourceCheck, Target
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.http import NO_BODY, HttpClient, NoBody, lost_answers_are_unknown
from jobtui.providers.nebula import wire
from jobtui.providers.nebula.envelope import Code, Purpose, Reply, opened
from jobtui.providers.nebula.session import COOKIE, NebulaLogin, NebulaSession

# The documentation names no upper limit; a server that refuses one is asked for the next.
_PAGE_SIZES = (500, 100, 10)
_ALL = ""
"""In place of a workflow's id: the list of all jobs."""
_MOST_REMEMBERED_WORKFLOWS = 1000
_MOST_TOLD = 8


class _ListSize(Struct, frozen=True):
    """What the last look at one workflow's list told."""

    jobs: int
    pages: int
    """At least so many; 0 where it couldn't be read."""


class _Latest(Struct, frozen=True):
    """The first page of a list as it came last: mostly it comes again as it was, and then isn't taken apart."""

    workflow: str
    size: int
    body: bytes
    page: wire.ListPage


class NebulaProvider:
    """Jobs of NebulaGraph Explorer: runs of workflows that were drawn in its web page."""

    name = wire.PROVIDER
    capabilities = Capabilities(lists=True, poll_interval_s=3.0, target_hint="workflow id or name")

    def __init__(
        self,
        source: str,
        http: HttpClient,
        *,
        clock: Clock,
        login: NebulaLogin | None,
        token: ReadSecret | None,
        workflows: tuple[str, ...] = (),
    ) -> None:
        """Nothing is sent yet.

        Args:
            source: First part of every address.
            http: The client for the source's base URL.
            clock: Where time comes from.
            login: Signs in for a token.
            token: Gives a ready `explorer_token` instead.
            workflows: Ids of the workflows whose jobs are listed; all jobs without any.
        """
        self.source = source
        self._http = http
        self._clock = clock
        self._session = NebulaSession(http, clock, login, token)
        self._login = login
        self._listed = workflows or (_ALL,)
        self._page_size = _PAGE_SIZES[0]
        self._lists: dict[str, _ListSize] = {}
        self._latest: _Latest | None = None
        self._workflow_names: dict[str, str] = dict.fromkeys(workflows, "")

    async def check(self) -> SourceCheck:
        """Sign in and count the jobs; tells which configured workflows can't be listed, unless none can."""
        lists, refusals = await self._of_each(self._listed, lambda workflow: self._page(workflow, 1, size=1))
        who = f"{self._login.user} at {self._login.address}:{self._login.port}" if self._login else "ready token"
        detail = f"{who}, {sum(part.total for part in lists.values())} jobs"
        if refusals:
            detail += f"; workflows that can't be listed: {', '.join(refusals)}"
        return SourceCheck(detail)

    async def list_jobs(self, page: int = 1) -> JobPage:
        """One page of the list, newest first.

        With several workflows configured, page N holds the N-th page of each of them: the newest jobs of all are on the
        first page, and no job is skipped or doubled. One that can't be listed is left out, unless none can.
        """
        wanted = [
            workflow
            for workflow in self._listed
            if page == 1 or workflow not in self._lists or page <= self._lists[workflow].pages
        ]
        lists, refusals = await self._of_each(wanted, lambda workflow: self._list(workflow, page, self._page_size))
        self._lists |= {workflow: _ListSize(part.total, page + part.has_next) for workflow, part in lists.items()}
        self._lists |= dict.fromkeys(refusals, _ListSize(0, 0))
        listed = [pair for part in lists.values() for pair in zip(part.jobs, part.entries, strict=True)]
        if len(self._listed) > 1:
            listed.sort(key=lambda pair: _creation(pair[0]), reverse=True)
        self._remember([job for job, _ in listed])
        total = sum(self._lists[workflow].jobs for workflow in self._listed)
        has_next = any(part.has_next for part in lists.values())
        observations = tuple(Observation(job, entry={"data": entry}) for job, entry in listed)
        return JobPage(observations, total, page + 1 if has_next else None)

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """Look at one job with its tasks. Raises `JobNotFound`."""
        reply = await self._call("GET", ("jobs", job_id.native))
        data = _data_of(job_id, reply, f"looking at job {job_id.native}")
        job = wire.job_details(data, job_id, self._clock.now())
        self._remember((job,))
        return Observation(job, reply.answer.body)

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Run a workflow.

        Args:
            target: The workflow's id, or its name where the jobs in the lists tell of one workflow of that name alone.
            payload: `{"input": {task: {parameter: value}}}`, or what `input` holds, or some of it beside `input`. The
                service puts the values into graph queries as they are.

        Raises:
            InvalidInput: Turned down; no job was made.
            OutcomeUnknown: Sent, but whether a job was made is not known.
            UsageError: The target is neither a workflow's id nor the name of just one.
        """
        body = wire.submission(payload)
        target = await self._workflow_id(target)
        what = f"the run of workflow {target}"

        def guard() -> AbstractContextManager[None]:
            return lost_answers_are_unknown(what)

        reply = await self._call("POST", ("workflows", target, "jobs"), json=body, guard=guard)
        with guard():
            job = wire.submitted_job(
                reply.data(what, Purpose.SUBMIT),
                source=self.source,
                workflow_id=target,
                workflow_name=self._workflow_names.get(target, ""),
                now=self._clock.now(),
            )
        return Observation(job, reply.answer.body)

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        """Ask for the job to end. Raises `JobNotFound`."""
        reply = await self._call("PUT", ("jobs", job_id.native, "cancel"))
        try:
            data = _data_of(job_id, reply, f"cancelling job {job_id.native}")
        except (JobNotFound, SignInRefused):
            raise
        except ProviderRefused as refusal:
            return CancelReply(False, str(refusal))
        if data.get("success") is False:
            return CancelReply(False, "the service declined: the job may be over already")
        return CancelReply(True)

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        """The first rows of each finished task, or of one.

        Args:
            job_id: Whose result.
            known: The last observation; saves a look when it is final and so are its tasks.
            task: Only this task, by id or name.
            limit: Rows at most, per task.

        Raises:
            JobNotFound: There is no such job.
            UsageError: It has no such task.
        """
        # A list tells that a job ended, but not that its tasks did: those may be of an earlier look.
        job = known if known is not None and _is_told_whole(known) else (await self.fetch_job(job_id)).job
        artifacts: list[Artifact] = []
        warnings: list[str] = []
        refused: list[str] = []
        bodies: list[bytes] = []
        for step in _chosen(job_id, job.tasks, task):
            if step.state is not JobState.SUCCEEDED:
                warnings.append(f"{step.name}: no rows, the task {_why_unfinished(step, job)}")
                continue
            try:
                rows, body = await self._sample(job_id, step, max(limit, 1))
            except SignInRefused:
                raise
            except ProviderRefused as refusal:
                # One task's rows may lie where this API can't read them; the others' are still wanted.
                refused.append(f"{step.name}: {refusal.in_full}")
                warnings.append(refused[-1])
                continue
            if rows.more:
                warnings.append(
                    f"{step.name}: only the first {rows.limit} rows; the service gives them in no fixed order"
                )
            artifacts.append(_artifact(step, rows, job.tasks))
            bodies.append(body)
        return Result(job_id, tuple(artifacts), job.error, tuple(warnings), b"\n".join(bodies), tuple(refused))

    def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AbstractAsyncContextManager[Download]:
        """Raises `NotOffered`: rows come with the result, and the API has no files."""
        raise NotOffered("the workflow API has no files to download")

    async def targets(self) -> tuple[Target, ...]:
        """The configured workflows and those that listed jobs were runs of; the API itself lists none."""
        return tuple(
            Target(workflow, label=name, description='Parameters by task: {"query_1": {"name": "Tim Duncan"}}')
            for workflow, name in self._workflow_names.items()
        )

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        """A curl line for the job's details; the token is to be put into EXPLORER_TOKEN."""
        url = shlex.quote(self._http.url(_path("jobs", job_id.native)))
        return f'curl --cookie "{COOKIE}=$EXPLORER_TOKEN" {url}'

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        """Empty: where Explorer's web page shows a job isn't documented."""
        return ""

    @property
    def requests_made(self) -> int:
        """HTTP requests since the start, sign-ins and further pages included."""
        return self._http.requests

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _of_each(
        self, workflows: Iterable[str], ask: Callable[[str], Awaitable[wire.ListPage]]
    ) -> tuple[dict[str, wire.ListPage], dict[str, ProviderRefused]]:
        """What the lists tell, and why the others can't be read: a workflow that was deleted must not hide the rest.

        Raises:
            ProviderRefused: None can be read.
        """
        lists: dict[str, wire.ListPage] = {}
        refusals: dict[str, ProviderRefused] = {}
        for workflow in workflows:
            try:
                lists[workflow] = await ask(workflow)
            except (SignInRefused, NotOffered):
                raise
            except ProviderRefused as refusal:
                refusals[workflow] = refusal
        if refusals and not lists:
            if all(refusal.code == str(Code.DATABASE) for refusal in refusals.values()):
                # With its database down a service says so of every workflow, but then of the list of all jobs, too.
                await self._page(_ALL, 1, size=1)
            raise _joined(tuple(refusals.values()))
        return lists, refusals

    async def _workflow_id(self, target: str) -> str:
        """A workflow's id from its id or its name: the API knows no names, but each job tells what it is a run of."""
        if target.isascii() and target.isdecimal():
            return target
        found = self._workflows_named(target)
        if not found:
            lists, _ = await self._of_each(self._listed, lambda workflow: self._list(workflow, 1, self._page_size))
            for part in lists.values():
                self._remember(part.jobs)
            found = self._workflows_named(target)
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{len(found)} workflows are named {target!r}", hint=f"Give an id: {', '.join(found)}.")
        names = [f"{name} ({workflow})" for workflow, name in self._workflow_names.items() if name]
        known = f"Those with jobs: {', '.join(names[:_MOST_TOLD])}{', …' if len(names) > _MOST_TOLD else ''}. "
        raise UsageError(
            f"{target!r} is neither a workflow's id nor the name of one that a job is known of",
            hint=f"{known if names else ''}The id is the number on the workflow's page in Explorer.",
        )

    def _workflows_named(self, name: str) -> list[str]:
        return [workflow for workflow, known in self._workflow_names.items() if known == name]

    async def _list(self, workflow: str, page: int, size: int) -> wire.ListPage:
        try:
            listed = await self._page(workflow, page, size=size)
        except ProviderRefused as refusal:
            smaller = next((other for other in _PAGE_SIZES if other < size), None)
            if refusal.code != str(Code.PARAM) or page > 1 or smaller is None:
                raise
            return await self._list(workflow, page, smaller)
        # Only what was taken counts: several calls may be refused the same size, and a workflow every size.
        self._page_size = min(self._page_size, size)
        return listed

    async def _page(self, workflow: str, page: int, *, size: int) -> wire.ListPage:
        query = {"filter": '{"orderByCreateTime":"desc"}', "pageSize": str(size), "page": str(page)}
        if workflow == _ALL:
            reply = await self._call("GET", ("jobs",), query=query)
            data = reply.data("listing jobs", Purpose.LOOK)
        else:
            reply = await self._call("GET", ("workflows", workflow, "jobs"), query=query)
            data = reply.data(f"listing jobs of workflow {workflow}", Purpose.WORKFLOW)
        body, latest = reply.answer.body, self._latest
        if page == 1 and latest and (latest.workflow, latest.size, latest.body) == (workflow, size, body):
            return latest.page
        listed = wire.list_page(data, source=self.source, page=page, page_size=size, now=self._clock.now())
        if page == 1:
            self._latest = _Latest(workflow, size, body, listed)
        return listed

    async def _sample(self, job_id: JobId, task: Task, limit: int) -> tuple[Rows, bytes]:
        # One more than wanted: the service tells neither a total nor whether it left rows out.
        query = {"limit": str(limit + 1)}
        reply = await self._call("GET", ("jobs", job_id.native, "tasks", task.id, "sample_result"), query=query)
        data = reply.data(f"reading the rows of {task.name}", Purpose.RESULT)
        return wire.sample(data, task_id=task.id, limit=limit), reply.answer.body

    async def _call(
        self,
        method: str,
        segments: Sequence[str],
        *,
        query: Mapping[str, str] | None = None,
        json: JsonValue | NoBody = NO_BODY,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Reply:
        """Call once; after a lost session sign in and call once more, since a 401 says that nothing was accepted."""

        async def send(token: str) -> Reply:
            with guard():
                headers = {"cookie": f"{COOKIE}={token}"}
                return opened(await self._http.send(method, _path(*segments), query=query, json=json, headers=headers))

        token = await self._session.token()
        reply = await send(token)
        if not reply.session_is_lost:
            return reply
        renewed = await self._session.renewed(token)
        return reply if renewed == token else await send(renewed)

    def _remember(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            workflow = job.handle.get(wire.WORKFLOW, "")
            if workflow and (
                workflow in self._workflow_names or len(self._workflow_names) < _MOST_REMEMBERED_WORKFLOWS
            ):
                self._workflow_names[workflow] = job.kind if job.kind != workflow else ""


def _path(*segments: str) -> tuple[str, ...]:
    return ("api-open", "v1", *segments)


def _data_of(job_id: JobId, reply: Reply, what: str) -> JsonObject:
    """What the service tells of a job; ids are numbers, and to refuse another word is to know no such job."""
    try:
        return reply.data(what, Purpose.JOB)
    except ProviderRefused as refusal:
        if refusal.code != str(Code.PARAM) or job_id.native.isdecimal():
            raise
        raise JobNotFound(str(refusal), hint="A job's id is a number.", code=refusal.code) from refusal


def _creation(job: Job) -> float:
    return job.created_at.timestamp() if job.created_at else 0.0


def _joined(refusals: tuple[ProviderRefused, ...]) -> ProviderRefused:
    """One refusal that names what each of them names."""
    first, *others = refusals
    if not others:
        return first
    words = "; ".join(map(str, refusals))
    return ProviderRefused(words, hint=first.hint, code=first.code, http_status=first.http_status)


def _is_told_whole(job: Job) -> bool:
    return job.state.is_final and bool(job.tasks) and all(task.state.is_final for task in job.tasks)


def _chosen(job_id: JobId, tasks: tuple[Task, ...], wanted: str | None) -> tuple[Task, ...]:
    if wanted is None:
        return tasks
    chosen = tuple(task for task in tasks if task.id == wanted) or tuple(task for task in tasks if task.name == wanted)
    if not chosen:
        choices = ", ".join(task.choice for task in tasks) or "none"
        raise UsageError(f"{job_id} has no task {wanted!r}", hint=f"Its tasks: {choices}.")
    return chosen


def _why_unfinished(task: Task, job: Job) -> str:
    if task.state is JobState.FAILED:
        return "failed"
    if task.state is JobState.CANCELLED:
        return "was cancelled"
    # Of a job that is over the API leaves the tasks as they were, waiting ones too.
    return "never finished" if job.state.is_final else f"is {task.state}"


def _artifact(task: Task, rows: Rows, tasks: tuple[Task, ...]) -> Artifact:
    is_only_one = sum(other.name == task.name for other in tasks) == 1
    name = task.name if is_only_one else f"{task.name}-{task.id}"
    return Artifact(f"{name}.csv", "text/csv", rows, role="rows", task_id=task.id)
