"""Submits: recorded before they are sent, sent once, and told apart afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError, OutcomeUnknown, ProtocolError, StoreError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.engine.board import Board
from jobtui.engine.line import Line
from jobtui.engine.store.records import Unsettled
from jobtui.engine.store.store import Store

_CLOCKS_DIFFER = timedelta(minutes=2)
_APPEARS_WITHIN = timedelta(minutes=10)


class Submitter:
    """Sends submissions, and finds the jobs of those whose answers were lost in the lists that follow."""

    def __init__(self, clock: Clock, store: Store, board: Board) -> None:
        self._clock = clock
        self._store = store
        self._board = board
        self._unsettled: dict[int, Unsettled] = {}
        self._recognised: dict[int, JobId] = {}
        self._under_way: set[asyncio.Task[Job]] = set()
        board.on_new_job = self._recognise

    def begin(self, unsettled: Iterable[Unsettled]) -> None:
        """Go on from what an earlier program left."""
        self._unsettled = {submission.id: submission for submission in unsettled}

    async def submit(self, line: Line, target: str, payload: JsonObject, cloned_from: JobId | None = None) -> Job:
        """Send one submission that was admitted; once sent, it is seen through even if nobody waits for it any more.

        Raises:
            OutcomeUnknown: Whether there is a job isn't known.
            StoreError: It couldn't be recorded, so it wasn't sent.
            JobtuiError: It was turned down.
        """
        number = await self._store.begin_submission(line.source.name, target, payload, cloned_from)
        task = asyncio.create_task(self._send(line, number, target, payload))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Record what the lists told about submissions without an answer."""
        while self._recognised:
            number, job_id = self._recognised.popitem()
            await self._store.settle_submission(number, "made", job_id)

    async def answered(self, within_s: float) -> None:
        """Return once all submissions that are under way are answered, or the time is over."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=within_s)

    async def finish(self, within_s: float) -> None:
        """Give submissions that are under way a moment; what is left is found as "sent" at the next start."""
        await self.answered(within_s)
        for task in set(self._under_way):
            task.cancel()

    async def _send(self, line: Line, number: int, target: str, payload: JsonObject) -> Job:
        sequence = self._board.next_sequence()
        sent_at = self._clock.now()
        try:
            observation = await line.ask(
                lambda: line.source.provider.submit(target, payload), changes=True, too_late=OutcomeUnknown
            )
        except (OutcomeUnknown, ProtocolError) as error:
            await self._store.settle_submission(number, "unknown")
            self._unsettled[number] = Unsettled(number, line.source.name, target, sent_at)
            if isinstance(error, OutcomeUnknown):
                raise
            raise OutcomeUnknown(
                f"the submission was sent, but its answer can't be used: {error}",
                hint="Look at the service before you submit again.",
            ) from error
        except JobtuiError:
            await self._store.settle_submission(number, "refused")
            raise
        job = self._board.observe(observation, sequence, made_here=True, track=True) or observation.job
        batch = self._board.take_pending()
        try:
            await self._store.write(batch, durable=True)
        except StoreError:
            # The job exists: to say otherwise because the disk is full would invite a second one.
            self._board.keep_pending(batch)
        self._board.set_notice(self._store.notice)
        await self._store.settle_submission(number, "made", job.id)
        return job

    def _recognise(self, job: Job) -> None:
        """See whether a job that a list shows for the first time is one whose submit got no answer."""
        fits = [
            submission
            for submission in self._unsettled.values()
            if submission.source == job.id.source and _is_of(job, submission, self._clock.now())
        ]
        # With two that fit, either guess could be wrong: they stay unknown.
        if len(fits) == 1:
            del self._unsettled[fits[0].id]
            self._recognised[fits[0].id] = job.id


def _is_of(job: Job, submission: Unsettled, now: datetime) -> bool:
    if submission.target not in (job.kind, job.name, *job.handle.values()):
        return False
    made_at = job.created_at or job.started_at or now
    return submission.sent_at - _CLOCKS_DIFFER <= made_at <= submission.sent_at + _APPEARS_WITHIN
