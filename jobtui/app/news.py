"""What happened while nobody looked: told in one line, and kept as a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jobtui.app.display import ago_words, count_words, span_words
from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Health, News, Snapshot

if TYPE_CHECKING:
    from jobtui.engine.port import EnginePort

FILTER_TEXT = "since:left"
"""How the filter bar names the filter for these jobs."""

_WORDS = {JobState.SUCCEEDED: "done"}
_SETTLE_S = 2.0
"""After every source has answered once: those that are asked job by job are seldom done by then."""
_PATIENCE_S = 20.0
_MOST_ASKED = 5


def news_words(news: News, expiries: Sequence[datetime], now: datetime) -> str:
    """One line, such as `Since you left (2 h ago): 3 done, 1 failed, 1 result expires in 2 h`; empty without news.

    Args:
        news: What the engine has seen.
        expiries: When links to results among it stop working, one a job.
        now: The present.
    """
    if not news.ended:
        return ""
    counts = Counter(job.state for job in news.ended)
    parts = [f"{counts[state]:,} {_WORDS.get(state, state.value)}" for state in JobState if counts[state]]
    ahead = sorted(moment - now for moment in expiries if moment > now)
    if len(ahead) == 1:
        parts.append(f"1 result expires in {span_words(ahead[0])}")
    elif ahead:
        parts.append(f"{count_words(len(ahead), 'result')} expire, the first in {span_words(ahead[0])}")
    return f"Since you left ({ago_words(news.since, now)}): {', '.join(parts)}"


class Arrival:
    """The first moments of a run: ends that come in now happened before, and are told together.

    Until then they are held back, so that nobody who comes back is rung at for a whole night's work.
    """

    def __init__(self, engine: EnginePort, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._held: dict[object, Job] = {}
        self._began_s = clock.monotonic()
        self._is_over = False

    def hold(self, ended: Sequence[Job]) -> Sequence[Job]:
        """Take ends in; returns those that are to be told at once, which are all once the arrival is over."""
        if self._is_over:
            return ended
        self._held.update((job.id, job) for job in ended)
        return ()

    def can_look(self, snapshot: Snapshot) -> bool:
        """Whether every source has answered, or one takes longer than anybody wants to wait."""
        waited_s = self._clock.monotonic() - self._began_s
        return waited_s > _PATIENCE_S or all(status.health is not Health.STARTING for status in snapshot.sources)

    async def look(self) -> tuple[News | None, Sequence[Job]]:
        """What ended before this run; and what was held back without being among it, which is to be told now."""
        await self._clock.sleep(_SETTLE_S)
        try:
            news = await self._engine.look()
        except JobtuiError:
            news = None  # What is wrong with the engine is told elsewhere.
        self._is_over = True
        known = {job.id for job in news.ended} if news is not None else set()
        return news, [job for job in self._held.values() if job.id not in known]

    async def expiries(self, news: News) -> list[datetime]:
        """When results among the news stop being there, as far as a few questions tell."""
        from jobtui.core.results import RemoteFile

        expiring = {status.name for status in self._engine.snapshot.sources if status.capabilities.results_expire}
        wanted = [job for job in news.ended if job.state is JobState.SUCCEEDED and job.id.source in expiring]
        found: list[datetime] = []
        for job in wanted[:_MOST_ASKED]:
            try:
                result = await self._engine.fetch_result(job.id, limit=1)
            except JobtuiError:
                continue  # The result pane will say why, to whoever wants it.
            contents = [artifact.content for artifact in result.artifacts]
            moments = [one.expires_at for one in contents if isinstance(one, RemoteFile) and one.expires_at is not None]
            found += [min(moments)] if moments else []
        return found
