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
    """Dismissed with the name, empty for a filter to be forgotten, or with nothing."""

    BINDINGS = [("escape", "give_up", "Close")]

    def __init__(
        self, text: str, *, known: Collection[str], configured: Collection[str], name: str = "", key: str = "S"
    ) -> None:
        """Ask for a name.

        Args:
            text: The filter.
            known: Names that were given before: they may be given anew.
            configured: Names in the configuration, which are not the app's to change.
            name: What the filter is called already: it may get another name, or none, which forgets it.
            key: What opens this.
        """
        super().__init__(id="save-filter")
        self._text = text
        self._known = known
        self._configured = configured
        self._name_before = name
        self._key = key

    def compose(self) -> ComposeResult:
        """The filter, its name, and what is wrong with that."""
        saved = self._name_before
        # A name may be longer where it comes from a file of the user's own.
        name = Input(saved, placeholder="name", compact=True, max_length=max(_NAME_CHARACTERS, len(saved)))
        name.cursor_blink = False
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Rename or forget this filter" if saved else "Save this filter", "bold"))
            yield Static(Content(one_line(self._text, 300)), classes="label")
            yield name
            yield Static(markup=False, classes="wrong")
            yield Static(Content(self._note(saved)), classes="note")

    def _note(self, saved: str) -> str:
        if saved:
            return "Enter renames it; without a name it is forgotten, after a question"
        return f"Enter saves it as a tab over the list; {self._key} on that tab renames or forgets it"

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        name = event.value.strip()
        words = ""
        if name in self._configured:
            words = "The configuration has one of that name, under [filters]."
        elif name in self._known and name != self._name_before:
            words = "Another one has this name." if self._name_before else "Takes the place of the one of this name."
        line = self.query_one(".wrong", Static)
        line.update(Content(words))
        line.set_class(bool(words), "-shown")

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        is_taken = bool(self._name_before) and name != self._name_before and name in self._known
        if (name or self._name_before) and name not in self._configured and not is_taken:
            self.dismiss(name)

    def action_give_up(self) -> None:
        """Save nothing."""
        self.dismiss(None)
