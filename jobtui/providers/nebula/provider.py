"""Asking Explorer: one method a call of the workflow API."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass

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
_MOST_REMEMBERED_WORKFLOWS = 1000


@dataclass(frozen=True, slots=True)
class _ListSize:
    """What the last look at one workflow's list told."""

    jobs: int
    pages: int
    """At least so many."""


class NebulaProvider:
    """Jobs of NebulaGraph Explorer: runs of workflows that were drawn in its web page."""

    name = wire.PROVIDER
    capabilities = Capabilities(lists=True, poll_interval_s=3.0, target_hint="workflow id")

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
        self._workflows = workflows
        self._page_sizes = list(_PAGE_SIZES)
        self._lists: dict[str, _ListSize] = {}
        self._workflow_names: dict[str, str] = dict.fromkeys(workflows, "")

    async def check(self) -> SourceCheck:
        """Sign in and count the jobs."""
        reply = await self._call("GET", ("jobs",), query={"pageSize": "1", "page": "1"})
        data = reply.data("listing jobs", Purpose.LOOK)
        page = wire.list_page(data, source=self.source, page=1, page_size=1, now=self._clock.now())
        who = f"{self._login.user} at {self._login.address}:{self._login.port}" if self._login else "ready token"
        return SourceCheck(f"{who}, {page.total} jobs")

    async def list_jobs(self, page: int = 1) -> JobPage:
        """One page of the list, newest first.

        With several workflows configured, page N holds the N-th page of each of them: the newest jobs of all are on the
        first page, and no job is skipped or doubled.
        """
        jobs: list[Job] = []
        total, has_next = 0, False
        for workflow in self._workflows or ("",):
            size = self._lists.get(workflow)
            if size is None or page <= size.pages:
                part = await self._list(workflow, page)
                size = self._lists[workflow] = _ListSize(part.total, page + part.has_next)
                jobs.extend(part.jobs)
                has_next = has_next or part.has_next
            total += size.jobs
        if len(self._workflows) > 1:
            jobs.sort(key=_creation, reverse=True)
        self._remember(jobs)
        return JobPage(tuple(Observation(job) for job in jobs), total, page + 1 if has_next else None)

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        """Look at one job with its tasks. Raises `JobNotFound`."""
        reply = await self._call("GET", ("jobs", job_id.native))
        data = reply.data(f"looking at job {job_id.native}", Purpose.JOB)
        job = wire.job_details(data, job_id, self._clock.now())
        self._remember((job,))
        return Observation(job, reply.answer.body)

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        """Run a workflow.

        Args:
            target: The workflow's id.
            payload: `{"input": {task: {parameter: value}}}`, or what `input` holds. The service puts the values into
                graph queries as they are.

        Raises:
            InvalidInput: Turned down; no job was made.
            OutcomeUnknown: Sent, but whether a job was made is not known.
            UsageError: The target can't be a workflow's id.
        """
        if not (target.isascii() and target.isdecimal()):
            raise UsageError(
                f"{target!r} is no workflow id", hint="It is the number on the workflow's page in Explorer."
            )
        body = wire.submission(payload)
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
            data = reply.data(f"cancelling job {job_id.native}", Purpose.JOB)
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
        """The first rows of each finished task, or of one. Raises `JobNotFound`.

        Args:
            job_id: Whose result.
            known: The last observation; saves a look when it is final and has its tasks.
            task: Only this task, by id or name.
            limit: Rows at most, per task.
        """
        job = known
        if job is None or not job.state.is_final or not job.tasks:
            job = (await self.fetch_job(job_id)).job
        artifacts: list[Artifact] = []
        warnings: list[str] = []
        bodies: list[bytes] = []
        for step in _chosen(job.tasks, task):
            if step.state is not JobState.SUCCEEDED:
                warnings.append(f"{step.name}: no rows, the task is {step.state}")
                continue
            try:
                rows, body = await self._sample(job_id, step, max(limit, 1))
            except SignInRefused:
                raise
            except ProviderRefused as refusal:
                # One task's rows may lie where this API can't read them; the others' are still wanted.
                warnings.append(f"{step.name}: {refusal}")
                continue
            if rows.more:
                warnings.append(
                    f"{step.name}: only the first {rows.limit} rows; the service gives them in no fixed order"
                )
            artifacts.append(_artifact(step, rows, job.tasks))
            bodies.append(body)
        return Result(job_id, tuple(artifacts), job.error, tuple(warnings), b"\n".join(bodies))

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

    async def _list(self, workflow: str, page: int) -> wire.ListPage:
        segments = ("workflows", workflow, "jobs") if workflow else ("jobs",)
        what = f"listing jobs of workflow {workflow}" if workflow else "listing jobs"
        while True:
            size = self._page_sizes[0]
            query = {"filter": '{"orderByCreateTime":"desc"}', "pageSize": str(size), "page": str(page)}
            reply = await self._call("GET", segments, query=query)
            if reply.code == Code.PARAM and page == 1 and len(self._page_sizes) > 1:
                del self._page_sizes[0]
                continue
            data = reply.data(what, Purpose.LOOK)
            return wire.list_page(data, source=self.source, page=page, page_size=size, now=self._clock.now())

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


def _creation(job: Job) -> float:
    return job.created_at.timestamp() if job.created_at else 0.0


def _chosen(tasks: tuple[Task, ...], wanted: str | None) -> tuple[Task, ...]:
    if wanted is None:
        return tasks
    chosen = tuple(task for task in tasks if task.id == wanted) or tuple(task for task in tasks if task.name == wanted)
    if not chosen:
        names = ", ".join(task.name for task in tasks) or "none"
        raise ProviderRefused(f"the job has no task {wanted!r}", hint=f"Its tasks: {names}.")
    return chosen


def _artifact(task: Task, rows: Rows, tasks: tuple[Task, ...]) -> Artifact:
    is_only_one = sum(other.name == task.name for other in tasks) == 1
    name = task.name if is_only_one else f"{task.name}-{task.id}"
    return Artifact(f"{name}.csv", "text/csv", rows, role="rows", task_id=task.id)
