"""The field that holds a form's input as JSON, as it is sent."""

from __future__ import annotations

from textual.widgets import TextArea

from jobtui.app import payload as payloads
from jobtui.app.abridgement import MOST_CHARACTERS, Abridgement
from jobtui.core.errors import UsageError
from jobtui.core.jobs import JsonObject

EMPTY = "{}"
"""What stands there where nothing is given."""

_SHOWN_OF_CUT = 500


class JsonInput(TextArea):
    """A payload as text; of a long one, words for its long parts."""

    def __init__(self, *, id: str) -> None:
        super().__init__(EMPTY, id=id, compact=True, show_line_numbers=False, tab_behavior="focus")
        self.cursor_blink = False
        self.abridged = Abridgement()
        """What stands for the long parts."""
        self._kept_text = ("", "")

    def put(self, text: str, abridged: Abridgement) -> None:
        """Hold a text as it stood before; nobody is told, as with all that doesn't come from the keyboard."""
        self.abridged = abridged
        self._write(text)

    def show(self, payload: JsonObject) -> None:
        """Hold a payload."""
        abridged = Abridgement()
        self.put(payloads.written(abridged.shorten(payload)), abridged)

    def change(self, payload: JsonObject) -> None:
        """Hold the same payload with another value in it."""
        self._write(payloads.written(self.abridged.shorten(payload)))

    def shown(self) -> JsonObject:
        """What stands there. Raises `UsageError` where that is no JSON object."""
        return payloads.parse_payload(self.text)

    def payload(self) -> JsonObject:
        """All of what is meant by that. Raises `UsageError` where that is no JSON object."""
        return self.abridged.restore(self.shown())

    def whole_text(self) -> str:
        """The text without anything left out, as far as it is JSON."""
        if self.text == self._kept_text[0]:
            return self._kept_text[1]
        try:
            shown, whole = self.shown(), self.payload()
        except UsageError:
            return self.text
        return self.text if whole == shown else payloads.written(whole)

    def take(self, text: str) -> None:
        """Hold what an editor left; what is too long for that stays aside."""
        text = payloads.visible(text)
        if len(text) <= MOST_CHARACTERS:
            self._write(text)
            return
        try:
            self.show(self.abridged.restore(payloads.parse_payload(text)))
        except UsageError:
            # Cut off, it is no JSON either, so it can't be sent by mistake.
            self._kept_text = (f"{text[:_SHOWN_OF_CUT]}\n… {len(text):,} characters: Ctrl-E goes on with them", text)
            self._write(self._kept_text[0])

    def make_visible(self) -> None:
        """Spell what was pasted and can't be seen."""
        visible = payloads.visible(self.text)
        if visible != self.text:
            row, column = self.cursor_location
            column = len(payloads.visible(self.document.get_line(row)[:column]))
            self._write(visible)
            self.move_cursor((row, column))

    def _write(self, text: str) -> None:
        with self.prevent(TextArea.Changed):
            self.text = text
