from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.errors import InvalidInput, ProtocolError
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.states import JobState
from jobtui.providers.nebula import wire
from tests.providers.nebula import examples

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JOB = JobId("graph", "1964")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def data_of(body: bytes) -> JsonObject:
    data: JsonObject = json.loads(body)["data"]
    return data


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int, ms: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, ms * 1000, tzinfo=UTC)


def page_of(body: bytes, page: int = 1, page_size: int = 10) -> wire.ListPage:
    return wire.list_page(data_of(body), source="graph", page=page, page_size=page_size, now=NOW)


def listed(**fields: JsonValue) -> Job:
    item: JsonObject = {"id": 7, "status": 1, "workflowId": "107", "workflowName": "spread", **fields}
    data: JsonObject = {"items": [item], "total": 1}
    return wire.list_page(data, source="graph", page=1, page_size=10, now=NOW).jobs[0]


@pytest.mark.parametrize(
    ("body", "place", "native", "workflow", "name", "created_at", "started_at", "finished_at"),
    [
        (
            examples.LIST_ALL,
            0,
            "105",
            "4216617528",
            "workflow_q745a 105",
            utc(2022, 7, 15, 1, 9, 15, 906),
            utc(2022, 7, 15, 1, 9, 18),
            utc(2022, 7, 15, 1, 9, 24),
        ),
        (
            examples.LIST_ALL,
            1,
            "106",
            "4216617528",
            "workflow_q745a 106",
            utc(2022, 7, 15, 1, 22, 36, 290),
            utc(2022, 7, 15, 1, 22, 37),
            utc(2022, 7, 15, 1, 22, 43),
        ),
        (
            examples.LIST_OF_ONE_WORKFLOW,
            0,
            "115",
            "4216617528",
            "workflow_q745a 115",
            utc(2022, 7, 15, 8, 36, 50, 88),
            utc(2022, 7, 15, 8, 36, 52),
            utc(2022, 7, 15, 8, 36, 58),
        ),
        (
            examples.LIST_OF_A_DRAFT,
            0,
            "102",
            "3533497370",
            "workflow_qoutm 102",
            utc(2022, 7, 14, 8, 37, 50, 10),
            utc(2022, 7, 14, 8, 37, 52),
            utc(2022, 7, 14, 8, 37, 55),
        ),
        (
            examples.LIST_SECOND_PAGE,
            0,
            "30711",
            "3821817867",
            "fraud_rank 30711",
            utc(2023, 3, 1, 1, 44, 10, 903),
            utc(2023, 3, 1, 1, 44, 13),
            utc(2023, 3, 1, 1, 44, 21),
        ),
        (
            examples.LIST_SECOND_PAGE,
            1,
            "30710",
            "3821817867",
            "fraud_rank 30710",
            utc(2023, 3, 1, 1, 30, 1, 288),
            utc(2023, 3, 1, 1, 30, 4),
            utc(2023, 3, 1, 1, 30, 9),
        ),
    ],
)
def test_a_documented_list_gives_its_jobs(
    body: bytes,
    place: int,
    native: str,
    workflow: str,
    name: str,
    created_at: datetime,
    started_at: datetime,
    finished_at: datetime,
) -> None:
    job = page_of(body).jobs[place]
    assert (job.id, job.provider, job.observed_at) == (JobId("graph", native), "nebula", NOW)
    assert (job.name, job.kind, dict(job.handle)) == (name, name.rpartition(" ")[0], {"workflow": workflow})
    assert (job.created_at, job.started_at, job.finished_at) == (created_at, started_at, finished_at)
    assert (job.tasks, job.message, job.can_cancel) == ((), "", False)


@pytest.mark.parametrize(
    ("body", "place", "state", "native_state", "progress", "error"),
    [
        (examples.LIST_ALL, 0, JobState.SUCCEEDED, "Success", 1.0, None),
        (examples.LIST_ALL, 1, JobState.SUCCEEDED, "Success", 1.0, None),
        (examples.LIST_OF_ONE_WORKFLOW, 0, JobState.SUCCEEDED, "Success", 1.0, None),
        (examples.LIST_OF_A_DRAFT, 0, JobState.SUCCEEDED, "Success", 1.0, None),
        (examples.LIST_SECOND_PAGE, 0, JobState.CANCELLED, "Interrupted", None, None),
        (examples.LIST_SECOND_PAGE, 1, JobState.FAILED, "Failed", None, "the workflow failed"),
    ],
)
def test_a_documented_list_tells_how_its_jobs_stand(
    body: bytes, place: int, state: JobState, native_state: str, progress: float | None, error: str | None
) -> None:
    job = page_of(body).jobs[place]
    assert (job.state, job.native_state, job.progress) == (state, native_state, progress)
    assert (job.error.title if job.error else None) == error


@pytest.mark.parametrize(
    ("body", "page", "page_size", "natives", "total"),
    [
        (examples.LIST_ALL, 1, 10, ["105", "106"], 2),
        (examples.LIST_OF_ONE_WORKFLOW, 1, 10, ["115"], 1),
        (examples.LIST_OF_A_DRAFT, 1, 10, ["102"], 1),
        (examples.LIST_SECOND_PAGE, 2, 2, ["30711", "30710"], 4),
    ],
)
def test_a_documented_list_has_all_its_jobs_and_no_next_page(
    body: bytes, page: int, page_size: int, natives: list[str], total: int
) -> None:
    listed_page = page_of(body, page, page_size)
    assert [job.id.native for job in listed_page.jobs] == natives
    assert (listed_page.total, listed_page.has_next) == (total, False)


def test_a_failed_job_in_a_list_says_that_the_service_tells_no_reason() -> None:
    failed = page_of(examples.LIST_SECOND_PAGE, page=2, page_size=2).jobs[1]
    assert failed.error is not None
    assert "no reason" in failed.error.detail


def test_the_documented_details_give_the_job_with_its_task() -> None:
    job = wire.job_details(data_of(examples.DETAILS), JOB, NOW)
    assert (job.id, job.state, job.native_state) == (JOB, JobState.SUCCEEDED, "Success")
    assert (job.name, job.kind, dict(job.handle)) == (
        "workflow_xkkjf 1964",
        "workflow_xkkjf",
        {"workflow": "3992429968"},
    )
    assert job.created_at == utc(2022, 7, 12, 2, 33, 32, 505)
    assert (job.started_at, job.finished_at) == (utc(2022, 7, 12, 2, 33, 35), utc(2022, 7, 12, 2, 33, 38))
    assert (job.progress, job.message, job.error, job.can_cancel) == (1.0, "", None, False)
    (task,) = job.tasks
    assert (task.id, task.name) == ("f93dea90fc3a11ecac7e6da0662c195b", "BFS")
    assert (task.state, task.native_state) == (JobState.SUCCEEDED, "Success")
    assert (task.started_at, task.finished_at) == (utc(2022, 7, 12, 2, 33, 35), utc(2022, 7, 12, 2, 33, 38))


def test_a_running_job_has_the_share_of_its_finished_tasks_as_progress() -> None:
    job = wire.job_details(data_of(examples.DETAILS_OF_A_RUNNING_JOB), JobId("graph", "30712"), NOW)
    assert (job.name, job.kind) == ("fraud_rank 30712", "fraud_rank")
    assert (job.state, job.native_state, job.progress, job.message) == (JobState.RUNNING, "Running", 0.5, "PageRank")
    assert (job.created_at, job.started_at) == (utc(2023, 3, 1, 2, 15, 2, 417), utc(2023, 3, 1, 2, 15, 5))
    assert (job.finished_at, job.error, job.can_cancel) == (None, None, True)
    assert [(task.id, task.name, task.state, task.native_state) for task in job.tasks] == [
        ("query_1", "Query", JobState.SUCCEEDED, "Success"),
        ("analytics_pagerank_2", "PageRank", JobState.RUNNING, "Running"),
    ]
    assert [(task.started_at, task.finished_at) for task in job.tasks] == [
        (utc(2023, 3, 1, 2, 15, 5), utc(2023, 3, 1, 2, 15, 7)),
        (utc(2023, 3, 1, 2, 15, 8), None),
    ]


def test_a_failed_job_names_the_tasks_that_failed() -> None:
    data = data_of(examples.DETAILS_OF_A_RUNNING_JOB) | {"status": 3}
    data["tasks"] = [{"id": "query_1", "name": "Query", "status": 2}, {"id": "q2", "name": "Rank", "status": 3}]
    job = wire.job_details(data, JOB, NOW)
    assert job.error is not None
    assert (job.error.title, job.progress) == ("failed: Rank", 0.5)


@pytest.mark.parametrize(
    ("status", "state", "native_state"),
    [
        (0, JobState.QUEUED, "Preparing"),
        (1, JobState.RUNNING, "Running"),
        (2, JobState.SUCCEEDED, "Success"),
        (3, JobState.FAILED, "Failed"),
        (4, JobState.CANCELLED, "Interrupted"),
        (5, JobState.CANCELLING, "Stopping"),
        ("2", JobState.SUCCEEDED, "Success"),
        (6, JobState.UNKNOWN, "6"),
        (True, JobState.UNKNOWN, "true"),
        ("", JobState.UNKNOWN, '""'),
        ("paused", JobState.UNKNOWN, "paused"),
        (None, JobState.UNKNOWN, "null"),
        ({"a": 1}, JobState.UNKNOWN, '{"a": 1}'),
        ("x" * 1000, JobState.UNKNOWN, "x" * 80),
    ],
)
def test_j1_every_status_has_a_state_and_keeps_its_own_word(
    status: JsonValue, state: JobState, native_state: str
) -> None:
    job = listed(status=status)
    assert (job.state, job.native_state) == (state, native_state)
    assert job.can_cancel is (state in {JobState.QUEUED, JobState.RUNNING})


def test_j1_a_status_nested_beyond_reason_is_still_only_unknown() -> None:
    status: JsonValue = []
    for _ in range(5000):
        status = [status]
    assert listed(status=status).state is JobState.UNKNOWN


@pytest.mark.parametrize("value", [0, None, "", "soon", True, -1, 10**30, 1e300, [], "0001-01-01T00:00:00Z"])
def test_j5_a_time_that_no_job_can_have_is_unknown(value: JsonValue) -> None:
    assert listed(runEndTime=value).finished_at is None


def test_j5_a_job_time_in_the_manner_of_tasks_is_read_too() -> None:
    assert listed(createTime="2022-07-12T10:33:35+08:00").created_at == utc(2022, 7, 12, 2, 33, 35)


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ({"workflowName": ""}, "107 7"),
        ({"workflowName": None, "workflowId": None, "name": "told"}, "told"),
        ({"workflowName": [], "workflowId": {}, "name": 5}, "5"),
        ({"workflowName": None, "workflowId": 4216617528}, "4216617528 7"),
    ],
)
def test_j6_a_job_without_a_workflow_name_is_called_by_what_there_is(item: JsonObject, title: str) -> None:
    assert listed(**item).title == title


@pytest.mark.parametrize("item", [None, 5, "x", [], {}, {"id": None}, {"id": ""}, {"id": ".."}, {"id": "a\x1b"}])
def test_j4_j6_an_item_that_names_no_job_is_left_out(item: JsonValue) -> None:
    data: JsonObject = {"items": [item, {"id": 8}], "total": 2}
    page = wire.list_page(data, source="graph", page=1, page_size=10, now=NOW)
    assert [job.id.native for job in page.jobs] == ["8"]


@pytest.mark.parametrize("native", ["9" * 30, "a/b?c#d%", "ünï"])
def test_j4_odd_ids_stay_exact_text(native: str) -> None:
    assert listed(id=native).id == JobId("graph", native)


@pytest.mark.parametrize(
    ("data", "page", "total", "has_next"),
    [
        ({"items": [{"id": 1}] * 10, "total": 11, "Page": 1, "PageSize": 10}, 1, 11, True),
        ({"items": [{"id": 1}], "total": 11, "Page": 2, "PageSize": 10}, 2, 11, False),
        ({"items": [], "total": 11}, 2, 11, False),
        ({"items": None, "total": 0}, 1, 0, False),
        ({}, 1, 0, False),
        ({"items": [{"id": 1}] * 5, "total": 11, "PageSize": 5}, 2, 11, True),
        ({"items": [{"id": 1}] * 5, "total": 11, "pageSize": 5}, 3, 11, False),
        ({"items": [{"id": 1}] * 10, "total": 11, "PageSize": 0}, 1, 11, True),
        ({"items": [{"id": 1}] * 10, "total": "many"}, 2, 20, True),
        ({"items": [{"id": 1}] * 9, "total": -1}, 2, 19, False),
    ],
)
def test_j7_whether_there_is_a_next_page_follows_from_what_the_service_tells(
    data: JsonObject, page: int, total: int, has_next: bool
) -> None:
    listed_page = wire.list_page(data, source="graph", page=page, page_size=10, now=NOW)
    assert (listed_page.total, listed_page.has_next) == (total, has_next)


@pytest.mark.parametrize(
    ("body", "task_id", "columns", "first_row"),
    [
        (examples.ROWS, "8c171f70fb6f11ecac7e6da0662c195b", ("column 1", "column 2"), ("player110", "0.150000")),
        (examples.ROWS, "analytics_pagerank_2", ("vid", "value"), ("player110", "0.150000")),
        (examples.ROWS_OF_THREE, "analytics_apsp_2", ("src", "dst", "count"), ("player100", "player101", "1.000000")),
        (
            examples.ROWS_OF_THREE,
            "query_1",
            ("column 1", "column 2", "column 3"),
            ("player100", "player101", "1.000000"),
        ),
    ],
)
def test_the_documented_rows_get_the_headings_of_their_component(
    body: bytes, task_id: str, columns: tuple[str, ...], first_row: tuple[str, ...]
) -> None:
    rows = wire.sample(data_of(body), task_id=task_id, limit=200)
    assert (rows.columns, rows.rows[0], rows.more, rows.limit) == (columns, first_row, False, 200)


def test_exactly_as_many_rows_as_wanted_are_all_there_are() -> None:
    rows = wire.sample(data_of(examples.ROWS_OF_THREE), task_id="analytics_apsp_2", limit=2)
    assert (rows.columns, rows.limit, rows.more) == (("src", "dst", "count"), 2, False)
    assert rows.rows == (("player100", "player101", "1.000000"), ("player100", "team204", "2.000000"))


def test_no_rows_are_no_fault() -> None:
    assert wire.sample(data_of(examples.NO_ROWS), task_id="analytics_wcc_1", limit=5).columns == ("vid", "label")
    assert wire.sample({"items": None}, task_id="query_1", limit=5).rows == ()


def test_one_row_more_than_wanted_tells_that_rows_were_left_out() -> None:
    rows = wire.sample(data_of(examples.ROWS), task_id="query_1", limit=2)
    assert ([row[0] for row in rows.rows], rows.more) == (["player110", "team219"], True)


def test_j6_uneven_rows_and_values_that_are_no_text_become_a_table() -> None:
    data: JsonObject = {"items": [["a"], ["b", 1, None, True], "c", {"d": 1}]}
    rows = wire.sample(data, task_id="analytics_wcc_1", limit=9)
    assert rows.columns == ("column 1", "column 2", "column 3", "column 4")
    assert rows.rows == (("a", "", "", ""), ("b", "1", "", "true"), ("c", "", "", ""), ('{"d": 1}', "", "", ""))


@pytest.mark.parametrize(
    "payload", [{"input": {"query_1": {"name": "Tim Duncan"}}}, {"query_1": {"name": "Tim Duncan"}}]
)
def test_the_documented_submission_may_be_given_with_or_without_its_outer_object(payload: JsonObject) -> None:
    assert wire.submission(payload) == {"input": {"query_1": {"name": "Tim Duncan"}}}


def test_what_stands_beside_the_outer_object_of_a_submission_goes_into_it() -> None:
    payload: JsonObject = {"input": {"query_1": {"name": "Tim Duncan"}}, "query_2": {"depth": 3}}
    assert wire.submission(payload) == {"input": {"query_1": {"name": "Tim Duncan"}, "query_2": {"depth": 3}}}
    assert wire.submission({"input": {}, "query_2": {}}) == {"input": {"query_2": {}}}


def test_a_submission_without_parameters_is_the_proven_empty_one() -> None:
    assert wire.submission({}) == wire.submission({"input": {}}) == {"input": {}}


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"input": "x"}, "input isn't an object"),
        ({"input": "x", "query_1": {}}, "input isn't an object"),
        ({"input": None, "query_1": {}}, "input isn't an object"),
        ({"query_1": "x"}, "'query_1' aren't an object"),
        ({"input": {"q": [1]}}, "'q' aren't an object"),
        ({"input": {}, "q": 1}, "'q' aren't an object"),
        ({"input": {"query_1": {"a": 1}}, "query_1": {"b": 2}}, "'query_1' are given twice"),
    ],
)
def test_a_submission_of_another_shape_is_turned_down_by_name(payload: JsonObject, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        wire.submission(payload)


def test_the_documented_answer_to_a_submit_gives_a_queued_job() -> None:
    job = wire.submitted_job(
        data_of(examples.SUBMITTED), source="graph", workflow_id="4216617528", workflow_name="", now=NOW
    )
    assert (job.id, job.state, job.native_state) == (JobId("graph", "107"), JobState.QUEUED, "Preparing")
    assert (job.name, job.kind, dict(job.handle)) == ("4216617528 107", "4216617528", {"workflow": "4216617528"})
    assert (job.created_at, job.started_at, job.finished_at) == (NOW, None, None)
    assert (job.progress, job.error, job.tasks, job.can_cancel) == (None, None, (), True)


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": "../x"}, {"id": []}])
def test_an_answer_to_a_submit_without_an_id_breaks_the_promise(data: JsonObject) -> None:
    with pytest.raises(ProtocolError, match="without telling its id"):
        wire.submitted_job(data, source="graph", workflow_id="1", workflow_name="", now=NOW)


@given(st.dictionaries(st.sampled_from(["items", "total", "Page", "PageSize", "pageSize"]), json_values))
def test_no_list_whatsoever_raises(data: dict[str, JsonValue]) -> None:
    wire.list_page(data, source="graph", page=1, page_size=10, now=NOW)


FIELDS = ["id", "name", "workflowId", "workflowName", "status", "tasks", "runBeginTime", "runEndTime", "createTime"]


@given(st.dictionaries(st.sampled_from(FIELDS), json_values), st.lists(json_values, max_size=3))
def test_no_details_or_rows_whatsoever_raise(data: dict[str, JsonValue], items: list[JsonValue]) -> None:
    job = wire.job_details(data, JOB, NOW)
    assert job.progress is None or 0 <= job.progress <= 1
    wire.job_details({"tasks": [data, *items]}, JOB, NOW)
    rows = wire.sample({"items": items}, task_id="query_1", limit=2)
    assert all(len(row) == len(rows.columns) for row in rows.rows)


@pytest.mark.parametrize(("task_id", "columns"), [("query_1", ()), ("analytics_wcc_1", ("vid", "label"))])
def test_j6_rows_without_cells_fit_their_headings(task_id: str, columns: tuple[str, ...]) -> None:
    rows = wire.sample({"items": [[], []]}, task_id=task_id, limit=5)
    assert rows.columns == columns
    assert all(len(row) == len(columns) for row in rows.rows)
    assert bool(rows.rows) is bool(columns)
