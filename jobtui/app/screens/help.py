"""What can be pressed: the keys of a pane from the one table of actions, those of a dialog from its own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, OptionList, Static

from jobtui.app.actions import ACTIONS, BY_ID, Action, Where, in_lines, keys_in, keys_of, named, shown_key
from jobtui.app.display import STATE_STYLES
from jobtui.app.options import UserCommand
from jobtui.app.screens.dialog import Dialog
from jobtui.core.filters import FIELDS
from jobtui.core.states import JobState
from jobtui.core.text import one_line

_KEY_WIDTH = 15
_STATES = {
    JobState.QUEUED: "waits at the service",
    JobState.RUNNING: "is worked on",
    JobState.CANCELLING: "was asked to end",
    JobState.SUCCEEDED: "has a result",
    JobState.FAILED: "ended with an error",
    JobState.CANCELLED: "was ended",
    JobState.UNKNOWN: "not looked at yet, or in a word that jobtui doesn't know",
    JobState.LOST: "the service no longer knows it",
}
_IN_ALL_DIALOGS = ("help", "redraw", "quit")


class Told(Struct, frozen=True):
    """A line of help: a key or a word, and what it means."""

    word: str
    meaning: str
    style: str = "bold"


class Section(Struct, frozen=True):
    """Lines of help under a title."""

    title: str
    lines: tuple[Told, ...]


class HelpScreen(Dialog[None]):
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

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__(id="help")
        self._sections = sections
        self._tables = [Static() for _ in sections]

    def compose(self) -> ComposeResult:
        """A table for each section."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield from self._tables

    def on_mount(self) -> None:
        """Say in the frame what this is, and what leads on and out of it, in sight at all times."""
        dialog = self.query_one(".dialog")
        dialog.border_title = Content("Help")
        dialog.border_subtitle = Content("j k Space scroll · Esc closes")

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines for the room that there is, so that words never run on under the keys."""
        dialog = self.query_one(".dialog")
        width = dialog.size.width - dialog.styles.scrollbar_size_vertical
        for section, table in zip(self._sections, self._tables, strict=True):
            table.update(_table(section, width))

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by so many heights of the dialog, with a line of the last one kept."""
        height = self.query_one(VerticalScroll).scrollable_content_region.height
        self.action_scroll(int(pages * max(2, height - 1)))


def help_of_pane(
    pane: str,
    overrides: Mapping[str, str],
    json_columns: Iterable[str] = (),
    commands: Sequence[UserCommand] = (),
) -> list[Section]:
    """What is heard in a pane of the main screen, what is heard everywhere, and what the signs mean.

    Args:
        pane: Its name: list, progress or result.
        overrides: The user's own keys.
        json_columns: Names of the columns that the user has configured.
        commands: The user's own commands.
    """
    everywhere = (action for action in ACTIONS if action.where is Where.EVERYWHERE)
    sections = [
        Section(f"Keys in the {pane}", _told(_heard_in(pane), overrides, pane)),
        *([Section("Your commands, everywhere", _of_the_user(commands, overrides))] if commands else []),
        Section("Keys everywhere", _told(everywhere, overrides)),
    ]
    if pane == "list":
        sections.append(_filters(json_columns))
    return [*sections, _states(), _mouse(overrides)]


def help_of_dialog(screen: Screen[object], overrides: Mapping[str, str]) -> list[Section]:
    """What a screen says that it hears, and what its fields do by themselves."""
    lines: dict[str, list[str]] = {}
    for binding in Binding.make_bindings(screen.BINDINGS):
        lines.setdefault(binding.description, []).append(shown_key(binding.key))
    told = [Told(" ".join(keys), meaning) for meaning, keys in lines.items()]
    if screen.query(OptionList):
        told.append(Told("Enter", "Take what the cursor stands on"))
    if screen.query(Button):
        told.append(Told("Enter", "Press the button that has the focus"))
    if len(screen.focus_chain) > 1:
        told.append(Told("Tab Shift-Tab", "Go to the next field or button, to the previous"))
    in_all = _told((BY_ID[action_id] for action_id in _IN_ALL_DIALOGS), overrides)
    return [Section("Keys in this dialog", tuple(told)), Section("Keys in all dialogs", in_all)]


def _heard_in(pane: str) -> list[Action]:
    match pane:
        case "progress":
            return [action for action in ACTIONS if action.progress]
        case "result":
            return [action for action in ACTIONS if action.result or action.where is Where.VIEWER]
        case _:
            return [action for action in ACTIONS if action.where is Where.LIST]


def _told(actions: Iterable[Action], overrides: Mapping[str, str], pane: str = "") -> tuple[Told, ...]:
    told = []
    for line in in_lines(actions):
        keys = " ".join(shown_key(key) for action in line for key in keys_of(action, overrides))
        first = line[0]
        alone = {"progress": first.progress, "result": first.result}.get(pane) or first.help
        if keys:
            told.append(Told(keys, first.together or alone))
    return tuple(told)


def _of_the_user(commands: Iterable[UserCommand], overrides: Mapping[str, str]) -> tuple[Told, ...]:
    palette = named("palette", overrides)
    return tuple(
        Told(
            " ".join(map(shown_key, keys_in(command.keys))) or palette,
            f"{command.title}: {one_line(command.run, 100)}",
        )
        for command in commands
    )


def _filters(json_columns: Iterable[str]) -> Section:
    terms = [
        ("words", "name, address or message hold them"),
        *((known.example, known.description) for known in FIELDS.values()),
        *(
            (f"{name}:…", "what that column shows holds this text; < <= > >= = compare numbers")
            for name in json_columns
        ),
        ("~^kriging", "a regular expression finds name, address or message"),
        ("-state:failed", "a minus turns a term round; all terms must hold"),
    ]
    return Section("Filters", tuple(Told(term, meaning) for term, meaning in terms))


def _states() -> Section:
    lines = [Told(f"{state.glyph} {state.value}", words, STATE_STYLES[state]) for state, words in _STATES.items()]
    signs = {
        "~": "an estimate, and never more than that",
        ">": "an age of that much at least: since jobtui first saw the job, whose service tells no beginning",
        "!": "nothing has moved for unusually long",
        "?": "the last look failed, so the truth may have moved on",
        "▲ ▼": "what the list is ordered by, upwards or downwards; over the glyphs: what runs first",
    }
    return Section("States", (*lines, *(Told(sign, words, "") for sign, words in signs.items())))


def _mouse(overrides: Mapping[str, str]) -> Section:
    action = BY_ID["mouse"]
    keys = " ".join(shown_key(key) for key in keys_of(action, overrides)) or f"“{action.label}”"
    return Section(
        "Mouse",
        (
            Told(
                "click",
                "selects, a double click opens; on a column's title orders the list by it, again turns it round",
            ),
            Told("Shift and drag", f"selects text, Option in macOS's terminals; or {keys} first, and drag"),
        ),
    )


def _table(section: Section, width: int) -> Content:
    lines = [Content.styled(section.title, "bold $text-accent")]
    for told in section.lines:
        pieces = textwrap.wrap(told.meaning, max(20, width - _KEY_WIDTH)) or [""]
        # Keys that take more than their column have a line of their own.
        if len(told.word) >= _KEY_WIDTH:
            lines.append(Content.styled(told.word, told.style))
        else:
            lines.append(Content.assemble((f"{told.word:<{_KEY_WIDTH}}", told.style), pieces.pop(0)))
        lines.extend(Content(" " * _KEY_WIDTH + piece) for piece in pieces)
    return Content("\n").join(lines)
