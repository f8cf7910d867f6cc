"""The line of saved filters over the list: one is in force, or none of them."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from jobtui.core.text import one_line

_NAME_CELLS = 24


class FilterTabs(Widget):
    """One line; the tab in force is always on it, however narrow the screen."""

    names: reactive[tuple[str, ...]] = reactive(())
    """The saved filters, in order."""
    keys: reactive[tuple[str, ...]] = reactive(())
    """The key of each that has one."""
    chosen: reactive[str | None] = reactive("")
    """The name of the filter in force; empty for none at all, `None` for one that isn't saved."""

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        name: str
        """Empty for all jobs."""

    def __init__(self) -> None:
        super().__init__(id="filter-tabs")
        self._ends: list[tuple[int, str]] = []

    def render(self) -> Content:
        """As many tabs as fit, from the first on unless the one in force would not be seen."""
        tabs = [("", self._tab("", "all"))]
        for number, name in enumerate(self.names):
            key = self.keys[number] if number < len(self.keys) else ""
            tabs.append((name, self._tab(name, one_line(name, _NAME_CELLS), key)))
        at = next((place for place, (name, _) in enumerate(tabs) if name == self.chosen), 0)
        first = 0
        while first < at and sum(tab.cell_length for _, tab in tabs[first : at + 1]) > self.size.width - 2:
            first += 1
        shown = [Content.styled("… " if first else " ", "$foreground 60%")]
        end = shown[0].cell_length
        self._ends = []
        for name, tab in tabs[first:]:
            shown.append(tab)
            end += tab.cell_length
            self._ends.append((end, name))
        return Content("").join(shown).truncate(self.size.width, ellipsis=True)

    def _tab(self, name: str, words: str, key: str = "") -> Content:
        style = "bold reverse" if name == self.chosen else "$foreground"
        return Content.assemble((f"{key} " if key else "", "$foreground 60%"), (f" {words} ", style), "  ")

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        name = next((name for end, name in self._ends if event.x < end), None)
        if name is not None:
            self.post_message(self.Chosen(name))
