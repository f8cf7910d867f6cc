"""Asks for the ids of jobs that were made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Select, Static, TextArea

from jobtui.app.display import count_words
from jobtui.core.errors import JobtuiError, UsageError
from jobtui.core.jobs import JobId, checked_native_id
from jobtui.core.text import block, one_line
from jobtui.engine.port import EnginePort
from jobtui.engine.snapshot import SourceStatus

_MOST_IDS = 1_000


def read_ids(text: str, source: str) -> tuple[str, ...]:
    """The ids in pasted text: parted by spaces, commas or lines, each once, addresses of the source among them.

    Raises:
        UsageError: There is none, there are too many, or one can't be an id.
    """
    words = [word.removeprefix(f"{source}:") for word in re.split(r"[\s,]+", text) if word]
    ids = tuple(dict.fromkeys(checked_native_id(word) for word in words))
    if not ids:
        raise UsageError("no id was given")
    if len(ids) > _MOST_IDS:
        raise UsageError(f"{len(ids)} ids at once are too many (at most {_MOST_IDS})")
    return ids


class TrackScreen(ModalScreen[JobId | None]):
    """Dismissed with the first job that is now watched, or with nothing."""

    BINDINGS = [("escape", "give_up", "Close"), ("ctrl+s", "send", "Watch")]
    AUTO_FOCUS = "#track-ids"

    def __init__(self, engine: EnginePort, sources: Sequence[SourceStatus], preferred: str = "") -> None:
        super().__init__(id="track")
        self._engine = engine
        names = [status.name for status in sources]
        self._names = names
        self._source = preferred if preferred in names else names[0]
        self._ids = TextArea("", id="track-ids", compact=True, show_line_numbers=False, tab_behavior="focus")
        self._ids.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Source, ids, and two buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Watch jobs that were made elsewhere", "bold"))
            yield Static("Source", markup=False, classes="label")
            yield Select(
                [(Content(one_line(name, 60)), name) for name in self._names],
                value=self._source,
                allow_blank=False,
                compact=True,
                id="track-source",
            )
            yield Static("Ids or addresses, parted by spaces or lines", markup=False, classes="label")
            yield self._ids
            yield Static(markup=False, classes="wrong", id="track-wrong")
            with Horizontal(classes="buttons"):
                yield Button("Close", id="track-close", compact=True)
                yield Button("Watch", id="track-send", variant="primary", compact=True)

    @on(Select.Changed, "#track-source")
    def _choose_source(self, event: Select.Changed) -> None:
        self._source = str(event.value)

    @on(Button.Pressed, "#track-close")
    def action_give_up(self) -> None:
        """Close without watching more."""
        self.dismiss(None)

    @on(Button.Pressed, "#track-send")
    def action_send(self) -> None:
        """Check the ids, and have them watched."""
        try:
            ids = read_ids(self._ids.text, self._source)
        except UsageError as error:
            self._say(str(error))
            return
        self._track(self._source, ids)

    @work(exclusive=True, group="track")
    async def _track(self, source: str, ids: tuple[str, ...]) -> None:
        try:
            tracked = await self._engine.track(source, ids)
        except JobtuiError as error:
            self._say(error.in_full)
            return
        self.notify(f"Watching {count_words(len(tracked), 'job')} at {source}.", markup=False)
        self.dismiss(tracked[0] if tracked else None)

    def _say(self, words: str) -> None:
        line = self.query_one("#track-wrong", Static)
        line.update(Content(block(words.strip(), 2_000)))
        line.set_class(bool(words), "-shown")
