from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    OutcomeUnknown,
    ProtocolError,
    ReadOnlySource,
    StoreError,
    UnknownSource,
    Unreachable,
    UsageError,
)
from jobtui.core.jobs import EstimateBasis, JobId
from jobtui.core.results import Artifact, Result, Text
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import Health
from jobtui.engine.source import Pace, Source
from jobtui.engine.store.database import MAX_BODY_BYTES
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from jobtui.providers.base import CancelReply, Observation
from jobtui.providers.capabilities import Capabilities
from tests.engine.running import engine, known, status
from tests.fakes import START, FakeClock, FakeProvider, InlineExecutor, look, settle

ONE = JobId("evo", "1")
DONE = JobState.SUCCEEDED


async def test_what_was_tracked_is_there_at_the_next_start(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", progress=0.4, name="kriging")]})
    path = tmp_path / "data" / "jobs.db"
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["1"])
        await clock.advance(3)
    assert provider.closed
    async with engine(clock, provider, path=path, polling=False) as running:
        assert known(running, "evo:1").progress == 0.4
        assert known(running, "evo:1").title == "kriging"


async def test_one_shot_verbs_ask_nothing_by_themselves(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, polling=False) as running:
        await running.track("evo", ["1"])
        await clock.advance(100)
        assert provider.calls == []


async def test_an_unknown_source_is_named_with_those_that_are_known(clock: FakeClock) -> None:
    async with engine(clock, FakeProvider("evo", clock), polling=False) as running:
        with pytest.raises(UnknownSource) as caught:
            await running.track("media", ["1"])
        assert "evo" in caught.value.hint
        for call in (running.refresh("x"), running.sign_in("x"), running.submissions("x"), running.targets("x")):
            with pytest.raises(UnknownSource):
                await call


async def test_h18_an_id_that_would_change_its_url_is_not_tracked(clock: FakeClock) -> None:
    async with engine(clock, FakeProvider("evo", clock), polling=False) as running:
        with pytest.raises(UsageError):
            await running.track("evo", ["fine", ".."])
        assert running.snapshot.jobs == {}


async def test_a_look_at_an_untracked_job_leaves_nothing_behind(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", message="hello")]})
    async with engine(clock, provider, polling=False) as running:
        assert (await running.fetch_job(ONE)).message == "hello"
        assert running.snapshot.jobs == {}
        provider.jobs["1"] = [JobNotFound("no")]
        with pytest.raises(JobNotFound):
            await running.fetch_job(ONE)


async def test_a_users_question_is_repeated_twice_where_that_may_help(clock: FakeClock) -> None:
    busy = Unreachable("reset")
    provider = FakeProvider("evo", clock, jobs={"1": [busy, busy, look("evo:1")]})
    async with engine(clock, provider, polling=False) as running:
        asking = asyncio.create_task(running.fetch_job(ONE))
        await clock.advance(5)
        assert (await asking).state is JobState.RUNNING
        provider.jobs["1"] = [busy]
        asking = asyncio.create_task(running.fetch_job(ONE))
        await clock.advance(5)
        with pytest.raises(Unreachable):
            await asking
    assert len(provider.calls) == 6


async def test_d7_many_jobs_are_forgotten_with_one_durable_write_and_all_or_none_of_them(clock: FakeClock) -> None:
    class Counting(Store):
        durable = 0

        async def write(self, batch: Batch, *, durable: bool = False) -> bool:
            self.durable += durable
            return await super().write(batch, durable=durable)

    provider = FakeProvider("evo", clock)
    store = Counting(None, clock=clock, executor=InlineExecutor())
    async with Engine([Source("evo", provider, Pace())], store, clock=clock, rng=random.Random(1)) as running:
        job_ids = await running.track("evo", [str(number) for number in range(500)])
        before = store.durable
        with pytest.raises(JobNotFound):
            await running.forget([*job_ids, JobId("evo", "nope")])
        assert len(running.snapshot.jobs) == 500
        await running.forget(job_ids)
        assert running.snapshot.jobs == {}
        assert store.durable == before + 1


async def test_a_job_that_is_forgotten_before_it_was_ever_stored_stays_so(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider("graph", clock, pages=[[look("graph:1", raw=None)]])
    async with engine(clock, provider, path=tmp_path / "jobs.db") as running:
        await clock.advance(0.5)
        await running.forget([JobId("graph", "1")])
    async with engine(clock, provider, path=tmp_path / "jobs.db") as running:
        await clock.advance(30)
        assert running.snapshot.jobs == {}


async def test_forget_takes_a_job_away_for_good(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider("graph", clock, pages=[[look("graph:1", raw=None), look("graph:2", raw=None)]])
    path = tmp_path / "jobs.db"
    async with engine(clock, provider, path=path) as running:
        await clock.advance(1)
        await running.forget([JobId("graph", "1")])
        await clock.advance(30)
        assert set(running.snapshot.jobs) == {JobId("graph", "2")}
        with pytest.raises(JobNotFound):
            await running.forget([JobId("graph", "1")])
    async with engine(clock, provider, path=path) as running:
        await clock.advance(30)
        assert set(running.snapshot.jobs) == {JobId("graph", "2")}
        await running.track("graph", ["1"])
        await clock.advance(1)
        assert JobId("graph", "1") in running.snapshot.jobs


async def test_submit_tracks_the_job_and_records_how_it_went(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider(
        "evo",
        clock,
        submits=[look("evo:1", JobState.QUEUED), InvalidInput("no such column")],
        jobs={"1": [look("evo:1")]},
    )
    path = tmp_path / "jobs.db"
    async with engine(clock, provider, path=path, polling=False) as running:
        job = await running.submit("evo", "geostatistics/kriging", {"a": 1})
        assert (job.id, job.state, job.created_at) == (ONE, JobState.QUEUED, START)
        with pytest.raises(InvalidInput):
            await running.submit("evo", "geostatistics/kriging", {"a": 2})
        records = await running.submissions("evo")
    assert [(record.payload, record.outcome, record.job_id) for record in records] == [
        ({"a": 2}, "refused", None),
        ({"a": 1}, "made", ONE),
    ]
    async with engine(clock, provider, path=path, polling=False) as running:
        assert known(running, "evo:1").state is JobState.QUEUED


@pytest.mark.parametrize("fault", [OutcomeUnknown("cut"), ProtocolError("half an answer"), KeyError("bug")])
async def test_h12_a_lost_answer_is_recorded_and_never_sent_again(clock: FakeClock, fault: BaseException) -> None:
    provider = FakeProvider("evo", clock, submits=[fault])
    async with engine(clock, provider) as running:
        with pytest.raises(OutcomeUnknown):
            await running.submit("evo", "kriging", {})
        await clock.advance(300)
        assert [record.outcome for record in await running.submissions("evo")] == ["unknown"]
    assert provider.asked("submit") == ["kriging"]


async def test_h12_a_submit_that_never_left_is_refused(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, submits=[Unreachable("connection refused")])
    async with engine(clock, provider, polling=False) as running:
        with pytest.raises(Unreachable):
            await running.submit("evo", "kriging", {})
        assert [record.outcome for record in await running.submissions("evo")] == ["refused"]
    assert len(provider.calls) == 1


async def test_h12_a_lost_submit_is_found_again_in_the_list(clock: FakeClock) -> None:
    provider = FakeProvider(
        "graph", clock, submits=[OutcomeUnknown("cut")], pages=[[look("graph:old", DONE, raw=None)]]
    )
    async with engine(clock, provider) as running:
        await clock.advance(1)
        with pytest.raises(OutcomeUnknown):
            await running.submit("graph", "4216", {})
        made_at = clock.now() + timedelta(seconds=2)
        provider.pages = [
            [
                look("graph:other", raw=None, kind="99", created_at=made_at),
                look("graph:new", raw=None, kind="4216", created_at=made_at),
            ]
        ]
        await clock.advance(15)
        (record,) = await running.submissions("graph")
        assert (record.outcome, record.job_id) == ("made", JobId("graph", "new"))


async def test_h12_two_jobs_that_fit_an_unknown_submit_settle_nothing_wrongly(clock: FakeClock) -> None:
    provider = FakeProvider("graph", clock, submits=[OutcomeUnknown("cut")], pages=[[]])
    async with engine(clock, provider) as running:
        await clock.advance(1)
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await running.submit("graph", "4216", {})
        provider.pages = [[look("graph:new", raw=None, kind="4216", created_at=clock.now())]]
        await clock.advance(15)
        assert [record.outcome for record in await running.submissions("graph")] == ["unknown", "unknown"]


async def test_a_submit_whose_waiter_went_away_is_seen_through(clock: FakeClock) -> None:
    provider = FakeProvider(
        "evo", clock, submits=[look("evo:1", JobState.QUEUED)], latency_s=5, jobs={"1": [look("evo:1")]}
    )
    async with engine(clock, provider) as running:
        submitting = asyncio.create_task(running.submit("evo", "kriging", {}))
        await clock.advance(1)
        submitting.cancel()
        await clock.advance(5)
        assert ONE in running.snapshot.jobs
        assert [record.outcome for record in await running.submissions("evo")] == ["made"]


async def test_s4_a_read_only_source_gets_no_submit_and_no_cancel(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, read_only=True, polling=False) as running:
        assert status(running, "evo").read_only
        with pytest.raises(ReadOnlySource):
            await running.submit("evo", "kriging", {})
        with pytest.raises(ReadOnlySource):
            await running.cancel(ONE)
        assert await running.submissions("evo") == ()
    assert provider.calls == []


async def test_what_an_api_does_not_offer_is_said_without_asking(clock: FakeClock) -> None:
    capabilities = Capabilities(submits=False, cancels=False, why_no_cancel="This API can't cancel.")
    provider = FakeProvider("media", clock, capabilities=capabilities)
    async with engine(clock, provider, polling=False) as running:
        with pytest.raises(NotOffered, match="This API can't cancel"):
            await running.cancel(JobId("media", "1"))
        with pytest.raises(NotOffered):
            await running.submit("media", "x", {})
    assert provider.calls == []


async def test_a_confirmed_cancel_is_one_request_and_its_effect_is_looked_for(clock: FakeClock) -> None:
    provider = FakeProvider(
        "evo", clock, jobs={"1": [look("evo:1"), look("evo:1", JobState.CANCELLING)]}, cancels=[CancelReply(True)]
    )
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(1)
        assert (await running.cancel(ONE)).accepted
        await clock.advance(1.5)
        assert known(running, "evo:1").state is JobState.CANCELLING
        assert "asked to cancel" in [line.message for line in await running.timeline(ONE)]
    assert provider.asked("cancel") == ["1"]


async def test_j8_a_declined_cancel_tells_why(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]}, cancels=[CancelReply(False, "over already")])
    async with engine(clock, provider, polling=False) as running:
        await running.track("evo", ["1"])
        assert (await running.cancel(ONE)).reason == "over already"
        assert (await running.timeline(ONE))[-1].message == "cancel declined: over already"


async def test_a_cancel_that_fails_is_not_repeated(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, cancels=[Unreachable("reset")])
    async with engine(clock, provider, polling=False) as running:
        with pytest.raises(Unreachable):
            await running.cancel(ONE)
    assert provider.asked("cancel") == ["1"]


async def test_the_last_body_is_kept_and_otherwise_fetched(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1", raw=b'{"kept": 1}')]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(0.1)
        assert await running.raw_body(ONE) == b'{"kept": 1}'
        await clock.advance(2)
        asked = len(provider.calls)
        assert await running.raw_body(ONE) == b'{"kept": 1}'
        assert len(provider.calls) == asked
        provider.jobs["2"] = [look("evo:2", raw=b"other")]
        assert await running.raw_body(JobId("evo", "2")) == b"other"


@pytest.mark.parametrize("logs", [True, False])
async def test_a_log_that_grows_is_news_of_the_selected_job_and_of_no_other(clock: FakeClock, logs: bool) -> None:
    able = Capabilities(logs=logs, poll_interval_s=2.0)
    provider = FakeProvider("evo", clock, capabilities=able)
    for native in ("1", "2"):
        provider.jobs[native] = [look(f"evo:{native}", raw=str(number).encode()) for number in range(9)]
    async with engine(clock, provider) as running:
        await running.track("evo", ["1", "2"])
        running.set_focus(frozenset(), ONE)
        await clock.advance(3)
        place = running.subscribe()
        place.take()
        before = await running.log(ONE)
        await clock.advance(4)
        assert place.take().changed == ({ONE} if logs else set())
        # The last answer itself, and asked for by nobody.
        assert int(await running.log(ONE)) == len(provider.asked("fetch")) - provider.asked("fetch").count("2") - 1
        assert await running.log(ONE) != before


async def test_a_log_is_read_once_where_its_answer_is_too_large_to_be_stored(clock: FakeClock) -> None:
    huge = look("evo:1", JobState.SUCCEEDED, raw=b"x" * (MAX_BODY_BYTES + 1))
    provider = FakeProvider("evo", clock, jobs={"1": [huge]}, capabilities=Capabilities(logs=True))
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(3)
        running.set_focus(frozenset(), ONE)
        asked = len(provider.calls)
        for _ in range(3):
            assert len(await running.log(ONE)) == MAX_BODY_BYTES + 1
            await clock.advance(1)
        assert len(provider.calls) == asked + 1


async def test_targets_that_a_provider_knows_by_heart_say_nothing_of_its_service(clock: FakeClock) -> None:
    async with engine(clock, FakeProvider("evo", clock), polling=False) as running:
        before = status(running, "evo").health
        assert await running.targets("evo")
        assert status(running, "evo").health is before is Health.STARTING


async def test_results_targets_curl_and_link_come_from_the_provider(clock: FakeClock, tmp_path: Path) -> None:
    result = Result(ONE, (Artifact("note", "text/plain", Text("hi")),))
    provider = FakeProvider("evo", clock, results=[result])
    async with engine(clock, provider, polling=False) as running:
        assert await running.fetch_result(ONE) is result
        assert [target.name for target in await running.targets("evo")] == ["kriging"]
        assert running.curl(ONE) == "curl 1"
        assert running.link(ONE).endswith("/1")
        saved = await running.download(ONE, result.artifacts[0], tmp_path)
        assert saved.path.read_text() == "hi"


async def test_the_estimate_comes_from_this_users_finished_jobs(clock: FakeClock, tmp_path: Path) -> None:
    begun = START - timedelta(minutes=10)
    script: dict[str, list[Observation | BaseException]] = {
        str(n): [
            look(
                f"evo:{n}",
                DONE,
                kind="kriging",
                started_at=begun,
                finished_at=begun + timedelta(seconds=seconds),
            )
        ]
        for n, seconds in enumerate((100, 60, 80))
    }
    script["new"] = [look("evo:new", kind="kriging", started_at=START)]
    provider = FakeProvider("evo", clock, jobs=dict(script))
    path = tmp_path / "jobs.db"
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["0", "1", "2"])
        await clock.advance(2)
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["new"])
        await clock.advance(2)
        estimate = known(running, "evo:new").estimate
        assert estimate is not None
        assert (estimate.basis, estimate.finishes_at) == (EstimateBasis.HISTORY, START + timedelta(seconds=80))


async def test_progress_gives_an_estimate_that_does_not_flicker(clock: FakeClock) -> None:
    class Steady(FakeProvider):
        async def fetch_job(self, job_id: JobId, known: object = None) -> Observation:
            return look("evo:1", started_at=START, progress=round(self._clock.monotonic() / 200, 3))

    async with engine(clock, Steady("evo", clock)) as running:
        await running.track("evo", ["1"])
        await clock.advance(30)
        first = known(running, "evo:1").estimate
        await clock.advance(60)
        assert first is not None
        assert abs(first.finishes_at - START - timedelta(seconds=200)) < timedelta(seconds=10)
        assert known(running, "evo:1").estimate == first


async def test_a_job_that_stands_still_for_long_is_told_as_stalled_until_it_moves(clock: FakeClock) -> None:
    class Resting(FakeProvider):
        async def fetch_job(self, job_id: JobId, known: object = None) -> Observation:
            seconds = self._clock.monotonic()
            progress = min(seconds, 60.0) / 200 if seconds < 400 else 0.5
            return look("evo:1", started_at=START, progress=round(progress, 3))

    async with engine(clock, Resting("evo", clock)) as running:
        await running.track("evo", ["1"])
        await clock.advance(70)
        assert known(running, "evo:1").stalled_since is None
        await clock.advance(300)
        since = known(running, "evo:1").stalled_since
        assert since is not None
        assert START + timedelta(seconds=40) < since < START + timedelta(seconds=80)
        await clock.advance(70)
        assert known(running, "evo:1").stalled_since is None


async def test_subscribers_hear_what_changed_and_what_ended_once(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), look("evo:1", DONE)], "2": [look("evo:2")]})
    async with engine(clock, provider) as running:
        place = running.subscribe()
        await place.wait()
        assert place.take().changed == frozenset()
        await running.track("evo", ["1", "2"])
        await clock.advance(1)
        await place.wait()
        assert place.take().changed == {ONE, JobId("evo", "2")}
        await clock.advance(30)
        update = place.take()
        assert [job.id for job in update.ended] == [ONE]
        await running.forget([ONE])
        await clock.advance(1)
        update = place.take()
        assert (update.removed, update.ended) == (frozenset({ONE}), ())
        place.close()
        sequence = running.snapshot.sequence
        await running.track("evo", ["3"])
        assert running.snapshot.sequence > sequence


async def test_a_job_that_only_stays_the_same_wakes_nobody(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(5)
        place = running.subscribe()
        place.take()
        before = known(running, "evo:1").observed_at
        await clock.advance(30)
        assert place.take().changed == frozenset()
        after = known(running, "evo:1").observed_at
        assert before is not None
        assert after is not None
        assert after > before


async def test_snapshots_come_eight_times_a_second_at_most(clock: FakeClock) -> None:
    natives = [str(number) for number in range(50)]
    provider = FakeProvider("evo", clock, jobs={n: [look(f"evo:{n}")] for n in natives}, latency_s=0.013)
    async with engine(clock, provider) as running:
        place = running.subscribe()
        place.take()
        await running.track("evo", natives)
        wakes = 0
        for _ in range(100):
            await clock.advance(0.01)
            update = place.take()
            wakes += bool(update.changed)
        assert wakes <= 10


async def test_two_programs_see_each_others_jobs(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    here = FakeProvider("evo", clock, jobs={"1": [look("evo:1", name="theirs")], "2": [look("evo:2")]})
    there = FakeProvider("evo", clock, jobs={"1": [look("evo:1", name="theirs")], "2": [look("evo:2")]})
    async with engine(clock, here, path=path) as first, engine(clock, there, path=path, polling=False) as second:
        await second.track("evo", ["1"])
        await clock.advance(3)
        assert known(first, "evo:1").name == "theirs"
        await first.track("evo", ["2"])
        await second.refresh("evo")
        assert JobId("evo", "2") in second.snapshot.jobs
        await second.forget([ONE])
        await clock.advance(3)
        assert ONE not in first.snapshot.jobs


async def test_d2_a_look_of_one_program_spares_the_other_one_its_own(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"

    def provider() -> FakeProvider:
        return FakeProvider("evo", clock, jobs={"1": [look("evo:1", created_at=START - timedelta(days=1))]})

    alone, one, other = provider(), provider(), provider()
    async with engine(clock, alone) as running:
        await running.track("evo", ["1"])
        await clock.advance(1200)
    async with engine(clock, one, path=path) as first, engine(clock, other, path=path, seed=2):
        await first.track("evo", ["1"])
        await clock.advance(1200)
    assert len(one.calls) + len(other.calls) < 1.5 * len(alone.calls)


async def test_d2_what_another_program_read_in_a_list_is_not_asked_for_one_by_one(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    one, other = (FakeProvider("evo", clock, pages=[[]]) for _ in range(2))
    async with engine(clock, one, path=path) as first, engine(clock, other, path=path, seed=2) as second:
        await clock.advance(2)
        for provider in (one, other):
            provider.pages = [[look(f"evo:{number}", raw=None) for number in range(9)]]
        await first.refresh()
        await clock.advance(4)
        assert len(second.snapshot.jobs) == 9
        await clock.advance(20)
        assert other.asked("fetch") == []


async def test_d2_what_another_program_asked_before_the_end_brings_no_job_back(
    clock: FakeClock, tmp_path: Path
) -> None:
    def provider(*states: JobState, latency_s: float = 0.0) -> FakeProvider:
        looks = [look("evo:1", state) for state in states]
        return FakeProvider("evo", clock, jobs={"1": looks}, latency_s=latency_s)

    path, quick, slow = (
        tmp_path / "jobs.db",
        provider(JobState.RUNNING, DONE),
        provider(JobState.RUNNING, latency_s=4.0),
    )
    async with engine(clock, quick, path=path) as first:
        await first.track("evo", ["1"])
        await clock.advance(1.5)
        subscription = first.subscribe()
        subscription.take()
        async with engine(clock, slow, path=path, polling=False) as second:
            asked = asyncio.create_task(second.fetch_job(ONE))
            await clock.advance(1)
            await first.fetch_job(ONE)
            await clock.advance(1)
            assert [job.id for job in subscription.take().ended] == [ONE]
            await clock.advance(10)
            assert (await asked).state is JobState.RUNNING
        assert known(first, "evo:1").state is DONE
        assert not subscription.take().ended
    async with engine(clock, quick, path=path, polling=False) as later:
        assert known(later, "evo:1").state is DONE


async def test_d2_an_end_seen_by_a_clock_that_was_behind_is_stored_once_it_is_right(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    # Answers come between two moments of storing.
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), look("evo:1", DONE)]}, latency_s=0.3)
    other = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    async with engine(clock, provider, path=path) as running:
        await running.track("evo", ["1"])
        await clock.advance(1.5)
        async with engine(clock, other, path=path, polling=False) as another:
            await another.fetch_job(ONE)
        clock.set_wrong(-timedelta(hours=26))
        while known(running, "evo:1").state is not DONE:
            await clock.advance(0.1)
        clock.set_wrong(timedelta(hours=12))
        await clock.advance(2)
        assert [line.state for line in await running.timeline(ONE)] == [JobState.RUNNING, DONE]
        async with engine(clock, other, path=path, polling=False) as another:
            assert known(another, "evo:1").state is DONE


async def test_d3_a_store_that_fails_is_said_and_made_good_later(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})

    def set_room(running: Engine, pages: int) -> None:
        database = running._store._database
        assert database is not None
        database._connection.execute(f"PRAGMA max_page_count = {pages}")

    async with engine(clock, provider, path=path) as running:
        set_room(running, 1)
        many = [f"{number}-{'x' * 900}" for number in range(200)]
        provider.jobs.update({native: [look(f"evo:{native}")] for native in many})
        await running.track("evo", ["1", *many])
        assert "full" in running.snapshot.notice
        assert ONE in running.snapshot.jobs
        set_room(running, 1_000_000)
        await clock.advance(5)
        assert running.snapshot.notice == ""
    async with engine(clock, provider, path=path, polling=False) as running:
        assert len(running.snapshot.jobs) == 201
        set_room(running, 1)
        with pytest.raises(StoreError):
            await running.track("evo", [f"{number}-{'y' * 900}" for number in range(400)])


async def test_a_source_with_a_hung_close_does_not_hold_up_the_end(clock: FakeClock) -> None:
    class Hung(FakeProvider):
        async def aclose(self) -> None:
            await self._clock.sleep(1e9)

    running = engine(clock, Hung("evo", clock))
    async with running:
        await settle()


async def test_a_long_running_engine_remembers_who_looks_and_tidies(clock: FakeClock, tmp_path: Path) -> None:
    provider = FakeProvider("graph", clock, pages=[[look("graph:1", DONE, raw=None, finished_at=START)]])
    path = tmp_path / "jobs.db"
    running = engine(clock, provider, path=path)
    await running.__aenter__()
    await clock.advance(1)
    assert await running.look() is None
    await clock.advance(3700)
    assert known(running, "graph:1").state is DONE
    # Another program begins while this one is still there, and would be so after a kill.
    async with engine(clock, provider, path=path, polling=False) as other:
        news = await other.look()
        assert news is not None
        assert news.since >= START + timedelta(hours=1)
    await running.__aexit__(None, None, None)


async def test_the_oldest_look_at_a_living_job_is_told(clock: FakeClock) -> None:
    over = look("evo:2", JobState.SUCCEEDED)
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")], "2": [over]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1", "2"])
        await clock.advance(30)
        first = running.snapshot.oldest_look
        await clock.advance(60)
        later = running.snapshot.oldest_look
        assert first is not None
        assert later is not None
        assert later - first > timedelta(seconds=30)


async def test_the_next_look_at_the_selected_job_is_told(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")], "2": [look("evo:2", JobState.SUCCEEDED)]})
    async with engine(clock, provider, pace=Pace(30.0, None)) as running:
        one, over = await running.track("evo", ["1", "2"])
        assert running.snapshot.next_look is None
        running.set_focus(frozenset({one, over}), one)
        await clock.advance(60)
        told = running.snapshot.next_look
        assert told is not None
        assert told.job_id == one
        # 30 s after the last look, up to a tenth sooner or later.
        seen = known(running, "evo:1").observed_at
        assert seen is not None
        assert timedelta(seconds=27) <= told.at - seen <= timedelta(seconds=34)
        for selected, automatic in ((over, True), (one, False)):
            running.set_focus(frozenset({one, over}), selected)
            running.set_automatic(automatic)
            assert running.snapshot.next_look is None
