"""Whose results are saved: confirmed once the last artifact of a job is in its place, given back where one fails."""

from __future__ import annotations

from collections.abc import Collection

from jobtui.core.jobs import JobId
from jobtui.core.results import Result


class Saves:
    """What of which result is still to be saved, and which jobs this program has taken over to save."""

    def __init__(self) -> None:
        self.claimed: set[JobId] = set()
        self._left: dict[JobId, list[str]] = {}
        self._done: dict[JobId, list[str]] = {}

    def begin(self, job_ids: Collection[JobId]) -> None:
        """These jobs' results are this program's to save."""
        self.claimed |= set(job_ids)

    def expect(self, job_id: JobId, result: Result) -> bool:
        """Learn what a result holds; tells whether there is nothing to save."""
        left = [artifact.name for artifact in result.artifacts]
        for name in self._done.get(job_id, ()):
            # Read once more while it is being saved.
            if name in left:
                left.remove(name)
        self._left[job_id] = left
        return self._is_done(job_id)

    def saved(self, job_id: JobId, name: str) -> bool:
        """An artifact is in its place; tells whether it was the last one of its job's result."""
        left = self._left.get(job_id)
        if left is None or name not in left:
            return False
        left.remove(name)
        self._done.setdefault(job_id, []).append(name)
        return self._is_done(job_id)

    def give_back(self, job_id: JobId) -> bool:
        """Saving failed; tells whether it was this program's."""
        if job_id not in self.claimed:
            return False
        self.claimed.discard(job_id)
        return True

    def _is_done(self, job_id: JobId) -> bool:
        if self._left[job_id]:
            return False
        del self._left[job_id]
        self._done.pop(job_id, None)
        self.claimed.discard(job_id)
        return True
