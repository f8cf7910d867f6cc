"""The menu of the list's orders."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.app.screens.dialog import UP_AND_DOWN, ListDialog
from jobtui.core.structs import replace

_WORDS = {
    SortKey.ACTIVITY: ("what runs first, then the newest", "what is over first, the oldest on top"),
    SortKey.CREATED: ("the newest first", "the oldest first"),
    SortKey.FINISHED: ("the last finished first", "the first finished first"),
    SortKey.SOURCE: ("by source, a to z", "by source, z to a"),
    SortKey.NAME: ("by name, a to z", "by name, z to a"),
    SortKey.STATE: ("what runs first, then what failed", "what was cancelled first, what runs last"),
    SortKey.PROGRESS: ("the furthest first", "the least far first"),
    SortKey.DURATION: ("the longest first", "the shortest first"),
    SortKey.ETA: ("the soonest done first", "the last done first"),
    SortKey.MESSAGE: ("by what the service tells of it, a to z", "by what the service tells of it, z to a"),
    SortKey.NATIVE: ("by the service's own word, a to z", "by the service's own word, z to a"),
    SortKey.KIND: ("by workflow, task or model, a to z", "by workflow, task or model, z to a"),
    SortKey.ID: ("by the service's id, numbers in their order", "by the service's id, the largest first"),
    SortKey.PROVIDER: ("by kind of API, a to z", "by kind of API, z to a"),
    SortKey.SEEN: ("the last looked at first", "the longest not looked at first"),
}


class SortScreen(ListDialog[Order | None]):
    """Dismissed with the order as it stands there, or with nothing."""

    BINDINGS = [
        ("escape,q,s", "give_up", "Close"),
        *UP_AND_DOWN,
        ("home", "go_to_end(False)", "Top"),
        ("G,end", "go_to_end(True)", "Bottom"),
        ("r", "reverse", "Turn round"),
        ("g", "group", "Group"),
    ]

    def __init__(self, order: Order, values: Mapping[str, str]) -> None:
        """Begin with the present order.

        Args:
            order: The present one.
            values: Keys of values that rows can be ordered by, by their columns' names.
        """
        super().__init__(id="sort")
        self._order = order
        self._words: dict[str, tuple[str, str, str]] = {key: (key.value, *words) for key, words in _WORDS.items()}
        for name, key in values.items():
            self._words[key] = (name, f"by {name}, the smallest first", f"by {name}, the largest first")
        self._keys = tuple(self._words)

    def compose(self) -> ComposeResult:
        """One line an order, the present one marked; what keeps rows together below."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Order by", "bold"))
            yield OptionList(*(self._option(key) for key in self._keys), markup=False, compact=True)
            yield Static(self._grouping(), id="sort-group")
            yield Static(
                Content.styled(
                    "Enter takes it, r turns it round, g groups, Esc leaves it as it was", "$foreground 60%"
                ),
                classes="note",
            )

    def on_mount(self) -> None:
        """Begin at the present order."""
        self.query_one(OptionList).highlighted = self._keys.index(self._order.key)

    def _option(self, key: str) -> Option:
        name, *words = self._words[key]
        present = key == self._order.key
        reverse = present and self._order.reverse
        return Option(
            Content.assemble(
                (f"{'✓' if present else ' '} {name:<10}", "bold" if present else ""),
                words[reverse],
            ),
            id=key,
        )

    def _grouping(self) -> Content:
        groups: list[str | tuple[str, str]] = [("Group by", "bold")]
        for group in GroupBy:
            groups += ["  ", (f" {group.value} ", "bold reverse" if group is self._order.group else "$foreground 60%")]
        return Content.assemble(*groups)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._put_order(self._keys[event.option_index])
        self.dismiss(self._order)

    def _put_order(self, key: str) -> None:
        if key != self._order.key:
            self._order = replace(self._order, key=key, reverse=False)

    def action_reverse(self) -> None:
        """Turn the order under the cursor round."""
        options = self.query_one(OptionList)
        self._put_order(self._keys[options.highlighted or 0])
        self._order = replace(self._order, reverse=not self._order.reverse)
        for place, key in enumerate(self._keys):
            options.replace_option_prompt_at_index(place, self._option(key).prompt)

    def action_group(self) -> None:
        """Keep rows together by the next thing: nothing, source, state."""
        groups = list(GroupBy)
        group = groups[(groups.index(self._order.group) + 1) % len(groups)]
        self._order = replace(self._order, group=group)
        self.query_one("#sort-group", Static).update(self._grouping(), layout=False)
