"""Rows come, go and move by what changed, and always stand as a fresh sort would put them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.app.listing import GroupBy, Listing, Order, SortKey
from jobtui.core.filters import Filter
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Snapshot, Update

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def make_job(
    number: int, state: JobState = JobState.RUNNING, *, source: str = "graph", age_s: float | None = None
) -> Job:
    began = NOW - timedelta(seconds=number if age_s is None else age_s)
    return Job(
        JobId(source, str(number)),
        "nebula",
        state,
        name=f"job {number}",
        progress=(number % 10) / 10,
        created_at=began,
        started_at=began,
        observed_at=NOW,
    )


def snapshot_of(*jobs: Job) -> Snapshot:
    return Snapshot(1, NOW, {job.id: job for job in jobs})


def update_from(listing_jobs: dict[JobId, Job], *changed: Job, removed: tuple[JobId, ...] = ()) -> Update:
    jobs = {**listing_jobs, **{job.id: job for job in changed}}
    for job_id in removed:
        jobs.pop(job_id, None)
    return Update(Snapshot(2, NOW, jobs), frozenset(job.id for job in changed), frozenset(removed))


def rows(listing: Listing) -> list[str]:
    return [listing.id_at(row).native for row in range(listing.shown)]


def test_what_runs_stands_before_what_waits_and_what_is_over_the_newest_first() -> None:
    listing = Listing()
    listing.load(
        snapshot_of(
            make_job(1, JobState.SUCCEEDED),
            make_job(2, JobState.QUEUED),
            make_job(3),
            make_job(4, JobState.CANCELLING),
            make_job(5, JobState.FAILED),
        ),
        NOW,
    )
    assert rows(listing) == ["3", "4", "2", "1", "5"]


def test_a_job_that_ends_moves_and_one_that_progresses_stays() -> None:
    first, second = make_job(1), make_job(2)
    jobs = {first.id: first, second.id: second}
    listing = Listing()
    listing.load(Snapshot(1, NOW, jobs), NOW)
    assert not listing.apply(update_from(jobs, replace(first, progress=0.9)), NOW)
    assert listing.apply(update_from(jobs, replace(first, state=JobState.SUCCEEDED)), NOW)
    assert rows(listing) == ["2", "1"]


def test_a_filter_hides_a_job_once_it_no_longer_matches_and_keeps_its_mark() -> None:
    first, second = make_job(1), make_job(2)
    jobs = {first.id: first, second.id: second}
    listing = Listing()
    listing.load(Snapshot(1, NOW, jobs), NOW)
    listing.mark([first.id])
    listing.set_filter(Filter.parse("state:running"), NOW)
    assert listing.hidden_marked == ()
    listing.apply(update_from(jobs, replace(first, state=JobState.FAILED)), NOW)
    assert rows(listing) == ["2"]
    assert listing.marked == listing.hidden_marked == (first.id,)


def test_a_removed_job_loses_its_row_and_its_mark() -> None:
    first, second = make_job(1), make_job(2)
    jobs = {first.id: first, second.id: second}
    listing = Listing()
    listing.load(Snapshot(1, NOW, jobs), NOW)
    listing.mark(jobs)
    assert listing.apply(update_from(jobs, removed=(first.id,)), NOW)
    assert rows(listing) == ["2"]
    assert listing.marked == (second.id,)
    assert listing.row_of(first.id) is None


def test_time_alone_takes_a_row_out_where_the_filter_looks_at_ages() -> None:
    listing = Listing()
    listing.load(snapshot_of(make_job(1, age_s=50), make_job(2, age_s=5)), NOW)
    listing.set_filter(Filter.parse("age<1m"), NOW)
    assert not listing.recheck(NOW + timedelta(seconds=5))
    assert listing.recheck(NOW + timedelta(seconds=20))
    assert rows(listing) == ["2"]


def test_jobs_whose_durations_grew_unannounced_are_found_where_they_stand() -> None:
    jobs = {job.id: job for job in (make_job(number) for number in range(6))}
    listing = Listing(Order(SortKey.DURATION))
    listing.load(Snapshot(1, NOW, jobs), NOW)
    grown = {job_id: replace(job, observed_at=LATER) for job_id, job in jobs.items() if job_id.native < "3"}
    done = replace(jobs[JobId("graph", "5")], state=JobState.SUCCEEDED, finished_at=NOW)
    listing.apply(Update(Snapshot(2, NOW, jobs | grown | {done.id: done}), frozenset({done.id}), frozenset()), NOW)
    assert sorted(rows(listing)) == ["0", "1", "2", "3", "4", "5"]
    assert [listing.row_of(listing.id_at(row)) for row in range(6)] == list(range(6))
    listing.apply(Update(Snapshot(3, NOW, {done.id: done}), frozenset(), frozenset(set(jobs) - {done.id})), NOW)
    assert rows(listing) == ["5"]


@pytest.mark.parametrize(
    ("key", "order"),
    [
        (SortKey.ID, ["9", "10", "aa"]),
        (SortKey.KIND, ["aa", "10", "9"]),
        (SortKey.MESSAGE, ["10", "aa", "9"]),
        (SortKey.NATIVE, ["aa", "9", "10"]),
        (SortKey.PROVIDER, ["9", "aa", "10"]),
        (SortKey.SEEN, ["10", "9", "aa"]),
    ],
)
def test_every_column_is_an_order_and_who_has_nothing_in_it_comes_last(key: SortKey, order: list[str]) -> None:
    def one(native: str, age_s: float, **facts: object) -> Job:
        changes: dict[str, object] = {"id": JobId("graph", native), **facts}
        return replace(make_job(1, age_s=age_s), **changes)  # type: ignore[arg-type]

    listing = Listing(Order(key))
    listing.load(
        snapshot_of(
            one("10", 1, kind="b", message="A", provider="nebula", observed_at=LATER),
            one("9", 2, kind="", native_state="Zz", provider="evo"),
            one("aa", 3, kind="A", message="b", native_state="aa", provider="generation", observed_at=None),
        ),
        NOW,
    )
    assert rows(listing) == order
    has_nothing = {SortKey.KIND: "9", SortKey.MESSAGE: "9", SortKey.NATIVE: "10", SortKey.SEEN: "aa"}
    listing.set_order(Order(key, reverse=True), NOW)
    assert rows(listing) == (
        [native for native in reversed(order) if native != has_nothing[key]] + [has_nothing[key]]
        if key in has_nothing
        else order[::-1]
    )


@pytest.mark.parametrize(
    ("reverse", "order"), [(False, ["3", "1", "5", "4", "2", "6"]), (True, ["4", "5", "1", "3", "6", "2"])]
)
def test_a_configured_value_orders_numbers_before_words_and_who_has_none_comes_last(
    reverse: bool, order: list[str]
) -> None:
    values = {1: "9", 2: "", 3: "-1.5", 4: "gold", 5: "10"}
    jobs = [
        replace(make_job(number), handle={"json:cost": values[number]} if number in values else {})
        for number in range(1, 7)
    ]
    listing = Listing(Order("json:cost", reverse=reverse))
    listing.load(snapshot_of(*jobs), NOW)
    assert rows(listing) == order
    cheaper = replace(jobs[3], handle={"json:cost": "-2"})
    listing.apply(update_from({job.id: job for job in jobs}, cheaper), NOW)
    assert listing.row_of(cheaper.id) == (3 if reverse else 0)


def test_a_look_that_found_nothing_new_moves_a_job_in_the_order_of_looks() -> None:
    first, second = make_job(1), make_job(2)
    jobs = {first.id: first, second.id: second}
    listing = Listing(Order(SortKey.SEEN))
    listing.load(Snapshot(1, NOW, jobs), NOW)
    assert rows(listing) == ["1", "2"]
    seen = {**jobs, second.id: replace(second, observed_at=LATER)}
    assert listing.apply(Update(Snapshot(2, NOW, seen), frozenset(), frozenset()), NOW)
    assert rows(listing) == ["2", "1"]


def test_a_reversed_order_turns_rows_and_look_ups_round() -> None:
    listing = Listing()
    listing.load(snapshot_of(*(make_job(number) for number in range(1, 6))), NOW)
    listing.set_order(Order(SortKey.CREATED, reverse=True), NOW)
    assert rows(listing) == ["5", "4", "3", "2", "1"]
    assert listing.row_of(JobId("graph", "4")) == 1
    assert listing.ids(3, 99) == (JobId("graph", "2"), JobId("graph", "1"))


def test_groups_keep_sources_together() -> None:
    listing = Listing(Order(SortKey.CREATED, group=GroupBy.SOURCE))
    listing.load(snapshot_of(make_job(1), make_job(2, source="evo"), make_job(3), make_job(4, source="evo")), NOW)
    assert rows(listing) == ["2", "4", "1", "3"]
    listing.set_order(Order(SortKey.CREATED, reverse=True, group=GroupBy.SOURCE), NOW)
    assert rows(listing) == ["4", "2", "3", "1"]
    assert [heading and heading.value for heading in map(listing.headings.heading_at, range(4))] == [
        "evo",
        None,
        None,
        "graph",
    ]


@pytest.mark.parametrize("key", list(SortKey))
@given(seed=st.integers(0, 2**32), reverse=st.booleans(), group=st.sampled_from(GroupBy))
def test_many_small_changes_give_the_rows_of_one_fresh_sort(
    key: SortKey, seed: int, reverse: bool, group: GroupBy
) -> None:
    rng = random.Random(seed)
    jobs = {job.id: job for job in (make_job(number, rng.choice(list(JobState))) for number in range(20))}
    order = Order(key, reverse, group)
    listing = Listing(order)
    listing.load(Snapshot(1, NOW, dict(jobs)), NOW)
    for _ in range(10):
        changed = make_job(rng.randrange(25), rng.choice(list(JobState)), age_s=rng.random() * 100)
        removed: tuple[JobId, ...] = () if rng.random() < 0.7 else (rng.choice(list(jobs)),)
        removed = tuple(job_id for job_id in removed if job_id != changed.id)
        update = update_from(jobs, changed, removed=removed)
        jobs = dict(update.snapshot.jobs)
        listing.apply(update, NOW)
    fresh = Listing(order)
    fresh.load(Snapshot(9, NOW, jobs), NOW)
    assert rows(listing) == rows(fresh)
    assert [listing.row_of(listing.id_at(row)) for row in range(listing.shown)] == list(range(listing.shown))
