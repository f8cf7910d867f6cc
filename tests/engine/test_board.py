"""What the board tells its readers is all that became other, however rarely one of them reads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.board import Board
from jobtui.engine.reconcile import same_facts
from jobtui.engine.snapshot import SourceStatus
from jobtui.engine.store.records import Loaded, StoredJob
from tests.fakes import FakeClock, job, look

NUMBERS = st.integers(0, 2)
STATES = st.sampled_from([JobState.RUNNING, JobState.SUCCEEDED, JobState.LOST])
SEEN = st.tuples(st.sampled_from(["look", "list", "elsewhere"]), NUMBERS, STATES)
DONE = st.tuples(st.sampled_from(["track", "forget", "forget elsewhere", "miss", "fail", "many"]), NUMBERS, STATES)
READ = st.tuples(st.sampled_from(["publish", "publish", "take"]), NUMBERS, STATES)


class Reader:
    """Keeps a copy of its own by what it is told of changes."""

    def __init__(self, board: Board) -> None:
        self._place = board.publisher.subscribe()
        self._jobs: dict[JobId, Job] = {}

    def take(self) -> None:
        update = self._place.take()
        assert not update.removed & update.changed
        for job_id in update.removed:
            self._jobs.pop(job_id, None)
        self._jobs |= {job_id: update.snapshot.jobs[job_id] for job_id in update.changed}
        assert self._jobs.keys() == set(update.snapshot.jobs)
        assert all(same_facts(self._jobs[job_id], now) for job_id, now in update.snapshot.jobs.items())


@settings(max_examples=60)
@given(st.dictionaries(NUMBERS, STATES), st.lists(SEEN | DONE | READ | READ, min_size=10, max_size=40))
def test_who_follows_the_changes_has_what_the_snapshot_has_and_no_picture_changes_later(
    stored: dict[int, JobState], script: list[tuple[str, int, JobState]]
) -> None:
    asyncio.run(followed(stored, script))


async def followed(stored: dict[int, JobState], script: list[tuple[str, int, JobState]]) -> None:
    clock = FakeClock()
    board = Board(clock, [SourceStatus("evo", "fake")])
    readers = [Reader(board), Reader(board), Reader(board)]
    readers[0].take()
    board.load(Loaded([job(f"evo:{number}", state, observed_at=clock.now()) for number, state in stored.items()]))
    pictures: list[tuple[Mapping[JobId, Job], dict[JobId, Job]]] = []
    for what, number, state in [*script, ("publish", 0, JobState.RUNNING)]:
        clock.skip(1.0)
        if what == "take":
            readers[number].take()
        elif what == "publish":
            board.publish()
            pictures.append((board.publisher.latest.jobs, dict(board.jobs.items())))
        else:
            do(board, clock, what, f"evo:{number}", state)
    for reader in readers:
        reader.take()
    assert all(dict(picture) == copy for picture, copy in pictures)


def do(board: Board, clock: FakeClock, what: str, address: str, state: JobState) -> None:
    job_id = JobId.parse(address)
    if what == "look":
        board.observe(look(address, state, message=f"{clock.monotonic()}"), board.next_sequence())
    elif what == "list":
        board.observe(look(address, state, raw=None), board.next_sequence())
    elif what == "many":
        # As many as have the base of the pictures renewed.
        for number in range(70):
            board.observe(look(f"evo:many-{number}", message=f"{clock.monotonic()}"), board.next_sequence())
    elif what == "elsewhere":
        board.absorb([StoredJob(job(address, state, observed_at=clock.now()), tracked=True)])
    elif what == "forget elsewhere":
        board.absorb([StoredJob(job(address), tracked=False, forgotten=True)])
    elif what == "track":
        board.track([job_id], "fake")
    elif what == "forget":
        board.forget([job_id])
    elif what == "miss":
        board.miss(job_id, board.next_sequence())
    else:
        board.fail(job_id)
