"""The keys of the focused pane and those heard everywhere, from the one table of actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from jobtui.app.actions import ACTIONS, BY_ID, Action, Where, keys_of, shown_key
from jobtui.app.display import STATE_STYLES
from jobtui.core.filters import FIELDS
from jobtui.core.states import JobState

_KEY_WIDTH = 16
_STATES = {
    JobState.QUEUED: "waits at the service",
    JobState.RUNNING: "is worked on",
    JobState.CANCELLING: "was asked to end",
    JobState.SUCCEEDED: "has a result",
    JobState.FAILED: "ended with an error",
    JobState.CANCELLED: "was ended",
    JobState.UNKNOWN: "the service uses a word that jobtui doesn't know",
    JobState.LOST: "the service no longer knows it",
}


class HelpScreen(ModalScreen[None]):
    """Scrolls with the usual keys; any of the closing ones closes it."""

    BINDINGS = [
        ("escape,q,question_mark,f1", "dismiss", "Close"),
        ("j,down", "scroll(1)", "Down"),
        ("k,up", "scroll(-1)", "Up"),
        ("ctrl+d", "scroll_pages(0.5)", "Half a page down"),
        ("ctrl+u", "scroll_pages(-0.5)", "Half a page up"),
        ("pagedown,space", "scroll_pages(1)", "Page down"),
        ("pageup", "scroll_pages(-1)", "Page up"),
        ("g,home", "scroll(-9999)", "Top"),
        ("G,end", "scroll(9999)", "End"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, pane: str, overrides: Mapping[str, str]) -> None:
        """Take the name of the pane that has the focus, and the user's keys."""
        super().__init__(id="help")
        self._pane = pane
        self._overrides = overrides

    def compose(self) -> ComposeResult:
        """Three tables: this pane's keys, everybody's, and the states."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(self._table(f"Keys in the {self._pane}", self._told_here()))
            everywhere = [(action, action.help) for action in ACTIONS if action.where is Where.EVERYWHERE]
            yield Static(self._table("Keys everywhere", everywhere))
            if self._pane == "list":
                yield Static(_filters())
            yield Static(_states())
            yield Static(
                Content.styled(
                    f"Mouse: click selects, a double click opens. To select text, hold Shift while you "
                    "drag, or Option in macOS's terminals; or leave the mouse to the terminal with "
                    f"{self._keys('mouse')}. {self._keys('zoom')} shows one pane alone.\nEsc closes this.",
                    "$foreground 60%",
                )
            )

    def on_mount(self) -> None:
        """Say in the frame what this is."""
        self.query_one(".dialog").border_title = Content("Help")

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by so many heights of the dialog, with a line of the last one kept."""
        height = self.query_one(VerticalScroll).scrollable_content_region.height
        self.action_scroll(int(pages * max(2, height - 1)))

    def _keys(self, action_id: str) -> str:
        action = BY_ID[action_id]
        return " ".join(shown_key(key) for key in keys_of(action, self._overrides)) or f"“{action.label}”"

    def _told_here(self) -> list[tuple[Action, str]]:
        """The actions of the pane, and what each does there."""
        if self._pane == "progress":
            return [(action, action.progress) for action in ACTIONS if action.progress]
        where = Where.VIEWER if self._pane == "result" else Where.LIST
        return [(action, action.help) for action in ACTIONS if action.where is where]

    def _table(self, title: str, told: Iterable[tuple[Action, str]]) -> Content:
        lines = [Content.styled(title, "bold $text-accent")]
        for action, meaning in told:
            keys = " ".join(shown_key(key) for key in keys_of(action, self._overrides))
            if keys:
                lines.append(Content.assemble((f"{keys:<{_KEY_WIDTH}}", "bold"), meaning))
        return Content("\n").join(lines)


def _filters() -> Content:
    terms = [
        ("words", "name, address or message hold them"),
        *((known.example, known.description) for known in FIELDS.values()),
        ("~^kriging", "a regular expression finds name, address or message"),
        ("-state:failed", "a minus turns a term round; all terms must hold"),
    ]
    lines = [Content.assemble((f"{term:<{_KEY_WIDTH}}", "bold"), meaning) for term, meaning in terms]
    return Content("\n").join([Content.styled("Filters", "bold $text-accent"), *lines])


def _states() -> Content:
    lines = [Content.styled("States", "bold $text-accent")]
    for state, words in _STATES.items():
        lines.append(Content.assemble((f"{state.glyph} {state.value:<{_KEY_WIDTH - 2}}", STATE_STYLES[state]), words))
    lines.append(Content(f"{'~':<{_KEY_WIDTH}}an estimate, and never more than that"))
    return Content("\n").join(lines)
