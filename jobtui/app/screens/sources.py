"""What each source is asked and how it does: requests made, and how long until it is tried again."""

from __future__ import annotations

import textwrap
from collections import Counter
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from jobtui.app.display import ago_words, count_words, latency_words, span_words
from jobtui.app.panes.health import PLAIN_WORDS
from jobtui.app.screens.dialog import Dialog
from jobtui.core.clock import Clock
from jobtui.core.text import one_line
from jobtui.engine.port import EnginePort
from jobtui.engine.snapshot import SourceStatus

_LABEL_CELLS = 11


class SourcesScreen(Dialog[None]):
    """Goes on by the second while it is open, and sends what reads differently; over a slow line it stands still."""

    BINDINGS = [
        ("escape,q,H", "dismiss", "Close"),
        ("j,down", "scroll(1)", "Down"),
        ("k,up", "scroll(-1)", "Up"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, engine: EnginePort, clock: Clock, *, ticks: bool) -> None:
        super().__init__(id="sources")
        self._engine = engine
        self._clock = clock
        self._ticks = ticks
        self._text = Static(markup=False)
        self._written = Content()

    def compose(self) -> ComposeResult:
        """A few lines for each source."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield self._text

    def on_mount(self) -> None:
        """Say in the frame what this is, and begin."""
        dialog = self.query_one(".dialog")
        dialog.border_title = Content("Sources")
        dialog.border_subtitle = Content("j k scroll · Esc closes")
        self._write()
        if self._ticks:
            self.set_interval(1.0, self._write)

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines for the room that there is."""
        self._write()

    def _write(self) -> None:
        snapshot, now = self._engine.snapshot, self._clock.now()
        live = Counter(job.id.source for job in snapshot.jobs.values() if not job.state.is_final)
        dialog = self.query_one(".dialog")
        width = dialog.size.width - dialog.styles.scrollbar_size_vertical
        told = [
            _about(status, live[status.name], now, width, automatic=snapshot.automatic) for status in snapshot.sources
        ]
        content = Content("\n\n").join(told) if told else Content("No source is configured.")
        if not content.is_same(self._written):
            same_room = content.plain.count("\n") == self._written.plain.count("\n") and bool(self._written)
            self._written = content
            self._text.update(content, layout=not same_room)

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _about(status: SourceStatus, live: int, now: datetime, width: int, *, automatic: bool) -> Content:
    waits = status.next_try_at - now if status.next_try_at is not None and status.next_try_at > now else None
    asked = f"{count_words(status.requests, 'request')} so far"
    if status.most_per_minute is not None:
        asked += f", at most {status.most_per_minute:,} a minute"
    if waits is not None:
        asked += f", the next in {span_words(waits)}"
    elif not automatic:
        asked += ", more only by hand"
    pairs = (
        ("health", f"{PLAIN_WORDS.get(status.health, 'answers')}{f': {status.detail}' if status.detail else ''}"),
        ("asked", asked),
        ("answers", "" if status.latency_ms is None else f"in {latency_words(status.latency_ms)}"),
        ("answered", "" if status.last_ok_at is None else ago_words(status.last_ok_at, now)),
        ("watching", f"{count_words(live, 'job')} that may still change"),
    )
    lines = [_line(label, one_line(value, 600), max(20, width - _LABEL_CELLS)) for label, value in pairs if value]
    head = Content.assemble((one_line(status.name, 60), "bold $text-accent"), f"  {one_line(status.provider, 60)}")
    return Content("\n").join([head, *lines])


def _line(label: str, value: str, width: int) -> Content:
    """A label and its words, which never run on under it."""
    words = f"\n{' ' * _LABEL_CELLS}".join(textwrap.wrap(value, width))
    return Content.assemble((f"{label:<{_LABEL_CELLS}}", "$foreground 60%"), words)
