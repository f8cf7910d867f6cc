"""What services tell that can't be: said once per source in the log, and never again while the program runs."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta

from jobtui.core.jobs import Job

_CLOCKS_DIFFER = timedelta(minutes=5)

_log = logging.getLogger(__name__)


class Oddities:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()

    def look_at(self, told: Job, now: datetime) -> None:
        """Find what can't be in a job as its service tells it."""
        if told.progress is not None and not is_fraction(told.progress):
            self.say(told, f"progress out of range, {told.progress:.6g}; it counts as none")
        created_at, started_at, finished_at = told.created_at, told.started_at, told.finished_at
        ahead = now + _CLOCKS_DIFFER
        if any(moment is not None and moment > ahead for moment in (created_at, started_at, finished_at)):
            self.say(told, "a time in the future")
        elif started_at is not None and finished_at is not None and finished_at < started_at:
            self.say(told, "an end before its start")

    def say(self, job: Job, what: str) -> None:
        """Put it into the log, unless the like was said of this source; what tells them apart stands before a comma."""
        kind = (job.id.source, what.partition(",")[0])
        if kind not in self._said:
            self._said.add(kind)
            _log.warning("source %s tells of %s (job %s)", job.id.source, what, job.id.native)


def is_fraction(progress: float) -> bool:
    """Whether it is a progress at all."""
    return math.isfinite(progress) and 0 <= progress <= 1
