from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import httpx
import pytest

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
    Unreachable,
    UsageError,
)
from jobtui.core.jobs import Job, JobId, JsonObject, Task
from jobtui.core.results import Artifact, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.demo.http_server import HttpServer
from jobtui.demo.nebula import NebulaService
from jobtui.demo.world import Plan, draw_plan
from jobtui.providers.base import Provider
from jobtui.providers.http import HttpClient
from jobtui.providers.json_fields import object_of, text_of
from jobtui.providers.nebula import NebulaLogin, NebulaProvider
from tests.demo.fake_clock import FakeClock
from tests.providers.nebula import examples
from tests.providers.test_credentials import Vault

LABEL_SPREAD, FRAUD_RANK, SHORTEST_PATHS = "107", "3821817867", "3992429968"


class Explorer:
    """The demo's graph service on loopback, and a provider that is signed in to it."""

    def __init__(self, jobs: int, draw: Callable[[Random, datetime], Plan] | None = None) -> None:
        self.clock = FakeClock()
        self.service = NebulaService(self.clock, jobs=jobs, arrival_gap=None, draw=draw)
        self.server = HttpServer(self.service.handle)
        self.providers: list[NebulaProvider] = []

    def provider(self, *workflows: str, vault: Vault | None = None) -> NebulaProvider:
        login = NebulaLogin("root", (vault or Vault("nebula")).read, "192.168.8.111", 9669)
        http = HttpClient(self.server.base_url, clock=self.clock)
        provider = NebulaProvider("graph", http, clock=self.clock, login=login, token=None, workflows=workflows)
        self.providers.append(provider)
        return provider

    async def finish(self) -> None:
        await self.clock.sleep(3600)


@pytest.fixture
async def explorer() -> AsyncIterator[Explorer]:
    def succeeding(random: Random, created_at: datetime) -> Plan:
        while (plan := draw_plan(random, created_at, speed=1.0)).ending is not JobState.SUCCEEDED:
            pass
        return plan

    explorer = Explorer(jobs=25, draw=succeeding)
    await explorer.server.start()
    yield explorer
    for provider in explorer.providers:
        await provider.aclose()
    await explorer.server.stop()


class Script:
    """Answers the calls after signing in one after the other, and remembers them."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.clock = FakeClock()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def provider(self, *workflows: str) -> NebulaProvider:
        http = HttpClient("http://explorer:7002", transport=httpx.MockTransport(self._answer), clock=self.clock)
        return NebulaProvider(
            "graph", http, clock=self.clock, login=None, token=Vault("old-token", "new-token").read, workflows=workflows
        )


class TwoAtOnce:
    """Refuses pages of more than 100 jobs, the first two times at the same moment."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._both = asyncio.Barrier(2)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        size = int(request.url.params["pageSize"])
        self.sizes.append(size)
        if size <= 100:
            return page_of(range(0), 0, 1, size)
        await self._both.wait()
        return replied(PARAM, 400)


PARAM = b'{"code":40004001,"message":"ErrParam"}'
FORBIDDEN = b'{"code":40304000,"message":"ErrForbidden"}'


def replied(body: bytes, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=body)


def page_of(native_ids: range, total: int, page: int, page_size: int) -> httpx.Response:
    items = [{"id": native, "createTime": 1_677_636_902_417 + native, "status": 2} for native in native_ids]
    return httpx.Response(
        200, json={"code": 0, "data": {"items": items, "total": total, "Page": page, "PageSize": page_size}}
    )


def natives(jobs: list[Job]) -> list[int]:
    return [int(job.id.native) for job in jobs]


def test_it_is_a_provider_that_lists(explorer: Explorer) -> None:
    provider: Provider = explorer.provider()
    assert (provider.name, provider.source, provider.capabilities.lists) == ("nebula", "graph", True)


async def test_a_check_signs_in_and_says_as_whom(explorer: Explorer) -> None:
    assert (await explorer.provider().check()).detail == "root at 192.168.8.111:9669, 25 jobs"


async def test_the_list_holds_every_job_newest_first(explorer: Explorer) -> None:
    page = await explorer.provider().list_jobs()
    created = [observation.job.created_at for observation in page.observations]
    assert (len(created), page.total, page.next_page) == (25, 25, None)
    assert all(newer is not None and older is not None and newer >= older for newer, older in pairwise(created))


async def test_a_list_that_comes_again_as_it_was_is_not_taken_apart_anew() -> None:
    provider = Script(*(page_of(range(most, 0, -1), 4, 1, 500) for most in (3, 3, 4))).provider()
    first, again, other = [await provider.list_jobs() for _ in range(3)]
    assert all(seen.job is once.job for seen, once in zip(again.observations, first.observations, strict=True))
    assert (again.total, again.next_page) == (first.total, first.next_page)
    assert natives([seen.job for seen in other.observations]) == [4, 3, 2, 1]


async def test_configured_workflows_are_listed_together_and_no_others(explorer: Explorer) -> None:
    page = await explorer.provider(LABEL_SPREAD, FRAUD_RANK).list_jobs()
    everything = (await explorer.provider().list_jobs()).observations
    wanted = [seen.job.id for seen in everything if seen.job.kind in {"label_spread", "fraud_rank"}]
    assert [observation.job.id for observation in page.observations] == wanted
    # As an answer about each of them alone would be.
    entries = [object_of(object_of(observation.entry).get("data")) for observation in page.observations]
    assert [text_of(entry.get("id")) for entry in entries] == [job_id.native for job_id in wanted]
    assert page.total == len(wanted) > 0


async def test_j7_pages_of_several_workflows_neither_skip_nor_double_a_job() -> None:
    script = Script(
        page_of(range(20, 10, -1), 20, 1, 10),
        page_of(range(103, 100, -1), 3, 1, 10),
        page_of(range(10, 0, -1), 20, 2, 10),
    )
    provider = script.provider("1", "2")
    first = await provider.list_jobs()
    assert natives([seen.job for seen in first.observations]) == [103, 102, 101, *range(20, 10, -1)]
    assert (first.total, first.next_page) == (23, 2)
    second = await provider.list_jobs(2)
    assert natives([seen.job for seen in second.observations]) == list(range(10, 0, -1))
    assert (second.total, second.next_page) == (23, None)
    assert [request.url.path.split("/")[4] for request in script.requests] == ["1", "2", "1"]


async def test_a_workflow_that_the_service_does_not_know_hides_no_other(explorer: Explorer) -> None:
    provider = explorer.provider("999", LABEL_SPREAD)
    page = await provider.list_jobs()
    alone = await explorer.provider(LABEL_SPREAD).list_jobs()
    assert [seen.job.id for seen in page.observations] == [seen.job.id for seen in alone.observations]
    assert (page.total, page.next_page) == (alone.total, None)
    assert page.total > 0


async def test_a_check_counts_the_configured_workflows_jobs_and_names_those_that_cannot_be_listed(
    explorer: Explorer,
) -> None:
    count = (await explorer.provider(LABEL_SPREAD).list_jobs()).total
    assert (await explorer.provider(LABEL_SPREAD).check()).detail == f"root at 192.168.8.111:9669, {count} jobs"
    assert (await explorer.provider("999", LABEL_SPREAD, "998").check()).detail == (
        f"root at 192.168.8.111:9669, {count} jobs; workflows that can't be listed: 999, 998"
    )


async def test_workflows_of_which_none_can_be_listed_are_all_named(explorer: Explorer) -> None:
    provider = explorer.provider("999", "9" * 20)
    for ask in (provider.check, provider.list_jobs):
        with pytest.raises(ProviderRefused, match=r"workflow 999: .*; .* workflow 9{20}: .ErrParam") as caught:
            await ask()
        assert "no workflow of that id" in caught.value.hint
    with pytest.raises(ProviderRefused, match='listing jobs of workflow 999: "ErrInternalDatabase"'):
        await explorer.provider("999").list_jobs()


async def test_a_service_whose_database_is_down_is_not_said_to_lack_the_workflows() -> None:
    script = Script(*[replied(examples.DATABASE, 500) for _ in range(3)])
    with pytest.raises(ProviderBusy, match='listing jobs: "ErrInternalDatabase"'):
        await script.provider("1", "2").list_jobs()
    assert [request.url.path.count("workflows") for request in script.requests] == [1, 1, 0]


async def test_a_workflow_that_is_made_later_is_listed_from_then_on() -> None:
    script = Script(
        replied(examples.DATABASE, 500),
        page_of(range(2, 0, -1), 4, 1, 2),
        page_of(range(4, 2, -1), 4, 2, 2),
        page_of(range(103, 100, -1), 3, 1, 10),
        page_of(range(2, 0, -1), 4, 1, 2),
    )
    provider = script.provider("1", "2")
    assert [(await provider.list_jobs(page)).total for page in (1, 2)] == [4, 4]
    assert (await provider.list_jobs()).total == 7
    assert [request.url.path.split("/")[4] for request in script.requests] == ["1", "2", "2", "1", "2"]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([replied(examples.CONTROLLER, 500)], ProviderBusy),
        ([replied(examples.SESSION_EXPIRED, 401)] * 2, SignInRefused),
        ([replied(FORBIDDEN, 403)], SignInRefused),
        ([replied(b'{"code":50104000,"message":"ErrNotImplemented"}', 501)], NotOffered),
    ],
)
async def test_a_fault_that_is_not_the_workflow_s_is_the_list_s(
    answers: list[httpx.Response], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        await Script(*answers, replied(examples.DATABASE, 500)).provider("1", "2").list_jobs()
    assert type(caught.value) is kind


async def test_two_lists_that_are_refused_at_once_shorten_the_pages_once() -> None:
    service, clock = TwoAtOnce(), FakeClock()
    http = HttpClient("http://explorer", transport=httpx.MockTransport(service.answer), clock=clock)
    provider = NebulaProvider("graph", http, clock=clock, login=None, token=Vault("token").read)
    await asyncio.gather(provider.list_jobs(), provider.list_jobs())
    await provider.list_jobs()
    assert service.sizes == [500, 500, 100, 100, 100]


async def test_a_workflow_that_is_refused_at_every_length_shortens_no_other_s_pages() -> None:
    script = Script(*[replied(PARAM, 400) for _ in range(3)], page_of(range(3), 3, 1, 500))
    await script.provider("1", "2").list_jobs()
    assert [request.url.params["pageSize"] for request in script.requests] == ["500", "100", "10", "500"]


async def test_a_server_that_refuses_long_pages_is_asked_for_shorter_ones_from_then_on() -> None:
    script = Script(replied(PARAM, 400), page_of(range(100), 150, 1, 100), page_of(range(100, 150), 150, 2, 100))
    provider = script.provider()
    assert (await provider.list_jobs()).next_page == 2
    assert (await provider.list_jobs(2)).next_page is None
    assert [request.url.params["pageSize"] for request in script.requests] == ["500", "100", "100"]
    assert json.loads(script.requests[0].url.params["filter"]) == {"orderByCreateTime": "desc"}


async def test_a_server_that_refuses_every_page_is_heard() -> None:
    script = Script(*[replied(PARAM, 400) for _ in range(3)])
    with pytest.raises(ProviderRefused, match='listing jobs: "ErrParam"'):
        await script.provider().list_jobs()


async def test_a_job_is_looked_at_with_its_tasks_and_the_body_it_came_from(explorer: Explorer) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(FRAUD_RANK, {})).job.id
    await explorer.finish()
    seen = await provider.fetch_job(job_id)
    assert (seen.job.id, seen.job.state, seen.job.progress) == (job_id, JobState.SUCCEEDED, 1.0)
    assert [task.name for task in seen.job.tasks] == ["Recent transfers", "PageRank", "Rings", "Suspects"]
    assert seen.raw is not None
    assert json.loads(seen.raw)["data"]["id"] == int(job_id.native)


@pytest.mark.parametrize("native", ["1", "9" * 17, "x/y"])
async def test_an_unknown_job_is_not_found(explorer: Explorer, native: str) -> None:
    with pytest.raises(JobNotFound):
        await explorer.provider().fetch_job(JobId("graph", native))


async def test_a_submitted_job_is_queued_under_the_name_of_its_workflow(explorer: Explorer) -> None:
    provider = explorer.provider()
    await provider.list_jobs()
    job = (await provider.submit(SHORTEST_PATHS, {"analytics_sssp_1": {"root": "station_100"}})).job
    assert (job.state, job.kind, job.title) == (JobState.QUEUED, "shortest_paths", f"shortest_paths {job.id.native}")
    assert (await provider.fetch_job(job.id)).job.kind == "shortest_paths"


@pytest.mark.parametrize(
    ("target", "payload", "kind"),
    [
        (SHORTEST_PATHS, {}, InvalidInput),
        ("12345", {}, InvalidInput),
        (LABEL_SPREAD, {"input": "x"}, InvalidInput),
        ("no_such_workflow", {}, UsageError),
        ("²", {}, UsageError),
    ],
)
async def test_a_submit_that_cannot_work_is_turned_down(
    explorer: Explorer, target: str, payload: JsonObject, kind: type[Exception]
) -> None:
    provider = explorer.provider()
    before = (await provider.list_jobs()).total
    with pytest.raises(kind):
        await provider.submit(target, payload)
    assert (await provider.list_jobs()).total == before


async def test_a_workflow_is_found_by_its_name_in_the_jobs_that_ran_it(explorer: Explorer) -> None:
    job = (await explorer.provider().submit("label_spread", {})).job
    assert (job.kind, job.handle) == ("label_spread", {"workflow": LABEL_SPREAD})


def _jobs_of(*workflows: tuple[str, str]) -> httpx.Response:
    items = [
        {"id": number, "name": f"{name}_1", "workflowId": workflow, "workflowName": name, "status": 2}
        for number, (workflow, name) in enumerate(workflows)
    ]
    return replied(json.dumps({"code": 0, "data": {"items": items, "total": len(items)}}).encode())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rank", "2 workflows are named 'rank'. Give an id: 7, 9."),
        ("runk", "nor the name of one that a job is known of. Those with jobs: rank (7), cores (8), rank (9)."),
    ],
)
async def test_a_name_that_is_not_one_workflow_s_is_turned_down_with_those_there_are(name: str, words: str) -> None:
    script = Script(_jobs_of(("7", "rank"), ("8", "cores"), ("9", "rank"), ("7", "rank")))
    with pytest.raises(UsageError) as caught:
        await script.provider().submit(name, {})
    assert words in caught.value.in_full
    assert [request.method for request in script.requests] == ["GET"]


async def test_h12_a_submit_whose_answer_is_lost_is_made_once_and_called_unknown(explorer: Explorer) -> None:
    provider = explorer.provider()
    before = (await provider.list_jobs()).total
    explorer.service.faults.lose_next_answer()
    with pytest.raises(OutcomeUnknown, match=f"the run of workflow {LABEL_SPREAD}"):
        await provider.submit(LABEL_SPREAD, {})
    assert (await provider.list_jobs()).total == before + 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (replied(b'{"code":0,"data":{"id":'), OutcomeUnknown),
        (replied(b'{"code":0,"data":{}}'), OutcomeUnknown),
        (replied(b"<html>"), OutcomeUnknown),
        (replied(b'{"code":50004000,"message":"ErrInternalServer"}', 500), OutcomeUnknown),
        (replied(b"", 504), OutcomeUnknown),
        (httpx.ReadTimeout(""), OutcomeUnknown),
        (httpx.ConnectError(""), Unreachable),
        (replied(examples.CONTROLLER, 500), InvalidInput),
        (replied(examples.BAD_REQUEST, 400), InvalidInput),
        (replied(PARAM, 500), InvalidInput),
        (replied(b'{"code":42904000,"message":"ErrBusy"}', 500), RateLimited),
        (replied(b'{"code":50004000,"message":"ErrInternalServer"}', 400), OutcomeUnknown),
    ],
)
async def test_h12_the_outcome_of_a_submit_is_unknown_only_where_it_is(
    answer: httpx.Response | Exception, kind: type[Exception]
) -> None:
    script = Script(answer)
    with pytest.raises(kind) as caught:
        await script.provider().submit("107", {"query_1": {"name": "Tim Duncan"}})
    assert type(caught.value) is kind
    assert json.loads(script.requests[0].content) == {"input": {"query_1": {"name": "Tim Duncan"}}}
    assert len(script.requests) == 1


async def test_the_documented_submit_is_sent_as_documented() -> None:
    script = Script(replied(examples.SUBMITTED))
    seen = await script.provider().submit("4216617528", {"input": {"query_1": {"name": "Tim Duncan"}}})
    assert (seen.job.id, seen.raw) == (JobId("graph", "107"), examples.SUBMITTED)
    assert str(script.requests[0].url) == "http://explorer:7002/api-open/v1/workflows/4216617528/jobs"
    assert script.requests[0].content == b'{"input":{"query_1":{"name":"Tim Duncan"}}}'


async def test_a_fault_while_signing_in_leaves_no_doubt_about_the_submit(explorer: Explorer) -> None:
    provider = explorer.provider()
    explorer.service.faults.drop_next()
    with pytest.raises(Unreachable):
        await provider.submit(LABEL_SPREAD, {})


async def test_a_lost_session_is_renewed_without_a_word_and_the_call_repeated_once(explorer: Explorer) -> None:
    provider = explorer.provider()
    before = (await provider.list_jobs()).total
    explorer.service.restart()
    await provider.submit(LABEL_SPREAD, {})
    assert (await provider.list_jobs()).total == before + 1


@pytest.mark.parametrize("status", [401, 200])
async def test_h11_a_token_that_is_refused_twice_pauses_the_source(status: int) -> None:
    script = Script(replied(examples.SESSION_EXPIRED, status), replied(examples.SESSION_EXPIRED, status))
    with pytest.raises(SignInRefused, match="token is expired"):
        await script.provider().fetch_job(JobId("graph", "1"))
    assert [request.headers["cookie"] for request in script.requests] == [
        "explorer_token=old-token",
        "explorer_token=new-token",
    ]


async def test_h13_exactly_one_cookie_is_sent_whatever_the_service_sets() -> None:
    script = Script(
        httpx.Response(200, content=examples.DETAILS, headers={"set-cookie": "explorer_token=other; Path=/"}),
        replied(examples.DETAILS),
    )
    provider = script.provider()
    await provider.fetch_job(JobId("graph", "1964"))
    await provider.fetch_job(JobId("graph", "1964"))
    assert [request.headers["cookie"] for request in script.requests] == ["explorer_token=old-token"] * 2


async def test_a_queued_job_can_be_cancelled_and_a_finished_one_declines(explorer: Explorer) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(LABEL_SPREAD, {})).job.id
    assert (await provider.cancel(job_id)).accepted
    await explorer.finish()
    assert (await provider.fetch_job(job_id)).job.state is JobState.CANCELLED
    again = await provider.cancel(job_id)
    assert (again.accepted, again.reason) == (False, "the service declined: the job may be over already")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (replied(examples.CONTROLLER, 500), "ErrInternalController"),
        (replied(b"{}", 409), "HTTP 409"),
        (replied(FORBIDDEN, 403), "ErrForbidden"),
    ],
)
async def test_j8_a_refused_cancel_gives_its_reason(answer: httpx.Response, reason: str) -> None:
    script = Script(answer)
    reply = await script.provider().cancel(JobId("graph", "7"))
    assert not reply.accepted
    assert reason in reply.reason
    assert script.requests[0].method == "PUT"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([replied(examples.DATABASE, 500)], JobNotFound),
        ([replied(examples.SESSION_EXPIRED, 401)] * 2, SignInRefused),
    ],
)
async def test_a_cancel_of_a_job_that_is_not_there_or_without_a_session_is_an_error(
    answers: list[httpx.Response], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await Script(*answers).provider().cancel(JobId("graph", "7"))


async def test_the_documented_answer_to_a_cancel_is_a_yes() -> None:
    script = Script(replied(examples.CANCELLED))
    assert (await script.provider().cancel(JobId("graph", "30600"))).accepted
    assert (script.requests[0].method, script.requests[0].url.path) == ("PUT", "/api-open/v1/jobs/30600/cancel")


async def test_a_job_that_may_not_be_seen_does_not_sign_the_source_out() -> None:
    with pytest.raises(ProviderRefused, match='looking at job 7: "ErrForbidden"') as caught:
        await Script(replied(FORBIDDEN, 403)).provider().fetch_job(JobId("graph", "7"))
    assert not isinstance(caught.value, SignInRefused)


def ended(*states: JobState) -> Job:
    """A job that is said to have succeeded, with such tasks."""
    task_id = "8c171f70fb6f11ecac7e6da0662c195b"
    tasks = tuple(Task(f"{task_id}{number or ''}", "KCore", state, "") for number, state in enumerate(states))
    return Job(JobId("graph", "29987"), "nebula", JobState.SUCCEEDED, tasks=tasks)


async def test_the_documented_rows_become_the_documented_task_s_table() -> None:
    script = Script(replied(examples.ROWS))
    known = ended(JobState.SUCCEEDED)
    result = await script.provider().fetch_result(known.id, known, limit=999)
    assert str(script.requests[0].url) == (
        "http://explorer:7002/api-open/v1/jobs/29987/tasks/8c171f70fb6f11ecac7e6da0662c195b/sample_result?limit=1000"
    )
    rows = Rows(
        columns=("column 1", "column 2"),
        rows=(("player110", "0.150000"), ("team219", "0.452126"), ("player121", "0.262148")),
        limit=999,
        more=False,
    )
    assert result.artifacts == (
        Artifact("KCore.csv", "text/csv", rows, role="rows", task_id="8c171f70fb6f11ecac7e6da0662c195b"),
    )
    assert (result.job_id, result.error, result.warnings, result.raw) == (known.id, None, (), examples.ROWS)


@pytest.mark.parametrize(
    "known",
    [
        ended(),
        ended(JobState.RUNNING),
        ended(JobState.SUCCEEDED, JobState.QUEUED),
        replace(ended(JobState.SUCCEEDED), state=JobState.RUNNING),
    ],
)
async def test_tasks_that_may_have_gone_on_since_are_looked_at_before_their_rows_are_read(known: Job) -> None:
    script = Script(replied(examples.DETAILS), replied(examples.ROWS))
    result = await script.provider().fetch_result(known.id, known)
    assert [artifact.name for artifact in result.artifacts] == ["BFS.csv"]
    assert result.warnings == ()
    assert [request.url.path.count("/tasks/") for request in script.requests] == [0, 1]


async def test_the_result_is_a_table_for_each_task_cut_at_the_limit(explorer: Explorer) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(FRAUD_RANK, {})).job.id
    await explorer.finish()
    cut, whole = await provider.fetch_result(job_id, limit=5), await provider.fetch_result(job_id, limit=10_000)
    assert [artifact.name for artifact in cut.artifacts] == [
        "Recent transfers.csv",
        "PageRank.csv",
        "Rings.csv",
        "Suspects.csv",
    ]
    assert (len(cut.warnings), whole.warnings) == (4, ())
    for part, full in zip(cut.artifacts, whole.artifacts, strict=True):
        assert isinstance(part.content, Rows)
        assert isinstance(full.content, Rows)
        assert part.content.rows == full.content.rows[:5]
        assert (part.content.more, full.content.more) == (True, False)
    rank = cut.artifacts[1]
    assert isinstance(rank.content, Rows)
    assert (rank.task_id, rank.content.columns) == ("analytics_pagerank_2", ("vid", "value"))
    assert cut.raw.count(b'"message":"Success"') == 4


@pytest.mark.parametrize("task", ["PageRank", "analytics_pagerank_2"])
async def test_one_tasks_rows_can_be_asked_for_by_name_or_id(explorer: Explorer, task: str) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(FRAUD_RANK, {})).job.id
    await explorer.finish()
    known = (await provider.fetch_job(job_id)).job
    (artifact,) = (await provider.fetch_result(job_id, known, task=task)).artifacts
    assert artifact.task_id == "analytics_pagerank_2"


async def test_a_task_that_the_job_does_not_have_is_named_with_those_it_has(explorer: Explorer) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(LABEL_SPREAD, {})).job.id
    with pytest.raises(UsageError, match=f"{job_id} has no task 'PageRank'") as caught:
        await provider.fetch_result(job_id, task="PageRank")
    assert caught.value.hint == "Its tasks: LPA (analytics_lpa_1)."


async def test_tasks_that_are_not_done_are_said_to_have_no_rows(explorer: Explorer) -> None:
    provider = explorer.provider()
    job_id = (await provider.submit(LABEL_SPREAD, {})).job.id
    result = await provider.fetch_result(job_id)
    assert (result.artifacts, result.warnings) == ((), ("LPA: no rows, the task is queued",))


async def test_rows_that_cannot_be_read_cost_only_their_own_task() -> None:
    details = json.loads(examples.DETAILS)
    details["data"]["tasks"].append({"id": "analytics_bfs_2", "name": "BFS", "status": 2})
    script = Script(replied(json.dumps(details).encode()), replied(examples.CONTROLLER, 500), replied(examples.NO_ROWS))
    result = await script.provider().fetch_result(JobId("graph", "1964"))
    assert [artifact.name for artifact in result.artifacts] == ["BFS-analytics_bfs_2.csv"]
    assert "ErrInternalController" in result.warnings[0]
    assert result.refused == result.warnings[:1]
    assert script.requests[-1].url.path.endswith("/tasks/analytics_bfs_2/sample_result")
    assert script.requests[-1].url.params["limit"] == "201"


async def test_rows_that_may_not_be_seen_cost_only_their_own_task() -> None:
    script = Script(replied(examples.DETAILS), replied(FORBIDDEN, 403))
    result = await script.provider().fetch_result(JobId("graph", "1964"))
    assert (result.artifacts, result.refused) == ((), result.warnings)
    (refused,) = result.refused
    assert re.fullmatch(r"BFS: reading the rows of BFS: .*ErrForbidden.* The job may be another user's\.", refused)


async def test_a_credential_refused_while_reading_rows_is_no_warning() -> None:
    refusals = [replied(examples.SESSION_EXPIRED, 401) for _ in range(2)]
    with pytest.raises(SignInRefused):
        await Script(replied(examples.DETAILS), *refusals).provider().fetch_result(JobId("graph", "1964"))


async def test_what_can_be_submitted_is_what_was_configured_or_seen(explorer: Explorer) -> None:
    provider = explorer.provider(LABEL_SPREAD)
    assert [(target.name, target.label) for target in await provider.targets()] == [(LABEL_SPREAD, "")]
    await provider.list_jobs()
    await provider.fetch_job((await provider.submit(FRAUD_RANK, {})).job.id)
    assert [(target.name, target.label) for target in await provider.targets()] == [
        (LABEL_SPREAD, "label_spread"),
        (FRAUD_RANK, "fraud_rank"),
    ]


async def test_s1_the_curl_line_names_a_variable_and_no_token() -> None:
    script = Script(replied(examples.DETAILS))
    provider = script.provider()
    await provider.fetch_job(JobId("graph", "1964"))
    assert provider.curl(JobId("graph", "a'b;c")) == (
        'curl --cookie "explorer_token=$EXPLORER_TOKEN" http://explorer:7002/api-open/v1/jobs/a%27b%3Bc'
    )
    assert provider.link(JobId("graph", "1964")) == ""


def test_there_are_no_files_to_download() -> None:
    artifact = Artifact("x", "text/plain", Text(""))
    with pytest.raises(NotOffered):
        Script().provider().open_download(JobId("graph", "1"), artifact)


async def test_h7_a_wrong_base_url_is_suspected_when_a_web_page_answers() -> None:
    with pytest.raises(ProtocolError, match="web page") as caught:
        await Script(replied(b"<!doctype html>")).provider().list_jobs()
    assert "base_url" in caught.value.hint


async def test_the_token_is_in_no_word_about_a_failure() -> None:
    echo = replied(b'{"code":50004000,"message":"ErrInternalServer::bad old-token"}', 500)
    with pytest.raises(ProviderBusy, match=r"bad \[hidden\]") as caught:
        await Script(echo).provider().list_jobs()
    assert "old-token" not in repr(caught.value.__dict__)


async def test_a_session_outlives_the_days_of_its_token(explorer: Explorer) -> None:
    provider = explorer.provider()
    await provider.check()
    await explorer.clock.sleep(timedelta(days=4).total_seconds())
    assert (await provider.check()).detail.startswith("root at")
