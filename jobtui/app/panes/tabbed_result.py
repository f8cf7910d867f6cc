"""The result of the job on show: fetched once it is final, laid out in tabs with a viewer each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from jobtui.app.actions import OWN_KEYS, named
from jobtui.app.display import clock_words, hits_words
from jobtui.app.inputs import Submission, known_submission
from jobtui.app.panes.file_desk import FileDesk
from jobtui.app.panes.result_tabs import INPUT, LOG, RAW, Tab, TabLine, result_tabs
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.clock import Clock, SystemClock
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId
from jobtui.core.media_types import PARQUET, sniffed_media_type
from jobtui.core.results import Artifact, InlineFile, Result, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.engine.port import EnginePort

if TYPE_CHECKING:
    from jobtui.app.transfers import Transfer

_ENDED = {JobState.CANCELLED: "was cancelled"}
_REST_S = 0.2
_KEPT_RESULTS = 12
_KEPT_BYTES = 64_000_000
FIRST_ROWS = 200
"""How many rows of a table are read at first."""


class TabbedResult(Vertical, can_focus=True):
    """Reads what the job on show left, and lays it out; what the keys do with it is the business of its heirs."""

    job: reactive[Job | None] = reactive(None, repaint=False)
    """The job on show; bound by the screen."""

    @dataclass
    class Arrived(Message, bubble=False):
        """A result came for a job that may no longer be the one on show."""

        job_id: JobId
        result: Result

    @dataclass
    class Refused(Message, bubble=False):
        """A result could not be read."""

        job_id: JobId
        error: JobtuiError

    @dataclass
    class RawArrived(Message, bubble=False):
        """A job's last answer came, or the reason why it can't."""

        job_id: JobId
        body: bytes
        trouble: JobtuiError | None = None

    @dataclass
    class LogArrived(Message, bubble=False):
        """What a job has written came, or the reason why it can't."""

        job_id: JobId
        text: str
        trouble: JobtuiError | None = None

    @dataclass
    class InputArrived(Message, bubble=False):
        """What a job was started with was found out, or that nobody tells."""

        job_id: JobId
        submission: Submission

    def __init__(
        self,
        engine: EnginePort,
        download_dir: Path = Path("~/Downloads"),
        clock: Clock | None = None,
        *,
        ticks: bool = True,
        keys: Mapping[str, str] = OWN_KEYS,
    ) -> None:
        """Take the engine, where files go, the time, whether countdowns go on by themselves, and the user's keys."""
        super().__init__(id="result")
        self._engine = engine
        self._download_dir = download_dir
        self._clock: Clock = clock or SystemClock()
        self._ticks = ticks
        self._keys = keys
        self._results: dict[JobId, Result] = {}
        self._limits: dict[JobId, int] = {}
        self._trouble: JobtuiError | None = None
        self._raw: tuple[JobId, bytes, JobtuiError | None] | None = None
        self._log: tuple[JobId, str, JobtuiError | None] | None = None
        self._input: tuple[JobId, Submission] | None = None
        self._desk: FileDesk | None = None
        self._tabs: tuple[Tab, ...] = ()
        self._active = 0
        self._views: dict[str, Viewer] = {}
        self._warnings = ""
        self._rest: Timer | None = None
        self._tick: Timer | None = None
        self._tab_line = TabLine("result-tabs")
        self._body = Vertical(id="result-body")
        self._placeholder = Static("", id="result-placeholder", markup=False)
        self._foot = Static("", id="result-foot", markup=False)

    def compose(self) -> ComposeResult:
        """Tabs, viewer and last line; the rest comes when it is wanted."""
        yield self._tab_line
        with self._body:
            yield self._placeholder
        yield self._foot

    def on_mount(self) -> None:
        """Say what there is."""
        self._lay_out()

    # The job on show

    def watch_job(self, before: Job | None, job: Job | None) -> None:
        """Start anew when the job or its state is another; progress alone is no news here."""
        if not self.is_mounted:
            return
        if before and job and (before.id, before.state) == (job.id, job.state):
            if [task.name for task in before.tasks] != [task.name for task in job.tasks]:
                self._name_tabs_anew()
            if before.observed_at != job.observed_at and self._active_label == LOG:
                self._fetch_log()
            return
        if self._rest is not None:
            self._rest.stop()
        label = self._active_label
        kept: dict[str, Viewer] = {}
        if before is None or job is None or before.id != job.id:
            self._active = 0
            self._input = self._log = None
            self.end_search()
            self.end_filter()
        elif LOG in self._views:
            # It goes on growing, with the reader's place in it.
            kept = {LOG: self._views[LOG]}
        self._trouble = None
        self._raw = None
        self._drop_views(but=kept)
        self._lay_out()
        if job is not None and self._has_result(job) and job.id not in self._results:
            self._rest = self.set_timer(_REST_S, self._fetch_for_job)
        elif label == RAW == self._active_label:
            self._fetch_raw()
        if label == LOG == self._active_label:
            self._fetch_log()

    @staticmethod
    def _has_result(job: Job) -> bool:
        return job.state.is_final and job.state is not JobState.LOST

    def _fetch_for_job(self) -> None:
        if self.job is not None:
            self._fetch(self.job.id)

    @work(exclusive=True, group="result")
    async def _fetch(self, job_id: JobId) -> None:
        try:
            limit = self._limits.get(job_id, FIRST_ROWS)
            result = await self._engine.fetch_result(job_id, limit=limit)
        except JobtuiError as error:
            self.post_message(self.Refused(job_id, error))
            return
        if any(map(_is_parquet, result.artifacts)):
            from jobtui.app import parquet

            # Half a second, in which no key would be heard.
            await asyncio.to_thread(parquet.load)
        self.post_message(self.Arrived(job_id, result))

    @on(Arrived)
    def _take(self, message: Arrived) -> None:
        self._keep(message.job_id, message.result)
        if self.job is None or message.job_id != self.job.id:
            return
        self._trouble = None
        tables = {tab.label: tab.artifact_number for tab in self._tabs if tab.artifact_number >= 0}
        kept: dict[str, Viewer] = {}
        for label, view in self._views.items():
            number = tables.get(label, -1)
            artifacts = message.result.artifacts
            # A table that grew keeps its place, its column and its widths; input and log are no part of the result.
            if label in {INPUT, LOG} or (number in range(len(artifacts)) and _give_rows(view, artifacts[number])):
                kept[label] = view
        self._drop_views(but=kept)
        self._lay_out()

    def _keep(self, job_id: JobId, result: Result) -> None:
        self._results.pop(job_id, None)
        self._results[job_id] = result
        self._desk = None
        while len(self._results) > 1 and (
            len(self._results) > _KEPT_RESULTS or sum(map(_held_bytes, self._results.values())) > _KEPT_BYTES
        ):
            del self._results[next(iter(self._results))]

    @on(Refused)
    def _explain(self, message: Refused) -> None:
        if self.job is None or message.job_id != self.job.id:
            return
        if self.job.id in self._results:
            self._say(message.error.in_full)
            return
        self._trouble = message.error
        self._lay_out()

    # Tabs

    def _lay_out(self) -> None:
        """Make the tabs of what is known by now, and stay at the one that was active."""
        active = self._active_label
        self._tabs = self._wanted_tabs()
        labels = self.labels
        self._activate(labels.index(active) if active in labels and self._active else 0)

    def _wanted_tabs(self) -> tuple[Tab, ...]:
        job = self.job
        self._warnings = ""
        if job is None:
            return (Tab("Result", words="No job is selected"),)
        result = self._results.get(job.id) if self._has_result(job) else None
        tabs = self._tabs_of(job, result) if result else (self._absence(job),)
        log = (self._log_tab(job),) if self._tells_log(job) else ()
        return (*tabs, *log, self._raw_tab(job, result), self._input_tab(job))

    def _tells_log(self, job: Job) -> bool:
        return any(one.name == job.id.source and one.capabilities.logs for one in self._engine.snapshot.sources)

    def _name_tabs_anew(self) -> None:
        """Take the names of tasks that came after their results; what is looked at stays as it is."""
        views = {self.labels.index(label): view for label, view in self._views.items()}
        active = self._active
        self._views = {}
        self._tabs = self._wanted_tabs()
        self._views = {self.labels[index]: view for index, view in views.items() if index < len(self._tabs)}
        self._activate(min(active, len(self._tabs) - 1))

    def _tabs_of(self, job: Job, result: Result) -> tuple[Tab, ...]:
        if self._desk is None or self._desk.job_id != job.id:
            self._desk = FileDesk(job.id, result.artifacts, self._clock.now, self._transfer_of, self._keys)
        warnings = [one_line(warning, 200) for warning in result.warnings]
        tabs = result_tabs(job, result, self._desk, self._keys, has_log=self._tells_log(job))
        if not tabs:
            words = "\n".join(warnings) or f"This job {_ENDED.get(job.state, job.state.value)} and left no result"
            return (Tab("Result", words=words, hint=f"{self._open_key} reads it again"),)
        self._warnings = " · ".join(warnings)
        return tabs

    @property
    def _open_key(self) -> str:
        return named("open", self._keys)

    def _absence(self, job: Job) -> Tab:
        if self._trouble is not None:
            words, hint = _refusal("The result can't be read now", self._trouble, self._open_key)
            return Tab("Result", words=words, hint=hint)
        if job.state is JobState.LOST:
            return Tab("Result", words="The service no longer knows this job", hint="its last answer is under Raw")
        if self._has_result(job):
            return Tab("Result", words=f"Reading the result of {one_line(str(job.id), 200)}…")
        words = f"Not finished ({job.state.value}): the result is shown when it is"
        return Tab("Result", words=words, hint="the next tab has its log" if self._tells_log(job) else "")

    def _raw_tab(self, job: Job, result: Result | None) -> Tab:
        from_result = result.raw if result else b""
        job_id, body, trouble = self._raw or (None, b"", None)
        if job_id == job.id and trouble is not None:
            words, hint = _refusal("The last answer can't be read now", trouble, self._open_key)
            return Tab(RAW, words=words, hint=hint)
        about = f"as of {clock_words(self._clock.now(), self._clock.now())}" if job_id == job.id else ""
        shown = body if job_id == job.id else from_result
        if not shown:
            return Tab(
                RAW, words="The service's answer had no body" if job_id == job.id else "Reading the last answer…"
            )

        def make() -> Viewer:
            from jobtui.app.panes.viewers.choice import raw_view

            return raw_view(shown, about)

        return Tab(RAW, make)

    def _log_tab(self, job: Job) -> Tab:
        job_id, text, trouble = self._log or (None, "", None)
        if job_id != job.id:
            return Tab(LOG, words="Reading the log…")
        if text:

            def make() -> Viewer:
                from jobtui.app.panes.viewers.log import LogView

                return LogView(text, is_live=not job.state.is_final)

            return Tab(LOG, make)
        if trouble is not None:
            words, hint = _refusal("The log can't be read now", trouble, self._open_key)
            return Tab(LOG, words=words, hint=hint)
        return Tab(LOG, words="This job has written no log" if job.state.is_final else "Nothing is in the log yet")

    def _input_tab(self, job: Job) -> Tab:
        if self._input is None or self._input[0] != job.id:
            return Tab(INPUT, words="Reading what it was started with…")
        payload, trouble = self._input[1].payload, self._input[1].trouble
        if payload is None and trouble:
            words = f"What this job was started with can't be read now\n{one_line(trouble, 600)}"
            return Tab(INPUT, words=words, hint=f"{self._open_key} tries again")
        if payload is None:
            words = "What this job was started with isn't known here:\nit was started elsewhere, and"
            return Tab(INPUT, words=f"{words} its service doesn't tell", hint=f"{self._open_key} asks again")

        def make() -> Viewer:
            from jobtui.app.panes.viewers.tree import JsonView

            return JsonView(payload)

        return Tab(INPUT, make)

    @property
    def _active_label(self) -> str:
        return self._tabs[self._active].label if self._active < len(self._tabs) else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the tabs are called."""
        return tuple(tab.label for tab in self._tabs)

    @property
    def viewer(self) -> Viewer | None:
        """What shows the result; `None` while words stand in its place."""
        return self._views.get(self._active_label)

    def _activate(self, index: int) -> None:
        self._active = index
        tab = self._tabs[index]
        if tab.make is not None and tab.label not in self._views:
            self._views[tab.label] = view = tab.make()
            view.keys = self._keys
            self._body.mount(view)
        for label, view in self._views.items():
            view.display = label == tab.label
        shown = self.viewer
        self._placeholder.display = shown is None
        if shown is None:
            self._placeholder.update(tab.words, layout=False)
        else:
            shown.set_active(active=self.has_focus)
            self._renew_facts()
        self._tab_line.show(self.labels if self.job else (), index)
        self._show_note()

    def _go_to_tab(self, index: int) -> None:
        """Show a tab because the user wants it."""
        self.leave_line()
        self._activate(index)
        job = self.job
        if job is not None and self._active_label == RAW and (self.viewer is None or not job.state.is_final):
            self._fetch_raw()
        elif job is not None and self._active_label == LOG and (self.viewer is None or not job.state.is_final):
            self._fetch_log()
        elif job is not None and self._active_label == INPUT and self._input is None:
            self._fetch_input(job)

    def _drop_views(self, but: dict[str, Viewer] | None = None) -> None:
        kept = but or {}
        for label, view in self._views.items():
            if label not in kept:
                view.release()
                view.remove()
        self._views = kept

    @on(TabLine.Chosen)
    def _choose_tab(self, message: TabLine.Chosen) -> None:
        message.stop()
        self._go_to_tab(message.index)

    def next_tab(self) -> None:
        """Show the next way to look at the result."""
        self._go_to_tab((self._active + 1) % len(self._tabs))

    def previous_tab(self) -> None:
        """Show the previous way to look at the result."""
        self._go_to_tab((self._active - 1) % len(self._tabs))

    def show_raw(self) -> None:
        """Show the service's last words about the job, whatever its state."""
        if RAW in self.labels:
            self._go_to_tab(self.labels.index(RAW))

    @work(exclusive=True, group="result-raw")
    async def _fetch_raw(self) -> None:
        job = self.job
        if job is None:
            return
        try:
            self.post_message(self.RawArrived(job.id, await self._engine.raw_body(job.id)))
        except JobtuiError as error:
            self.post_message(self.RawArrived(job.id, b"", error))

    @on(RawArrived)
    def _show_raw(self, message: RawArrived) -> None:
        if self.job is None or message.job_id != self.job.id:
            return
        self._raw = (message.job_id, message.body, message.trouble)
        self._drop_views(but={label: view for label, view in self._views.items() if label != RAW})
        self._lay_out()

    @work(exclusive=True, group="result-log")
    async def _fetch_log(self) -> None:
        job = self.job
        if job is None:
            return
        try:
            self.post_message(self.LogArrived(job.id, await self._engine.log(job.id)))
        except JobtuiError as error:
            self.post_message(self.LogArrived(job.id, "", error))

    @on(LogArrived)
    def _show_log(self, message: LogArrived) -> None:
        if self.job is None or message.job_id != self.job.id:
            return
        from jobtui.app.panes.viewers.log import LogView

        view = self._views.get(LOG)
        if not isinstance(view, LogView):
            self._log = (message.job_id, message.text, message.trouble)
            self._lay_out()
        elif message.text:
            # What was read before stands where there is nothing in its place.
            self._log = (message.job_id, message.text, None)
            view.take(message.text, is_live=not self.job.state.is_final)
            if self.viewer is view:
                self._show_note()

    @work(exclusive=True, group="result-input")
    async def _fetch_input(self, job: Job) -> None:
        self.post_message(self.InputArrived(job.id, await known_submission(self._engine, job)))

    @on(InputArrived)
    def _show_input(self, message: InputArrived) -> None:
        if self.job is None or message.job_id != self.job.id:
            return
        self._input = (message.job_id, message.submission)
        self._drop_views(but={label: view for label, view in self._views.items() if label != INPUT})
        self._lay_out()

    # What goes with it

    def end_search(self) -> bool:
        """Take a search away; returns whether there was one."""
        return False

    def end_filter(self) -> bool:
        """Show again what a filter hides; returns whether there was one."""
        return False

    def leave_line(self) -> None:
        """Close the line in which a search or a filter is typed, if it is open."""

    def _transfer_of(self, artifact: Artifact) -> Transfer | None:
        """How the download of an artifact stands; `None` where there was none."""
        return None

    def _renew_facts(self) -> None:
        """Bring facts about files up to now."""

    def _show_note(self) -> None:
        """Say what is shown, and what the reader should know of the result."""
        note = self.viewer.note if self.viewer is not None else self._tabs[self._active].hint
        hits = hits_words(*self.viewer.hits) if self.viewer is not None else ""
        about = self._warnings
        if self._active_label == INPUT:
            target = self._input[1].target if self._input is not None else ""
            about = f"sent to {one_line(target, 200)}" if target else ""
        self._say(" · ".join(part for part in (hits, note, about) if part))

    def _say(self, words: str) -> None:
        # Where nothing else is shown, what can be done is told whole.
        is_hint = self.viewer is None and bool(words)
        self._foot.update(one_line(words), layout=is_hint or self._foot.has_class("-hint"))
        self._foot.set_class(is_hint, "-hint")


def _is_parquet(artifact: Artifact) -> bool:
    """Whether it is such a file, and here."""
    content = artifact.content
    return isinstance(content, InlineFile) and sniffed_media_type(content.content[:16]) == PARQUET


def _held_bytes(result: Result) -> int:
    """What a result takes in memory, as far as that can be much."""
    contents = (artifact.content for artifact in result.artifacts)
    return len(result.raw) + sum(
        len(content.content) if isinstance(content, InlineFile) else len(content.text)
        for content in contents
        if isinstance(content, InlineFile | Text)
    )


def _refusal(title: str, error: JobtuiError, key: str) -> tuple[str, str]:
    """What can't be read and why, and what can be done about it, with which key."""
    hint = " · ".join(part for part in (f"{key} tries again", one_line(error.hint, 300)) if part)
    return f"{title}\n{one_line(str(error), 600)}", hint


def _give_rows(view: Viewer, artifact: Artifact) -> bool:
    from jobtui.app.panes.viewers.rows import RowsView

    if isinstance(view, RowsView) and isinstance(artifact.content, Rows):
        view.take(artifact.content)
        return True
    return False
