"""What all dialogs have in common: each is answered once."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A screen over the others that closes with its first answer, and takes away itself and what lies over it, no more.

    Keys act faster than screens close: a second Enter reaches a dialog that was answered by the first, and Textual
    would close whatever is on top by then.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; a dialog that is closed already is left alone."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            # Such as help: what it is about goes.
            self.app.screen.dismiss()
        return super().dismiss(result)
