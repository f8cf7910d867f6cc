"""What `result` shows, saves, says and ends with, over an engine whose services a test makes up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobtui.cli import exit_codes
from jobtui.cli.results import give_result
from jobtui.core.errors import JobNotFound, ProviderRefused, UsageError
from jobtui.core.jobs import JobError, JobId
from jobtui.core.results import Artifact, Document, RemoteFile, Result, Rows, Text
from jobtui.core.states import JobState
from tests.engine.running import engine
from tests.fakes import FakeClock, FakeProvider, look

JOB = JobId("graph", "1")
ROWS = Artifact("LPA.csv", "text/csv", Rows(("vid",), (("a",),), 200, more=False), task_id="analytics_lpa_1")
REFUSAL = "Louvain: reading the rows of Louvain: ErrNoData"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def provider(clock: FakeClock, state: JobState, result: Result, error: JobError | None = None) -> FakeProvider:
    return FakeProvider("graph", clock, jobs={"1": [look(str(JOB), state, error=error)]}, results=[result])


@pytest.mark.parametrize("artifacts", [(), (ROWS,)])
async def test_rows_that_the_service_refuses_are_3_and_the_others_are_shown(
    clock: FakeClock, artifacts: tuple[Artifact, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result(JOB, artifacts, warnings=(REFUSAL,), refused=(REFUSAL,))
    async with engine(clock, provider(clock, JobState.SUCCEEDED, result), polling=False) as running:
        assert await give_result(running, JOB) == exit_codes.SERVICE
    told = capsys.readouterr()
    assert told.err == f"jobtui: graph:1: not read: {REFUSAL}\n"
    assert bool(told.out) == bool(artifacts)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (JobState.QUEUED, "the job is queued: there is no result yet"),
        (JobState.RUNNING, "the job is running: there is no result yet"),
        (JobState.CANCELLING, "the job is cancelling: there is no result yet"),
        (JobState.UNKNOWN, "the job is unknown: there is no result yet"),
        (JobState.CANCELLED, "the job was cancelled and left no result"),
        (JobState.FAILED, "the job failed: no reason was given"),
    ],
)
async def test_a_job_without_a_result_is_1_and_its_state_is_said(
    clock: FakeClock, state: JobState, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result(JOB, warnings=("LPA: no rows, the task is queued",))
    async with engine(clock, provider(clock, state, result), polling=False) as running:
        assert await give_result(running, JOB) == exit_codes.NOT_SUCCEEDED
        assert capsys.readouterr() == ("", f"jobtui: graph:1: {words}\n")
        await give_result(running, JOB, as_json=True)
        assert json.loads(capsys.readouterr().out)["state"] == state.value


async def test_what_a_failed_job_left_is_shown_and_1_all_the_same(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    error = JobError("E7", "no memory")
    async with engine(clock, provider(clock, JobState.FAILED, Result(JOB, (ROWS,)), error), polling=False) as running:
        assert await give_result(running, JOB) == exit_codes.NOT_SUCCEEDED
        assert capsys.readouterr() == ("vid\na\n", "jobtui: graph:1: the job failed: E7: no memory\n")
        # The part that was asked for is there, and whole.
        assert await give_result(running, JOB, task="LPA") == exit_codes.DONE


async def test_a_lost_job_is_asked_for_again_and_is_none(clock: FakeClock) -> None:
    gone = FakeProvider("graph", clock, jobs={"1": [look(str(JOB), JobState.RUNNING), JobNotFound("x")]})
    async with engine(clock, gone, polling=False) as running:
        await running.track("graph", ["1"])
        await running.fetch_job(JOB)
        for _ in range(3):
            with pytest.raises(JobNotFound):
                await running.fetch_job(JOB)
        assert running.snapshot.jobs[JOB].state is JobState.LOST
        with pytest.raises(JobNotFound):
            await give_result(running, JOB)


async def test_a_file_that_cannot_be_saved_costs_no_other(
    clock: FakeClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifacts = (
        Artifact("a.txt", "text/plain", Text("a")),
        Artifact("b.mp4", "video/mp4", RemoteFile("http://127.0.0.1/b")),
        Artifact("c.json", "application/json", Document([1])),
    )

    class Refusing(FakeProvider):
        def open_download(self, job_id: JobId, artifact: Artifact, **_: object):  # type: ignore[no-untyped-def]  # noqa: ANN202
            raise ProviderRefused("HTTP 403 Forbidden")

    fake = Refusing("graph", clock, jobs={"1": [look(str(JOB), JobState.SUCCEEDED)]}, results=[Result(JOB, artifacts)])
    async with engine(clock, fake, polling=False) as running:
        assert await give_result(running, JOB, folder=tmp_path) == exit_codes.SERVICE
        told = capsys.readouterr()
        assert told.out.splitlines() == [str(tmp_path / "a.txt"), str(tmp_path / "c.json")]
        assert told.err == "jobtui: graph:1: b.mp4 was not saved: HTTP 403 Forbidden\n"
        await give_result(running, JOB, folder=tmp_path, as_json=True)
        assert [one["path"] is not None for one in json.loads(capsys.readouterr().out)] == [True, False, True]


async def test_csv_of_several_tables_names_each_by_its_task_and_id(clock: FakeClock) -> None:
    tables = (ROWS, Artifact("query_2.csv", "text/csv", Rows(("a",), (), 200, more=False), task_id="query_2"))
    async with engine(clock, provider(clock, JobState.SUCCEEDED, Result(JOB, tables)), polling=False) as running:
        with pytest.raises(UsageError, match="has 2") as refused:
            await give_result(running, JOB, form="csv")
    assert refused.value.hint == "--task chooses one of: LPA (analytics_lpa_1), query_2."
