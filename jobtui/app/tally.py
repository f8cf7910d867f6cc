"""How many jobs are in which state at which source, counted by what changes instead of anew each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Snapshot, Update


class Tally:
    """Running counts of one snapshot after another."""

    def __init__(self) -> None:
        self._jobs: Mapping[JobId, Job] = {}
        self._counts: Counter[tuple[str, JobState]] = Counter()

    def load(self, snapshot: Snapshot) -> None:
        """Count a whole snapshot, whatever was known before."""
        self._jobs = snapshot.jobs
        self._counts = Counter((job.id.source, job.state) for job in snapshot.jobs.values())

    def apply(self, update: Update) -> None:
        """Count what changed."""
        before, after = self._jobs, update.snapshot.jobs
        if before is after:
            return
        if len(update.changed) + len(update.removed) > len(after) // 2:
            self.load(update.snapshot)
            return
        self._jobs = after
        for job_ids in (update.changed, update.removed - update.changed):
            for job_id in job_ids:
                if (old := before.get(job_id)) is not None:
                    self._counts[job_id.source, old.state] -= 1
                if (job := after.get(job_id)) is not None:
                    self._counts[job_id.source, job.state] += 1
        if self._counts.total() != len(after):
            self.load(update.snapshot)

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return len(self._jobs)

    def by_state(self) -> dict[JobState, int]:
        """Counts over all sources, only of states that some job is in, in the order of the states."""
        counts = dict.fromkeys(JobState, 0)
        for (_, state), count in self._counts.items():
            counts[state] += count
        return {state: count for state, count in counts.items() if count}

    def of_source(self, source: str, state: JobState) -> int:
        """How many of a source's jobs are in a state."""
        return self._counts[source, state]

    def total_of(self, source: str) -> int:
        """How many of a source's jobs are known."""
        return sum(self._counts[source, state] for state in JobState)
