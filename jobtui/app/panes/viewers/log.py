"""What a job writes while it runs, its end in sight."""

from __future__ import annotations

import re

from jobtui.app.panes.viewers.text import TextView

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class LogView(TextView):
    """Text that grows: its end is followed while the cursor stands on the last line, and from there on again."""

    def __init__(self, text: str, *, is_live: bool) -> None:
        """Take the log, and whether more is to come."""
        super().__init__(_as_written(text))
        self._is_live = is_live
        self._follows = True
        self._viewport.put(self.line_count - 1, self.line_count, 1)

    @property
    def note(self) -> str:
        """How long it is, and whether what is written next will be in sight."""
        if not self._is_live:
            return super().note
        return f"{super().note} · {'follows the end' if self._follows else 'stands still: G follows the end'}"

    def take(self, text: str, *, is_live: bool) -> None:
        """Show the log as it is by now; where the end isn't followed, what is in sight stays."""
        before, self._is_live = self._source, is_live
        self.put_text(_as_written(text))
        if self._source == before:
            return
        self.sift_anew()
        self.lay_out()
        if self._follows:
            self._go_to(self.line_count - 1)

    def go_to_entry(self, entry: int) -> None:
        """Where the end is followed, stay there."""
        if self._follows:
            self._go_to(self.line_count - 1)
        else:
            super().go_to_entry(entry)

    def _go_to(self, number: int) -> None:
        super()._go_to(number)
        if self.line_count:
            self._follows = self.cursor == self.line_count - 1


def _as_written(text: str) -> str:
    """The log as a terminal would have it: without colours, and of a line that was written over its last state."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _COLOUR.sub("", text).rstrip("\n").split("\n"))
    return "\n".join(lines)
