"""What the result pane asks of a viewer, whatever it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.widget import Widget

from jobtui.app.actions import OWN_KEYS


class Viewer(Widget):
    """One way to look at a result. It never has the focus itself: the pane has, and hands on what the keys mean."""

    keys: Mapping[str, str] = OWN_KEYS
    """The user's own, which hints name; the pane says which."""
    can_sift: ClassVar[bool] = False
    """Whether it has lines of which a filter can show some."""

    @property
    def note(self) -> str:
        """What the pane's last line says of this view; empty for nothing."""
        return ""

    @property
    def needle(self) -> str:
        """What was searched for last, folded; empty while nothing is."""
        return ""

    @property
    def filter_text(self) -> str:
        """What all that is shown holds; empty while everything is shown."""
        return ""

    @property
    def hits(self) -> tuple[int, int]:
        """Which of the places found the cursor stands at, from 1 on and 0 for none, and how many there are.

        No more are counted than one beyond `MOST_HITS`.
        """
        return 0, 0

    def set_active(self, *, active: bool) -> None:
        """Whether the keys go here now, so that the cursor shows it."""

    def move_cursor(self, lines: int) -> None:
        """Move the cursor down by so many lines, up by negative ones."""

    def move_page(self, pages: float) -> None:
        """Move the cursor by so many heights of the viewer."""

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first or the last line."""

    def move_sideways(self, steps: int) -> None:
        """Show what stands further right, or left with negative steps."""

    def activate(self) -> bool:
        """Do what Enter does on the cursor's line; returns whether there was something to do."""
        return False

    def search(self, text: str) -> bool:
        """Look for text from the cursor on; an empty one ends the search. Returns whether it was found."""
        return False

    def step_match(self, step: int) -> bool:
        """Go to the next place that was found, or the previous one with -1."""
        return False

    def sift(self, text: str) -> Iterator[None]:
        """Show only what holds the text, everything with an empty one.

        Yields:
            Between bites, where there is much to look through; what is shown changes after the last.
        """
        return iter(())

    def toggle_wrap(self) -> bool:
        """Break long lines, or no longer; returns whether this viewer has such a thing."""
        return False

    def fold_all(self, *, unfold: bool) -> bool:
        """Fold or unfold everything; returns whether this viewer has such a thing."""
        return False

    def widen(self, cells: int) -> bool:
        """Make the current column wider, narrower with a negative number, as wide as it needs or as at first with 0.

        Returns:
            Whether this viewer has columns.
        """
        return False

    def copy_text(self) -> str:
        """What the cursor stands on, as text to copy: the true text, not what is shown of it."""
        return ""

    def copy_place(self) -> str:
        """Where that stands, or all that stands beside it; empty where there is no such thing."""
        return ""

    def release(self) -> None:
        """Give back what the viewer holds outside of itself, before it goes."""
