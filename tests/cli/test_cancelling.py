"""What `cancel` says and ends with, over an engine whose services a test makes up."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path

import pytest

from jobtui.cli import exit_codes
from jobtui.cli.cancelling import cancel_all, confirmed
from jobtui.core.errors import JobNotFound, ProviderRefused, Unreachable, UsageError
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.providers.base import CancelReply
from tests.engine.running import engine
from tests.fakes import FakeClock, FakeProvider, look

JOB = JobId("evo", "1")
LOST = Unreachable("no answer in time")
NEVER_SENT = Unreachable("the connection was refused")
NEVER_SENT.request_sent = False


@pytest.mark.parametrize(
    ("state", "reply", "code", "out", "err"),
    [
        (JobState.RUNNING, CancelReply(True), 0, "asked to cancel  evo:1\n", ""),
        (JobState.SUCCEEDED, CancelReply(False), 0, "over already  evo:1  succeeded\n", ""),
        (JobState.RUNNING, CancelReply(False, "too late"), 3, "", "jobtui: evo:1 was not cancelled: too late\n"),
        (JobState.RUNNING, ProviderRefused("HTTP 409"), 3, "", "jobtui: evo:1 was not cancelled: HTTP 409\n"),
        (JobState.RUNNING, LOST, 3, "", "jobtui: evo:1 may have been cancelled or not: no answer in time\n"),
        (JobState.RUNNING, NEVER_SENT, 3, "", "jobtui: evo:1 was not cancelled: the connection was refused\n"),
        (JobState.RUNNING, JobNotFound("gone"), 4, "", "jobtui: evo:1: there is no such job (gone)\n"),
    ],
)
async def test_what_came_of_a_cancel_is_said_of_its_job(
    state: JobState,
    reply: CancelReply | BaseException,
    code: int,
    out: str,
    err: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = FakeClock()
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", state)]}, cancels=[reply])
    async with engine(clock, provider, polling=False) as running:
        assert await cancel_all(running, [JOB]) == code
    assert capsys.readouterr() == (out, err)


async def test_a_read_only_source_is_asked_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, polling=False, read_only=True) as running:
        assert await cancel_all(running, [JOB], as_json=True) == exit_codes.USAGE
    told = capsys.readouterr()
    assert [one["outcome"] for one in json.loads(told.out)] == ["failed"]
    assert told.err.startswith("jobtui: evo:1 was not cancelled: evo is read-only\n")
    assert provider.asked("cancel") == []


async def test_a_cancel_that_cannot_be_told_is_not_called_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "full")

    clock = FakeClock()
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, polling=False) as running:
        monkeypatch.setattr("sys.stdout", Full())
        with pytest.raises(UsageError, match="stdout can't be written"):
            await cancel_all(running, [JOB])
    assert provider.asked("cancel") == ["1"]
    assert capsys.readouterr().err == ""


async def test_the_question_tells_what_is_known_of_each_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = FakeClock()
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", name="kriging")]})
    async with engine(clock, provider, path=tmp_path / "jobs.db", polling=False) as running:
        await running.track("evo", ["1"])
        await running.fetch_job(JOB)
    monkeypatch.setenv("JOBTUI_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    assert not confirmed([JOB, JobId("evo", "2")])
    assert capsys.readouterr().err == ("  evo:1  kriging  running when last seen\n  evo:2\nCancel these 2 jobs? [y/N] ")
