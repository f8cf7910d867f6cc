"""What all dialogs have in common: each is answered once."""

from __future__ import annotations

from textual import events, messages
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import OptionList
from textual.worker import NoActiveWorker, Worker, get_current_worker

from jobtui.app.places import PaintedScreen
from jobtui.app.styles import later_sheets

UP_AND_DOWN = (("j,down", "move(1)", "Down"), ("k,up", "move(-1)", "Up"))
TO_THE_ENDS = (("g,home", "go_to_end(False)", "Top"), ("G,end", "go_to_end(True)", "Bottom"))
_TOO_LATE = (events.InputEvent, events.Resize, events.Timer)


class AnsweredOnce(PaintedScreen[ScreenResultType]):
    """A screen over the others that closes with its first answer, and takes away itself and what lies over it, no more.

    Keys act faster than screens close: a second Enter reaches a dialog that was answered by the first, and Textual
    would close whatever is on top by then. What its parts still tell, and what its workers still find out, would be
    looked for in a screen whose parts are gone.
    """

    _is_over = False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer; a dialog that is closed already is left alone."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            # Such as help: what it is about goes.
            self.app.screen.dismiss()
        closing = super().dismiss(result)
        self._is_over = self not in self.app.screen_stack
        for worker in list(self.workers):
            if worker.node is self and worker is not _own_worker():
                worker.cancel()
        return closing

    async def _dispatch_message(self, message: Message) -> None:
        # Private, and the one place that all messages pass.
        if not (self._is_over and _is_of_parts(message)):
            await super()._dispatch_message(message)


class Dialog(ModalScreen[ScreenResultType], AnsweredOnce[ScreenResultType]):
    """A dialog of ours. Textual's own class stands first: style sheets and bindings come by the first base alone."""

    # Read by the time that one is opened, but for what is typed before the first screen stands.
    CSS_PATH = [*later_sheets()]

    def on_screen_resume(self) -> None:
        """Show notices alone: the screens below have the same ones, and show them again once they are on top."""
        for screen in self.app.screen_stack[:-1]:
            for rack in screen.query("ToastRack"):
                rack.display = False


class ListDialog(Dialog[ScreenResultType]):
    """A dialog whose cursor stands on a line of its one list; the list hears the arrows by itself."""

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        options = self.query_one(OptionList)
        if rows > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_go_to_end(self, is_last: bool) -> None:
        """Move the cursor to the first line, or to the last."""
        options = self.query_one(OptionList)
        if is_last:
            options.action_last()
        else:
            options.action_first()

    def action_give_up(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)


def _is_of_parts(message: Message) -> bool:
    """Whether the message is neither Textual's own nor about the screen's life."""
    if isinstance(message, events.Event):
        return isinstance(message, _TOO_LATE)
    return type(message).__module__ != messages.__name__


def _own_worker() -> Worker[object] | None:
    try:
        return get_current_worker()
    except NoActiveWorker:
        return None
