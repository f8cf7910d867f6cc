"""When the end of a job is told without a sound, and when not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.jobs import Job
from jobtui.core.spans import DailySpan, parse_span


class QuietRules(Struct, frozen=True):
    """What the user has said about notices."""

    hours: tuple[DailySpan, ...] = ()
    """Parts of the day in which nothing rings."""
    shortest: timedelta = timedelta()
    """Jobs that took less don't ring."""
    muted: frozenset[str] = frozenset()
    """Sources whose jobs end without any notice."""

    @classmethod
    def parse(cls, hours: Iterable[str], shortest: str, muted: Iterable[str]) -> QuietRules:
        """Read the rules as the configuration holds them.

        Raises:
            SettingsError: One can't be understood; the text names its key.
        """
        try:
            spans = tuple(DailySpan.parse(text) for text in hours)
        except UsageError as error:
            raise SettingsError(f"quiet: {error}", hint=error.hint) from error
        try:
            return cls(spans, parse_span(shortest), frozenset(muted))
        except UsageError as error:
            raise SettingsError(f"notify_after: {error}", hint=error.hint) from error

    def told(self, ended: Sequence[Job]) -> tuple[Job, ...]:
        """Those of the ended jobs that anyone is told of."""
        return tuple(job for job in ended if job.id.source not in self.muted)

    def rings(self, job: Job, now: datetime) -> bool:
        """Whether the job's end may make itself heard.

        Args:
            job: One that ended.
            now: In the user's own time zone: the hours are of the user's day.
        """
        if job.id.source in self.muted or any(span.covers(now) for span in self.hours):
            return False
        began = job.started_at or job.created_at
        # What is known to be short keeps quiet; what is not known does not.
        return began is None or job.finished_at is None or job.finished_at - began >= self.shortest
