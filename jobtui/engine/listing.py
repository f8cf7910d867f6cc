"""Reading a source's list, where it offers one: far cheaper than asking for each job."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError, NotOffered, ProviderRefused, SignInRefused
from jobtui.core.jobs import Job, JobId
from jobtui.engine.board import Board
from jobtui.engine.line import Line
from jobtui.engine.schedule import Rhythm, jittered
from jobtui.engine.watch import NEVER, Watch
from jobtui.providers.base import JobPage

MAX_PAGES = 50
"""Of a list in one pass; the status tells how many jobs there are beyond."""

_JOBS_A_TURN = 200
_FULL_PASS_S = 600.0
_CHECK_S = 30.0
_CHECK_AFTER_S = 120.0
"""A list may lag for good: now and then the job whose last look of its own is longest ago is asked for itself."""
_LONE_LOOKS = 3
"""So many unfinished jobs that no page had are asked for one by one rather than searched for in further pages."""


class Listing:
    """The passes over one source's list: newest jobs first, as far as there is news."""

    def __init__(
        self,
        line: Line,
        rhythm: Rhythm,
        *,
        clock: Clock,
        rng: random.Random,
        board: Board,
        is_looked_at: Callable[[JobId], bool],
    ) -> None:
        self._line = line
        self._provider = line.source.provider
        self._rhythm = rhythm
        self._clock = clock
        self._rng = rng
        self._board = board
        self._watches = board.watches[line.source.name]
        self._is_looked_at = is_looked_at
        self.offered = self._provider.capabilities.lists
        """Whether there is a list to read."""
        self.number = 0
        """Of the last pass that came to its end."""
        self.tried = not self.offered
        """Whether a first pass was tried: before, it isn't known which jobs need a look of their own."""
        self._due = 0.0
        self._busy = False
        self._full_due = clock.monotonic() + _FULL_PASS_S
        self._check_due = 0.0

    @property
    def due(self) -> float:
        """When the next pass should begin, in monotonic seconds."""
        return NEVER if self._busy or not self.offered else self._due

    def hurry(self) -> None:
        """Make a pass due now."""
        self._due = 0.0

    def begin(self) -> None:
        """A pass is about to be run by `poll`."""
        self._busy = True

    def tells_all(self, watch: Watch) -> bool:
        """Whether the latest pass had the job, and nothing about it asks for a look of its own."""
        return (
            self.offered
            and watch.listed_in >= max(1, self.number)
            and not watch.wants_details
            and watch.doubt is None
            and not self._board.hearsay.is_overruled(watch.job_id)
        )

    async def poll(self) -> None:
        """One pass by itself, its first request being reserved; faults become the status."""
        try:
            await self._run(by_user=False)
        except NotOffered:
            self.offered = False
        except JobtuiError:
            self._board.fail_all(self._line.source.name)
        finally:
            self._busy = False
            self.tried = True
            self._due = self._clock.monotonic() + jittered(self._rhythm.list_interval_s, self._rng)

    async def read(self) -> None:
        """One pass for the user, now.

        Raises:
            JobtuiError: It couldn't be read to its end; what was read counts.
        """
        try:
            await self._run(by_user=True)
        finally:
            self.tried = True
        self._due = self._clock.monotonic() + jittered(self._rhythm.list_interval_s, self._rng)

    async def _run(self, *, by_user: bool) -> None:
        try:
            await self._pass(by_user=by_user)
        except (NotOffered, SignInRefused):
            raise
        except ProviderRefused as error:
            self._line.note_list(error.in_full)
            raise
        self._line.note_list("")

    async def _pass(self, *, by_user: bool) -> None:
        now = self._clock.monotonic()
        number = self.number + 1
        is_full = not by_user and now >= self._full_due
        page, is_news = await self._page(1, number, by_user=by_user, first=True)
        total, pages = page.total, 1
        while page.next_page is not None and pages < MAX_PAGES:
            if not is_full and not is_news and self._unseen(number) <= _LONE_LOOKS:
                break
            page, is_news = await self._page(page.next_page, number, by_user=by_user)
            pages += 1
            if page.next_page is None and page.total != total and pages < MAX_PAGES:
                # Jobs came or went meanwhile, so rows moved between pages: the beginning again, for what slipped.
                total = page.total
                page, is_news = await self._page(1, number, by_user=by_user)
                pages += 1
        self.number = max(self.number, number)
        if is_full:
            self._full_due = now + _FULL_PASS_S
        self._settle(number)

    async def _page(self, page: int, number: int, *, by_user: bool, first: bool = False) -> tuple[JobPage, bool]:
        """Read one page; tells whether it had anything but finished jobs that were known."""
        sequence = self._board.next_sequence()
        if by_user:
            answer = await self._line.read(lambda: self._provider.list_jobs(page))
        else:
            if not first:
                await self._line.admit(background=True)
            answer = await self._line.ask(lambda: self._provider.list_jobs(page))
        self._line.set_total(answer.total)
        self._tell_doubled(answer)
        is_news = False
        for count, observation in enumerate(answer.observations, start=1):
            if count % _JOBS_A_TURN == 0:
                # Of a page of very many, so that other sources have their turn meanwhile.
                await asyncio.sleep(0)
            before = self._board.jobs.get(observation.job.id)
            after = self._board.observe(observation, sequence)
            if after is not None:
                is_news |= before is None or not before.state.is_final or before.state is not after.state
                self._note(before, after, number)
        return answer, is_news

    def _tell_doubled(self, answer: JobPage) -> None:
        seen: set[JobId] = set()
        for observation in answer.observations:
            if observation.job.id in seen:
                self._board.oddities.say(
                    observation.job, "an id twice on a page of its list; the last of its rows counts"
                )
            seen.add(observation.job.id)

    def _note(self, before: Job | None, after: Job, number: int) -> None:
        watch = self._watches.get(after.id)
        if watch is not None:
            watch.listed_in = number
            if before is None:
                # Whether it needs a look of its own is decided when the pass is over.
                watch.due = NEVER
        ended = before is not None and after.state.is_final and not before.state.is_final
        if ended and before is not None and (before.tasks or self._is_looked_at(after.id)):
            # Its tasks ended too, which only a look of its own tells.
            self._board.watch_once(after.id)

    def _unseen(self, number: int) -> int:
        return sum(
            1
            for watch in self._watches.values()
            # A lost job's own looks find it again: pages upon pages are not read for it.
            if watch.listed_in != number and watch.lost_at is None
        )

    def _settle(self, number: int) -> None:
        now = self._clock.monotonic()
        for watch in self._watches.values():
            if watch.in_flight:
                continue
            if watch.listed_in < number:
                # No longer in the list: its own look tells what became of it.
                watch.due = min(watch.due, now if watch.looked is None else watch.looked + watch.delay_s)
            elif self.tells_all(watch) and not self._is_looked_at(watch.job_id):
                watch.due = NEVER
            elif watch.due == NEVER:
                watch.due = now if watch.looked is None else watch.looked + watch.delay_s
        self._check_one(now)

    def _check_one(self, now: float) -> None:
        """Hold the list against one of the jobs that it alone tells of."""
        if now < self._check_due:
            return
        waiting = (
            watch
            for watch in self._watches.values()
            if watch.due == NEVER and not watch.in_flight and now - watch.asked >= _CHECK_AFTER_S
        )
        watch = min(waiting, key=lambda watch: (not self._is_looked_at(watch.job_id), watch.asked), default=None)
        if watch is not None:
            watch.due = now
            self._check_due = now + _CHECK_S
