"""Two jobs side by side: what they were started with, when and how they ran, and what came of them."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from jobtui.app.comparison import Side, compare
from jobtui.app.display import STATE_STYLES, count_words, hits_words
from jobtui.app.inputs import known_submission
from jobtui.app.panes.viewers.comparison import ComparisonView
from jobtui.app.screens.dialog import Dialog
from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job
from jobtui.core.text import one_line
from jobtui.engine.port import EnginePort

_MOST_ROWS = 50
_ASKING = "asking for it…"


class CompareScreen(Dialog[None]):
    """Shows what differs at first; what has to be asked for comes when it comes."""

    BINDINGS = [
        ("escape", "back", "End the search, else close"),
        ("q,d", "dismiss", "Close"),
        ("slash", "search", "Look for text"),
        ("j,down", "move(1)", "Down"),
        ("k,up", "move(-1)", "Up"),
        ("ctrl+d,pagedown,space", "page(0.5)", "Half a page down"),
        ("ctrl+u,pageup", "page(-0.5)", "Half a page up"),
        ("g,home", "end(False)", "Top"),
        ("G,end", "end(True)", "Bottom"),
        ("n", "step(1)", "Next difference or match"),
        ("N", "step(-1)", "Previous difference or match"),
        ("a", "everything", "Show everything, or only what differs"),
        ("h,left", "sideways(-1)", "Left"),
        ("l,right", "sideways(1)", "Right"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, engine: EnginePort, left: Job, right: Job, clock: Clock) -> None:
        super().__init__(id="compare")
        self._engine = engine
        self._clock = clock
        self._sides = [Side(job, why_no_payload=_ASKING, why_no_result=_before_asking(job)) for job in (left, right)]
        self._view = ComparisonView()
        self._note = Static(markup=False, id="compare-note")
        self._search = Input(placeholder="search", id="compare-search", compact=True)
        self._search.cursor_blink = False
        self._search.display = False

    def compose(self) -> ComposeResult:
        """Which two they are, the facts, and what the keys do."""
        with Vertical(id="compare-frame"):
            for letter, side in zip("AB", self._sides, strict=True):
                yield Static(_heading(letter, side.job), classes="compare-job")
            yield self._view
            yield self._search
            yield self._note

    def on_mount(self) -> None:
        """Show what is known, and ask for the rest."""
        self.query_one("#compare-frame").border_title = Content("Compare")
        self._view.set_active(active=True)
        self._show()
        self._ask()

    @work(group="compare", exclusive=True)
    async def _ask(self) -> None:
        await asyncio.gather(*(self._ask_about(number) for number in (0, 1)))

    async def _ask_about(self, number: int) -> None:
        job = self._sides[number].job
        began = await known_submission(self._engine, job)
        result, why = None, ""
        if job.state.is_final:
            try:
                result = await self._engine.fetch_result(job.id, limit=_MOST_ROWS)
            except JobtuiError as error:
                why = f"can't be read: {error}"
        why_no_payload = f"can't be read: {began.trouble}" if began.trouble else "not known here"
        self._sides[number] = Side(job, began.payload, result, why or _before_asking(job), why_no_payload)
        self._show()

    def _show(self) -> None:
        left, right = self._sides
        self._view.take(compare(left, right, self._clock.now()))
        self._tell()

    def _tell(self, words: str = "") -> None:
        if words or self._view.needle:
            steps = "n N next, previous · Esc ends the search"
            told = words or f"{hits_words(*self._view.hits)} · {steps}"
            self._note.update(Content.styled(told, "$foreground 60%"), layout=False)
            return
        other = "only what differs" if self._view.everything else "everything"
        count = count_words(self._view.differences, "difference")
        told = f"{count} · n N next, previous · / search · a {other} · Esc closes"
        self._note.update(Content.styled(told, "$foreground 60%"), layout=False)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._view.move_cursor(lines)
        self._tell_place()

    def action_page(self, pages: float) -> None:
        """Move by so many heights."""
        self._view.move_page(pages)
        self._tell_place()

    def action_end(self, bottom: bool) -> None:
        """Go to the first or the last line."""
        self._view.move_to_end(bottom=bottom)
        self._tell_place()

    def _tell_place(self) -> None:
        if self._view.hits[1]:
            self._tell()

    def action_sideways(self, steps: int) -> None:
        """Show what stands further right or left."""
        self._view.move_sideways(steps)

    def action_step(self, step: int) -> None:
        """Go to the next match while something is searched for, else to the next difference; or the previous one."""
        if not self._view.needle:
            self._view.step_difference(step)
        elif self._view.step_match(step):
            self._tell()
        else:
            self._tell("not found")

    def action_search(self) -> None:
        """Ask what to look for."""
        self._search.display = True
        self._search.value = ""
        self.set_focus(self._search)

    def action_back(self) -> None:
        """End the search, else close."""
        if not self._search.display and not self._view.needle:
            self.dismiss()
            return
        self._search.display = False
        self.set_focus(None)
        self._view.search("")
        self._tell()

    @on(Input.Changed)
    def _look_for(self, event: Input.Changed) -> None:
        if event.input.display:
            self._tell("" if self._view.search(event.value) or not event.value else "not found")

    @on(Input.Submitted)
    def _go_on(self) -> None:
        self._search.display = False
        self.set_focus(None)

    def action_everything(self) -> None:
        """Show what is equal too, or no longer."""
        self._view.show_everything(not self._view.everything)
        self._tell()


def _before_asking(job: Job) -> str:
    return _ASKING if job.state.is_final else "not finished"


def _heading(letter: str, job: Job) -> Content:
    return Content.assemble(
        (f"{letter} ", "bold"),
        (f"{job.state.glyph} ", STATE_STYLES[job.state]),
        (one_line(str(job.id), 300), "bold"),
        f"  {one_line(job.name, 100)}" if job.name else "",
        (f"  {job.state.value}", STATE_STYLES[job.state]),
    )
