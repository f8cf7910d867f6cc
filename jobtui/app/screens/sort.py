"""The menu of the list's orders."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.app.screens.dialog import Dialog

_WORDS = {
    SortKey.ACTIVITY: "what runs first, then the newest",
    SortKey.CREATED: "the newest first",
    SortKey.FINISHED: "the last finished first",
    SortKey.SOURCE: "by source",
    SortKey.NAME: "by name",
    SortKey.STATE: "by state",
    SortKey.PROGRESS: "the furthest first",
    SortKey.DURATION: "the longest first",
    SortKey.ETA: "the soonest done first",
    SortKey.MESSAGE: "by what the service tells of it",
    SortKey.NATIVE: "by the service's own word for its state",
    SortKey.KIND: "by workflow, task or model",
    SortKey.ID: "by the service's id, numbers in their order",
    SortKey.PROVIDER: "by kind of API",
    SortKey.SEEN: "the last looked at first",
}


class SortScreen(Dialog[Order | None]):
    """Dismissed with the chosen order; choosing the present one again turns it round."""

    BINDINGS = [
        ("escape,q,s", "give_up", "Close"),
        ("j", "move(1)", "Down"),
        ("k", "move(-1)", "Up"),
        ("r", "reverse", "Turn round"),
        ("g", "group", "Group"),
    ]

    def __init__(self, order: Order) -> None:
        super().__init__(id="sort")
        self._order = order

    def compose(self) -> ComposeResult:
        """One line an order, the present one marked."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Order by", "bold"))
            yield OptionList(*(self._option(key) for key in SortKey), markup=False, compact=True)
            groups = list(GroupBy)
            following = groups[(groups.index(self._order.group) + 1) % len(groups)]
            grouping = "g ungroups" if following is GroupBy.NOTHING else f"g groups by {following.value}"
            yield Static(
                Content.styled(f"Enter takes it, r turns the present one round, {grouping}", "$foreground 60%"),
                classes="note",
            )

    def on_mount(self) -> None:
        """Begin at the present order."""
        self.query_one(OptionList).highlighted = list(SortKey).index(self._order.key)

    def _option(self, key: SortKey) -> Option:
        present = key is self._order.key
        arrow = ("▲" if self._order.reverse else "▼") if present else " "
        return Option(
            Content.assemble((f"{arrow} {key.value:<10}", "bold" if present else ""), (_WORDS[key], "$foreground 60%")),
            id=key.value,
        )

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        key = list(SortKey)[event.option_index]
        reverse = not self._order.reverse if key is self._order.key else False
        self.dismiss(replace(self._order, key=key, reverse=reverse))

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one(OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_reverse(self) -> None:
        """Turn the present order round."""
        self.dismiss(replace(self._order, reverse=not self._order.reverse))

    def action_group(self) -> None:
        """Keep rows together by the next thing: nothing, source, state."""
        groups = list(GroupBy)
        self.dismiss(replace(self._order, group=groups[(groups.index(self._order.group) + 1) % len(groups)]))

    def action_give_up(self) -> None:
        """Leave the order as it is."""
        self.dismiss(None)
