from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

import pytest

from jobtui.core.states import JobState
from jobtui.demo.http_server import ConnectionDropped, Response
from jobtui.demo.nebula import CredentialForm, NebulaService
from jobtui.demo.nebula_workflows import WORKFLOWS
from tests.demo.calls import Json, call, header, read, steady
from tests.demo.fake_clock import FakeClock
from tests.providers.nebula import examples

API = "/api-open/v1"
RANK, PATHS = "3821817867", "3992429968"
DATABASE = {"address": "192.168.8.111", "port": 9669}
ARRAY = '["root","nebula"]'


class Explorer:
    """A signed-in user of a service whose jobs have no chance in them."""

    def __init__(self, service: NebulaService, clock: FakeClock, token: str = "") -> None:
        self.service = service
        self.clock = clock
        self.token = token

    async def ask(self, method: str, path: str, body: object = b"") -> Response:
        return await call(self.service, method, API + path, body, {"cookie": f"explorer_token={self.token}"})

    async def data(self, method: str, path: str, body: object = b"") -> Json:
        answer = read(await self.ask(method, path, body))
        assert (answer["code"], answer["message"]) == (0, "Success")
        return answer["data"]

    async def submit(self, workflow_id: str = RANK, **given: dict[str, object]) -> int:
        job_id: int = (await self.data("POST", f"/workflows/{workflow_id}/jobs", {"input": given}))["id"]
        return job_id

    async def status(self, job_id: int) -> int:
        status: int = (await self.data("GET", f"/jobs/{job_id}"))["status"]
        return status

    async def list(self, path: str = "/jobs", **query: object) -> Json:
        texts = {key: json.dumps(value) if key == "filter" else str(value) for key, value in query.items()}
        return await self.data("GET", f"{path}?{urlencode(texts)}")


async def connect(service: NebulaService, credentials: str = ARRAY, body: object = DATABASE) -> Response:
    packed = base64.b64encode(credentials.encode()).decode()
    return await call(service, "POST", f"{API}/connect", body, {"authorization": f"Bearer {packed}"})


async def explorer(jobs: int = 0, ending: JobState = JobState.SUCCEEDED, **switches: Json) -> Explorer:
    clock = FakeClock()
    service = NebulaService(clock, jobs=jobs, **{"arrival_gap": None, "draw": steady(ending), **switches})
    cookie = header(await connect(service), "Set-Cookie")
    return Explorer(service, clock, cookie.partition(";")[0].removeprefix("explorer_token="))


def refusal(response: Response) -> tuple[int, int]:
    answer = read(response)
    assert "data" not in answer
    return response.status, answer["code"]


async def test_the_token_comes_as_a_cookie_and_only_there() -> None:
    answer = await connect(NebulaService(FakeClock()))
    assert answer.body == b'{"code":0,"data":{"success":true},"message":"Success"}'
    token, *attributes = header(answer, "Set-Cookie").split("; ")
    assert token.startswith("explorer_token=eyJ")
    assert attributes == ["Path=/", "Max-Age=259200", "HttpOnly"]
    assert header(answer, "Traceparent").startswith("00-")


@pytest.mark.parametrize(
    ("form", "credentials", "status"),
    [
        ("array", ARRAY, 200),
        ("array", '["root", "nebula"]', 200),
        ("array", "root:nebula", 400),
        ("array", '["root","wrong"]', 400),
        ("colon", "root:nebula", 200),
        ("colon", ARRAY, 400),
        ("both", ARRAY, 200),
        ("both", "root:nebula", 200),
    ],
)
async def test_credentials_are_taken_in_the_form_of_the_version(
    form: CredentialForm, credentials: str, status: int
) -> None:
    answer = await connect(NebulaService(FakeClock(), credential_form=form), credentials)
    assert answer.status == status
    assert read(answer)["code"] == (0 if status == 200 else 40004000)


@pytest.mark.parametrize(
    "authorization", ["Bearer é", "Bearer \xff\xfe", "Bearer !", "Bearer /w==", "", "Basic cm9vdA=="]
)
async def test_credentials_that_are_no_base64_of_text_are_a_bad_request(authorization: str) -> None:
    service = NebulaService(FakeClock())
    answer = await call(service, "POST", f"{API}/connect", DATABASE, {"authorization": authorization})
    assert refusal(answer) == (400, 40004000)


@pytest.mark.parametrize("body", [{"address": "", "port": 9669}, {"address": "h", "port": "9669"}, {"port": 1}, []])
async def test_a_database_that_is_no_address_is_a_wrong_parameter(body: object) -> None:
    assert refusal(await connect(NebulaService(FakeClock()), body=body)) == (400, 40004001)


async def test_a_session_ends_with_its_time_and_with_a_restart() -> None:
    user = await explorer(token_lifetime=timedelta(minutes=1))
    assert (await user.ask("GET", "/jobs")).status == 200
    user.clock.advance(60)
    assert refusal(await user.ask("GET", "/jobs")) == (401, 40104001)
    assert refusal(await call(user.service, "GET", f"{API}/jobs")) == (401, 40104001)

    again = await explorer()
    job_id = await again.submit()
    again.service.restart()
    assert refusal(await again.ask("GET", f"/jobs/{job_id}")) == (401, 40104001)


async def test_a_job_runs_its_tasks_one_after_the_other() -> None:
    user = await explorer()
    job_id = await user.submit()
    seen: dict[int, list[int]] = {}
    job: Json = None
    user.clock.advance(1)
    for _ in range(22):
        job = await user.data("GET", f"/jobs/{job_id}")
        statuses = [task["status"] for task in job["tasks"]]
        assert statuses == sorted(statuses, reverse=True)
        assert statuses.count(1) == (job["status"] == 1)
        seen.setdefault(job["status"], statuses)
        user.clock.advance(2)
    assert list(seen) == [0, 1, 2]
    assert seen[0] == [0, 0, 0, 0]
    assert seen[2] == [2, 2, 2, 2]
    assert job["workflowId"] == RANK
    assert job["name"] == "fraud_rank_20261122170000"
    assert job["runEndTime"] - job["runBeginTime"] == 40_000
    times = [datetime.fromisoformat(task[key]) for task in job["tasks"] for key in ("runBeginTime", "runEndTime")]
    assert all(before <= after for before, after in pairwise(times))
    assert times[0].utcoffset() == timedelta(hours=8)


async def test_a_failed_job_has_one_failed_task_and_later_ones_never_ran() -> None:
    user = await explorer(ending=JobState.FAILED)
    job_id = await user.submit()
    user.clock.advance(60)
    job = await user.data("GET", f"/jobs/{job_id}")
    assert job["status"] == 3
    assert [task["status"] for task in job["tasks"]] == [2, 3, 0, 0]
    assert job["tasks"][3]["runBeginTime"] == "0001-01-01T00:00:00Z"


async def test_a_cancel_stops_a_job_after_a_moment_and_works_once() -> None:
    user = await explorer()
    job_id = await user.submit()
    user.clock.advance(10)
    assert await user.data("PUT", f"/jobs/{job_id}/cancel") == {"success": True}
    assert await user.status(job_id) == 5
    assert await user.data("PUT", f"/jobs/{job_id}/cancel") == {"success": False}
    user.clock.advance(2)
    assert await user.status(job_id) == 4


async def test_three_jobs_run_at_once_and_a_cancelled_one_makes_room() -> None:
    user = await explorer()
    jobs = [await user.submit() for _ in range(5)]
    user.clock.advance(3)
    assert [await user.status(job_id) for job_id in jobs] == [1, 1, 1, 0, 0]
    await user.data("PUT", f"/jobs/{jobs[0]}/cancel")
    await user.data("PUT", f"/jobs/{jobs[3]}/cancel")
    user.clock.advance(3)
    assert [await user.status(job_id) for job_id in jobs] == [4, 1, 1, 4, 1]
    assert (await user.data("GET", f"/jobs/{jobs[3]}"))["runBeginTime"] == 0


async def test_asking_late_tells_the_same_story_as_asking_often() -> None:
    often, late = await explorer(40, draw=None), await explorer(40, draw=None)
    for user in (often, late):
        await user.list()
        for _ in range(6):
            await user.submit()
    for _ in range(600):
        often.clock.advance(1)
        await often.list()
    late.clock.advance(600)
    assert await late.list(pageSize=100) == await often.list(pageSize=100)


async def test_others_submit_jobs_too() -> None:
    user = await explorer(5, arrival_gap=timedelta(seconds=20))
    before = (await user.list())["total"]
    user.clock.advance(600)
    assert before + 15 <= (await user.list())["total"] <= before + 60


async def test_pages_cover_the_list_newest_first() -> None:
    user = await explorer(25)
    pages = [await user.list(page=page, pageSize=10) for page in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [10, 10, 5, 0]
    assert {(page["total"], page["PageSize"]) for page in pages} == {(25, 10)}
    assert [page["Page"] for page in pages] == [1, 2, 3, 4]
    jobs = [job for page in pages for job in page["items"]]
    assert [job["id"] for job in jobs] == sorted((job["id"] for job in jobs), reverse=True)
    assert all(job["tasks"] is None for job in jobs)
    assert {job["status"] for job in jobs} == {0, 1, 2, 3, 4}


async def test_lists_can_do_without_the_tasks_key() -> None:
    user = await explorer(3, null_tasks_in_lists=False)
    assert all("tasks" not in job for job in (await user.list())["items"])


async def test_filters_choose_and_order_jobs() -> None:
    user = await explorer(25)
    everything = (await user.list(pageSize=100))["items"]
    failed = await user.list(filter={"status": 3, "orderByCreateTime": "asc"})
    assert [job["id"] for job in failed["items"]] == [job["id"] for job in everything if job["status"] == 3][::-1]
    assert failed["total"] == len(failed["items"]) > 0
    named = (await user.list(filter={"name": "rank_2026"}))["items"]
    assert {job["workflowName"] for job in named} == {"fraud_rank"}
    bounds = {"fromCreateTime": everything[7]["createTime"], "toCreateTime": everything[3]["createTime"]}
    assert [job["id"] for job in (await user.list(filter=bounds))["items"]] == [job["id"] for job in everything[3:8]]
    of_workflow = (await user.list(f"/workflows/{RANK}/jobs", pageSize=100))["items"]
    assert of_workflow == [job for job in everything if job["workflowId"] == RANK]


async def test_the_documented_lists_are_understood_as_they_are_printed() -> None:
    user = await explorer(25)
    listed = await user.data("GET", f"/jobs?{examples.LIST_ALL_QUERY}")
    succeeded = await user.list(filter={"status": 2, "orderByCreateTime": "asc"})
    assert listed == succeeded
    assert {job["status"] for job in listed["items"]} == {2}
    assert [job["id"] for job in listed["items"]] == sorted(job["id"] for job in listed["items"])
    assert (listed["total"] >= len(listed["items"]) > 1, listed["Page"], listed["PageSize"]) == (True, 1, 10)
    of_workflow = await user.data("GET", f"/workflows/4216617528/jobs?{examples.LIST_OF_ONE_WORKFLOW_QUERY}")
    assert {(job["status"], job["workflowId"]) for job in of_workflow["items"]} == {(2, "4216617528")}
    assert all(job["createTime"] >= 1657874100000 for job in of_workflow["items"])
    assert (of_workflow["total"] == len(of_workflow["items"]) > 0, of_workflow["Page"]) == (True, 1)


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=-1", "pageSize=0", "pageSize=1001", "filter=%7B", "filter=[]"]
)
async def test_a_query_that_makes_no_sense_is_a_wrong_parameter(query: str) -> None:
    user = await explorer(3)
    assert refusal(await user.ask("GET", f"/jobs?{query}")) == (400, 40004001)


@pytest.mark.parametrize("jobs", [0, 3])
@pytest.mark.parametrize(
    "wanted",
    [
        {"name": 3},
        {"name": None},
        {"name": "no such job", "fromCreateTime": "yesterday"},
        {"status": "2"},
        {"status": 9},
        {"status": True},
        {"status": [2, 3]},
        {"status": 2.0},
        {"fromCreateTime": "1657874100000"},
        {"fromCreateTime": 1657874100000, "toCreateTime": None},
        {"toCreateTime": False},
        {"orderByCreateTime": "up"},
        {"orderByCreateTime": ["asc"]},
        {"state": 2},
    ],
)
async def test_a_filter_is_refused_for_what_it_holds_whether_or_not_there_are_jobs(wanted: Json, jobs: int) -> None:
    user = await explorer(jobs)
    query = urlencode({"filter": json.dumps(wanted)})
    assert refusal(await user.ask("GET", f"/jobs?{query}")) == (400, 40004001)


async def test_unknown_parameters_in_the_query_are_ignored() -> None:
    user = await explorer(3)
    assert await user.list(sort="up", filter={}) == await user.list()


async def test_a_workflow_that_is_not_there_has_no_list() -> None:
    user = await explorer(3)
    assert refusal(await user.ask("GET", "/workflows/12/jobs")) == (500, 50004001)
    assert refusal(await user.ask("GET", "/workflows/fraud_rank/jobs")) == (400, 40004001)


async def test_no_run_begins_before_its_creation_or_after_its_end_however_fast_jobs_live() -> None:
    user = await explorer(25, draw=None, speed=200.0)
    user.clock.advance(0.7)
    for _ in range(8):
        await user.submit()
        user.clock.advance(0.13)
    user.clock.advance(3)
    jobs = (await user.list(pageSize=100))["items"]
    begun = [job for job in jobs if job["runBeginTime"]]
    assert len(begun) > 25
    assert all(job["createTime"] <= job["runBeginTime"] <= job["runEndTime"] for job in begun)
    assert all(job[key] % 1000 == 0 for job in begun for key in ("runBeginTime", "runEndTime"))
    for job in begun:
        created_at = datetime.fromtimestamp(job["createTime"] / 1000, UTC)
        for task in (await user.data("GET", f"/jobs/{job['id']}"))["tasks"]:
            if task["status"] != 0:
                began_at, ended_at = (datetime.fromisoformat(task[key]) for key in ("runBeginTime", "runEndTime"))
                assert created_at <= began_at <= ended_at
                assert began_at.microsecond == ended_at.microsecond == 0


@pytest.mark.parametrize(
    ("workflow_id", "body", "refused"),
    [
        (RANK, b"", (400, 40004001)),
        (RANK, b"[" * 100_000, (400, 40004001)),
        (RANK, [], (400, 40004001)),
        (RANK, {"input": "x"}, (400, 40004001)),
        (RANK, {"input": {"query_1": 3}}, (400, 40004001)),
        ("fraud_rank", {}, (400, 40004001)),
        ("12", {}, (500, 50004001)),
        (PATHS, {}, (500, 50004002)),
        (PATHS, {"input": {"analytics_sssp_1": {"depth": 3}}}, (500, 50004002)),
    ],
)
async def test_a_submit_that_makes_no_sense_makes_no_job(
    workflow_id: str, body: object, refused: tuple[int, int]
) -> None:
    user = await explorer()
    assert refusal(await user.ask("POST", f"/workflows/{workflow_id}/jobs", body)) == refused
    assert (await user.list())["total"] == 0


async def test_a_needed_parameter_makes_the_job() -> None:
    user = await explorer()
    first = await user.submit(PATHS, analytics_sssp_1={"root": "station_100"})
    assert await user.submit(RANK) == first + 1


async def test_a_result_is_a_sample_of_text_rows() -> None:
    user = await explorer()
    job_id = await user.submit(PATHS, analytics_sssp_1={"root": "station_100"})
    user.clock.advance(60)
    path = f"/jobs/{job_id}/tasks/analytics_apsp_2/sample_result"
    ten = (await user.data("GET", path))["items"]
    assert len(ten) == 10
    everything = (await user.data("GET", f"{path}?limit=100000"))["items"]
    assert everything[:10] == ten
    assert len(everything) > 300
    assert all(len(row) == 3 and all(isinstance(cell, str) for cell in row) for row in everything)
    assert refusal(await user.ask("GET", f"{path}?limit=all")) == (400, 40004001)


async def test_every_task_of_every_workflow_has_rows_of_two_or_three_columns() -> None:
    user = await explorer()
    given: dict[str, dict[str, object]] = {
        component.id: dict.fromkeys(component.needed, "x") for flow in WORKFLOWS for component in flow.components
    }
    for workflow in WORKFLOWS:
        job_id = await user.submit(workflow.id, **given)
        user.clock.advance(100)
        for component in workflow.components:
            rows = (await user.data("GET", f"/jobs/{job_id}/tasks/{component.id}/sample_result"))["items"]
            assert {len(row) for row in rows} <= {2, 3}
            assert rows


async def test_a_task_that_is_not_done_has_no_result() -> None:
    user = await explorer()
    job_id = await user.submit()
    user.clock.advance(10)
    assert (await user.ask("GET", f"/jobs/{job_id}/tasks/query_1/sample_result")).status == 200
    assert refusal(await user.ask("GET", f"/jobs/{job_id}/tasks/query_4/sample_result")) == (500, 50004002)
    assert refusal(await user.ask("GET", f"/jobs/{job_id}/tasks/query_9/sample_result")) == (500, 50004001)


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("GET", "/jobs/1", (500, 50004001)),
        ("GET", "/jobs/1/tasks/query_1/sample_result", (500, 50004001)),
        ("PUT", "/jobs/1/cancel", (500, 50004002)),
        ("GET", "/jobs/x", (400, 40004001)),
        ("GET", "/jobs/99999999999999999999999", (400, 40004001)),
    ],
)
async def test_an_unknown_job_is_an_error_of_the_server(method: str, path: str, refused: tuple[int, int]) -> None:
    user = await explorer(3)
    assert refusal(await user.ask(method, path)) == refused


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/api-open/v2/jobs"), ("POST", f"{API}/jobs")])
async def test_other_paths_show_the_web_page(method: str, path: str) -> None:
    answer = await call(NebulaService(FakeClock()), method, path)
    assert (answer.status, header(answer, "Content-Type")) == (200, "text/html; charset=utf-8")
    assert b"<html" in answer.body


async def test_jobs_of_an_earlier_demo_are_known_again_and_new_ids_follow_theirs() -> None:
    user = await explorer(25)
    user.service.adopt(["31000", "31004", "none", "²"])
    listed = (await user.list(pageSize=100))["items"]
    assert len(listed) == 27
    assert [job["createTime"] for job in listed] == sorted((job["createTime"] for job in listed), reverse=True)
    assert await user.status(31000) in (2, 3, 4)
    assert max(job["id"] for job in listed) == 31004 + 25
    before = await user.data("GET", "/jobs/31004")
    user.service.adopt(["31004"])
    assert await user.data("GET", "/jobs/31004") == before


@pytest.mark.parametrize("native", ["9" * 19, "9" * 20, "1" + "0" * 40, "9" * 5000, "0" * 20 + "31000"])
async def test_an_id_that_no_job_can_have_is_not_adopted_and_breaks_no_later_job(native: str) -> None:
    user = await explorer()
    user.service.adopt([native])
    assert (await user.list())["total"] == 0
    job_id = await user.submit()
    assert await user.status(job_id) == 0


async def test_the_highest_id_that_is_adopted_leaves_room_for_later_jobs() -> None:
    user = await explorer()
    user.service.adopt([str(2**63 - 1)])
    assert await user.status(2**63 - 1) in (2, 3, 4)
    assert await user.status(await user.submit()) == 0


async def test_faults_come_in_the_order_they_were_asked_for() -> None:
    user = await explorer()
    user.service.faults.fail_next(429, headers=(("Retry-After", "7"),), body=b"slow down", times=2)
    user.service.faults.drop_next()
    answers = [await user.ask("GET", "/jobs") for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(429, b"slow down")] * 2
    assert header(answers[0], "Retry-After") == "7"
    with pytest.raises(ConnectionDropped):
        await user.ask("GET", "/jobs")
    assert (await user.ask("GET", "/jobs")).status == 200


async def test_a_lost_answer_is_lost_after_the_work_was_done() -> None:
    user = await explorer()
    user.service.faults.lose_next_answer()
    with pytest.raises(ConnectionDropped):
        await user.submit()
    assert (await user.list())["total"] == 1


async def test_latency_is_waited_for() -> None:
    user = await explorer()
    started = user.clock.monotonic()
    user.service.faults.latency = timedelta(seconds=3)
    await user.ask("GET", "/jobs")
    assert user.clock.monotonic() - started == 3
