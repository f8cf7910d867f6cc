"""Which job that goes on was looked at longest ago."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from heapq import heappop, heappush, heapreplace

from jobtui.core.jobs import Job, JobId


class Looks:
    """The looks at all jobs that are not over, the oldest first.

    A job has one entry, which is put right only once it is the oldest: so a look costs next to nothing, and asking for
    the oldest no more than the looks since, however many jobs go on.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, JobId]] = []
        self._entered: dict[JobId, datetime] = {}
        """The moment of each job's entry; a leftover one has another."""

    def note(self, job: Job) -> None:
        """A job was looked at, or is known of now."""
        seen = job.observed_at
        if seen is None or job.state.is_final:
            return
        entered = self._entered.get(job.id)
        # Earlier than it was only by a clock that was put back.
        if entered is None or seen < entered:
            self._entered[job.id] = seen
            heappush(self._entries, (seen, job.id))

    def oldest(self, jobs: Mapping[JobId, Job]) -> datetime | None:
        """When the job that was looked at longest ago was; `None` where none goes on.

        Args:
            jobs: All jobs as they are known now.
        """
        while self._entries:
            entered, job_id = self._entries[0]
            if self._entered.get(job_id) != entered:
                heappop(self._entries)
                continue
            job = jobs.get(job_id)
            seen = None if job is None or job.state.is_final else job.observed_at
            if seen == entered:
                return seen
            if seen is None:
                heappop(self._entries)
                del self._entered[job_id]
            else:
                self._entered[job_id] = seen
                heapreplace(self._entries, (seen, job_id))
        return None
