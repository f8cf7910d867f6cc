from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from jobtui.core.errors import (
    JobNotFound,
    NotOffered,
    ProtocolError,
    ProviderBusy,
    ProviderRefused,
    RateLimited,
    SettingsError,
    SignInRefused,
    Unreachable,
)
from jobtui.core.jobs import JobId, Task
from jobtui.core.states import JobState
from jobtui.engine.poller import MAX_IN_FLIGHT
from jobtui.engine.snapshot import Health
from jobtui.engine.source import Pace
from jobtui.providers.base import JobPage, Observation
from jobtui.providers.capabilities import Capabilities
from tests.engine.running import engine, known, status
from tests.fakes import START, Answer, FakeClock, FakeProvider, look

DONE = JobState.SUCCEEDED


def times(provider: FakeProvider, operation: str, what: str | None = None) -> list[float]:
    return [at for done, of, at in provider.calls if done == operation and what in (None, of)]


async def test_a_tracked_job_is_followed_to_its_end(clock: FakeClock) -> None:
    provider = FakeProvider(
        "evo",
        clock,
        jobs={"1": [look("evo:1", JobState.QUEUED), look("evo:1", progress=0.5), look("evo:1", DONE)]},
    )
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        assert known(running, "evo:1").state is JobState.UNKNOWN
        await clock.advance(60)
        assert known(running, "evo:1").state is DONE
        asked = len(provider.calls)
        await clock.advance(3600)
        assert len(provider.calls) == asked


async def test_a_source_without_jobs_is_greeted_once(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock)
    async with engine(clock, provider) as running:
        await clock.advance(300)
        assert provider.asked("check") == [""]
        assert status(running, "evo").health is Health.OK


async def test_nothing_is_asked_by_hand_or_while_automatic_is_off(clock: FakeClock) -> None:
    by_hand = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, by_hand, pace=Pace(interval_s=0)) as running:
        await running.track("evo", ["1"])
        await clock.advance(600)
        assert by_hand.calls == []
        await running.refresh("evo")
        assert by_hand.asked("fetch") == ["1"]
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider) as running:
        running.set_automatic(False)
        await running.track("evo", ["1"])
        await clock.advance(60)
        assert provider.calls == []
        assert not running.snapshot.automatic
        running.set_automatic(True)
        await clock.advance(1)
        assert provider.asked("fetch") == ["1"]


async def test_the_selected_job_is_asked_for_more_often(clock: FakeClock) -> None:
    natives = [str(number) for number in range(6)]
    provider = FakeProvider("evo", clock, jobs={native: [look(f"evo:{native}")] for native in natives})
    async with engine(clock, provider) as running:
        ids = await running.track("evo", natives)
        running.set_focus(frozenset(ids[:3]), ids[0])
        await clock.advance(600)
    counts = [len(times(provider, "fetch", native)) for native in natives]
    assert counts[0] > 1.4 * counts[1] > 1.4 * counts[5]


async def test_focus_that_moves_brings_the_next_look_forward(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", created_at=START - timedelta(days=1))]})
    async with engine(clock, provider) as running:
        (job_id,) = await running.track("evo", ["1"])
        await clock.advance(10)
        assert len(provider.calls) == 1
        running.set_focus(frozenset({job_id}), job_id)
        await clock.advance(1)
        assert len(provider.calls) == 2


async def test_never_more_than_four_requests_at_a_time(clock: FakeClock) -> None:
    natives = [str(number) for number in range(40)]
    provider = FakeProvider("evo", clock, jobs={n: [look(f"evo:{n}")] for n in natives}, latency_s=0.3)
    async with engine(clock, provider) as running:
        await running.track("evo", natives)
        await clock.advance(30)
    assert provider.most_in_flight == MAX_IN_FLIGHT
    assert set(provider.asked("fetch")) == set(natives)


async def test_the_budget_holds_and_no_job_starves(clock: FakeClock) -> None:
    natives = [str(number) for number in range(60)]
    provider = FakeProvider("evo", clock, jobs={native: [look(f"evo:{native}")] for native in natives})
    async with engine(clock, provider, pace=Pace(max_per_minute=30)) as running:
        ids = await running.track("evo", natives)
        running.set_focus(frozenset(ids[:5]), ids[0])
        await clock.advance(900)
        assert status(running, "evo").most_per_minute == 30
    moments = times(provider, "fetch")
    for first in moments:
        assert sum(1 for moment in moments if first <= moment < first + 60) <= 30
    counts = [len(times(provider, "fetch", native)) for native in natives]
    assert min(counts) >= 2
    assert counts[0] > 2 * max(counts[5:])


async def test_a_provider_that_counts_is_charged_for_every_request(clock: FakeClock) -> None:
    class Chatty(FakeProvider):
        @property
        def requests_made(self) -> int:
            return 3 * len(self.calls)

    provider = Chatty("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, pace=Pace(interval_s=1, max_per_minute=30)) as running:
        await running.track("evo", ["1"])
        await clock.advance(300)
        assert status(running, "evo").requests == provider.requests_made
    moments = times(provider, "fetch")
    for first in moments:
        assert 3 * sum(1 for moment in moments if first <= moment < first + 60) <= 33


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lists", [False, True])
async def test_h10_a_minute_of_outage_costs_twelve_requests_and_ten_seconds(
    clock: FakeClock, seed: int, lists: bool
) -> None:
    natives = [str(number) for number in range(50)]
    provider = FakeProvider(
        "evo",
        clock,
        jobs={native: [look(f"evo:{native}")] for native in natives},
        pages=[[look(f"evo:{native}", raw=None) for native in natives]] if lists else None,
        down=lambda now: Unreachable("no route") if 100 <= now < 160 else None,
        latency_s=0.05,
    )
    async with engine(clock, provider, seed=seed) as running:
        await running.track("evo", natives)
        await clock.advance(159.9)
        during = [at for _, _, at in provider.calls if at + 0.05 >= 100]
        assert 3 <= len(during) <= 12
        assert status(running, "evo").health is Health.DOWN
        assert status(running, "evo").next_try_at is not None
        assert all(one.stale for one in running.snapshot.jobs.values())
        await clock.advance(12)
        assert status(running, "evo").health is Health.OK
        assert status(running, "evo").next_try_at is None
        await clock.advance(10)
        assert not any(one.stale for one in running.snapshot.jobs.values())


async def test_h9_no_request_comes_before_retry_after_is_over(clock: FakeClock) -> None:
    answers: list[Observation | BaseException] = [RateLimited("slow down").after(30), look("evo:1")]
    provider = FakeProvider("evo", clock, jobs={"1": answers, "2": [look("evo:2")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1", "2"])
        await clock.advance(5)
        with pytest.raises(RateLimited, match="left alone for another 25 s"):
            await running.fetch_job(JobId("evo", "1"))
        await clock.advance(24.9)
        await running.refresh("evo")
        assert all(at == 0 for at in times(provider, "fetch"))
        await clock.advance(10)
        assert known(running, "evo:1").state is JobState.RUNNING
        assert status(running, "evo").health is Health.OK


async def test_h11_a_refused_login_stops_the_source_until_someone_signs_in(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, down=lambda _now: SignInRefused("token expired"))
    healthy = FakeProvider("graph", clock, jobs={"1": [look("graph:1")]})
    async with engine(clock, provider, healthy) as running:
        await running.track("evo", ["1"])
        await running.track("graph", ["1"])
        await clock.advance(299)
        assert len(provider.calls) == 1
        assert status(running, "evo").health is Health.SIGNED_OUT
        assert "token expired" in status(running, "evo").detail
        assert known(running, "evo:1").stale is False or known(running, "evo:1").state is JobState.UNKNOWN
        assert len(healthy.calls) > 20
        await running.refresh("evo")
        assert provider.asked("fetch") == ["1"]
        provider.down = lambda _now: None
        assert (await running.sign_in("evo")).detail == "fake org"
        await clock.advance(5)
        assert status(running, "evo").health is Health.OK
        assert known(running, "evo:1").state is JobState.RUNNING


async def test_h11_a_signed_out_source_is_tried_every_five_minutes_and_recovers_without_a_key(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, down=lambda _now: SignInRefused("token expired"))
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(3600)
        knocks = times(provider, "check")
        assert len(provider.calls) == 1 + len(knocks)
        assert 10 <= len(knocks) <= 12
        assert min(later - earlier for earlier, later in itertools.pairwise([0.0, *knocks])) >= 300
        provider.down = lambda _now: Unreachable("no route")
        await clock.advance(1200)
        assert len(times(provider, "check")) - len(knocks) <= 4
        provider.down = lambda _now: None
        await clock.advance(335)
        assert status(running, "evo").health is Health.OK
        assert known(running, "evo:1").state is JobState.RUNNING
        assert not known(running, "evo:1").stale


async def test_h11_nobody_knocks_while_polling_is_off_or_by_hand(clock: FakeClock) -> None:
    def refused(_now: float) -> BaseException:
        return SignInRefused("token expired")

    by_hand = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, down=refused)
    async with engine(clock, by_hand, pace=Pace(interval_s=0)) as running:
        await running.track("evo", ["1"])
        await running.refresh()
        asked = len(by_hand.calls)
        await clock.advance(3600)
        assert len(by_hand.calls) == asked
    paused = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, down=refused)
    async with engine(clock, paused) as running:
        await running.track("evo", ["1"])
        await clock.advance(1)
        running.set_automatic(False)
        await clock.advance(3600)
        assert len(paused.calls) == 1


async def test_h10_one_job_whose_answers_make_no_sense_slows_none_of_its_neighbours(clock: FakeClock) -> None:
    natives = [str(number) for number in range(4)]
    jobs: dict[str, Sequence[Answer]] = {native: [look(f"evo:{native}")] for native in natives}

    def fetches(provider: FakeProvider) -> dict[str, int]:
        return {native: len(times(provider, "fetch", native)) for native in natives}

    async def polled(provider: FakeProvider, *more: str) -> None:
        async with engine(clock, provider) as running:
            await running.track("evo", [*natives, *more])
            for _ in range(60):
                await clock.advance(5)
                assert status(running, "evo").health is Health.OK
            if more:
                assert known(running, "evo:bad").stale

    healthy = FakeProvider("evo", clock, jobs=jobs)
    await polled(healthy)
    mixed = FakeProvider("evo", clock, jobs={**jobs, "bad": [ProtocolError("not JSON")]})
    await polled(mixed, "bad")
    assert len(times(mixed, "fetch", "bad")) < 12
    assert all(fetches(mixed)[native] >= fetches(healthy)[native] - 2 for native in natives)


async def test_h10_two_jobs_in_a_row_whose_answers_make_no_sense_are_the_sources_fault(clock: FakeClock) -> None:
    natives = [str(number) for number in range(10)]
    provider = FakeProvider("evo", clock, jobs={native: [look(f"evo:{native}")] for native in natives}, latency_s=0.1)
    async with engine(clock, provider) as running:
        await running.track("evo", natives)
        await clock.advance(30)
        provider.down = lambda _now: ProtocolError("a web page")
        asked = len(provider.calls)
        await clock.advance(60)
        assert status(running, "evo").health is Health.BUSY
        assert status(running, "evo").detail == "a web page"
        assert len(provider.calls) - asked <= 12
        provider.down = lambda _now: None
        await clock.advance(11)
        assert status(running, "evo").health is Health.OK


async def test_h10_a_lone_jobs_answers_without_sense_are_the_sources_fault(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [ProtocolError("a web page")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(60)
        assert status(running, "evo").detail == "a web page"
        assert len(provider.calls) <= 12


async def test_h16_a_result_that_makes_no_sense_holds_no_other_job_up(clock: FakeClock) -> None:
    provider = FakeProvider(
        "evo",
        clock,
        jobs={native: [look(f"evo:{native}")] for native in "12"},
        results=[ProtocolError("a header of 200 kB")],
    )
    async with engine(clock, provider) as running:
        await running.track("evo", ["1", "2"])
        await clock.advance(10)
        for _ in range(3):
            with pytest.raises(ProtocolError):
                await running.fetch_result(JobId("evo", "1"))
        assert status(running, "evo").health is Health.OK
        assert status(running, "evo").next_try_at is None


async def test_a_secret_that_cannot_be_read_breaks_only_its_source(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, down=lambda _now: SettingsError("no such variable", hint="Set it."))
    healthy = FakeProvider("graph", clock)
    async with engine(clock, provider, healthy) as running:
        await clock.advance(120)
        assert status(running, "evo").health is Health.BROKEN
        assert status(running, "evo").detail == "no such variable. Set it."
        assert status(running, "graph").health is Health.OK


async def test_a_bug_in_a_provider_breaks_its_source_without_telling_values(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [KeyError("token-123")]})
    healthy = FakeProvider("graph", clock, jobs={"1": [look("graph:1")]})
    async with engine(clock, provider, healthy) as running:
        await running.track("evo", ["1"])
        await running.track("graph", ["1"])
        await clock.advance(60)
        broken = status(running, "evo")
        assert broken.health is Health.BROKEN
        assert "KeyError" in broken.detail
        assert "token-123" not in broken.detail
        assert len(provider.calls) == 1
        assert len(healthy.calls) > 3
        with pytest.raises(ProtocolError, match="KeyError"):
            await running.fetch_job(JobId("evo", "1"))


async def test_j3_a_job_that_vanishes_is_lost_and_live_again_once_found(clock: FakeClock) -> None:
    gone = JobNotFound("no such job")
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), gone, gone, gone, gone, look("evo:1")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(25)
        assert known(running, "evo:1").state is JobState.LOST
        await clock.advance(200)
        assert known(running, "evo:1").state is JobState.RUNNING
        messages = [line.message for line in await running.timeline(JobId("evo", "1"))]
        assert messages == ["", "not found 3 times in a row", "found again"]


async def test_j3_a_job_lost_after_hours_is_looked_for_as_long_as_one_lost_at_once(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(3 * 3600)
        provider.jobs["1"] = [JobNotFound("no such job")]
        await clock.advance(300)
        assert known(running, "evo:1").state is JobState.LOST
        await clock.advance(3000)
        provider.jobs["1"] = [look("evo:1")]
        await clock.advance(70)
        assert known(running, "evo:1").state is JobState.RUNNING


async def test_j3_a_lost_job_is_given_up_an_hour_after_it_was_lost(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [JobNotFound("no such job")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(3800)
        asked = len(provider.calls)
        await clock.advance(3600)
        assert len(provider.calls) == asked


async def test_j3_a_refresh_by_hand_finds_a_job_again_that_was_given_up(clock: FakeClock) -> None:
    gone: Sequence[Answer] = [JobNotFound("no such job")]
    provider = FakeProvider("evo", clock, jobs={"1": gone, "2": gone})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1", "2"])
        await clock.advance(5000)
        provider.jobs["1"] = [look("evo:1")]
        asked = len(provider.calls)
        await running.refresh("evo")
        assert known(running, "evo:1").state is JobState.RUNNING
        assert known(running, "evo:2").state is JobState.LOST
        assert len(provider.calls) == asked + 2
        await clock.advance(600)
        # One look each, not another hour of them.
        assert times(provider, "fetch", "2")[-1] == 5000


async def test_j3_a_lost_job_is_looked_for_after_a_restart_too(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    provider = FakeProvider("evo", clock, jobs={"1": [JobNotFound("no such job")]})
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["1"])
        await clock.advance(5000)
        assert known(running, "evo:1").state is JobState.LOST
    clock.skip(24 * 3600)
    provider.jobs["1"] = [look("evo:1")]
    async with engine(clock, provider, path=path) as running:
        await clock.advance(5)
        assert known(running, "evo:1").state is JobState.RUNNING
    provider.jobs["1"] = [JobNotFound("no such job")]
    async with engine(clock, provider, path=path) as running:
        await clock.advance(5000)
    clock.skip(8 * 24 * 3600)
    asked = len(provider.asked("fetch"))
    async with engine(clock, provider, path=path) as running:
        await clock.advance(600)
        assert len(provider.asked("fetch")) == asked
        provider.jobs["1"] = [look("evo:1")]
        await running.refresh()
        assert known(running, "evo:1").state is JobState.RUNNING


async def test_j3_two_programs_do_not_keep_each_other_looking_for_a_lost_job(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    mine, theirs = (FakeProvider("evo", clock, jobs={"1": [JobNotFound("no such job")]}) for _ in range(2))
    async with engine(clock, mine, path=path) as running, engine(clock, theirs, path=path, seed=2):
        await running.track("evo", ["1"])
        await clock.advance(4000)
        asked = len(mine.calls) + len(theirs.calls)
        await clock.advance(600)
        assert len(mine.calls) + len(theirs.calls) == asked


async def test_j3_lost_jobs_have_no_more_of_the_list_read(clock: FakeClock) -> None:
    natives = [str(number) for number in range(6)]
    gone: Sequence[Answer] = [JobNotFound("no such job")]
    provider = FakeProvider(
        "graph",
        clock,
        jobs=dict.fromkeys(natives, gone),
        pages=[rows(*((native, JobState.RUNNING) for native in natives)), rows(("old", DONE))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(5)
        provider.pages[0] = rows(("new", DONE))
        await clock.advance(300)
        assert known(running, "graph:1").state is JobState.LOST
        read = provider.asked("list")[-10:]
        assert read == ["1"] * 10


async def test_h15_an_answer_to_an_older_question_never_wins(clock: FakeClock) -> None:
    class Slow(FakeProvider):
        async def fetch_job(self, job_id: JobId, known: object = None) -> Observation:
            first = not self.asked("fetch")
            self.calls.append(("fetch", job_id.native, self._clock.monotonic()))
            if first:
                await self._clock.sleep(20)
                return look("evo:1", progress=0.1)
            return look("evo:1", progress=0.9)

    provider = Slow("evo", clock)
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(5)
        assert (await running.fetch_job(JobId("evo", "1"))).progress == 0.9
        await clock.advance(15.1)
        assert known(running, "evo:1").progress == 0.9


async def test_a_job_that_always_fails_does_not_hold_up_the_others(clock: FakeClock) -> None:
    provider = FakeProvider(
        "evo", clock, jobs={"bad": [ProviderBusy("HTTP 500")], **{str(n): [look(f"evo:{n}")] for n in range(5)}}
    )
    async with engine(clock, provider) as running:
        await running.track("evo", ["bad", *map(str, range(5))])
        await clock.advance(600)
        assert known(running, "evo:bad").stale
        assert not known(running, "evo:1").stale
    assert len(times(provider, "fetch", "bad")) < 20
    gaps = [later - earlier for earlier, later in itertools.pairwise(times(provider, "fetch", "1"))]
    assert max(gaps) < 40


async def test_a_refused_look_is_no_outage(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [ProviderRefused("not yours")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(100)
        assert status(running, "evo").health is Health.OK
        assert known(running, "evo:1").stale
    assert len(provider.calls) < 10


async def test_an_answer_about_another_job_is_not_taken(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:2", DONE)]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(20)
        assert known(running, "evo:1").state is JobState.UNKNOWN
        assert JobId("evo", "2") not in running.snapshot.jobs


def rows(*jobs: tuple[str, JobState]) -> list[Observation]:
    return [look(f"graph:{native}", state, raw=None) for native, state in jobs]


async def test_a_list_spares_the_single_looks(clock: FakeClock) -> None:
    natives = [str(number) for number in range(30)]
    provider = FakeProvider("graph", clock, pages=[rows(*((native, JobState.RUNNING) for native in natives))])
    async with engine(clock, provider) as running:
        await clock.advance(100)
        assert len(running.snapshot.jobs) == 30
        assert status(running, "graph").total_jobs == 30
    assert 9 <= len(provider.asked("list")) <= 12
    assert provider.asked("fetch") == []


async def test_j7_a_page_of_very_many_jobs_leaves_turns_to_other_sources(clock: FakeClock) -> None:
    many = FakeProvider("graph", clock, pages=[rows(*((str(number), JobState.RUNNING) for number in range(3_000)))])
    seen: set[int] = set()
    async with engine(clock, many, polling=False) as running:
        refreshed = asyncio.create_task(running.refresh("graph"))
        while not refreshed.done():
            running.subscribe().close()
            seen.add(len(running.snapshot.jobs))
            await asyncio.sleep(0)
    assert len(seen) > 10
    assert max(seen) == 3_000


async def test_the_selected_running_job_of_a_list_gets_looks_of_its_own(clock: FakeClock) -> None:
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1")], "2": [look("graph:2")]},
        pages=[rows(("1", JobState.RUNNING), ("2", JobState.RUNNING))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        running.set_focus(frozenset(), JobId("graph", "1"))
        await clock.advance(60)
        count = len(provider.asked("fetch"))
        assert set(provider.asked("fetch")) == {"1"}
        assert 15 <= count <= 25
        running.set_focus(frozenset(), None)
        await clock.advance(60)
        assert len(provider.asked("fetch")) <= count + 1


@pytest.mark.parametrize("listed", [JobState.RUNNING, JobState.QUEUED])
async def test_a_job_that_its_list_never_tells_the_end_of_ends_by_its_own_looks(
    clock: FakeClock, listed: JobState
) -> None:
    others = [(str(number), JobState.RUNNING) for number in range(2, 20)]
    provider = FakeProvider("graph", clock, jobs={"1": [look("graph:1", DONE)]}, pages=[rows(("1", listed), *others)])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        running.set_focus(frozenset({JobId("graph", "1")}), None)
        subscription = running.subscribe()
        await clock.advance(150)
        assert known(running, "graph:1").state is DONE
        looks = len(times(provider, "fetch"))
        await clock.advance(120)
        assert known(running, "graph:1").state is DONE
        assert [job.id.native for job in subscription.take().ended] == ["1"]
        # The ended one no more, once its list was overruled; the others in turn, twice a minute at most.
        assert len(times(provider, "fetch", "1")) <= 2
        assert 2 <= len(times(provider, "fetch")) - looks <= 5
        assert [change.state for change in await running.timeline(JobId("graph", "1"))] == [listed, DONE]


async def test_a_job_that_its_list_tells_the_end_of_too_soon_goes_on_by_its_own_looks(clock: FakeClock) -> None:
    own: list[Answer] = [*[look("graph:1")] * 12, look("graph:1", DONE)]
    provider = FakeProvider("graph", clock, jobs={"1": own}, pages=[rows(("1", DONE))])
    async with engine(clock, provider) as running:
        # In the order in which `jobtui wait` does it.
        await running.fetch_job(JobId("graph", "1"))
        await running.track("graph", ["1"])
        subscription = running.subscribe()
        await clock.advance(30)
        assert known(running, "graph:1").state is JobState.RUNNING
        assert not subscription.take().ended
        assert 4 <= len(times(provider, "fetch")) <= 12
        await clock.advance(120)
        assert known(running, "graph:1").state is DONE
        assert len(subscription.take().ended) == 1


async def test_a_look_by_hand_that_a_list_contradicts_is_taken_until_it_is_sure(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, jobs={"1": [look("graph:1")]}, pages=[rows(("1", DONE))])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        assert known(running, "graph:1").state is DONE
        assert (await running.fetch_job(JobId("graph", "1"))).state is JobState.RUNNING
        await clock.advance(30)
        assert known(running, "graph:1").state is JobState.RUNNING


async def test_a_list_is_believed_where_the_job_itself_can_not_be_asked_for(clock: FakeClock) -> None:
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1"), ProviderRefused("not that one")]},
        pages=[rows(("1", JobState.RUNNING), ("2", JobState.RUNNING))],
    )
    async with engine(clock, provider) as running:
        await running.fetch_job(JobId("graph", "1"))
        await clock.advance(1)
        provider.pages = [rows(("1", DONE), ("2", JobState.RUNNING))]
        await clock.advance(30)
        assert known(running, "graph:1").state is DONE


async def test_j3_a_job_that_only_its_list_still_knows_is_lost(clock: FakeClock) -> None:
    gone = JobNotFound("no such job")
    provider = FakeProvider("graph", clock, jobs={"1": [gone]}, pages=[rows(("1", JobState.RUNNING))])
    async with engine(clock, provider) as running:
        await clock.advance(390)
        assert known(running, "graph:1").state is JobState.LOST
        lines = await running.timeline(JobId("graph", "1"))
        await clock.advance(60)
        assert await running.timeline(JobId("graph", "1")) == lines


async def test_a_finished_job_of_a_list_is_looked_at_once_when_the_cursor_rests_on_it(clock: FakeClock) -> None:
    task = Task("t", "load", DONE, "OK")
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"2": [look("graph:2", DONE, tasks=(task,))]},
        pages=[rows(("1", DONE), ("2", DONE))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        running.set_focus(frozenset(), JobId("graph", "1"))
        await clock.advance(0.1)
        running.set_focus(frozenset(), JobId("graph", "2"))
        await clock.advance(30)
        running.set_focus(frozenset(), JobId("graph", "1"))
        running.set_focus(frozenset(), JobId("graph", "2"))
        await clock.advance(30)
        assert provider.asked("fetch") == ["2"]
        assert known(running, "graph:2").tasks == (task,)


async def test_a_job_that_ends_in_the_list_gets_one_last_look_for_its_tasks(clock: FakeClock) -> None:
    tasks = (Task("t", "load", JobState.RUNNING, "RUN"),)
    ended = (Task("t", "load", DONE, "OK"),)
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1", tasks=tasks), look("graph:1", DONE, tasks=ended)]},
        pages=[rows(("1", JobState.RUNNING))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        await running.fetch_job(JobId("graph", "1"))
        provider.pages = [rows(("1", DONE))]
        await clock.advance(60)
        assert known(running, "graph:1").tasks == ended
        assert provider.asked("fetch") == ["1", "1"]


async def test_tasks_of_a_job_that_ended_in_the_list_are_asked_for_until_a_look_succeeds(clock: FakeClock) -> None:
    tasks, ended = (Task("t", "load", JobState.RUNNING, "RUN"),), (Task("t", "load", DONE, "OK"),)
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1", tasks=tasks), ProviderBusy("HTTP 500"), ProtocolError("odd"), ProviderBusy("no")]},
        pages=[rows(("1", JobState.RUNNING))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        await running.fetch_job(JobId("graph", "1"))
        provider.pages = [rows(("1", DONE))]
        await clock.advance(60)
        assert known(running, "graph:1").tasks == tasks
        assert len(provider.asked("fetch")) >= 3
        provider.jobs["1"] = [look("graph:1", DONE, tasks=ended)]
        await clock.advance(120)
        assert known(running, "graph:1").tasks == ended
        asked = provider.asked("fetch")
        await clock.advance(300)
        assert provider.asked("fetch") == asked


async def test_tasks_that_never_ended_are_asked_for_when_the_cursor_rests_on_their_finished_job(
    clock: FakeClock, tmp_path: Path
) -> None:
    tasks, ended = (Task("t", "load", JobState.RUNNING, "RUN"),), (Task("t", "load", DONE, "OK"),)
    path = tmp_path / "jobs.db"
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1", tasks=tasks), ProviderRefused("not now")], "2": [look("graph:2")]},
        pages=[rows(("1", JobState.RUNNING), ("2", JobState.RUNNING))],
    )
    async with engine(clock, provider, path=path) as running:
        await clock.advance(1)
        running.set_focus(frozenset(), JobId("graph", "1"))
        await clock.advance(1)
        provider.pages = [rows(("1", DONE), ("2", JobState.RUNNING))]
        await clock.advance(30)
        # A refusal isn't repeated.
        asked = len(times(provider, "fetch", "1"))
        await clock.advance(120)
        assert len(times(provider, "fetch", "1")) == asked
        assert known(running, "graph:1").tasks == tasks
        provider.jobs["1"] = [look("graph:1", DONE, tasks=ended)]
        running.set_focus(frozenset(), JobId("graph", "2"))
        running.set_focus(frozenset(), JobId("graph", "1"))
        await clock.advance(5)
        assert known(running, "graph:1").tasks == ended


async def test_a_cursor_that_moves_on_does_not_end_the_look_for_tasks_that_are_out_of_date(clock: FakeClock) -> None:
    tasks, ended = (Task("t", "load", JobState.RUNNING, "RUN"),), (Task("t", "load", DONE, "OK"),)
    provider = FakeProvider(
        "graph",
        clock,
        jobs={"1": [look("graph:1", tasks=tasks), ProviderBusy("HTTP 500"), look("graph:1", DONE, tasks=ended)]},
        pages=[rows(("1", JobState.RUNNING))],
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        await running.fetch_job(JobId("graph", "1"))
        provider.pages = [rows(("1", DONE))]
        while len(provider.asked("fetch")) < 2:
            await clock.advance(1)
        running.set_focus(frozenset(), JobId("graph", "1"))
        running.set_focus(frozenset(), None)
        await clock.advance(60)
        assert known(running, "graph:1").tasks == ended


async def test_a_running_job_that_left_the_list_is_asked_for_itself(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, jobs={"1": [look("graph:1", DONE)]}, pages=[rows(("1", JobState.RUNNING))])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        provider.pages = [rows(("9", DONE))]
        await clock.advance(15)
        assert known(running, "graph:1").state is DONE


async def test_j7_pages_are_read_as_far_as_there_is_news(clock: FakeClock) -> None:
    pages = [rows(*((f"{page}-{n}", DONE) for n in range(5))) for page in range(8)]
    provider = FakeProvider("graph", clock, pages=pages)
    async with engine(clock, provider) as running:
        await clock.advance(5)
        assert provider.asked("list") == [str(number) for number in range(1, 9)]
        await clock.advance(11)
        assert provider.asked("list")[8:] == ["1"]
        await clock.advance(700)
        assert "8" in provider.asked("list")[8:]
        assert len(running.snapshot.jobs) == 40


async def test_j7_a_list_that_moves_while_it_is_read_loses_no_job(clock: FakeClock) -> None:
    class Moving(FakeProvider):
        async def list_jobs(self, page: int = 1) -> object:  # type: ignore[override]
            answer = await super().list_jobs(page)
            if len(self.asked("list")) == 1:
                # The first job is deleted, so the third one moves from page 2 to page 1.
                self.pages = [rows(("2", DONE), ("3", DONE)), rows(("4", DONE))]
            return answer

    provider = Moving("graph", clock, pages=[rows(("1", DONE), ("2", DONE)), rows(("3", DONE), ("4", DONE))])
    async with engine(clock, provider) as running:
        await clock.advance(2)
        assert sorted(job_id.native for job_id in running.snapshot.jobs) == ["1", "2", "3", "4"]


async def test_j4_the_same_id_twice_in_a_list_is_one_job(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, pages=[rows(("1", JobState.RUNNING), ("1", JobState.RUNNING))])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        assert len(running.snapshot.jobs) == 1


async def test_j4_j5_h8_what_cannot_be_is_said_once_per_source_and_kind(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    later = START + timedelta(days=1)
    odd = [
        *rows(("1", JobState.RUNNING), ("1", JobState.RUNNING), ("1", JobState.RUNNING)),
        look("graph:2", raw=None, created_at=later),
        look("graph:3", DONE, raw=None, started_at=START, finished_at=START - timedelta(seconds=1)),
        *(look(f"graph:{number}", raw=None, progress=float(number)) for number in range(4, 9)),
    ]
    graph = FakeProvider("graph", clock, pages=[odd])
    rest = FakeProvider("rest", clock, pages=[[look("rest:1", raw=None, progress=7.0), look("rest:2", raw=None)]])
    async with engine(clock, graph, rest):
        await clock.advance(300)
    said = [record.getMessage() for record in caplog.records]
    assert sorted(said) == [
        "source graph tells of a time in the future (job 2)",
        "source graph tells of an end before its start (job 3)",
        "source graph tells of an id twice on a page of its list; the last of its rows counts (job 1)",
        "source graph tells of progress out of range, 4; it counts as none (job 4)",
        "source rest tells of progress out of range, 7; it counts as none (job 1)",
    ]


async def test_h7_a_list_that_is_refused_is_told_until_it_can_be_read_again(clock: FakeClock) -> None:
    class Refusing(FakeProvider):
        refusal: ProviderRefused | None = ProviderRefused("no such page", hint="Is base_url right?")

        async def list_jobs(self, page: int = 1) -> JobPage:
            if self.refusal is not None:
                raise self.refusal
            return await super().list_jobs(page)

    provider = Refusing("graph", clock, jobs={"1": [look("graph:1")]}, pages=[rows(("1", JobState.RUNNING))])
    async with engine(clock, provider) as running:
        await running.track("graph", ["1"])
        await clock.advance(30)
        # The job itself answers, which makes the list no better.
        assert known(running, "graph:1").state is JobState.RUNNING
        assert (status(running, "graph").health, status(running, "graph").detail) == (
            Health.BUSY,
            "no such page. Is base_url right?",
        )
        provider.refusal = None
        await running.refresh("graph")
        assert (status(running, "graph").health, status(running, "graph").detail) == (Health.OK, "")


async def test_a_list_that_is_refused_falls_back_to_single_looks(clock: FakeClock) -> None:
    class Listless(FakeProvider):
        async def list_jobs(self, page: int = 1) -> object:  # type: ignore[override]
            self.calls.append(("list", str(page), 0))
            raise NotOffered("no list here")

    provider = Listless("graph", clock, jobs={"1": [look("graph:1")]}, pages=[[]])
    async with engine(clock, provider) as running:
        await running.track("graph", ["1"])
        await clock.advance(30)
        assert provider.asked("list") == ["1"]
        assert len(provider.asked("fetch")) > 2


async def test_a_list_that_fails_leaves_jobs_with_their_age(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, pages=[rows(("1", JobState.RUNNING))], jobs={"1": [look("graph:1")]})
    async with engine(clock, provider) as running:
        await clock.advance(1)
        provider.down = lambda _now: ProtocolError("a web page")
        await clock.advance(15)
        assert known(running, "graph:1").stale
        assert known(running, "graph:1").state is JobState.RUNNING
        assert status(running, "graph").health is Health.BUSY
        await running.refresh()
        assert status(running, "graph").detail == "a web page"


async def test_j2_a_list_that_contradicts_a_final_state_brings_a_second_look(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, jobs={"1": [look("graph:1")]}, pages=[rows(("1", DONE))])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        provider.pages = [rows(("1", JobState.RUNNING))]
        await clock.advance(12)
        assert provider.asked("fetch") == ["1"]
        assert known(running, "graph:1").state is JobState.RUNNING


async def test_refresh_asks_for_every_unfinished_job_now(clock: FakeClock) -> None:
    natives = [str(number) for number in range(9)]
    provider = FakeProvider("evo", clock, jobs={native: [look(f"evo:{native}")] for native in natives})
    async with engine(clock, provider, polling=False) as running:
        await running.track("evo", natives)
        assert provider.calls == []
        await running.refresh()
        assert sorted(provider.asked("fetch")) == natives
        assert known(running, "evo:3").observed_at == START


async def test_refresh_of_an_idle_source_checks_that_it_is_there(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock)
    async with engine(clock, provider, polling=False) as running:
        await running.refresh("evo")
        assert provider.asked("check") == [""]
        assert status(running, "evo").health is Health.OK


async def test_refresh_stays_within_the_budget(clock: FakeClock) -> None:
    natives = [str(number) for number in range(20)]
    provider = FakeProvider("evo", clock, jobs={native: [look(f"evo:{native}")] for native in natives})
    async with engine(clock, provider, pace=Pace(max_per_minute=6), polling=False) as running:
        await running.track("evo", natives)
        await running.refresh()
        assert len(provider.calls) == 6
        clock.skip(60)
        await running.refresh()
        assert len(set(provider.asked("fetch"))) == 12


async def test_a_wall_clock_that_jumps_back_does_not_stop_anything(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), look("evo:1", DONE)]})
    path = tmp_path / "jobs.db"
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["1"])
        await clock.advance(1)
        clock.set_wrong(-timedelta(hours=5))
        await clock.advance(60)
        assert known(running, "evo:1").state is DONE
    async with engine(clock, provider, path=path, polling=False) as running:
        assert known(running, "evo:1").state is DONE


async def test_a_machine_that_slept_asks_at_once_and_calls_nothing_stalled_for_that(clock: FakeClock) -> None:
    steps = [look("evo:1", progress=number / 10, created_at=START - timedelta(days=3)) for number in range(5)]
    evo = FakeProvider("evo", clock, jobs={"1": steps})
    graph = FakeProvider("graph", clock, pages=[rows(("1", JobState.RUNNING))])
    async with engine(clock, evo, graph) as running:
        await running.track("evo", ["1"])
        await clock.advance(250)
        while evo.calls[-1][2] < clock.monotonic() - 1:
            await clock.advance(1)
        asked = len(times(evo, "fetch"))
        clock.set_wrong(timedelta(days=2))
        await clock.advance(3)
        assert len(times(evo, "fetch")) == asked + 1
        assert times(graph, "list")[-1] >= clock.monotonic() - 3
        assert known(running, "evo:1").stalled_since is None


async def test_d2_what_was_seen_by_a_clock_that_was_wrong_hides_no_news(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    one, other = (FakeProvider("evo", clock, jobs={"1": [look("evo:1", state)]}) for state in (JobState.RUNNING, DONE))
    async with engine(clock, one, path=path, pace=Pace(interval_s=0.0)) as running:
        await running.track("evo", ["1"])
        clock.set_wrong(timedelta(hours=5))
        await running.refresh()
        clock.set_wrong(timedelta())
        async with engine(clock, other, path=path, polling=False) as another:
            await another.fetch_job(JobId("evo", "1"))
        await clock.advance(2)
        assert known(running, "evo:1").state is DONE


async def test_a_job_made_in_the_future_is_not_young_for_ever(clock: FakeClock) -> None:
    answer = look("evo:1", created_at=START + timedelta(days=400))
    provider = FakeProvider("evo", clock, jobs={"1": [answer]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(300)
    assert len(provider.calls) < 40


async def test_what_is_estimated_to_end_is_looked_at_then(clock: FakeClock) -> None:
    ends_at_s = 47.0

    class Truthful(FakeProvider):
        async def fetch_job(self, job_id: JobId, known: object = None) -> Observation:
            now = self._clock.monotonic()
            self.calls.append(("fetch", job_id.native, now))
            state = DONE if now >= ends_at_s else JobState.RUNNING
            return look("evo:1", state, started_at=START, progress=min(1.0, now / ends_at_s))

    provider = Truthful("evo", clock, capabilities=Capabilities(poll_interval_s=30))
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(ends_at_s + 4)
        assert known(running, "evo:1").state is DONE


async def test_latency_is_a_median(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, latency_s=0.25)
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(60)
        assert status(running, "evo").latency_ms == 250


async def test_forgotten_while_it_was_asked_for_stays_forgotten(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, latency_s=1)
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(0.5)
        await running.forget([JobId("evo", "1")])
        await clock.advance(20)
        assert running.snapshot.jobs == {}
        assert len(provider.calls) == 1
