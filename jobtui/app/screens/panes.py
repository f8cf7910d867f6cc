"""The panes of the main screen: which job they show, where the user is, and what a key means in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from jobtui.app.actions import SEARCH, Where, bindings, named
from jobtui.app.display import count_words
from jobtui.app.options import AppOptions
from jobtui.app.panes.footer import LIST_KEYS, PROGRESS_KEYS, RESULT_KEYS, Footer
from jobtui.app.panes.job_list import JobList
from jobtui.app.screens.list_view import ListViewScreen
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from jobtui.app.panes.progress import ProgressPane
    from jobtui.app.panes.result import ResultPane
    from jobtui.engine.port import EnginePort

PANES = ("list", "progress", "result")
"""Names of the panes in the order of their numbers and of Tab."""

_REST_S = 0.15
"""How long the cursor must rest before a passed-by job is looked into."""


class ResultFrame(Vertical):
    """The place of the result, where `/`, `n` and `N` mean the search instead of the list's own."""

    BINDINGS = [*bindings(Where.VIEWER)]


class ProgressFrame(Vertical):
    """The place of the progress, with a search of its own."""

    BINDINGS = [*(binding for binding in bindings(Where.VIEWER) if binding.id in SEARCH)]


class PaneScreen(ListViewScreen):
    """The part of the main screen that knows its panes, and hands each key to the one where the user is."""

    selected: reactive[Job | None] = reactive(None, repaint=False)
    """The job that the right side shows."""
    at: reactive[str] = reactive("list", repaint=False)
    """The pane where the user is."""
    zoomed: reactive[bool] = reactive(False, repaint=False)
    """Whether that pane has the whole screen."""

    def __init__(self, engine: EnginePort, options: AppOptions) -> None:
        super().__init__(engine, options)
        self.add_class(f"-at-{PANES[0]}")
        self._frames = {
            "list": Vertical(id="list-frame", classes="frame"),
            "progress": ProgressFrame(id="progress-frame", classes="frame"),
            "result": ResultFrame(id="result-frame", classes="frame"),
        }
        self._titles: dict[str, tuple[str, str]] = {}
        self._written_titles: dict[str, tuple[str, str]] = {}
        self._footer = Footer(options.keys, options.commands)
        self._told_focus: tuple[frozenset[JobId], JobId | None] | None = None
        self._moved_at_s = float("-inf")
        self._rest: Timer | None = None

    # What the first screen doesn't show is loaded when it is first needed: importing it takes as long as painting.

    @cached_property
    def _progress(self) -> ProgressPane:
        from jobtui.app.panes.progress import ProgressPane

        return ProgressPane(self.engine, keys=self.options.keys)

    @cached_property
    def _result(self) -> ResultPane:
        from jobtui.app.panes.result import ResultPane

        options = self.options
        ticks, keys = not options.slow_line, options.keys
        return ResultPane(self.engine, options.download_dir, options.clock, ticks=ticks, keys=keys)

    # Which job they show

    @on(JobList.Selected)
    def _select(self, message: JobList.Selected) -> None:
        """Show a job once the cursor is painted; while the cursor runs, only where it comes to rest."""
        moved_at_s = self.options.clock.monotonic()
        resting = moved_at_s - self._moved_at_s >= _REST_S
        self._moved_at_s = moved_at_s
        if self._rest is not None:
            self._rest.stop()
        if resting:
            self.call_after_refresh(self._look_into_current)
        else:
            self._rest = self.set_timer(_REST_S, self._look_into_current)

    def _look_into_current(self) -> None:
        self.selected = self.jobs.current_job
        self._tell_focus()

    @on(JobList.Opened)
    def _enter_job(self) -> None:
        self._look_into_current()
        self.go_to("progress")

    def _tell_focus(self) -> None:
        focus = (self.jobs.on_screen, self.jobs.current)
        if focus != self._told_focus:
            self._told_focus = focus
            self.engine.set_focus(*focus)

    def watch_selected(self, before: Job | None, job: Job | None) -> None:
        """Name the job over the panes that show it: a pane may have the screen for itself."""
        if not self.is_mounted or (before and job and (before.id, before.name) == (job.id, job.name)):
            return
        self._title("progress", "Progress" if job is None else one_line(str(job.id), 200))
        self._title("result", "Result" if job is None else f"Result of {one_line(job.title, 200)}")

    def _title(self, pane: str, title: str, subtitle: str = "") -> None:
        self._titles[pane] = (f"{PANES.index(pane) + 1} {title}", subtitle)
        self._write_title(pane)

    def _write_title(self, pane: str) -> None:
        frame, (title, subtitle) = self._frames[pane], self._titles[pane]
        if self.zoomed:
            # There is no lower edge for what stands there, and no corner that keeps the line away.
            title, subtitle = f" {title} · {subtitle} " if subtitle else f" {title} ", ""
        # Setting either draws the whole frame.
        if (title, subtitle) == self._written_titles.get(pane):
            return
        self._written_titles[pane] = (title, subtitle)
        frame.border_title = Content(title)
        frame.border_subtitle = Content(subtitle)

    # Moving between panes

    def go_to(self, pane: str) -> None:
        """Put the user into a pane, showing it where only one is shown at a time."""
        self.at = pane
        panes: dict[str, Widget] = {"list": self.jobs, "progress": self._progress, "result": self._result}
        self.set_focus(panes[pane])

    def watch_zoomed(self, zoomed: bool) -> None:
        """Let the style sheet know, and the titles, which then say more."""
        self.set_class(zoomed, "-zoomed")
        for pane in self._titles:
            self._write_title(pane)

    def watch_at(self, at: str) -> None:
        """Let the style sheet know where the user is."""
        for pane in PANES:
            self.set_class(pane == at, f"-at-{pane}")
        self._footer.shown = {"list": LIST_KEYS, "progress": PROGRESS_KEYS}.get(at, RESULT_KEYS)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus, wherever the mouse or a key put it."""
        for pane in PANES:
            if any(node.id == f"{pane}-frame" for node in event.widget.ancestors_with_self):
                self.at = pane

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self.go_to(PANES[(PANES.index(self.at) + 1) % len(PANES)])

    def action_previous_pane(self) -> None:
        """Go to the previous pane."""
        self.go_to(PANES[(PANES.index(self.at) - 1) % len(PANES)])

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""
        self.go_to(PANES[number - 1])

    def action_open(self) -> None:
        """From the list into the job, from its progress to its result, and there into what the cursor stands on."""
        if self.at == "list":
            self.jobs.open_current()
        elif self.at == "progress":
            self.go_to("result")
        else:
            self._result.activate()

    def action_view_result(self) -> None:
        """Go to the current job's result."""
        self._look_into_current()
        self.go_to("result")

    def action_zoom(self) -> None:
        """Give the pane the whole screen, or take it back."""
        self.zoomed = not self.zoomed

    def action_preview(self) -> None:
        """Show or hide what stands beside the list; where only one pane is shown, go there and back."""
        is_small = self.has_class("-narrow") or (self.has_class("-medium") and self.has_class("-low"))
        if is_small or self.zoomed or (self._view.wide and not self.has_class("-medium")):
            self.go_to("progress" if self.at == "list" else "list")
            return
        self.toggle_class("-no-preview")
        if self.has_class("-no-preview"):
            self.go_to("list")

    def action_back(self) -> None:
        """One step back: a search, the lines' filter, lines of downloads, the zoom, the pane, the filter, the marks."""
        result = self._result
        if self.at == "result" and (result.end_search() or result.end_filter() or result.clear_transfers()):
            self.go_to("result")
        elif self.at == "progress" and self._progress.end_search():
            self.go_to("progress")
        elif self.zoomed:
            self.zoomed = False
        elif self.at != "list":
            self.go_to("list")
        elif self._filter_bar.text:
            self._filter_bar.set_text("")
        elif self.jobs.marked:
            self.jobs.clear_marks()

    # Moving in a pane

    def action_move(self, rows: int) -> None:
        """Move the cursor, or scroll the pane."""
        if self.at == "list":
            self.jobs.move_cursor(rows)
        elif self.at == "result":
            self._result.move_cursor(rows)
        else:
            self._progress.scroll_relative(y=rows, animate=False)

    def action_move_page(self, pages: float) -> None:
        """Move by so many heights."""
        if self.at == "list":
            self.jobs.move_page(pages)
        elif self.at == "result":
            self._result.move_page(pages)
        else:
            self._progress.scroll_relative(y=int(pages * self._progress.size.height), animate=False)

    def action_move_to_end(self, direction: int) -> None:
        """Move to the first or the last line."""
        if self.at == "list":
            self.jobs.move_to_end(bottom=direction > 0)
        elif self.at == "result":
            self._result.move_to_end(bottom=direction > 0)
        elif direction > 0:
            self._progress.scroll_end(animate=False)
        else:
            self._progress.scroll_home(animate=False)

    def action_next_tab(self) -> None:
        """Go to the list's next saved filter, or to the result's next tab."""
        if self.at == "list":
            self.turn_filters(1)
        else:
            self._result.next_tab()

    def action_previous_tab(self) -> None:
        """Go to the list's previous saved filter, or to the result's previous tab."""
        if self.at == "list":
            self.turn_filters(-1)
        else:
            self._result.previous_tab()

    # The search, and the result's own

    def action_search(self) -> None:
        """Look for text in the progress or in the result."""
        if self.at == "progress":
            self._progress.search()
        else:
            self._result.search()

    def action_filter_lines(self) -> None:
        """Show only the lines of the result that hold what is typed."""
        self._result.filter_lines()

    def action_next_match(self) -> None:
        """Go to the next place that was found."""
        if self.at == "progress":
            self._step_in_progress(1)
        else:
            self._result.next_match()

    def action_previous_match(self) -> None:
        """Go to the previous place that was found."""
        if self.at == "progress":
            self._step_in_progress(-1)
        else:
            self._result.previous_match()

    def _step_in_progress(self, step: int) -> None:
        if not self._progress.step_match(step):
            self.tell(f"Nothing is found here: {named('search', self.options.keys)} searches.")

    def action_sideways(self, steps: int) -> None:
        """Go to another column, fold or unfold, or show what stands further right or left."""
        self._result.move_sideways(steps)

    def action_more(self) -> None:
        """Read more rows of a table, or unfold a whole tree."""
        self._result.more()

    def action_less(self) -> None:
        """Fold a whole tree."""
        self._result.less()

    def action_widen(self, steps: int) -> None:
        """Make the current column wider or narrower; 0 fits it to what it holds."""
        self._result.widen(steps)

    def action_wrap(self) -> None:
        """Break long lines, or let them go on to the right."""
        self._result.toggle_wrap()

    def action_raw(self) -> None:
        """Show the service's last answer as it came."""
        self._look_into_current()
        self.go_to("result")
        self._result.show_raw()

    def action_copy_value(self, place: bool) -> None:
        """Send what the cursor stands on, or where that is, to the clipboard."""
        text = self._result.copied(place=place)
        if text:
            self._send_to_clipboard(text, one_line(text, 120), self.jobs.current)
        else:
            self.tell("There is nothing to copy here.")

    def action_export(self, as_json: bool) -> None:
        """Save what the result shows, or else the list, as CSV or as JSON."""
        if self.at == "result":
            self._result.export(as_json=as_json)
        else:
            self.export_list(as_json=as_json)

    def action_download(self) -> None:
        """Save the results of the marked jobs, or of the current one, as files; in its panes what they show."""
        if self.at == "result" and self._result.save_log():
            return
        self._look_into_current()
        shown = self._result.job
        begun = self._result.download([shown] if self.at != "list" and shown is not None else self.wanted_jobs())
        if begun and not self._result.is_on_screen:
            key = named("view-result", self.options.keys)
            words = f"Saving the results of {count_words(begun, 'job')} in {self.options.download_dir}"
            self.tell(f"{words}: {key} shows how far.")

    def action_stop_downloads(self) -> None:
        """Stop the downloads that are under way."""
        stopped = self._result.stop_downloads()
        self.tell(f"{count_words(stopped, 'download')} stopped." if stopped else "No download is under way.")

    def save_by_itself(self, ended: Sequence[Job]) -> None:
        """Save what jobs left whose sources are to be saved without a key."""
        wanted = [
            job for job in ended if job.id.source in self.options.auto_download and job.state is JobState.SUCCEEDED
        ]
        if wanted:
            self.call_after_refresh(self._result.download, wanted)
