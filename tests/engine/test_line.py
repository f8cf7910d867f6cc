from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from jobtui.core.errors import JobtuiError, ProtocolError, SignInRefused
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Health
from tests.engine.running import engine, known, status
from tests.fakes import Answer, FakeClock, FakeProvider, look

DONE = JobState.SUCCEEDED


@pytest.mark.parametrize(("http_status", "health"), [(403, Health.OK), (401, Health.SIGNED_OUT)])
async def test_j8_who_may_not_cancel_or_submit_still_looks(clock: FakeClock, http_status: int, health: Health) -> None:
    refusal = SignInRefused("cancelling: HTTP 403 Forbidden", http_status=http_status)
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, cancels=[refusal], submits=[refusal])
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(2)
        with pytest.raises(SignInRefused):
            await running.submit("evo", "kriging", {})
        with pytest.raises(SignInRefused):
            await running.cancel(JobId("evo", "1"))
        assert status(running, "evo").health is health
        looks = len(provider.asked("fetch"))
        await clock.advance(60)
        assert (len(provider.asked("fetch")) > looks) is (health is Health.OK)


async def test_h11_a_refused_sign_in_names_the_setting_that_it_is_about_once(clock: FakeClock) -> None:
    refusal = SignInRefused("token expired", hint="The credential isn't accepted.")
    provider = FakeProvider("evo", clock, down=lambda _now: refusal)
    async with engine(clock, provider, polling=False, credential="sources.evo.token, env EVO_TOKEN") as running:
        for _ in range(2):
            with pytest.raises(SignInRefused):
                await running.sign_in("evo")
        assert status(running, "evo").detail == (
            "token expired. The credential isn't accepted. It is configured as sources.evo.token, env EVO_TOKEN."
        )


async def test_h11_who_may_not_see_one_job_of_a_list_still_sees_the_list(clock: FakeClock) -> None:
    refusal = SignInRefused("looking: HTTP 403 Forbidden", http_status=403)
    listed = [look("graph:1", raw=None), look("graph:2", raw=None)]
    provider = FakeProvider("graph", clock, jobs={"1": [refusal], "2": [look("graph:2")]}, pages=[listed])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        running.set_focus(frozenset(), JobId("graph", "1"))
        await clock.advance(40)
        assert provider.asked("fetch")
        assert status(running, "graph").health is Health.OK
        assert not known(running, "graph:1").stale
        with pytest.raises(SignInRefused):
            await running.fetch_job(JobId("graph", "1"))
        assert status(running, "graph").health is Health.OK


FAULTS: tuple[BaseException, ...] = (
    MemoryError(),
    RecursionError(),
    OverflowError("date value out of range"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ExceptionGroup("several", [KeyError("one")]),
    StopAsyncIteration(),
    SystemExit(3),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("lists", [True, False])
async def test_h10_whatever_a_provider_raises_stops_its_own_source_alone_until_the_user_signs_in(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, fault: BaseException, lists: bool
) -> None:
    pages = [[look("odd:1", raw=None)]] if lists else None
    odd = FakeProvider("odd", clock, jobs={"1": [look("odd:1", DONE)]}, pages=pages, down=lambda _now: fault)
    sound = FakeProvider("sound", clock, jobs={"1": [look("sound:1"), look("sound:1"), look("sound:1", DONE)]})
    async with engine(clock, odd, sound) as running:
        await running.track("odd", ["1"])
        await running.track("sound", ["1"])
        await clock.advance(20)
        await running.refresh()
        assert status(running, "odd").health is Health.BROKEN
        assert known(running, "odd:1").stale
        assert known(running, "sound:1").state is DONE
        assert len(odd.calls) <= 3
        assert ("RuntimeError" if isinstance(fault, SystemExit) else type(fault).__name__) in caplog.text
        odd.down = lambda _now: None
        await running.sign_in("odd")
        await clock.advance(5)
        assert status(running, "odd").health is Health.OK
        assert known(running, "odd:1").state is DONE


async def test_h10_a_fault_that_one_job_brings_about_stops_no_other_one_and_is_written_down_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    looks: dict[str, Sequence[Answer]] = {
        "1": [OverflowError()],
        "2": [look("evo:2"), look("evo:2"), look("evo:2", DONE)],
        "3": [look("evo:3")],
    }
    provider = FakeProvider("evo", clock, jobs=looks, cancels=[KeyError("x")], submits=[KeyError("y")])
    async with engine(clock, provider) as running:
        await running.track("evo", list(looks))
        for call in (running.cancel(JobId("evo", "3")), running.submit("evo", "kriging", {})):
            with pytest.raises(JobtuiError):
                await call
        await clock.advance(60)
        assert status(running, "evo").health is Health.OK
        assert known(running, "evo:1").stale
        assert known(running, "evo:2").state is DONE
    written = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert sum("OverflowError" in words for words in written) == 1


async def test_h10_a_source_with_a_fault_is_tried_again_after_a_while(clock: FakeClock) -> None:
    wrong = FakeProvider("wrong", clock, pages=[[look("wrong:1", raw=None)]], down=lambda _now: KeyError())
    async with engine(clock, wrong) as running:
        await clock.advance(2)
        assert status(running, "wrong").health is Health.BROKEN
        wrong.down = lambda _now: None
        clock.skip(331)
        await clock.advance(2)
        assert status(running, "wrong").health is Health.OK
        assert known(running, "wrong:1").state is JobState.RUNNING


async def test_h10_a_fault_in_what_a_provider_says_by_itself_is_told(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd(FakeProvider):
        def curl(self, job_id: JobId, known: Job | None = None) -> str:
            return str(known.handle["gone"] if known else "")

        link = curl

    async with engine(clock, Odd("evo", clock, jobs={"1": [look("evo:1")]})) as running:
        await running.track("evo", ["1"])
        await clock.advance(2)
        for say in (running.curl, running.link):
            with pytest.raises(ProtocolError, match="KeyError"):
                say(JobId("evo", "1"))
        assert status(running, "evo").health is Health.OK
    assert "in curl" in caplog.text


@pytest.mark.parametrize("odd", [{"created_at": datetime(2026, 1, 1)}, {"progress": 10**400}, {"name": {}}])  # noqa: DTZ001
async def test_h10_an_answer_that_trips_the_engine_up_stops_its_own_source_alone(
    clock: FakeClock, odd: dict[str, Any]
) -> None:
    wrong = FakeProvider("wrong", clock, pages=[[look("wrong:1", raw=None, **odd)]])
    sound = FakeProvider("sound", clock, jobs={"1": [look("sound:1"), look("sound:1", DONE)]})
    async with engine(clock, wrong, sound) as running:
        await running.track("sound", ["1"])
        await clock.advance(10)
        await running.refresh()
        assert status(running, "wrong").health is Health.BROKEN
        assert known(running, "sound:1").state is DONE
        assert running.snapshot.notice == ""
        wrong.pages = [[look("wrong:1", raw=None)]]
        await running.sign_in("wrong")
        await clock.advance(15)
        assert known(running, "wrong:1").state is JobState.RUNNING
