"""The top of the screen: each source with its health, and how many jobs are in which state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget

from jobtui.app.display import LEAST_LATENCY_MS, STATE_STYLES, ago_words, count_words, latency_words, span_words
from jobtui.app.tally import Tally
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Health, Snapshot, SourceStatus

_GLYPHS = {
    Health.STARTING: ("◌", "$foreground 60%"),
    Health.OK: ("●", "$text-success"),
    Health.BUSY: ("◐", "$text-warning"),
    Health.DOWN: ("○", "$text-error"),
    Health.SIGNED_OUT: ("○", "$text-error"),
    Health.BROKEN: ("○", "$text-error"),
}
PLAIN_WORDS = {
    Health.STARTING: "no answer yet",
    Health.BUSY: "waits",
    Health.DOWN: "not reachable",
    Health.SIGNED_OUT: "signed out",
    Health.BROKEN: "can't work as configured",
}
"""What a source is that doesn't answer well."""
_Part = tuple[str, str]
"""Words and their style."""

_GAP = "   "
_LEAST_WAIT = timedelta(seconds=1)
"""A shorter one would be told as none at all."""
_UNHEARD = timedelta(minutes=2)
"""After so long without an answer nobody knows how a source does: looks that nobody waits for come once a minute."""
_IDLE = timedelta(seconds=30)
"""Likewise where nothing is asked, so that no answer is to be expected; less would blink between short jobs."""
_SAME_LATENCY = 2.0
"""Latencies that are no more apart than by this factor read the same: they waver from call to call."""
_LATENCY_STANDS = timedelta(seconds=2)
"""At least so long a latency is told: where half of the calls wait, their median goes to and fro all the time."""
_READABLE = 40
"""Characters of a sentence that still say something where it is cut off."""
_COUNTED = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED, JobState.UNKNOWN, JobState.LOST)


class _Telling(Struct, frozen=True):
    """How much is said of each source."""

    counts: bool = False
    latency: bool = False
    detail: int = 60
    """Characters of the words about a trouble; where that is too few to read, a plain word stands for more."""
    next_try: bool = True


_TELLINGS = (
    _Telling(counts=True, latency=True),
    _Telling(counts=True),
    _Telling(),
    _Telling(detail=18),
    _Telling(detail=18, next_try=False),
    _Telling(detail=0, next_try=False),
)
"""From much to little: the first that fits is taken."""


class HealthLine(Widget):
    """One or two lines, as high as the style sheet makes it; written again only when they read differently."""

    def __init__(self, title: str, *, label: Callable[[], str]) -> None:
        super().__init__(id="health")
        self._title = title
        self._label = label
        self._snapshot = Snapshot()
        self._tally = Tally()
        self._now: datetime | None = None
        self._written = Content()
        self._latencies: dict[str, tuple[float, datetime]] = {}
        """By source: what is told of it, in ms, and since when."""

    def show(self, snapshot: Snapshot, tally: Tally, now: datetime) -> None:
        """Tell of this snapshot, as of this moment."""
        self._snapshot, self._tally, self._now = snapshot, tally, now
        # The style sheet then leaves a line of it in a zoomed pane.
        self.set_class(self._trusts_anyone, "-tls-off")
        self._write()

    @property
    def _trusts_anyone(self) -> bool:
        return not all(status.tls_verified for status in self._snapshot.sources)

    def on_resize(self, event: events.Resize) -> None:
        """Share the new width."""
        self._write()

    def render(self) -> Content:
        """What was written last; before the first frame nobody knew for what width."""
        if self._now is not None and not self._written:
            self._written = self._lines()
        return self._written

    def _write(self) -> None:
        if self._now is None or not self.size.width:
            return
        lines = self._lines()
        if not lines.is_same(self._written):
            self._written = lines
            self.refresh()

    def _lines(self) -> Content:
        return self._one_line() if self.size.height == 1 else self._two_lines()

    def _one_line(self) -> Content:
        totals = self._totals()
        brand = self._brand()
        room = self.size.width - brand.cell_length - totals.cell_length - len(_GAP)
        sources = self._sources(room)
        gap = " " * max(len(_GAP), self.size.width - brand.cell_length - sources.cell_length - totals.cell_length)
        return Content("").join([brand, sources, Content(gap), totals])

    def _two_lines(self) -> Content:
        totals, brand = self._totals(), self._brand()
        if brand.cell_length + totals.cell_length > self.size.width:
            totals = self._totals(short=True)
        gap = " " * max(1, self.size.width - brand.cell_length - totals.cell_length)
        return Content("\n").join(
            [
                Content("").join([brand, Content(gap), totals]),
                Content("").join([Content(" "), self._sources(self.size.width - 2)]),
            ]
        )

    def _brand(self) -> Content:
        parts: list[Content | str | tuple[str, str]] = [" "]
        if self._trusts_anyone:
            # First, where nothing cuts it off: which source it is may have no room.
            parts.append(("TLS off  ", "bold $text-error"))
        parts.append((one_line(self._title, 30), "bold $text-accent"))
        if self.size.width >= 100 and (label := self._label()):
            parts.append((f" {label}", "$foreground 60%"))
        return Content.assemble(*parts, _GAP)

    def _totals(self, *, short: bool = False) -> Content:
        snapshot = self._snapshot
        parts: list[Content] = []
        if snapshot.notice:
            room = max(20, self.size.width // 3)
            parts.append(Content.styled(one_line(snapshot.notice, room), "bold $text-warning"))
        parts.append(Content(count_words(self._tally.total, "job")))
        counts = self._tally.by_state()
        wanted = (JobState.RUNNING, JobState.FAILED) if short else _COUNTED
        parts.extend(
            Content.styled(f"{state.glyph} {counts[state]} {state.value}", STATE_STYLES[state])
            for state in wanted
            if state in counts
        )
        if not snapshot.complete:
            parts.append(Content.styled("reading the rest", "$foreground 60%"))
        joined = Content.styled(" · ", "$foreground 60%").join(parts)
        automatic = ("  a:auto ", "$foreground 60%") if snapshot.automatic else ("  a:by hand ", "bold $text-warning")
        return Content.assemble(joined, automatic)

    def _sources(self, room: int) -> Content:
        """All sources with as much detail as there is room for; what is in trouble says so the longest."""
        parts: list[_Part] = []
        for telling in _TELLINGS:
            parts = []
            for status in self._snapshot.sources:
                parts += [(_GAP, ""), *self._source(status, telling)] if parts else self._source(status, telling)
            # Measured first: to style what doesn't fit would take most of the time that this line takes.
            if sum(cell_len(text) for text, _ in parts) <= room:
                return Content.assemble(*parts)
        return Content.assemble(*parts).truncate(max(0, room), ellipsis=True)

    def _source(self, status: SourceStatus, telling: _Telling) -> list[_Part]:
        glyph, style = _GLYPHS[status.health]
        unheard = self._unheard(status)
        if unheard:
            glyph, style = _GLYPHS[Health.STARTING]
        parts: list[_Part] = [(glyph, style), (" ", ""), (one_line(status.name, 24), "bold")]
        if status.read_only:
            parts.append((" read-only", "$foreground 60%"))
        if not status.tls_verified:
            parts.append((" TLS off", "bold $text-error"))
        if status.health in PLAIN_WORDS:
            parts.extend(self._trouble(status, style, telling))
        else:
            known = self._tally.total_of(status.name)
            if status.total_jobs is not None and status.total_jobs > known:
                parts.append((f" {known:,} of {status.total_jobs:,}", "$text-warning"))
            running = self._tally.of_source(status.name, JobState.RUNNING)
            if telling.counts:
                parts.append((f" {running} running", "$foreground 60%"))
            if unheard and self._is_idle(status):
                parts.append((" idle", style))
            elif unheard and telling.detail:
                parts.append((f" last answer {unheard}" if telling.detail >= _READABLE else f" {unheard}", style))
            elif telling.latency and status.latency_ms is not None:
                latency_ms = self._told_latency(status.name, status.latency_ms)
                parts.append((f" {latency_words(latency_ms)}", "$foreground 60%"))
        return parts

    def _told_latency(self, source: str, latency_ms: float) -> float:
        told_ms, since = self._latencies.get(source, (0.0, None))
        if self._now is None or (since is not None and abs(self._now - since) < _LATENCY_STANDS):
            return told_ms
        low, high = sorted((told_ms, latency_ms))
        # "Less than" so much has to stay true.
        if told_ms < LEAST_LATENCY_MS <= latency_ms or high > low * _SAME_LATENCY:
            told_ms = latency_ms
            self._latencies[source] = told_ms, self._now
        return told_ms

    def _unheard(self, status: SourceStatus) -> str:
        """How long ago a source answered that is well as far as anybody knows; empty while that is fresh."""
        if status.health is not Health.OK or status.last_ok_at is None or self._now is None:
            return ""
        # A lost job is looked for every minute: its source would be well and idle by turns.
        is_asked = not self._is_idle(status) or self._tally.of_source(status.name, JobState.LOST)
        silence = self._now - status.last_ok_at
        return ago_words(status.last_ok_at, self._now) if silence >= (_UNHEARD if is_asked else _IDLE) else ""

    def _is_idle(self, status: SourceStatus) -> bool:
        """Whether a source is not heard of because it has no job to be asked about."""
        live = any(self._tally.of_source(status.name, state) for state in JobState if not state.is_final)
        return self._snapshot.automatic and not live and not status.capabilities.lists

    def _trouble(self, status: SourceStatus, style: str, telling: _Telling) -> list[_Part]:
        plain = PLAIN_WORDS[status.health]
        words = one_line(status.detail, 200) or plain
        # The half of a sentence says less than "not reachable".
        if len(words) > telling.detail:
            words = one_line(words, telling.detail) if telling.detail >= _READABLE else plain if telling.detail else ""
        parts: list[_Part] = [(f" {words}", style)] if words else []
        if (
            telling.next_try
            and self._now is not None
            and status.next_try_at is not None
            and status.next_try_at - self._now >= _LEAST_WAIT
        ):
            parts.append((f" again in {span_words(status.next_try_at - self._now)}", style))
        return parts
