"""Where a filter is typed: checked while it is typed, completed on request, and kept until it is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from jobtui.core.filters import Filter, FilterError, complete
from jobtui.core.text import one_line

_HINT = "words, ~regex, state:failed, source:NAME, age<2h, progress>0.5, -word    Tab completes"


class FilterBar(Horizontal):
    """One line under the health line while a filter is typed or in force."""

    BINDINGS = [Binding("escape", "give_up", show=False), Binding("down", "keep", show=False)]

    @dataclass
    class Changed(Message):
        """Another filter holds, or none."""

        filter: Filter | None
        text: str

    @dataclass
    class Left(Message):
        """The user is done typing."""

    def __init__(self, json_columns: Mapping[str, str]) -> None:
        """Nothing is filtered yet.

        Args:
            json_columns: Paths into answers, by the names that terms compare what they find by.
        """
        super().__init__(id="filter-bar")
        self._json_columns = json_columns
        self._input = _Typing(self)
        self._input.cursor_blink = False
        self._note = Static(markup=False, id="filter-note")
        self._before = ""
        self.text = ""
        """The filter in force, as it was typed; empty where there is none."""
        self.values: Mapping[str, Sequence[str]] = {}
        """What the fields can be completed with, by field."""
        self.named: Mapping[str, Filter] = {}
        """Filters that no terms can say, by the text that stands for them."""

    def compose(self) -> ComposeResult:
        """A slash, the text, and what is wrong with it."""
        yield Static("/", markup=False, id="filter-mark")
        yield self._input
        yield self._note

    def edit(self) -> None:
        """Let the user type."""
        self._before = self.text
        self.add_class("-open", "-typing")
        # At once, not after the keys that are under way already: they are text.
        self.screen.set_focus(self._input)
        self._tell(_HINT)

    def set_text(self, text: str) -> None:
        """Put a filter in force without typing; empty takes it away."""
        with self.prevent(Input.Changed):
            self._input.value = text
        self._apply(text)
        self.set_class(bool(text), "-open")

    def action_give_up(self) -> None:
        """Back to the filter that was in force before the typing."""
        self.set_text(self._before)
        self._leave()

    def action_keep(self) -> None:
        """Keep what was typed and go back to the list; what is wrong with it stays to be mended."""
        typed = self._input.value
        if typed.strip() and typed != self.text:
            self._apply(typed, finished=True)
        else:
            self._leave()

    def completed(self, value: str) -> str | None:
        """The text with the likeliest end for its last word; `None` where nothing is known."""
        start = max(value.rfind(" "), value.rfind("\t")) + 1
        # A name that can't be shown as it is can't be offered either.
        offered = [term for term in self._candidates(value) if one_line(term) == term]
        return value[:start] + offered[0] if offered else None

    def _candidates(self, text: str) -> tuple[str, ...]:
        return complete(text, len(text), self.values, self._json_columns)

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        event.stop()
        self._apply(event.value)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def _on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.remove_class("-typing")
        self.set_class(bool(self.text), "-open")

    def _leave(self) -> None:
        if self._input.value != self.text:
            self.set_text(self.text)
        self.set_class(bool(self.text), "-open")
        self.post_message(self.Left())

    def _apply(self, text: str, *, finished: bool = False) -> None:
        """Take the text as the filter; one that can't be read leaves the last good one in force and says why."""
        offered = one_line("  ".join(self._candidates(text)), 200)
        try:
            wanted = self.named.get(text.strip()) or (Filter.parse(text, self._json_columns) if text.strip() else None)
        except FilterError as error:
            # A term that is only not finished yet is no mistake.
            self.set_class(finished or not offered, "-wrong")
            if offered and not finished:
                self._tell(offered)
                return
            self._tell(one_line(error.in_full.removeprefix("filter: "), 300))
            return
        self.remove_class("-wrong")
        self._tell(offered if text else _HINT)
        self.text = text if wanted else ""
        self.post_message(self.Changed(wanted, self.text))

    def _tell(self, words: str) -> None:
        self._note.update(Content(words), layout=False)


class _Typing(Input):
    """The filter's text; at its end → and Tab take what is offered first."""

    BINDINGS = [Binding("tab", "complete", show=False)]

    def __init__(self, bar: FilterBar) -> None:
        super().__init__(placeholder="filter", compact=True, suggester=_Completion(bar))
        self._bar = bar

    def action_cursor_right(self, select: bool = False) -> None:
        """Further right; at the end, complete the last word."""
        if select or not self._complete():
            super().action_cursor_right(select)

    async def action_complete(self) -> None:
        """Complete the last word; where nothing is known, go on to the next pane."""
        if not self._complete():
            await self.run_action("screen.next_pane")

    def _complete(self) -> bool:
        completed = self._bar.completed(self.value) if self.cursor_position == len(self.value) else None
        if completed is not None:
            self.value = completed
            self.cursor_position = len(completed)
        return completed is not None


class _Completion(Suggester):
    """The rest of the word at the end of the text, where it begins what is likeliest."""

    def __init__(self, bar: FilterBar) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._bar = bar

    async def get_suggestion(self, value: str) -> str | None:
        completed = self._bar.completed(value)
        return completed if completed is not None and completed.startswith(value) else None
