"""Asks for the ids of jobs that were made elsewhere, and looks whether there are such jobs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static, TextArea

from jobtui.app.display import count_words
from jobtui.app.screens.choosing import SourceLine
from jobtui.app.screens.dialog import Dialog
from jobtui.core.errors import JobtuiError, ProviderError, ProviderRefused, SignInRefused, UsageError
from jobtui.core.jobs import JobId, checked_native_id
from jobtui.core.text import block, one_line
from jobtui.engine.port import EnginePort
from jobtui.engine.snapshot import SourceStatus

_MOST_IDS = 1_000
_MOST_LOOKS = 50
"""Ids that are looked for before they are watched; of more, the schedule sees to that one by one."""
_MOST_TOLD = 5
_ADDRESS = re.compile(r"([A-Za-z][\w.-]*):(?=[^/]|/(?!/))")


def read_ids(text: str, source: str, providers: Mapping[str, str]) -> tuple[JobId, ...]:
    """The jobs in pasted text: parted by spaces, commas or lines, each once; addresses say themselves where they are.

    Args:
        text: What was typed.
        source: Where an id without a source is from.
        providers: The configured sources and which API each speaks.

    Raises:
        UsageError: There is none, there are too many, or one can't be an id.
    """
    ids = tuple(dict.fromkeys(_read_id(word, source, providers) for word in _words(text)))
    if not ids:
        raise UsageError("no id was given")
    if len(ids) > _MOST_IDS:
        raise UsageError(f"{len(ids)} ids at once are too many (at most {_MOST_IDS})")
    return ids


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


def _read_id(word: str, source: str, providers: Mapping[str, str]) -> JobId:
    configured = f"Configured sources: {', '.join(providers)}."
    if "://" in word:
        raise UsageError(f"{one_line(word, 80)} is a link, not an id or an address SOURCE:ID", hint=configured)
    address = _ADDRESS.match(word)
    if address is None:
        return JobId(source, checked_native_id(word))
    if address[1] in providers:
        return JobId(address[1], checked_native_id(word[address.end() :]))
    # An API that a file describes may have such ids.
    if providers.get(source) != "http":
        raise UsageError(f"no source is named {address[1]!r}: {one_line(word, 80)}", hint=configured)
    return JobId(source, checked_native_id(word))


class TrackScreen(Dialog[JobId | None]):
    """Dismissed with the first job that is now watched, or with nothing."""

    BINDINGS = [("escape", "give_up", "Close"), ("ctrl+s", "send", "Watch")]
    AUTO_FOCUS = "#track-ids"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]

    def __init__(self, engine: EnginePort, sources: Sequence[SourceStatus], preferred: str = "") -> None:
        super().__init__(id="track")
        self._engine = engine
        self._providers = {status.name: status.provider for status in sources}
        names = list(self._providers)
        self._sources = SourceLine(names, preferred if preferred in names else names[0], id="track-source")
        self._first: JobId | None = None
        self._judged = ("", "")
        self._wrong = Static(markup=False, classes="wrong", id="track-wrong")
        self._ids = TextArea("", id="track-ids", compact=True, show_line_numbers=False, tab_behavior="focus")
        self._ids.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Source, ids, and two buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Watch jobs that were made elsewhere", "bold"))
            yield Static("Source", markup=False, classes="label")
            yield self._sources
            yield Static("Ids or addresses, parted by spaces or lines", markup=False, classes="label")
            yield self._ids
            yield self._wrong
            with Horizontal(classes="buttons"):
                yield Static(Content("Ctrl-S watches, Shift-Tab goes to the source"), classes="note keys")
                yield Button("Close", id="track-close", compact=True)
                yield Button("Watch", id="track-send", variant="primary", compact=True)

    @on(Button.Pressed, "#track-close")
    def action_give_up(self) -> None:
        """Close without watching more."""
        self.dismiss(self._first)

    @on(TextArea.Changed)
    @on(SourceLine.Changed)
    def _forget_what_was_wrong(self) -> None:
        # News of what was typed before may come only after it was judged.
        if (self._sources.value, self._ids.text) != self._judged:
            self._say("")

    @on(Button.Pressed, "#track-send")
    def action_send(self) -> None:
        """Check the ids, look for the jobs, and have them watched."""
        self._judged = (self._sources.value, self._ids.text)
        try:
            job_ids = read_ids(self._ids.text, self._sources.value, self._providers)
        except UsageError as error:
            self._say(error.in_full)
            return
        self._track(job_ids)

    @work(exclusive=True, group="track")
    async def _track(self, job_ids: tuple[JobId, ...]) -> None:
        places = ", ".join(dict.fromkeys(job_id.source for job_id in job_ids))
        self._say(f"Looking for {count_words(len(job_ids), 'job')} at {places}…", is_wrong=False)
        looked = job_ids if len(job_ids) <= _MOST_LOOKS else ()
        answers = dict(zip(looked, await asyncio.gather(*map(self._look, looked)), strict=True))
        refused = {job_id: error for job_id, error in answers.items() if _says_no(error)}
        unseen = [error for error in answers.values() if error is not None and not _says_no(error)]
        wanted = [job_id for job_id in job_ids if job_id not in refused]
        try:
            for source in dict.fromkeys(job_id.source for job_id in wanted):
                await self._engine.track(source, [job_id.native for job_id in wanted if job_id.source == source])
        except JobtuiError as error:
            self._say(error.in_full)
            return
        self._first = self._first or next(iter(wanted), None)
        words = f"Watching {count_words(len(wanted), 'job')} at {places}." if wanted else ""
        if unseen:
            words += f" Not confirmed yet, {len(unseen)} could not be looked at: {one_line(unseen[0].in_full, 300)}"
        elif not looked:
            words += " They are looked at one by one; what the service doesn't know is shown as lost."
        if words:
            self.notify(words, severity="warning" if unseen else "information", markup=False)
        if refused:
            self._tell_refused(refused)
        else:
            self.dismiss(self._first)

    async def _look(self, job_id: JobId) -> ProviderError | None:
        """What stands against there being such a job."""
        try:
            await self._engine.fetch_job(job_id)
        except ProviderError as error:
            return error
        return None

    def _tell_refused(self, refused: Mapping[JobId, ProviderError | None]) -> None:
        """Leave in the dialog what isn't watched, as it was typed: another source may be chosen for it."""
        source, typed = self._judged
        words = [word for word in _words(typed) if _read_id(word, source, self._providers) in refused]
        self._ids.text = "\n".join(dict.fromkeys(words))
        self._judged = (self._sources.value, self._ids.text)
        lines = [
            f"No such job at {job_id.source}: {one_line(job_id.native, 100)} ({one_line(str(error), 300)})"
            for job_id, error in list(refused.items())[:_MOST_TOLD]
        ]
        if len(refused) > _MOST_TOLD:
            lines.append(f"… and {len(refused) - _MOST_TOLD} more")
        self._say("\n".join([*lines, "Not watched."]))

    def _say(self, words: str, *, is_wrong: bool = True) -> None:
        self._wrong.update(Content(block(words.strip(), 2_000)))
        self._wrong.set_class(bool(words), "-shown")
        self._wrong.set_class(not is_wrong, "-note")


def _says_no(error: ProviderError | None) -> bool:
    """Whether the service itself said that it has no such job; a sign-in that failed says nothing about it."""
    return isinstance(error, ProviderRefused) and not isinstance(error, SignInRefused)
