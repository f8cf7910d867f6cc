"""Asking one source by itself: its list, then the jobs that are due, within its budget."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from jobtui.core.clock import Clock
from jobtui.core.errors import JobNotFound, JobtuiError, ProtocolError, ProviderRefused
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.board import Board
from jobtui.engine.line import LEAST_WAIT_S, Line
from jobtui.engine.listing import Listing
from jobtui.engine.schedule import Attention, Rhythm, Subject, look_delay_s, urgency
from jobtui.engine.snapshot import NextLook
from jobtui.engine.watch import NEVER, Watch

MAX_IN_FLIGHT = 4
"""Requests to one source at a time: small pools are quickest, and services like it so."""

_QUEUE = 64
"""Due jobs that are put in order at a time; sorting all of ten thousand for each request would cost more than it."""

_QUEUE_KEEPS_S = 1.0
"""After that what is urgent may be something else."""

_READING_S = 0.4
"""A finished job is only asked for its tasks once the cursor rests on it."""

_TRIES_FOR_DETAILS = 10
"""Failed looks in a row at a job that is over; then only someone who looks at it has it asked for again."""

_DISTANT_PAST = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


class Poller:
    """The schedule of one source, kept by `run` until that is cancelled, or asked for once by `refresh`."""

    def __init__(self, line: Line, *, clock: Clock, rng: random.Random, board: Board) -> None:
        self._line = line
        self._source = line.source
        self._clock = clock
        self._rng = rng
        self._board = board
        self._rhythm = Rhythm.of(line.source.pace, line.source.provider.capabilities)
        self._watches = board.watches[line.source.name]
        self._listing = Listing(
            line,
            self._rhythm,
            clock=clock,
            rng=rng,
            board=board,
            is_looked_at=lambda job_id: self._attention(job_id) is not Attention.NONE,
        )
        self._wake = asyncio.Event()
        self._automatic = True
        self._on_screen: frozenset[JobId] = frozenset()
        self._selected: JobId | None = None
        self._detailed: set[JobId] = set()
        """Jobs that had a look of their own once they were over."""
        self._in_flight = 0
        self._queue: list[JobId] = []
        self._queued_at = 0.0
        self._earliest = 0.0
        self._greeted = False
        line.on_answer = self._wake.set
        line.on_recovery = self._catch_up

    def set_automatic(self, automatic: bool) -> None:
        """Ask by itself or not."""
        self._automatic = automatic
        self.hurry()

    def set_focus(self, on_screen: frozenset[JobId], selected: JobId | None) -> None:
        """Ask sooner for what someone looks at."""
        mine = frozenset(job_id for job_id in on_screen if job_id.source == self._source.name)
        if selected is not None and selected.source != self._source.name:
            selected = None
        before, selected_before = self._on_screen, self._selected
        if (mine, selected) == (before, selected_before):
            return
        self._on_screen, self._selected = mine, selected
        if selected_before is not None and selected_before != selected:
            self._turn_away(selected_before)
        if selected is not None:
            self._want_details(selected)
        now = self._clock.monotonic()
        for job_id in (mine - before) | ({selected} if selected else set()):
            watch, job = self._watches.get(job_id), self._board.jobs.get(job_id)
            if watch is None or job is None or watch.in_flight or self._rhythm.by_hand:
                continue
            if job.state.is_final or self._is_covered(watch):
                continue
            delay_s = self._delay_s(watch, job)
            due = now if watch.looked is None else watch.looked + delay_s
            if due < watch.due:
                watch.due, watch.delay_s = due, delay_s
        self.hurry()

    def next_look(self) -> NextLook | None:
        """When the selected job is asked for again, if it is one of this source that is."""
        job = self._board.jobs.get(self._selected) if self._selected is not None else None
        is_idle = not self._automatic or self._rhythm.by_hand or self._line.is_paused
        if job is None or job.state.is_final or is_idle:
            return None
        now, watch = self._clock.monotonic(), self._watches.get(job.id)
        due = self._listing.due if watch is None else now if watch.in_flight else min(watch.due, self._listing.due)
        if due == NEVER:
            return None
        wait_s = max(0.0, due - now, self._line.circuit.wait_s(now))
        return NextLook(job.id, self._clock.now() + timedelta(seconds=wait_s))

    def hurry(self) -> None:
        """Look at the schedule anew: something about it changed."""
        self._earliest = 0.0
        self._queue.clear()
        self._wake.set()

    def look_soon(self, job_id: JobId) -> None:
        """Make a job due now."""
        watch = self._watches.get(job_id)
        if watch is not None:
            watch.due = self._clock.monotonic()
            self.hurry()

    def wake_up(self) -> None:
        """Have everything that is asked by itself due now: the machine slept."""
        now = self._clock.monotonic()
        self._listing.hurry()
        for watch in self._watches.values():
            if watch.due < NEVER:
                watch.due = min(watch.due, now)
        self.hurry()

    async def run(self) -> None:
        """Ask whenever something is due. Ends only by being cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                await self._pause(self._dispatch(group))

    async def refresh(self) -> None:
        """Ask now for the list, for the unfinished jobs and for the lost ones, as far as the budget goes.

        Faults become the status.
        """
        if self._line.is_paused and not await self._greet(by_user=True):
            return
        if self._listing.offered:
            try:
                await self._listing.read()
            except JobtuiError:
                # The status tells; what can't be listed isn't tried one by one.
                self._board.fail_all(self._source.name)
                return
            except Exception as error:  # noqa: BLE001  (as in `_contained`)
                self._line.break_down(error)
                return
        lost = sorted(self._board.watch_lost(self._source.name), key=self._least_seen)
        live = [watch for watch in self._watches.values() if not self._is_lost(watch) and not self._is_covered(watch)]
        wanted = [watch for watch in (*sorted(live, key=self._least_seen), *lost) if not watch.in_flight]
        if not wanted and not self._listing.offered:
            await self._greet(by_user=True)
            return
        gate = asyncio.Semaphore(MAX_IN_FLIGHT)
        async with asyncio.TaskGroup() as group:
            for watch in wanted:
                await gate.acquire()
                if self._line.user_wait_s() > 0 or self._line.is_paused or self._line.circuit.failures > 1:
                    break
                if watch.in_flight or watch.job_id not in self._watches:
                    gate.release()
                    continue
                self._line.reserve()
                watch.in_flight = True
                look = self._contained(self._look(watch))
                group.create_task(look).add_done_callback(lambda _task: gate.release())
        for watch in lost:
            if not watch.in_flight:
                self._board.release(watch)
        self._wake.set()

    def _dispatch(self, group: asyncio.TaskGroup) -> float | None:
        """Start what is due; the seconds until something else is, or `None` for until something happens."""
        line, listing = self._line, self._listing
        while self._automatic and not self._rhythm.by_hand:
            now = self._clock.monotonic()
            if line.is_paused:
                return self._knock(group, now)
            blocked_s = line.circuit.wait_s(now)
            if blocked_s > 0:
                return blocked_s
            probing = line.circuit.is_open
            if self._in_flight >= (1 if probing or line.is_doubtful else MAX_IN_FLIGHT):
                return None
            is_list_due = listing.due <= now or (probing and listing.due < NEVER)
            watch = None
            if not is_list_due:
                if not listing.tried:
                    return None
                watch = self._next_watch(now) or (self._soonest() if probing else None)
                if watch is None and not probing and (self._greeted or self._watches or self._in_flight):
                    return self._idle_s(now)
            spent_s = line.budget.wait_s(now, background=True)
            if spent_s > 0:
                if watch is not None:
                    self._queue.append(watch.job_id)
                return spent_s
            line.reserve()
            if is_list_due:
                listing.begin()
                self._start(group, self._poll_list())
            elif watch is not None:
                watch.in_flight = True
                self._start(group, self._look(watch))
            else:
                # Nothing is due, and yet someone wants to know whether the source is there.
                self._greeted = True
                self._start(group, self._greet(by_user=False))
        return None

    def _knock(self, group: asyncio.TaskGroup, now: float) -> float | None:
        """Once in a while, find out whether a source takes its credential again; the seconds until then."""
        line = self._line
        wait_s = max(line.knock_wait_s(now), line.budget.wait_s(now, background=True), line.circuit.wait_s(now))
        if self._in_flight or wait_s == NEVER:
            return None
        if wait_s > 0:
            return wait_s
        line.reserve_knock()
        self._start(group, self._come_back())
        return None

    async def _come_back(self) -> None:
        if await self._greet(by_user=False):
            self._catch_up()

    def _start(self, group: asyncio.TaskGroup, work: Coroutine[Any, Any, object]) -> None:
        self._in_flight += 1
        group.create_task(self._contained(work)).add_done_callback(self._landed)

    async def _contained(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  (an answer that trips us up must not end the source's schedule)
            self._line.break_down(error)

    def _landed(self, _task: asyncio.Task[object]) -> None:
        self._in_flight -= 1
        self._wake.set()

    def _woken(self, _task: asyncio.Task[None]) -> None:
        self._wake.set()

    async def _pause(self, seconds: float | None) -> None:
        """Wait until then, or until woken."""
        if seconds is None:
            await self._wake.wait()
            return
        # Not for less than a clock can tell apart: that would be no wait at all, over and over.
        slept = asyncio.create_task(self._clock.sleep(max(LEAST_WAIT_S, seconds)))
        slept.add_done_callback(self._woke)
        try:
            await self._wake.wait()
        finally:
            slept.cancel()

    def _woke(self, slept: asyncio.Task[None]) -> None:
        # One that was cancelled, because something else woke the loop, must not wake it again: that would never end.
        if not slept.cancelled():
            self._wake.set()

    def _idle_s(self, now: float) -> float | None:
        due = min(self._earliest, self._listing.due)
        return None if due == NEVER else max(0.0, due - now)

    def _next_watch(self, now: float) -> Watch | None:
        """The due job that wants its look most."""
        if now - self._queued_at >= _QUEUE_KEEPS_S:
            self._queue.clear()
        while True:
            while self._queue:
                watch = self._watches.get(self._queue.pop())
                if watch is not None and not watch.in_flight and watch.due <= now:
                    return watch
            if self._earliest > now or not self._scan(now):
                return None

    def _scan(self, now: float) -> bool:
        """Fill the queue with the most urgent due jobs, the most urgent last."""
        due: list[tuple[float, JobId]] = []
        earliest = NEVER
        wall = self._clock.now()
        for job_id, watch in self._watches.items():
            if watch.in_flight:
                continue
            if watch.due > now:
                earliest = min(earliest, watch.due)
                continue
            job = self._board.jobs.get(job_id)
            estimate = job.estimate if job else None
            near = estimate is not None and estimate.finishes_at <= wall
            due.append((urgency(now - watch.due, watch.delay_s, self._attention(job_id), near_finish=near), job_id))
        due.sort()
        self._queued_at = now
        self._queue = [job_id for _, job_id in due[-_QUEUE:]]
        self._earliest = now if due else earliest
        return bool(due)

    def _soonest(self) -> Watch | None:
        """The job to find out with whether the source is back."""
        waiting = [watch for watch in self._watches.values() if not watch.in_flight and watch.due < NEVER]
        return min(waiting, key=lambda watch: watch.due, default=None)

    async def _look(self, watch: Watch) -> None:
        """Ask for one job; what comes of it goes to the board."""
        job_id, sequence = watch.job_id, self._board.next_sequence()
        known = self._board.jobs.get(job_id)
        try:
            observation = await self._line.ask(lambda: self._source.provider.fetch_job(job_id, known), subject=job_id)
        except JobNotFound:
            watch.failures = 0
            watch.wants_details = False
            self._board.miss(job_id, sequence)
        except JobtuiError as error:
            watch.failures += 1
            if watch.failures == 1 and isinstance(error, ProtocolError):
                _log.warning("%s: %s", job_id, error)
            is_refused = isinstance(error, ProviderRefused) and not self._line.is_paused
            if is_refused or watch.failures >= _TRIES_FOR_DETAILS:
                watch.wants_details = False
            if not is_refused or not self._listing.tells_all(watch):
                self._board.fail(job_id)
        else:
            watch.failures = 0
            watch.wants_details = False
            self._greeted = True
            if observation.job.state.is_final:
                self._detailed.add(job_id)
            # The answer is for the job that was asked for, and for one that is still watched.
            if observation.job.id == job_id and job_id in self._board.jobs:
                self._board.observe(observation, sequence)
        finally:
            self._reschedule(watch)
            self._board.release(watch)

    async def _poll_list(self) -> None:
        await self._listing.poll()
        self._greeted = True
        self.hurry()

    async def _greet(self, *, by_user: bool) -> bool:
        """Find out whether the source is there, where no job has to be asked for."""
        check = self._source.provider.check
        try:
            await (self._line.read(check) if by_user else self._line.ask(check))
        except JobtuiError:
            # The status tells.
            return False
        self._greeted = True
        return True

    def _reschedule(self, watch: Watch) -> None:
        now = self._clock.monotonic()
        watch.looked = watch.asked = now
        job = self._board.jobs.get(watch.job_id)
        if job is None or self._rhythm.by_hand or self._is_covered(watch):
            watch.due = NEVER
            return
        watch.delay_s = self._delay_s(watch, job)
        watch.due = now + watch.delay_s
        self._earliest = min(self._earliest, watch.due)

    def _delay_s(self, watch: Watch, job: Job) -> float:
        now = self._clock.now()
        age_s = max(0.0, self._clock.monotonic() - watch.first_seen)
        if job.created_at is not None:
            age_s = max(age_s, (now - job.created_at).total_seconds())
        finishes_in_s = (job.estimate.finishes_at - now).total_seconds() if job.estimate else None
        if self._listing.tells_all(watch):
            # The list tells the state: this look is for the tasks alone.
            age_s, finishes_in_s = max(age_s, 60.0), None
        subject = Subject(job.state, age_s, self._attention(job.id), finishes_in_s, watch.failures)
        return look_delay_s(subject, self._rhythm, self._rng)

    def _attention(self, job_id: JobId) -> Attention:
        if job_id == self._selected:
            return Attention.SELECTED
        return Attention.ON_SCREEN if job_id in self._on_screen else Attention.NONE

    def _is_covered(self, watch: Watch) -> bool:
        """Whether the list tells all that is wanted of the job."""
        if not self._listing.tells_all(watch):
            return False
        job = self._board.jobs.get(watch.job_id)
        return self._attention(watch.job_id) is Attention.NONE or job is None or job.state is not JobState.RUNNING

    def _want_details(self, job_id: JobId) -> None:
        """A selected job that only a list told of is looked at once, for its tasks."""
        job = self._board.jobs.get(job_id)
        if job is None or not self._listing.offered or not job.state.is_final or job_id in self._detailed:
            return
        if job.tasks and not _has_unended_tasks(job):
            return
        watch = self._board.watch_once(job_id)
        if watch is not None and not watch.in_flight:
            watch.due = self._clock.monotonic() + _READING_S

    def _turn_away(self, job_id: JobId) -> None:
        watch, job = self._watches.get(job_id), self._board.jobs.get(job_id)
        if watch is None or job is None or not job.state.is_final or watch.in_flight:
            return
        if not _has_unended_tasks(job):
            watch.wants_details = False
            self._board.release(watch)

    def _catch_up(self) -> None:
        """The source is back: what failed because it was gone doesn't wait any longer."""
        now = self._clock.monotonic()
        self._listing.hurry()
        for watch in self._watches.values():
            if watch.failures:
                watch.failures = 0
                watch.due = min(watch.due, now)
        self.hurry()

    def _is_lost(self, watch: Watch) -> bool:
        job = self._board.jobs.get(watch.job_id)
        return job is not None and job.state is JobState.LOST

    def _least_seen(self, watch: Watch) -> tuple[int, datetime]:
        job = self._board.jobs.get(watch.job_id)
        seen = job.observed_at if job is not None and job.observed_at is not None else _DISTANT_PAST
        return (-self._attention(watch.job_id), seen)


def _has_unended_tasks(job: Job) -> bool:
    """Whether a list told a job's end, and what is known of its tasks is from before."""
    return job.state.is_final and any(not task.state.is_final for task in job.tasks)
