"""What the selected job is doing: state, bar, estimate, tasks, message, error and timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from jobtui.app import charts, display
from jobtui.app.actions import OWN_KEYS, named
from jobtui.app.display import STATE_STYLES
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobError, JobId, Task
from jobtui.core.states import JobState
from jobtui.core.text import block, one_line
from jobtui.engine.port import EnginePort, Kin
from jobtui.engine.snapshot import Change

if TYPE_CHECKING:
    from textual.widgets import Input

_MOST_TASKS = 200
_MOST_CLONES = 3
_MOST_CHANGES = 60
_MESSAGE_LIMIT = 4_000
_MOST_SPARK_CELLS = 40
_MOST_CHART_CELLS = 48
_LEAST_CHART_CELLS = 8
_PATIENCE = timedelta(seconds=1)
"""How long a job's news wait for its timeline."""
_NOTHING = (
    "No job is selected.\n\n{down} and {up} move in the list, {new} starts a new job,\n"
    "{track} watches one that was made elsewhere."
)


class Section(Static):
    """A piece of the pane that is sent again only when it reads differently."""

    def __init__(self, section_id: str) -> None:
        super().__init__(markup=False, id=section_id)
        self._written = Content()

    def show(self, content: Content) -> None:
        """Read like this from now on; without any text the piece takes no room."""
        if content.is_same(self._written):
            return
        # A ticking number keeps its line; only other text can need other room.
        same_room = content.plain.count("\n") == self._written.plain.count("\n") and bool(self._written) == bool(
            content
        )
        self._written = content
        self.display = bool(content)
        self.update(content, layout=not (same_room and self.has_class("-fixed")))

    def as_room(self) -> Content:
        """As much room as the piece takes now, and nothing in it: so what comes next lays the screen out but once."""
        return Content("\n" * self._written.plain.count("\n") or " " * bool(self._written))


class ProgressPane(VerticalScroll, can_focus=True):
    """One job, live."""

    job: reactive[Job | None] = reactive(None, repaint=False)
    """The job on show; bound by the screen."""
    now: reactive[datetime | None] = reactive(None, repaint=False)
    """The moment that ages are told from; bound by the screen."""

    def __init__(self, engine: EnginePort, *, keys: Mapping[str, str] = OWN_KEYS) -> None:
        """Take the engine, and the user's own keys."""
        super().__init__(id="progress")
        self._engine = engine
        self._keys = keys
        self._kin = Kin()
        self._kin_of: JobId | None = None
        self._changes: tuple[Change, ...] = ()
        self._changes_of: JobId | None = None
        self._told: Job | None = None
        """The job as the pane tells it."""
        self._waits_since: datetime | None = None
        """When its news came whose line of the timeline isn't read yet."""
        self._requests = ""
        self._contents: dict[str, Content] = {}
        self._search: Input | None = None
        self._hits = Static("", id="progress-hits", markup=False)
        self._search_line = Horizontal(self._hits, id="progress-search-line")
        self._needle = ""
        self._found = -1
        self._sections = {
            name: Section(f"progress-{name}")
            for name in (
                "state",
                "error",
                "trouble",
                "bar",
                "rate",
                "eta",
                "times",
                "message",
                "kin",
                "tasks",
                "timeline",
                "facts",
            )
        }
        for name in ("state", "bar", "rate", "eta", "times", "tasks", "timeline"):
            self._sections[name].add_class("-fixed")

    def compose(self) -> ComposeResult:
        """The pieces, top down."""
        yield from self._sections.values()
        yield self._search_line

    def on_resize(self, event: events.Resize) -> None:
        """Draw the bar as wide as the pane."""
        self._write()

    def watch_job(self, before: Job | None, job: Job | None) -> None:
        """Show the job; start at the top where it is another one."""
        is_other = before is None or job is None or before.id != job.id
        if is_other:
            self._changes, self._changes_of, self._waits_since = (), None, None
            self._kin_of = None
            self.end_search()
            self.scroll_home(animate=False)
            self.read_kin()
        if job is not None and _moved(before, job):
            # With the job's own news: a count that goes on with every look would be sent each time.
            self._requests = self._requests_so_far(job.id.source)
            self._read_timeline(job.id)
            if not is_other:
                # One without the other would move what stands below it, and move it back.
                self._waits_since = self._waits_since or self.now
        self._write()

    def _requests_so_far(self, source: str) -> str:
        status = next((status for status in self._engine.snapshot.sources if status.name == source), None)
        return f"{status.requests:,} to {one_line(source, 60)} by its last news" if status is not None else ""

    def _next_look(self, job: Job) -> datetime | None:
        look = self._engine.snapshot.next_look
        return look.at if look is not None and look.job_id == job.id else None

    def watch_now(self) -> None:
        """Let ages and countdowns go on."""
        self._write()

    @work(exclusive=True, group="timeline")
    async def _read_timeline(self, job_id: JobId) -> None:
        try:
            changes = await self._engine.timeline(job_id)
        except JobtuiError:
            # The store's fault is told by the snapshot's notice; the rest of the pane stands without it.
            changes = self._changes
        if self.job is not None and self.job.id == job_id:
            self._changes, self._changes_of, self._waits_since = changes, job_id, None
            self._write()

    def read_kin(self) -> None:
        """Find out which jobs are the same work once more."""
        if self.job is not None:
            self._read_kin(self.job.id)

    @work(exclusive=True, group="kin")
    async def _read_kin(self, job_id: JobId) -> None:
        try:
            kin = await self._engine.kin(job_id)
        except JobtuiError:
            return  # As with the timeline.
        if self.job is not None and self.job.id == job_id:
            self._kin, self._kin_of = kin, job_id
            self._write()

    def _write(self) -> None:
        now = self.now
        if not self.is_mounted or now is None:
            return
        if self._waits_since is None or now - self._waits_since >= _PATIENCE:
            self._told = self.job
        job = self._told
        if job is None:
            self._contents = {}
            for section in self._sections.values():
                section.show(Content())
            keys = {action: named(action, self._keys) for action in ("down", "up", "new", "track")}
            self._sections["facts"].show(Content.styled(_NOTHING.format_map(keys), "$foreground 60%"))
            return
        width = max(20, self.scrollable_content_region.width)
        changes = self._changes if self._changes_of == job.id else ()
        failure = job.error.title if job.error else ""
        clone, related = (named(action, self._keys) for action in ("clone", "related"))
        self._contents = {
            "state": _state_line(job, now),
            # What is wrong is what one comes for: in sight on any screen.
            "error": _error(job.error, clone if job.state is JobState.FAILED else "") if job.error else Content(),
            "trouble": _trouble(job, now),
            "bar": _bar_line(job, now, width),
            "rate": _rate_line(job, changes, width),
            "eta": Content(display.eta_words(job, now)),
            "times": Content.styled(_times_line(job, now, self._next_look(job), width), "$foreground 60%"),
            "message": Content(block(job.message, _MESSAGE_LIMIT)) if job.message != failure else Content(),
            "kin": _kin(self._kin, self._engine.snapshot.jobs, related)
            if self._kin_of == job.id
            else self._sections["kin"].as_room(),
            "tasks": _tasks(job.tasks, now, width),
            "timeline": _timeline(changes, now, width)
            if self._changes_of == job.id
            else self._sections["timeline"].as_room(),
            "facts": _facts(job, self._requests),
        }
        for name, content in self._contents.items():
            self._sections[name].show(_marked(content, self._needle))

    # Search

    def search(self) -> None:
        """Ask what to look for."""
        from textual.widgets import Input

        if self._search is None:
            self._search = Input(placeholder="search", id="progress-search", compact=True)
            self._search.cursor_blink = False
            self._search_line.mount(self._search, before=self._hits)
        self._search.display = True
        self._show_search_line()
        self._search.value = ""
        self.screen.set_focus(self._search)

    def end_search(self) -> bool:
        """Take the search away; returns whether there was one."""
        searching = bool(self._search and self._search.display) or bool(self._needle)
        if self._search is not None:
            if self._search.has_focus:
                self.screen.set_focus(self)
            self._search.display = False
        self._look_for("")
        self._show_search_line()
        return searching

    def _show_search_line(self) -> None:
        """The line goes once nothing is typed in it and nothing is searched for."""
        is_typing = self._search is not None and self._search.display
        self._search_line.set_class(is_typing or bool(self._needle), "-shown")

    def _tell_hits(self) -> None:
        """Say which of the lines found this is."""
        lines = [place for place, text in enumerate(self._lines()) if self._needle in text.casefold()]
        place = lines.index(self._found) + 1 if self._found in lines else 0
        words = display.hits_words(place, len(lines)) or "not found"
        self._hits.update(f" {words} " if self._needle else "")

    def step_match(self, step: int) -> bool:
        """Go to the next line that holds what is searched for, or the previous one with -1; `False` where none does."""
        lines = [place for place, text in enumerate(self._lines()) if self._needle in text.casefold()]
        if not self._needle or not lines:
            return False
        beyond = [place for place in lines if (place - self._found) * step > 0]
        self._found = (beyond or lines)[0 if step > 0 else -1]
        self._tell_hits()
        self.scroll_to(y=self._y_of(self._found) - self.scrollable_content_region.height // 3, animate=False)
        return True

    def on_input_changed(self, message: Input.Changed) -> None:
        """Look for it while it is typed."""
        message.stop()
        if message.input.display:
            self._look_for(message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on from the place that was found."""
        message.stop()
        message.input.display = False
        self._show_search_line()
        # At once: `focus` would do it after the keys that were typed meanwhile.
        self.screen.set_focus(self)

    def _look_for(self, text: str) -> None:
        if text.casefold() == self._needle:
            return
        self._needle, self._found = text.casefold(), -1
        self._write()
        if self._needle:
            found = self.step_match(1)
            if self._search is not None:
                self._search.set_class(not found, "-wrong")
        self._tell_hits()

    def _lines(self) -> Iterator[str]:
        for content in self._contents.values():
            if content:
                yield from content.plain.split("\n")

    def _y_of(self, place: int) -> int:
        """Where a line of the text stands, as far as lines break where their width ends."""
        width = max(1, self.scrollable_content_region.width)
        for name, content in self._contents.items():
            lines = content.plain.split("\n") if content else []
            if place < len(lines):
                breaks = not self._sections[name].has_class("-fixed")
                above = sum(-(-cell_len(line) // width) or 1 for line in lines[:place]) if breaks else place
                return self._sections[name].virtual_region.y + above
            place -= len(lines)
        return 0


def _marked(content: Content, needle: str) -> Content:
    """The content with what is searched for in sight; where folding changes the length, no place agrees any more."""
    folded = content.plain.casefold()
    if not needle or needle not in folded or len(folded) != len(content.plain):
        return content
    start = folded.find(needle)
    while start >= 0:
        content = content.stylize("reverse", start, start + len(needle))
        start = folded.find(needle, start + len(needle))
    return content


def _moved(before: Job | None, job: Job) -> bool:
    """Whether the timeline may have another line."""
    if before is None:
        return True
    return (before.id, before.state, before.native_state, before.progress, before.message) != (
        job.id,
        job.state,
        job.native_state,
        job.progress,
        job.message,
    )


def _state_line(job: Job, now: datetime) -> Content:
    words = display.state_words(job.state, one_line(job.native_state, 60))
    span = display.duration(job, now)
    took = ""
    if span is not None:
        took = f"  took {display.span_words(span)}" if job.state.is_final else f"  for {display.span_words(span)}"
    return Content.assemble(
        (f"{job.state.glyph} {words}", f"bold {STATE_STYLES[job.state]}"),
        (took, "$foreground 60%"),
    )


def _bar_line(job: Job, now: datetime, width: int) -> Content:
    fraction = display.fraction_done(job)
    if job.state.is_final and job.state is not JobState.SUCCEEDED:
        return _end_line(job, fraction)
    done, all_tasks = display.tasks_done(job)
    words = "" if fraction is None else f"{int(fraction * 100)} %"
    if all_tasks:
        words = f"{done} of {all_tasks} tasks" if job.progress is None else f"{words}  {done} of {all_tasks} tasks"
    if fraction is None:
        guess = display.guessed_fraction(job, now)
        if guess is None:
            return Content.styled("no progress is told by this service", "$foreground 60%")
        filled, rest = display.bar(guess, max(4, width - 14))
        return Content.assemble(
            (filled, "$foreground 40%"), (rest, "$foreground 20%"), (f"  est. ~{int(guess * 100)} %", "$foreground 60%")
        )
    filled, rest = display.bar(fraction, max(4, width - len(words) - 2))
    return Content.assemble((filled, STATE_STYLES[job.state]), (rest, "$foreground 20%"), f"  {words}")


def _end_line(job: Job, fraction: float | None) -> Content:
    """How far a job came that left no result: in words, since a bar would say that there is something to wait for."""
    if fraction is None:
        return Content()
    succeeded = sum(task.state is JobState.SUCCEEDED for task in job.tasks)
    words = f"{succeeded} of {display.count_words(len(job.tasks), 'task')} succeeded" if job.tasks else ""
    if job.progress is not None:
        told = f"the service says {int(fraction * 100)} %" if fraction >= 1 else f"ended at {int(fraction * 100)} %"
        words = f"{told}  {words}".rstrip()
    return Content.styled(words, "$foreground 60%")


def _rate_line(job: Job, changes: tuple[Change, ...], width: int) -> Content:
    points = charts.progress_points(job, changes)
    rate = charts.rate_words(points) if job.state is JobState.RUNNING else ""
    drawn = charts.sparkline(points, min(_MOST_SPARK_CELLS, width - 12))
    return Content.assemble((drawn, STATE_STYLES[job.state]), (f"  {rate}" if rate else "", "")) if drawn else Content()


def _times_line(job: Job, now: datetime, next_look: datetime | None, width: int) -> str:
    parts = []
    if job.state.is_final and job.finished_at:
        parts.append(f"finished {display.clock_words(job.finished_at, now)}, {display.ago_words(job.finished_at, now)}")
    elif job.started_at:
        parts.append(f"started {display.clock_words(job.started_at, now)}")
    elif job.created_at:
        parts.append(f"created {display.clock_words(job.created_at, now)}")
    elif job.first_seen_at:
        parts.append(f"first seen {display.clock_words(job.first_seen_at, now)}")
    if not job.state.is_final and (look := display.old_look_words(job, now)):
        parts.append(look)
    if next_look is not None:
        parts.append(display.next_look_words(next_look, now))
    words = " · ".join(parts)
    return words if len(words) <= width else words.replace("next look", "look")


def _trouble(job: Job, now: datetime) -> Content:
    """What stands between the screen and the truth."""
    if job.state is JobState.LOST:
        words = "The service no longer knows this job: it said so three times in a row."
    elif job.state is JobState.UNKNOWN and not job.native_state:
        words = "It was not looked at yet, so nothing is known of it."
    elif job.state is JobState.UNKNOWN:
        words = "The service uses a word for its state that jobtui doesn't know; it is asked again."
    elif job.misses:
        times = {1: "once", 2: "twice"}.get(job.misses, f"{job.misses} times")
        words = f"The service said {times} that there is no such job; it is asked again."
    elif stalled := display.stall_words(job, now):
        words = stalled
    elif job.stale:
        words = f"Stale: the last attempt to look failed, {display.seen_words(job, now)}."
    else:
        return Content()
    return Content.styled(f"! {words}", "$text-warning")


def _error(error: JobError, clone: str) -> Content:
    title = one_line(error.title or error.code or "failed without a word", 500)
    lines = [Content.styled(f"✗ {title}", "bold $text-error")]
    if error.detail and error.detail != error.title:
        lines.append(Content(block(error.detail, _MESSAGE_LIMIT)))
    for name, reason in error.invalid_parameters:
        lines.append(Content.assemble("  ", (one_line(name, 200), "bold"), f": {one_line(reason, 500)}"))
    for label, value in (("code", error.code), ("request id", error.request_id)):
        if value:
            lines.append(Content.assemble((f"{label} ", "$foreground 60%"), one_line(value, 200)))
    if clone:
        lines.append(Content.styled(f"{clone} opens the form, to mend the input and start anew", "$foreground 60%"))
    return Content("\n").join(lines)


def _kin(kin: Kin, jobs: Mapping[JobId, Job], key: str) -> Content:
    """Which job this one is a clone of, and which are its own."""
    lines = []
    if kin.origin is not None:
        lines.append(Content.assemble(("run again from ", "$foreground 60%"), _with_state(kin.origin, jobs)))
    if kin.clones:
        told = [_with_state(clone, jobs) for clone in kin.clones[:_MOST_CLONES]]
        rest = len(kin.clones) - len(told)
        more = f" and {rest} more" if rest else ""
        lines.append(Content.assemble(("run again as ", "$foreground 60%"), Content(", ").join(told), more))
    if lines:
        lines[-1] = Content.assemble(lines[-1], (f"  {key} goes there", "$foreground 60%"))
    return Content("\n").join(lines)


def _with_state(job_id: JobId, jobs: Mapping[JobId, Job]) -> Content:
    job = jobs.get(job_id)
    address = one_line(str(job_id), 200)
    if job is None:
        return Content.assemble(address, (" (not watched)", "$foreground 60%"))
    return Content.assemble(address, (f" ({job.state.value})", STATE_STYLES[job.state]))


def _tasks(tasks: tuple[Task, ...], now: datetime, width: int) -> Content:
    if not tasks:
        return Content()
    lines = [_heading(f"Tasks ({len(tasks)})")]
    name_width = max(8, width - 22)
    span = charts.span_of(tasks, now)
    chart_width = min(_MOST_CHART_CELLS, width // 2 - 12)
    draws = span is not None and chart_width >= _LEAST_CHART_CELLS
    if draws:
        name_width -= chart_width + 1
    for task in tasks[:_MOST_TASKS]:
        name = Content(one_line(task.name or task.id, 200)).truncate(name_width, ellipsis=True, pad=True)
        lines.append(
            Content.assemble(
                (f"{task.state.glyph} ", STATE_STYLES[task.state]),
                name,
                *(_gantt(task, span, now, chart_width) if draws and span else ()),
                (f" {task.state.value:<10}", STATE_STYLES[task.state]),
                (f"{_task_span(task, now):>9}", "$foreground 60%"),
            )
        )
    if len(tasks) > _MOST_TASKS:
        lines.append(Content.styled(f"  and {len(tasks) - _MOST_TASKS} more", "$foreground 60%"))
    return Content("\n").join(lines)


def _gantt(task: Task, span: tuple[datetime, datetime], now: datetime, width: int) -> tuple[str | tuple[str, str], ...]:
    """When the task ran, beside the others."""
    before, bar = charts.gantt(task, span, now, width)
    rest = "·" * (width - len(before) - len(bar))
    faint = "$foreground 20%"
    return " ", (before.replace(" ", "·"), faint), (bar, STATE_STYLES[task.state]), (rest, faint)


def _task_span(task: Task, now: datetime) -> str:
    if task.started_at is None:
        return ""
    end = task.finished_at if task.state.is_final else now
    return display.span_words(end - task.started_at) if end else ""


def _timeline(changes: tuple[Change, ...], now: datetime, width: int) -> Content:
    if not changes:
        return Content()
    lines = [_heading("Timeline")]
    if len(changes) > _MOST_CHANGES:
        lines.append(
            Content.styled(f"  {len(changes) - _MOST_CHANGES} earlier ones are in `jobtui show`", "$foreground 60%")
        )
    for change in changes[-_MOST_CHANGES:]:
        percent = "" if change.progress is None else f" {int(change.progress * 100)} %"
        words = f" {one_line(change.message, 300)}" if change.message else ""
        line = Content.assemble(
            (f"{display.clock_words(change.at, now)}  ", "$foreground 60%"),
            (f"{change.state.glyph} {change.state.value}", STATE_STYLES[change.state]),
            percent,
            (words, "$foreground 60%"),
        )
        lines.append(line.truncate(width, ellipsis=True))
    return Content("\n").join(lines)


def _facts(job: Job, requests: str) -> Content:
    pairs: Iterable[tuple[str, str]] = (
        ("name", job.name if job.name != job.id.native else ""),
        ("kind", job.kind),
        ("provider", job.provider),
        ("requests", requests),
    )
    lines = [
        Content.assemble((f"{label:<9}", "$foreground 60%"), one_line(value, 1100)) for label, value in pairs if value
    ]
    return Content("\n").join([_heading("About"), Content(one_line(str(job.id), 1100)), *lines])


def _heading(words: str) -> Content:
    return Content.styled(words, "bold $foreground 60%")
