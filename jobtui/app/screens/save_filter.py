"""A name for the filter in force."""

from __future__ import annotations

from collections.abc import Collection

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from jobtui.app.screens.dialog import Dialog
from jobtui.core.text import one_line

_NAME_CHARACTERS = 40


class SaveFilterScreen(Dialog[str | None]):
    """Dismissed with the name, or with nothing."""

    BINDINGS = [("escape", "give_up", "Close")]

    def __init__(self, text: str, *, known: Collection[str], configured: Collection[str]) -> None:
        """Ask for a name.

        Args:
            text: The filter.
            known: Names that were given before: they may be given anew.
            configured: Names in the configuration, which are not the app's to change.
        """
        super().__init__(id="save-filter")
        self._text = text
        self._known = known
        self._configured = configured

    def compose(self) -> ComposeResult:
        """The filter, its name, and what is wrong with that."""
        name = Input(placeholder="name", compact=True, max_length=_NAME_CHARACTERS)
        name.cursor_blink = False
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Save this filter", "bold"))
            yield Static(Content(one_line(self._text, 300)), classes="label")
            yield name
            yield Static(markup=False, classes="wrong")
            yield Static(Content("Enter saves it as a tab over the list"), classes="note")

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        name = event.value.strip()
        words = ""
        if name in self._configured:
            words = "The configuration has one of that name, under [filters]."
        elif name in self._known:
            words = "Takes the place of the one that has this name."
        line = self.query_one(".wrong", Static)
        line.update(Content(words))
        line.set_class(bool(words), "-shown")

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        if name and name not in self._configured:
            self.dismiss(name)

    def action_give_up(self) -> None:
        """Save nothing."""
        self.dismiss(None)
