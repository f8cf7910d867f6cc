"""The main screen: sources on top, jobs on the left, the selected job on the right; fed with what the engine tells."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.notifications import Notify
from textual.reactive import reactive
from textual.timer import Timer

from jobtui.app.actions import Where, bindings, named, told
from jobtui.app.display import count_words, oldest_look_words
from jobtui.app.messages import JobsChanged
from jobtui.app.news import FILTER_TEXT as NEWS_FILTER
from jobtui.app.notices import FilterNotice
from jobtui.app.options import AppOptions
from jobtui.app.panes.health import PLAIN_WORDS, HealthLine
from jobtui.app.screens.panes import PaneScreen
from jobtui.app.styles import later_sheets
from jobtui.app.tally import Tally
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Health, News, Snapshot, SourceStatus, Update

if TYPE_CHECKING:
    from jobtui.app.inputs import Draft
    from jobtui.app.panes.filter_bar import FilterBar
    from jobtui.engine.port import EnginePort


def _is_signed_out(status: SourceStatus) -> bool:
    return status.health is Health.SIGNED_OUT


def _why_silent(status: SourceStatus) -> str:
    words = f"{one_line(status.name, 60)}: {PLAIN_WORDS[status.health]}"
    return f"{words}: {one_line(status.detail, 300)}" if status.detail else words


class MainScreen(PaneScreen):
    """Holds the snapshot and the layout; panes are fed from here and tell only upwards."""

    BINDINGS = [*bindings(Where.LIST, Where.EVERYWHERE)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-medium"), (100, "-wide"), (140, "-roomy"), (170, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    AUTO_FOCUS = "JobList"

    now: reactive[datetime | None] = reactive(None, repaint=False)
    """The moment that ages are told from: a second old at most."""

    def __init__(self, engine: EnginePort, options: AppOptions) -> None:
        super().__init__(engine, options)
        self._tally = Tally()
        self._health = HealthLine(options.title, label=options.label)
        self._before_news = ""
        self._awaited: JobId | None = None
        self._is_awaited_hidden = False
        self._drafts: list[Draft] = []
        self._ticking: Timer | None = None
        self._stands_still = False

    def compose(self) -> ComposeResult:
        """The list, and the frames of what comes beside it."""
        # Textual finds them with the first resize, and styles and lays out all of it a second time.
        sides = zip(self.app.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True)
        self.add_class(*(max(step for step in steps if step[0] <= side)[1] for side, steps in sides), update=False)
        yield self._health
        if self.filters:
            self.show_tabs()
            yield self._filter_tabs
        with Container(id="body"):
            with self._frames["list"]:
                yield self.jobs
            with Vertical(id="side"):
                yield self._frames["progress"]
                yield self._frames["result"]
        yield self._footer

    def on_mount(self) -> None:
        """Show what is known already, before anything is waited for."""
        self.now = self.options.clock.now()
        self._title("progress", "Progress")
        self._title("result", "Result")
        self._take(self.engine.snapshot)
        self._tally.load(self.snapshot)
        self.jobs.load(self.snapshot)
        self.watch(self.jobs, "extent", self._take_extent)
        self._show_rest()
        self.call_after_refresh(self._mount_rest)
        if not self._stands_still:
            self._ticking = self.set_interval(1.0, self._tick)

    def _mount_rest(self) -> None:
        """The list is painted first: half of a screen's cost is the number of its widgets."""
        progress, result = self._frames["progress"], self._frames["result"]
        if not (progress.is_mounted and result.is_mounted):
            return  # The app left before they were there.
        self.app.stylesheet.read_all(later_sheets())
        self.mount(self._filter_bar, before="#body")
        progress.mount(self._progress.data_bind(job=MainScreen.selected, now=MainScreen.now))
        result.mount(self._result.data_bind(job=MainScreen.selected))

    # Facts from below

    @on(JobsChanged)
    def _apply(self, message: JobsChanged) -> None:
        update: Update = message.update
        were_all = self.snapshot.complete
        self._take(update.snapshot)
        self.now = self.options.clock.now()
        if were_all:
            self._tally.apply(update)
            self.jobs.apply(update)
        else:
            # The first rows may have jobs that the engine never had: past their time, or forgotten elsewhere since.
            self._tally.load(update.snapshot)
            self.jobs.load(update.snapshot)
        self._look_for_awaited()
        self._show_rest()

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def _show_rest(self) -> None:
        """All that depends on the snapshot besides the list."""
        now = self.options.clock.now()
        self._health.show(self.snapshot, self._tally, now)
        if self.selected is not None:
            self.selected = self.snapshot.jobs.get(self.selected.id)
        self.jobs.set_placeholder(self._why_empty())
        self._tell_focus()

    def stand_still(self) -> None:
        """Let ages go on no more by themselves, only when something else changes."""
        self._stands_still = True
        if self._ticking is not None:
            self._ticking.stop()

    def _tick(self) -> None:
        """A second has passed: ages go on, and what reads the same is not sent."""
        self.now = self.options.clock.now()
        self._health.show(self.snapshot, self._tally, self.now)
        self._count()
        self.jobs.tick()

    def _why_empty(self) -> str:
        if self.jobs.filter is not None:
            back = named("back", self.options.keys)
            return f"No job matches {one_line(self.jobs.filter.text, 60)}\n\n{back} takes the filter away"
        if any(status.health is Health.STARTING for status in self.snapshot.sources):
            return "Asking the sources…"
        silent = [status for status in self.snapshot.sources if status.health in PLAIN_WORDS]
        if silent:
            title = (
                "No source answers" if len(silent) == len(self.snapshot.sources) else "No jobs from those that answer"
            )
            wanted = ("sources", "refresh-all", *(["sign-in"] if any(map(_is_signed_out, silent)) else []))
            keys = " · ".join(f"{key} {label}" for key, label in told(wanted, self.options.keys))
            return "\n".join([title, keys, "", *map(_why_silent, silent)])
        own, sources = self.options.keys, self.snapshot.sources
        ways = f"{named('track', own)} watches one that was made elsewhere"
        if any(status.capabilities.submits and not status.read_only for status in sources):
            ways = f"{named('new', own)} starts one, {ways}"
        elif any(status.read_only for status in sources):
            ways += "\nread_only in the configuration lets none be started from here"
        return f"No jobs yet\n\n{ways}"

    def _take_extent(self) -> None:
        self._count()
        self._tell_focus()

    def _count(self) -> None:
        """Say under the list how much of it is shown, and how old the oldest look is once that is news."""
        shown, total, marked = self.jobs.shown, self.jobs.total, len(self.jobs.marked)
        parts = [count_words(total, "job") if shown == total else f"{shown:,} of {count_words(total, 'job')} shown"]
        if marked:
            parts.append(f"{marked} marked")
        if self.jobs.unseen_order:
            parts.append(self.jobs.unseen_order)
        if self.now is not None and (look := oldest_look_words(self.snapshot.oldest_look, self.now)):
            parts.append(look)
        self._title("list", "Jobs", " · ".join(parts))

    def paint_now(self) -> None:
        """Paint what a key changed in the list at once, and not after the turns of list, screen and timer."""
        # Private, and the one way past these three: a key would be answered a fifth later.
        if self.jobs._repaint_required and not self._layout_required:  # noqa: SLF001
            self.jobs._repaint_required = False  # noqa: SLF001
            self._dirty_widgets.add(self.jobs)
            self._on_timer_update()

    # Leaving

    def action_leave(self) -> None:
        """One pane back; at the list, quit."""
        if self.zoomed:
            self.zoomed = False
        elif self.at != "list":
            self.go_to("list")
        else:
            self.ask_to_leave()

    def ask_to_leave(self) -> None:
        """Leave, after a question while a file or a submission is under way."""
        if not self._under_way():
            self.app.exit(return_code=0)
            return
        from jobtui.app.screens.leave import LeaveScreen

        def take(leaves: bool | None) -> None:
            if leaves:
                self.app.exit(return_code=0)
            elif not self._under_way():
                self.tell("What was under way has ended; quit again to leave.")

        self.app.push_screen(LeaveScreen(self._under_way), take)

    def _under_way(self) -> list[str]:
        """What leaving would cut off, a line each."""
        running = [worker for worker in self.app.workers if not worker.is_finished]
        submissions = [f"⋯ {one_line(worker.name, 200)}" for worker in running if worker.group == "submit"]
        groups = {"download", "user-command-beside"}
        own = [f"⋯ {worker.name}" for worker in running if worker.group in groups and worker.node is self]
        return [*submissions, *self._result.under_way(), *own]

    # The list's view

    def action_mark(self) -> None:
        """Mark the job, or take its mark away."""
        self.jobs.toggle_mark()

    def action_mark_range(self) -> None:
        """Mark up to the last marked job."""
        self.jobs.mark_range()

    def action_mark_all(self) -> None:
        """Mark all that are shown."""
        self.jobs.mark_all()

    def action_clear_marks(self) -> None:
        """Take all marks away."""
        self.jobs.clear_marks()

    def action_filter(self) -> None:
        """Let the user type a filter."""
        from jobtui.app.completion import known_values

        self.zoomed = False
        self.go_to("list")
        self._filter_bar.values = known_values(self.snapshot)
        self._filter_bar.edit()

    def take_news(self, news: News) -> None:
        """Keep what ended while nobody looked, to be shown on request."""
        from jobtui.core.filters import Filter

        ended = frozenset(job.id for job in news.ended)
        self._filter_bar.named = {NEWS_FILTER: Filter(NEWS_FILTER, (lambda job, _now: job.id in ended,))}

    def action_news(self) -> None:
        """Only what ended while nobody looked; again: the filter from before."""
        if NEWS_FILTER not in self._filter_bar.named:
            self.tell("Nothing ended between your last look and this one.")
        elif self._filter_bar.text == NEWS_FILTER:
            self._filter_bar.set_text(self._before_news)
        else:
            self._before_news = self._filter_bar.text
            self._filter_bar.set_text(NEWS_FILTER)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """Show what matches; named as Textual looks for it, since the bar's class is not loaded yet."""
        self.jobs.set_filter(message.filter)
        if self.filters:
            self.show_tabs()
        self.jobs.set_placeholder(self._why_empty())
        if self._awaited is not None and self.jobs.select(self._awaited):
            self._awaited = None

    def on_filter_bar_left(self) -> None:
        """Go back to the list."""
        self.go_to("list")

    # Dialogs

    def action_new(self) -> None:
        """Fill in a form and start a job."""
        self._open_form(None)

    def action_clone(self) -> None:
        """Fill the form with what the current job was started with."""
        job = self.jobs.current_job
        if job is None:
            self.tell("No job is selected.")
            return
        self._open_form(job)

    def _open_form(self, job: Job | None) -> None:
        from jobtui.app.screens.submit import SubmitScreen

        able = [status for status in self.snapshot.sources if status.capabilities.submits and not status.read_only]
        if not able or (job is not None and all(status.name != job.id.source for status in able)):
            self.tell(
                "No source takes new jobs." if not able else f"{job.id.source if job else ''} takes no new jobs.",
                bad=True,
            )
            return
        preferred = self.jobs.current.source if self.jobs.current else ""
        form = SubmitScreen(self.engine, able, preferred=preferred, clone=job, drafts=self._drafts)
        self.app.push_screen(form, self._go_to_started)

    def _go_to_started(self, job_id: JobId | None) -> None:
        if job_id is not None:
            # It may be a clone of the one that is shown.
            self._progress.read_kin()
        self._go_to_job(job_id)

    def action_related(self) -> None:
        """Go to the job that the current one is a clone of, or to one of its own clones."""
        if self.jobs.current is None:
            self.tell("No job is selected.")
        else:
            self._go_to_kin(self.jobs.current)

    @work(group="kin", exclusive=True)
    async def _go_to_kin(self, job_id: JobId) -> None:
        try:
            kin = await self.engine.kin(job_id)
        except JobtuiError as error:
            self.tell_error(error, str(job_id))
            return
        if job_id != self.jobs.current:
            return
        related = [*([kin.origin] if kin.origin else []), *kin.clones]
        known = [one for one in related if one in self.snapshot.jobs]
        if len(known) > 1:
            from jobtui.app.screens.related import RelatedScreen

            screen = RelatedScreen(kin, self.snapshot.jobs, self.options.clock.now())
            self.app.push_screen(screen, self._go_to_job)
        elif known:
            self._go_to_job(known[0])
        elif related:
            self.tell(f"{related[0]} is not watched any more: {named('track', self.options.keys)} watches it again.")
        else:
            self.tell(f"{job_id} is no clone, and none was made of it from here.")

    def action_track(self) -> None:
        """Watch jobs that were made elsewhere."""
        from jobtui.app.screens.track import TrackScreen

        if not self.snapshot.sources:
            self.tell("No source is configured.", bad=True)
            return
        preferred = self.jobs.current.source if self.jobs.current else ""
        self.app.push_screen(TrackScreen(self.engine, self.snapshot.sources, preferred), self._go_to_job)

    def _go_to_job(self, job_id: JobId | None) -> None:
        """Put the cursor on a job that a dialog brought."""
        if job_id is not None:
            # The engine may tell of it with the next snapshot only.
            self._awaited, self._is_awaited_hidden = job_id, False
            self._look_for_awaited()

    def _look_for_awaited(self) -> None:
        if self._awaited is None or self._is_awaited_hidden:
            return
        if self.jobs.select(self._awaited):
            self._awaited = None
        elif self.jobs.filter is not None and self._awaited in self.snapshot.jobs:
            self._is_awaited_hidden = True
            keys = [key for key, _ in told(("back",), self.options.keys)]
            how = f"{keys[0]} in the list takes that away" if keys else "without it, it is in the list"
            words = f"{self._awaited} is hidden by the filter {self.jobs.filter.text}: {how}."
            self.app.post_message(Notify(FilterNotice(one_line(words, 600), timeout=self.app.NOTIFICATION_TIMEOUT)))

    def action_sources(self) -> None:
        """Tell what each source is asked, and how it does."""
        from jobtui.app.screens.sources import SourcesScreen

        self.app.push_screen(SourcesScreen(self.engine, self.options.clock, ticks=not self._stands_still))

    def action_costs(self) -> None:
        """Show or hide what jobtui itself costs, in a line of its own."""
        from jobtui.app.panes.costs import CostsLine
        from jobtui.app.terminal import HearsTerminal

        app: object = self.app
        if shown := self.query(CostsLine):
            shown.remove()
        elif isinstance(app, HearsTerminal):
            self.mount(CostsLine(self.engine, app.terminal_traffic), before=self._footer)

    def action_palette(self) -> None:
        """Find an action by its name."""
        self.app.action_command_palette()
