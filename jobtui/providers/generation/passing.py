"""Results that only the answer to a submit held, too large to be kept with the job."""

from __future__ import annotations

from jobtui.core.jobs import JobId
from jobtui.core.results import InlineFile, Result


class PassingResults:
    """Holds such results for the life of the program; beyond a limit the oldest are given up."""

    def __init__(self, most_bytes: int) -> None:
        """Hold files of this many bytes in all; the latest result is held whatever its size."""
        self._most_bytes = most_bytes
        self._results: dict[JobId, Result] = {}

    def keep(self, result: Result) -> None:
        """Hold a result that just came."""
        self._results[result.job_id] = result
        sizes = {job_id: _size_bytes(held) for job_id, held in self._results.items()}
        while sum(sizes.values()) > self._most_bytes and len(sizes) > 1:
            oldest = next(iter(sizes))
            del sizes[oldest], self._results[oldest]

    def get(self, job_id: JobId) -> Result | None:
        """The job's result, if it is held."""
        return self._results.get(job_id)


def _size_bytes(result: Result) -> int:
    return sum(len(each.content.content) for each in result.artifacts if isinstance(each.content, InlineFile))
