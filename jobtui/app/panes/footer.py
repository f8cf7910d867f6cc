"""The bottom line: the most useful keys of the focused pane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jobtui.app.actions import keys_in, shown_key, told
from jobtui.app.options import UserCommand

LIST_KEYS = ("open", "cancel", "new", "view-result", "download", "filter", "mark", "help")
PROGRESS_KEYS = ("back", "open", "cancel", "clone", "refresh", "payload", "zoom", "help")
RESULT_KEYS = ("back", "search", "next-tab", "download", "copy-value", "export-csv", "more", "zoom", "help")


class Footer(Widget):
    """Key hints; nothing here moves unless the focus does."""

    shown: reactive[tuple[str, ...]] = reactive(LIST_KEYS)
    """Ids of the actions to tell, the most useful first; what doesn't fit is left out."""

    def __init__(self, overrides: Mapping[str, str], commands: Iterable[UserCommand] = ()) -> None:
        super().__init__(id="footer")
        self._overrides = overrides
        self._commands = [(shown_key(keys[0]), one.title) for one in commands if (keys := keys_in(one.keys))]

    def render(self) -> Content:
        """As many whole hints as fit; help is always among them."""
        hints = told(self.shown, self._overrides)
        last = hints[-1:]
        hints[-1:] = [*self._commands, *last]
        room = self.size.width - sum(len(key) + len(label) + 4 for key, label in last)
        parts: list[Content] = []
        for key, label in hints[:-1]:
            room -= len(key) + len(label) + 4
            if room < 0:
                break
            parts.append(_hint(key, label))
        parts.extend(_hint(key, label) for key, label in last)
        return Content("").join(parts)


def _hint(key: str, label: str) -> Content:
    return Content.assemble((f" {key} ", "bold $text-accent"), (f"{label}  ", "$foreground 60%"))
