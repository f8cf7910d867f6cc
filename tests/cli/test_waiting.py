"""Waiting, with an engine over services that a test makes up."""

from __future__ import annotations

import asyncio
import json

import pytest

from jobtui.cli.submitting import submit_once
from jobtui.cli.waiting import wait_for
from jobtui.core.errors import JobNotFound, SignInRefused
from jobtui.core.jobs import JobId, JsonObject
from jobtui.core.states import JobState
from jobtui.providers.base import Observation
from tests.engine.running import engine
from tests.fakes import FakeClock, FakeProvider, look, settle

ONE, TWO = JobId("evo", "1"), JobId("media", "2")
DEAD = SignInRefused("HTTP 401 Unauthorized", http_status=401)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_a_job_that_another_program_forgets_ends_the_wait(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider) as running:
        waiting = asyncio.create_task(wait_for(running, [ONE]))
        await clock.advance(5)
        assert not waiting.done()
        await running.forget([ONE])
        await clock.advance(5)
        with pytest.raises(JobNotFound, match="isn't watched any more"):
            await asyncio.wait_for(waiting, 5)


async def test_a_refused_credential_ends_no_wait_for_any_job_of_another_source(clock: FakeClock) -> None:
    dead = FakeProvider("evo", clock, jobs={"1": [DEAD]})
    alive = FakeProvider("media", clock, jobs={"2": [look("media:2"), look("media:2", JobState.SUCCEEDED)]})
    async with engine(clock, dead, alive) as running:
        waiting = asyncio.create_task(wait_for(running, [ONE, TWO], any_one=True))
        await clock.advance(30)
        assert await asyncio.wait_for(waiting, 5) == 0


@pytest.mark.parametrize("any_one", [False, True])
async def test_a_wait_that_no_source_can_end_is_given_up(clock: FakeClock, any_one: bool) -> None:
    sources = FakeProvider("evo", clock, jobs={"1": [DEAD]}), FakeProvider("media", clock, jobs={"2": [DEAD]})
    async with engine(clock, *sources) as running:
        waiting = asyncio.create_task(wait_for(running, [ONE, TWO], any_one=any_one))
        await clock.advance(30)
        with pytest.raises(SignInRefused):
            await asyncio.wait_for(waiting, 5)


async def test_a_wait_that_is_interrupted_prints_the_jobs_as_they_are(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider) as running:
        waiting = asyncio.create_task(wait_for(running, [ONE], as_json=True, as_list=False))
        await clock.advance(5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        document = json.loads(capsys.readouterr().out)
    assert (document["address"], document["state"]) == ("evo:1", "running")


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_submit_that_is_interrupted_names_its_job_once_it_is_answered(
    clock: FakeClock, is_answered: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    held = asyncio.Event()

    class Slow(FakeProvider):
        async def submit(self, target: str, payload: JsonObject) -> Observation:
            await held.wait()
            return await super().submit(target, payload)

    async with engine(clock, Slow("evo", clock, submits=[look("evo:1")]), polling=False) as running:
        sending = asyncio.create_task(submit_once(running, "evo", "kriging", {}, patience_s=30 if is_answered else 0))
        await settle()
        sending.cancel()
        await settle()
        if is_answered:
            held.set()
        with pytest.raises(asyncio.CancelledError):
            await sending
        held.set()
    said = capsys.readouterr().err
    assert ("after evo:1 was submitted" in said, "there may be a job" in said) == (is_answered, not is_answered)
