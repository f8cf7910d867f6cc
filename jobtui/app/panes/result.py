"""The result pane: what the keys mean in whatever viewer shows the result."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import events, on, work

from jobtui.app.panes.result_files import ResultFiles
from jobtui.app.panes.result_tabs import INPUT, LOG, RAW
from jobtui.app.panes.tabbed_result import FIRST_ROWS
from jobtui.app.panes.viewers.facts import FactsView
from jobtui.app.panes.viewers.lines import LineView
from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.text import block

if TYPE_CHECKING:
    from textual.widgets import Input

_MORE_TIMES = 5
_COLUMN_STEP = 4
_CLIPBOARD_LIMIT = 1_000_000


class ResultPane(ResultFiles):
    """Tabs over one viewer, and below it downloads, the search, and a line that says how much is shown.

    The pane has the focus, never a viewer: so jobs, tabs and viewers change without the keys going astray.
    """

    _line: Input | None = None
    """Where a search or a filter is typed, once one was."""
    _is_filter_typed: bool = False
    """Which of the two."""

    def on_focus(self, event: events.Focus) -> None:
        """The keys go to the viewer now."""
        if self.viewer is not None:
            self.viewer.set_active(active=True)

    def on_blur(self, event: events.Blur) -> None:
        """The keys go elsewhere now."""
        if self.viewer is not None:
            self.viewer.set_active(active=False)

    def move_cursor(self, lines: int) -> None:
        """Move down by so many lines, up by negative ones."""
        if self.viewer is not None:
            self.viewer.move_cursor(lines)
            self._show_note()

    def move_page(self, pages: float) -> None:
        """Move by so many heights of the viewer."""
        if self.viewer is not None:
            self.viewer.move_page(pages)
            self._show_note()

    def move_to_end(self, *, bottom: bool) -> None:
        """Move to the first or the last line."""
        if self.viewer is not None:
            self.viewer.move_to_end(bottom=bottom)
            self._show_note()

    def move_sideways(self, steps: int) -> None:
        """Go to another column, or show what stands further right or left."""
        if self.viewer is not None:
            self.viewer.move_sideways(steps)
            self._show_note()

    def widen(self, steps: int) -> None:
        """Make the current column wider or narrower; 0 fits it to what it holds, and back."""
        if self.viewer is None or not self.viewer.widen(steps * _COLUMN_STEP):
            self._say("only a table has columns")

    def toggle_wrap(self) -> None:
        """Break long lines, or let them go on to the right."""
        if self.viewer is not None and self.viewer.toggle_wrap():
            self._show_note()
        else:
            self._say("there are no long lines to break here")

    def more(self) -> None:
        """Read more rows of a table that was cut off; of a tree, unfold everything."""
        from jobtui.app.panes.viewers.rows import RowsView

        if isinstance(self.viewer, RowsView) and self.job is not None:
            if not self.viewer.rows.more:
                is_beginning = self.viewer.is_beginning
                self._say("the saved file has the rest" if is_beginning else "these are all rows")
                return
            self._limits[self.job.id] = self._limits.get(self.job.id, FIRST_ROWS) * _MORE_TIMES
            self._say(f"reading up to {self._limits[self.job.id]:,} rows…")
            self._fetch(self.job.id)
        elif self.viewer is None or not self.viewer.fold_all(unfold=True):
            self._say("there is no more of this")
        else:
            self._show_note()

    def less(self) -> None:
        """Fold everything of a tree."""
        if self.viewer is None or not self.viewer.fold_all(unfold=False):
            self._say("only a tree folds")
        else:
            self._show_note()

    def activate(self) -> None:
        """Do what Enter means here: fold or unfold, open a file, or try again what was refused."""
        viewer = self.viewer
        if viewer is None and self._active_label == INPUT:
            if self.job is not None and self._input is not None:
                self._input = None
                self._lay_out()
                self._fetch_input(self.job)
            return
        if viewer is None and self._active_label == LOG:
            self._log = None
            self._lay_out()
            self._fetch_log()
            return
        if viewer is None and self._active_label == RAW:
            self._raw = None
            self._lay_out()
            self._fetch_raw()
            return
        if viewer is None:
            if self.job is not None and self._has_result(self.job):
                self._trouble = None
                self._results.pop(self.job.id, None)
                self._lay_out()
                self._fetch(self.job.id)
            return
        if not viewer.activate() and isinstance(viewer, FactsView) and viewer.artifact_number >= 0:
            self._view_file(viewer.artifact_number)
        self._show_note()

    @on(LineView.Activated)
    def _activate_clicked(self, message: LineView.Activated) -> None:
        message.stop()
        self.activate()

    @on(LineView.Moved)
    def _follow_mouse(self, message: LineView.Moved) -> None:
        message.stop()
        self._show_note()

    def copied(self, *, place: bool = False) -> str:
        """What the cursor stands on, or where that is, made fit for a terminal; empty where there is nothing."""
        if self.viewer is None:
            return ""
        text = self.viewer.copy_place() if place else self.viewer.copy_text()
        # The gate turns tabs into spaces, which a spreadsheet would not take for columns.
        return "\t".join(block(part, _CLIPBOARD_LIMIT) for part in text.split("\t"))

    # Search and filter

    def search(self) -> None:
        """Ask what to look for."""
        self._go_to_source()
        if isinstance(self.viewer, LineView):
            self._open_line("search", "", is_filter=False)
        else:
            self._say("there is nothing to search in")

    def filter_lines(self) -> None:
        """Ask what all lines that are shown are to hold."""
        self._go_to_source()
        if self.viewer is not None and self.viewer.can_sift:
            self._open_line("show only what holds", self.viewer.filter_text, is_filter=True)
        else:
            self._say("there are no lines to filter here")

    def _go_to_source(self) -> None:
        """From text that is laid out to the same as it came, whose lines can be told apart."""
        if self.viewer is not None and not isinstance(self.viewer, LineView) and "Source" in self.labels:
            self._go_to_tab(self.labels.index("Source"))

    def _open_line(self, placeholder: str, text: str, *, is_filter: bool) -> None:
        from textual.widgets import Input

        if self._line is None:
            self._line = Input(id="result-line", compact=True)
            self._line.cursor_blink = False
            self.mount(self._line, before=self._foot)
        self._is_filter_typed = is_filter
        self._line.placeholder = placeholder
        self._line.display = True
        self._line.value = text
        self.screen.set_focus(self._line)

    def _is_line_open(self, *, for_filter: bool) -> bool:
        return self._line is not None and bool(self._line.display) and self._is_filter_typed is for_filter

    def _close_line(self) -> None:
        line = self._line
        if line is not None and line.display:
            is_left = self.screen.focused in {line, None}
            line.display = False
            if is_left:
                # At once: `focus` would do it after the keys that were typed meanwhile.
                self.screen.set_focus(self)

    def end_search(self) -> bool:
        """Take the search away; returns whether there was one. What is typed for a filter goes before."""
        if self._is_line_open(for_filter=True):
            return False
        viewer = self.viewer
        searching = self._is_line_open(for_filter=False) or bool(viewer and viewer.needle)
        self._close_line()
        if viewer is not None and viewer.needle:
            viewer.search("")
            self._show_note()
        return searching

    def end_filter(self) -> bool:
        """Show again what the filter hides; returns whether there was one."""
        viewer = self.viewer
        filtering = self._is_line_open(for_filter=True) or bool(viewer and viewer.filter_text)
        self._close_line()
        self.workers.cancel_group(self, "sift")
        if viewer is not None and viewer.filter_text:
            self._sift("")
        return filtering

    def leave_line(self) -> None:
        """Close the line in which something is typed, if it is open: a search ends, a filter holds."""
        if self._is_line_open(for_filter=False):
            self.end_search()
        self._close_line()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Look for it, or filter by it, while it is typed."""
        message.stop()
        if self.viewer is None or not message.input.display:
            return
        if self._is_filter_typed:
            self._sift(message.value)
        else:
            self._say_found(self.viewer.search(message.value) or not message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on from the place that was found, or in what is shown."""
        message.stop()
        self._close_line()

    def _sift(self, text: str) -> None:
        self.workers.cancel_group(self, "sift")
        if self.viewer is None:
            return
        steps = self.viewer.sift(text)
        for _ in steps:
            self._say("filtering…")
            self._sift_on(self.viewer, steps)
            return
        self._show_note()

    @work(group="sift")
    async def _sift_on(self, viewer: Viewer, steps: Iterator[None]) -> None:
        """Go on where there is much to look through, with the keys heard in between."""
        for _ in steps:
            await asyncio.sleep(0)
        if viewer is self.viewer:
            self._show_note()

    def next_match(self) -> None:
        """Go to the next place that was found."""
        self._step_match(1)

    def previous_match(self) -> None:
        """Go to the previous place that was found."""
        self._step_match(-1)

    def _step_match(self, step: int) -> None:
        if self.viewer is None or not self.viewer.needle:
            self._say("search first: /")
            return
        self._say_found(self.viewer.step_match(step))

    def _say_found(self, found: bool) -> None:
        if found:
            self._show_note()
        else:
            from jobtui.app.panes.viewers.rows import RowsView

            viewer = self.viewer
            is_cut = isinstance(viewer, RowsView) and viewer.rows.more
            self._say("not found in the rows that are here; + reads more" if is_cut else "not found")
