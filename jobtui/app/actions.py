"""Every action once: bindings, palette, help, footer, the README's table and the `[keys]` overrides come from here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct
from textual.binding import Binding

from jobtui.app.options import UserCommand
from jobtui.core.errors import SettingsError
from jobtui.core.text import one_line

NO_KEY = "none"
"""What a user writes to take an action's keys away."""

OWN_KEYS: Mapping[str, str] = {}
"""Overrides that leave each action the keys of its own."""


class Where(StrEnum):
    """Where an action's keys are heard."""

    LIST = "in the list"
    VIEWER = "in the result"
    EVERYWHERE = "everywhere"


class Action(Struct, frozen=True):
    """One thing that a user can ask for."""

    id: str
    """Name in `[keys]`."""
    keys: tuple[str, ...]
    """Keys as Textual names them; empty for what only the palette offers."""
    label: str
    """A few words, for the footer and the palette."""
    help: str
    where: Where = Where.EVERYWHERE
    progress: str = ""
    """What it does in the progress pane; empty where it is of no use there, or heard everywhere."""
    result: str = ""
    """The same in the result pane, of what is heard in the list."""
    command: str = ""
    """What the screen runs, or the app where it begins with `app.`; empty where it is the id with underscores."""
    together: str = ""
    """What is told of it and of its neighbours with the same words in one line; empty where it has its own."""

    @property
    def screen_action(self) -> str:
        """The action in Textual's words, which the main screen answers, or the app."""
        if self.command.startswith("app."):
            return self.command
        return f"screen.{self.command or self.id.replace('-', '_')}"


_SIDEWAYS = "Go sideways; fold or unfold a tree, go out of it or in."
_PANES = "Go to the next pane, to the previous one."
_PANE = "Go to the list, to the progress, to the result."
_TABS = "Go to the next tab, to the previous; or saved filter."


def _on_this_job(action_id: str, keys: tuple[str, ...], label: str, words: str) -> Action:
    """What is asked of jobs in the same words wherever one is shown."""
    return Action(action_id, keys, label, words, Where.LIST, progress=words, result=words)


def _motion(action_id: str, keys: tuple[str, ...], label: str, command: str, together: str) -> Action:
    return Action(action_id, keys, label, together, Where.LIST, together, together, command, together)


def _match(action_id: str, key: str, label: str, which: str) -> Action:
    words = f"Go to the {which} place that was found."
    together = "Go to the next place that was found, to the previous."
    return Action(action_id, (key,), label, words, Where.VIEWER, progress=words, together=together)


def _width(action_id: str, key: str, label: str, steps: int) -> Action:
    command, together = f"widen({steps})", "Make the column narrower, wider."
    return Action(action_id, (key,), label, f"{label} column.", Where.VIEWER, command=command, together=together)


ACTIONS: tuple[Action, ...] = (
    Action(
        "open",
        ("enter",),
        "Open",
        "Go into the job: how far it is, or why it failed.",
        Where.LIST,
        progress="Go on to the job's result.",
        result="Fold or unfold, open the file, or read it again.",
    ),
    Action("view-result", ("v",), "Result", "Go to the job's result.", Where.LIST, progress="Go to the job's result."),
    Action(
        "download",
        ("D",),
        "Download",
        "Save the results of the marked jobs, or this one's.",
        Where.LIST,
        progress="Save what this job left.",
        result="Save all files of this result, or the log on show.",
    ),
    Action("new", ("N",), "New job", "Fill in a form and start a job.", Where.LIST),
    _on_this_job("clone", ("c",), "Clone", "Run it again: the form opens with its input to edit."),
    _on_this_job("related", ("O",), "Clones", "Go to the job that this is a clone of, or to its clones."),
    _on_this_job("cancel", ("x",), "Cancel", "Cancel the marked jobs, or this one. Asks first."),
    Action("mark", ("space",), "Mark", "Mark the job, to act on several; again: unmark it.", Where.LIST),
    Action("mark-range", ("V",), "Mark range", "Mark all from the last marked job to this one.", Where.LIST),
    Action("mark-all", ("asterisk",), "Mark all", "Mark all jobs that are shown.", Where.LIST),
    Action("clear-marks", ("u",), "Unmark", "Take all marks away.", Where.LIST),
    Action("compare", ("d",), "Compare", "Compare two marked jobs, what differs first.", Where.LIST),
    Action("track", ("t",), "Track", "Watch jobs that were made elsewhere, by their ids.", Where.LIST),
    _on_this_job("forget", ("T",), "Stop watching", "Stop watching the jobs; they go on. Asks first."),
    Action("failures", ("exclamation_mark",), "Failures only", "Show only failed jobs; again: all.", Where.LIST),
    Action("filter", ("slash",), "Filter", "Show only the jobs that match what is typed.", Where.LIST),
    Action("news", ("n",), "News", "Show only what ended since you last looked.", Where.LIST),
    *(
        Action(
            f"filter-{number}",
            (str(number + 3),),
            f"Saved filter {number}",
            f"Show what the {ordinal} saved filter lets through, or all again.",
            Where.LIST,
            command=f"saved_filter({number})",
            together="Show what a saved filter lets through; again: all.",
        )
        for number, ordinal in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), start=1)
    ),
    Action(
        "save-filter",
        ("S",),
        "Save filter",
        "Keep the filter in force as a tab; rename or forget that of the tab in force.",
        Where.LIST,
    ),
    Action("forget-filter", (), "Forget filter", "Take the saved filter in force from the tabs.", Where.LIST),
    Action("sort", ("s",), "Sort", "Choose what the list is ordered by, and grouped.", Where.LIST),
    Action("columns", ("C",), "Columns", "Choose the columns, their order and their widths.", Where.LIST),
    Action("preview", ("p",), "Preview", "Show or hide what stands beside the list, or go there and back.", Where.LIST),
    Action("wide", ("w",), "All columns", "Show all columns that say something; again: the chosen ones.", Where.LIST),
    Action(
        "search",
        ("slash",),
        "Search",
        "Look for text in the result.",
        Where.VIEWER,
        progress="Look for text in the progress.",
    ),
    _match("next-match", "n", "Next match", "next"),
    _match("previous-match", "N", "Previous match", "previous"),
    Action(
        "filter-lines",
        ("ampersand",),
        "Filter lines",
        "Show only the lines, rows or values that hold what is typed.",
        Where.VIEWER,
    ),
    Action(
        "left",
        ("h", "left"),
        "Left",
        "Go a column left; fold, or go out to what holds the value; show what stands further left.",
        Where.VIEWER,
        command="sideways(-1)",
        together=_SIDEWAYS,
    ),
    Action(
        "right",
        ("l", "right"),
        "Right",
        "Go a column right; unfold, or go in; show what stands further right.",
        Where.VIEWER,
        command="sideways(1)",
        together=_SIDEWAYS,
    ),
    Action("fold", ("space",), "Fold", "Fold or unfold the value, or open the file.", Where.VIEWER, command="open"),
    Action("more", ("plus",), "More", "Read more rows of a cut table; unfold a whole tree.", Where.VIEWER),
    Action("less", ("minus",), "Fold all", "Fold a whole tree.", Where.VIEWER),
    _width("narrower", "less_than_sign", "Narrower", -1),
    _width("wider", "greater_than_sign", "Wider", 1),
    Action(
        "fit",
        ("equals_sign",),
        "Fit",
        "Make the column as wide as what it holds, and back.",
        Where.VIEWER,
        command="widen(0)",
    ),
    Action("wrap", ("w",), "Wrap", "Break long lines, or let them go on to the right.", Where.VIEWER),
    Action(
        "copy-value",
        ("C",),
        "Copy value",
        "Copy the cell, value or line under the cursor.",
        Where.VIEWER,
        command="copy_value(False)",
    ),
    Action(
        "copy-path",
        ("P",),
        "Copy path",
        "Copy where that stands: its path, or its whole row.",
        Where.VIEWER,
        command="copy_value(True)",
    ),
    _motion("down", ("j", "down"), "Down", "move(1)", "Go down, up."),
    _motion("up", ("k", "up"), "Up", "move(-1)", "Go down, up."),
    _motion("top", ("g", "home"), "Top", "move_to_end(-1)", "Go to the first line, to the last."),
    _motion("bottom", ("G", "end"), "Bottom", "move_to_end(1)", "Go to the first line, to the last."),
    _motion("half-page-down", ("ctrl+d",), "Half a page down", "move_page(0.5)", "Go half a page down, up."),
    _motion("half-page-up", ("ctrl+u",), "Half a page up", "move_page(-0.5)", "Go half a page down, up."),
    _motion("page-down", ("pagedown",), "Page down", "move_page(1.0)", "Go a page down, up."),
    _motion("page-up", ("pageup",), "Page up", "move_page(-1.0)", "Go a page down, up."),
    Action("copy", ("y",), "Copy address", "Copy the addresses of the marked jobs, or this one's."),
    Action("copy-curl", ("Y",), "Copy curl", "Copy a curl line for this job, without the secret."),
    Action("link", ("o",), "Link", "Copy this job's link, and show it."),
    Action("raw", ("i",), "Raw answer", "Show the service's last answer as it came."),
    Action("payload", ("e",), "Payload", "Open the service's last answer in $PAGER or $EDITOR."),
    Action(
        "export-csv",
        ("E",),
        "Export CSV",
        "Save the list, or the result's rows, as shown, as CSV.",
        command="export(False)",
    ),
    Action(
        "export-json", ("J",), "Export JSON", "Save the list, or the result, as shown, as JSON.", command="export(True)"
    ),
    Action("stop-downloads", (), "Stop downloads", "Stop the downloads under way; what came is kept to go on with."),
    Action("refresh", ("r",), "Refresh", "Ask this job's source now."),
    Action("refresh-all", ("R",), "Refresh all", "Ask all sources now."),
    Action("automatic", ("a",), "Auto", "Ask by itself, or only when told."),
    Action("sources", ("H",), "Sources", "Tell of each source: health, requests, the next try."),
    Action("costs", (), "Costs", "Show or hide what jobtui itself costs: CPU, memory, bytes and requests."),
    Action("sign-in", ("L",), "Sign in again", "Sign in anew where that was refused, or at this source."),
    Action("next-pane", ("tab",), "Next pane", "Go to the next pane.", together=_PANES),
    Action("previous-pane", ("shift+tab",), "Previous pane", "Go to the previous pane.", together=_PANES),
    Action("pane-1", ("1",), "Jobs", "Go to the list.", command="pane(1)", together=_PANE),
    Action("pane-2", ("2",), "Progress", "Go to the progress.", command="pane(2)", together=_PANE),
    Action("pane-3", ("3",), "Result pane", "Go to the result.", command="pane(3)", together=_PANE),
    Action(
        "next-tab",
        ("right_square_bracket",),
        "Next tab",
        "Go to the pane's next tab; the list's are its saved filters.",
        together=_TABS,
    ),
    Action(
        "previous-tab",
        ("left_square_bracket",),
        "Previous tab",
        "Go to the pane's previous tab; the list's are its saved filters.",
        together=_TABS,
    ),
    Action("back", ("escape",), "Back", "A step back: search, lines' filter, zoom, pane, filter, marks."),
    Action("zoom", ("z",), "Zoom", "Give the pane the whole screen, without borders."),
    Action(
        "help", ("question_mark", "f1"), "Help", "Show the keys of this pane, or of this dialog.", command="app.help"
    ),
    Action("palette", ("colon", "ctrl+p"), "All actions", "Find any action by its name, one without a key too."),
    Action("mouse", ("m",), "Mouse", "Leave the mouse to the terminal, or take it back.", command="app.mouse"),
    Action("redraw", ("ctrl+l",), "Draw anew", "Draw the whole screen anew.", command="app.redraw"),
    Action("leave", ("q",), "Back or quit", "A pane back; at the list, quit."),
    Action("quit", ("ctrl+q", "ctrl+c"), "Quit", "Leave jobtui; the jobs go on.", command="app.quit"),
)
"""In the order in which help and README tell them."""

SEARCH = frozenset({"search", "next-match", "previous-match"})
"""Of the result's actions, those that the progress pane has too."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
"""The actions by the name that `[keys]` uses."""

_KEY_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_SHOWN_KEYS = {
    "slash": "/",
    "ampersand": "&",
    "exclamation_mark": "!",
    "question_mark": "?",
    "asterisk": "*",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_SHOWN_AFTER_CTRL = {"ctrl+@": "Space", "ctrl+backslash": "\\"}


def key_name(key: str) -> str:
    """A key as a user writes it, in Textual's words: `/` is `slash`, `ctrl+?` is `ctrl+question_mark`."""
    if key.strip() in {"ctrl+space", "ctrl+@"}:
        return "ctrl+@"  # The one byte that terminals send for both.
    *modifiers, last = key.strip().split("+") if key.strip() != "+" else ["+"]
    if len(last) == 1 and not last.isalnum():
        name = unicodedata.name(last, last).lower().replace(" ", "_").replace("-", "_")
        last = _KEY_NAMES.get(name, name)
    return "+".join([*modifiers, last])


def shown_key(key: str) -> str:
    """A key as help and footer write it."""
    if key in _SHOWN_KEYS:
        return _SHOWN_KEYS[key]
    *modifiers, last = key.split("+")
    if not modifiers:
        return key
    if modifiers[0] == "ctrl":
        last = _SHOWN_AFTER_CTRL.get(key, last if last in _SHOWN_KEYS else last.upper())
    return "-".join([*(modifier.capitalize() for modifier in modifiers), _SHOWN_KEYS.get(last, last)])


def keys_of(action: Action, overrides: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that an action is heard on, once the user's own are taken into account."""
    chosen = overrides.get(action.id)
    return action.keys if chosen is None else keys_in(chosen)


def keys_in(written: str) -> tuple[str, ...]:
    """Keys as a user writes them, several with commas, in Textual's words."""
    return tuple(key_name(key) for key in written.split(",") if key.strip() and key.strip() != NO_KEY)


def check_keys(overrides: Mapping[str, str], commands: Iterable[UserCommand] = ()) -> None:
    """Hold a user's keys against the actions.

    Raises:
        SettingsError: An action of that name doesn't exist, or two actions of one place would share a key, or one of
            the user's own commands would share one with whatever else.
    """
    for fault in (*key_faults(overrides), *command_faults(commands, overrides)):
        raise fault


def key_faults(overrides: Mapping[str, str]) -> Iterator[SettingsError]:
    """All that is wrong with a user's keys, each with the key of the configuration that it is about."""
    for action_id in overrides:
        if action_id not in BY_ID:
            # Late: who spells them right doesn't wait for it.
            import difflib

            near = difflib.get_close_matches(action_id, BY_ID, n=1)
            yield SettingsError(
                f"keys.{action_id}: there is no such action" + (f"; did you mean {near[0]}?" if near else ""),
                hint=f"Actions: {', '.join(BY_ID)}.",
            )
    for place in ((Where.LIST, Where.EVERYWHERE), (Where.VIEWER,)):
        taken: dict[str, str] = {}
        for action in ACTIONS:
            for key in keys_of(action, overrides) if action.where in place else ():
                if key in taken:
                    named = action.id if action.id in overrides else taken[key]
                    yield SettingsError(
                        f"keys.{named}: the key {shown_key(key)!r} is given to both {taken[key]!r} and {action.id!r}",
                        hint=f"Give one of them another key in [keys], or {NO_KEY!r}.",
                    )
                taken.setdefault(key, action.id)


def command_faults(commands: Iterable[UserCommand], overrides: Mapping[str, str]) -> Iterator[SettingsError]:
    """Keys of the user's own commands that are something else's already, in whichever pane."""
    taken = {key: f"the action {action.id!r}" for action in ACTIONS for key in keys_of(action, overrides)}
    for command in commands:
        for key in keys_in(command.keys):
            if key in taken:
                yield SettingsError(
                    f"commands.{command.name}.key: the key {shown_key(key)!r} is that of {taken[key]}",
                    hint="Give it another, or the other one under [keys].",
                )
            taken.setdefault(key, f"the command {command.name!r}")


def screen_action_of(command: UserCommand) -> str:
    """The action in Textual's words that runs one of the user's own commands."""
    return f"screen.user_command({command.name!r})"


def command_words(command: UserCommand) -> str:
    """What one of the user's own commands does, as help and palette tell it."""
    return f"Your command for the marked jobs, or this one: {one_line(command.run, 100)}"


def in_lines(actions: Iterable[Action]) -> list[tuple[Action, ...]]:
    """The actions as they are told: neighbours of the same kind in one line."""
    lines: list[tuple[Action, ...]] = []
    for action in actions:
        if action.together and lines and lines[-1][0].together == action.together:
            lines[-1] = (*lines[-1], action)
        else:
            lines.append((action,))
    return lines


def keymap(overrides: Mapping[str, str]) -> dict[str, str]:
    """The overrides as Textual takes them, by binding id."""
    return {action_id: ",".join(keys_of(BY_ID[action_id], overrides)) or NO_KEY for action_id in overrides}


def bindings(*places: Where) -> list[Binding]:
    """The bindings of all actions of some places, each with its action's id, by which `[keys]` finds it."""
    return [
        Binding(
            key=",".join(action.keys) or NO_KEY, action=action.screen_action, description=action.label, id=action.id
        )
        for action in ACTIONS
        if action.where in places
    ]


def named(action_id: str, overrides: Mapping[str, str]) -> str:
    """What a hint calls an action: its first key, or what the palette calls it where it has none."""
    pairs = told((action_id,), overrides)
    return pairs[0][0] if pairs else f"“{BY_ID[action_id].label}”"


def told(action_ids: Iterable[str], overrides: Mapping[str, str]) -> list[tuple[str, str]]:
    """Key and label of each of some actions that has a key, for the footer."""
    pairs = []
    for action_id in action_ids:
        action = BY_ID[action_id]
        keys = keys_of(action, overrides)
        if keys:
            pairs.append((shown_key(keys[0]), action.label))
    return pairs
