"""What was started at a source before, to start from."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from jobtui.app.abridgement import Abridgement
from jobtui.app.inputs import Draft
from jobtui.app.payload import written
from jobtui.app.screens.dialog import TO_THE_ENDS, UP_AND_DOWN, ListDialog
from jobtui.core.text import block, one_line
from jobtui.engine.port import SubmitRecord

_OUTCOMES = {
    "made": ("✓", "$text-success", ""),
    "refused": ("✗", "$text-error", "turned down"),
    "unknown": ("?", "$text-warning", "outcome unknown"),
    "sent": ("⋯", "$foreground 60%", "being sent"),
}
_MOST_CHARACTERS = 4_000


class EarlierScreen(ListDialog[SubmitRecord | Draft | None]):
    """Dismissed with a submission or a draft, or with nothing."""

    BINDINGS = [("escape,q", "give_up", "Close"), *UP_AND_DOWN, *TO_THE_ENDS]

    def __init__(self, source: str, records: Sequence[SubmitRecord], drafts: Sequence[Draft] = ()) -> None:
        """Offer them, the newest first; at least one.

        Args:
            source: Where the submissions were sent to.
            records: The submissions.
            drafts: What was left unsent, wherever it was meant for.
        """
        super().__init__(id="earlier")
        self._source = source
        self._entries: tuple[SubmitRecord | Draft, ...] = (*drafts, *records)
        self._title = f"{'Left unsent, and started' if drafts else 'Started'} before at"

    def compose(self) -> ComposeResult:
        """A line each, and the input of the one under the cursor."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(f"{self._title} {one_line(self._source, 60)}", "bold"))
            yield OptionList(*(_line(entry) for entry in self._entries), markup=False, compact=True)
            yield Static(markup=False, id="earlier-input")
            yield Static(Content("Enter takes its input into the form, Esc leaves the form as it is"), classes="note")

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        entry = self._entries[event.option_index]
        text = entry.text if isinstance(entry, Draft) else written(Abridgement().shorten(entry.payload))
        self.query_one("#earlier-input", Static).update(Content(block(text, _MOST_CHARACTERS)))

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._entries[event.option_index])


def _line(record: SubmitRecord | Draft) -> Content:
    if isinstance(record, Draft):
        words = f"draft, not sent, for {one_line(record.source, 60)}"
        return Content.assemble(
            ("✎ ", "$text-accent"), (one_line(record.target, 60) or "no target yet", "bold"), "  ", words
        )
    glyph, style, words = _OUTCOMES.get(record.outcome, ("?", "", record.outcome))
    became = one_line(str(record.job_id) if record.job_id else words, 200)
    return Content.assemble((f"{glyph} ", style), (one_line(record.target, 60), "bold"), "  ", (became, style))
