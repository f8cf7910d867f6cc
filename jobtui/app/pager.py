"""The user's own pager or editor, with the screen out of its way meanwhile."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from textual.app import App, SuspendNotSupported

from jobtui.app.signals import signals_left_alone
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.text import block

_MOST_CHARACTERS = 64_000_000

_Outcome = TypeVar("_Outcome")


def pager_command(environment: Mapping[str, str]) -> list[str]:
    """$PAGER, else $VISUAL, else $EDITOR, else less, as arguments. Raises `SettingsError` where quotes don't match."""
    return _command(environment, ("PAGER", "VISUAL", "EDITOR"), "less")


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """$VISUAL, else $EDITOR, else vi, as arguments. Raises `SettingsError` where quotes don't match."""
    return _command(environment, ("VISUAL", "EDITOR"), "vi")


def _command(environment: Mapping[str, str], variables: Sequence[str], otherwise: str) -> list[str]:
    for variable in variables:
        command = environment.get(variable, "").strip()
        if command:
            try:
                return shlex.split(command)
            except ValueError as error:
                raise SettingsError(f"${variable} can't be read: {error}") from error
    return [otherwise]


def readable(body: bytes) -> str:
    """A body as text to page through: JSON indented, nothing in it that a terminal would act on."""
    text = body.decode("utf-8-sig", "replace")
    # What isn't JSON, or is none that can be indented, is shown as it came.
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return block(text, limit=_MOST_CHARACTERS)


def show_in_pager(app: App[object], command: Sequence[str], text: str) -> None:
    """Hand the terminal to a program that shows the text, and take it back when it ends.

    Raises:
        UsageError: The terminal can't be handed over, or the program can't be started.
    """
    _hand_over(app, command, text)


def edit_text(app: App[object], command: Sequence[str], text: str) -> str:
    """Hand the terminal to an editor, and return the text as it was left there.

    Raises:
        UsageError: The terminal can't be handed over, the editor can't be started, or what it left is no text.
    """
    return _hand_over(app, command, text)


def _hand_over(app: App[object], command: Sequence[str], text: str) -> str:
    with tempfile.TemporaryDirectory(prefix="jobtui-") as folder:
        path = Path(folder) / "payload.json"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            run = partial(subprocess.run, [*command, str(path)], check=False)
            step_aside(app, run, instead="jobtui itself shows and edits the same.")
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"what {command[0]} left is not UTF-8 text") from error
        except FileNotFoundError as error:
            # The program, or the file that it should have left.
            raise UsageError(
                f"{command[0]} can't be started, or took the file away",
                hint="Set $PAGER or $EDITOR to a program that exists.",
            ) from error
        except OSError as error:
            raise UsageError(
                f"{command[0]} can't be started: {error.strerror}",
                hint="Set $PAGER or $EDITOR to a program that exists.",
            ) from error


def step_aside(app: App[object], act: Callable[[], _Outcome], *, instead: str = "") -> _Outcome:
    """Let the terminal be another program's while something is done, and take it back.

    Args:
        app: Whose terminal it is.
        act: Does it.
        instead: What the user can do where there is no terminal to hand over.

    Raises:
        UsageError: The terminal can't be handed over, or as `act` raised it.
        OSError: As `act` raised it.
    """
    outcomes: list[_Outcome] = []
    failure: OSError | UsageError | None = None
    try:
        with signals_left_alone(), app.suspend():
            try:
                outcomes.append(act())
            except (OSError, UsageError) as error:
                # Not from in here: Textual takes the terminal back only where nothing is raised.
                failure = error
    except SuspendNotSupported as error:
        raise UsageError("this terminal can't be handed to another program", hint=instead) from error
    if failure is not None:
        raise failure
    (outcome,) = outcomes
    return outcome
