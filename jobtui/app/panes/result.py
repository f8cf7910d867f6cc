"""The result pane: what the keys mean in whatever viewer shows the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on

from jobtui.app.panes.result_files import ResultFiles
from jobtui.app.panes.result_tabs import INPUT, RAW
from jobtui.app.panes.tabbed_result import FIRST_ROWS
from jobtui.app.panes.viewers.facts import FactsView
from jobtui.app.panes.viewers.lines import LineView
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

    _search: Input | None = None

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
                self._say("these are all rows")
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

    def copied(self, *, place: bool = False) -> str:
        """What the cursor stands on, or where that is, made fit for a terminal; empty where there is nothing."""
        if self.viewer is None:
            return ""
        text = self.viewer.copy_place() if place else self.viewer.copy_text()
        # The gate turns tabs into spaces, which a spreadsheet would not take for columns.
        return "\t".join(block(part, _CLIPBOARD_LIMIT) for part in text.split("\t"))

    # Search

    def search(self) -> None:
        """Ask what to look for."""
        from textual.widgets import Input

        if self.viewer is not None and not isinstance(self.viewer, LineView) and "Source" in self.labels:
            self._go_to_tab(self.labels.index("Source"))
        if not isinstance(self.viewer, LineView):
            self._say("there is nothing to search in")
            return
        if self._search is None:
            self._search = Input(placeholder="search", id="result-search", compact=True)
            self._search.cursor_blink = False
            self.mount(self._search, before=self._foot)
        self._search.display = True
        self._search.value = ""
        self.screen.set_focus(self._search)

    def end_search(self) -> bool:
        """Take the search away; returns whether there was one."""
        line = self._search
        viewer = self.viewer
        searching = bool(line and line.display) or bool(viewer and viewer.needle)
        if line is not None and line.display:
            line.display = False
            if self.screen.focused in {line, None}:
                self.focus()
        if viewer is not None and viewer.needle:
            viewer.search("")
            self._show_note()
        return searching

    def leave_search_line(self) -> None:
        """Close the line in which a search is typed, if it is open."""
        if self._search is not None and self._search.display:
            self.end_search()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Look for it while it is typed."""
        message.stop()
        if self.viewer is not None and message.input.display:
            self._say_found(self.viewer.search(message.value) or not message.value)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go on from the place that was found."""
        message.stop()
        message.input.display = False
        self.focus()

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
