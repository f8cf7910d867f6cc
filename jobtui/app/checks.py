"""What of the settings only the screen understands, held against what it knows before anybody opens it."""

from __future__ import annotations

import difflib
import shlex
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from textual.keys import Keys
from textual.theme import BUILTIN_THEMES

from jobtui.app.actions import NO_KEY, command_faults, key_faults, key_name
from jobtui.app.background import AUTO
from jobtui.app.columns import COLUMNS, check_columns, known_columns
from jobtui.app.job_fields import FIELDS, fields_in
from jobtui.app.keymaps import chosen_keys
from jobtui.app.options import UserCommand
from jobtui.core.errors import SettingsError

_MISSPELT = 0.75
"""How alike a name in braces is to a field that was meant."""
_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED = frozenset({key.value.rpartition("+")[2] for key in Keys})
_LATIN = frozenset({key_name(chr(number)) for number in range(0x21, 0x250)})


def screen_faults(
    *,
    theme: str,
    keymap: str,
    keys: Mapping[str, str],
    columns: Iterable[str],
    json_columns: Mapping[str, str],
    on_finish: str,
    commands: Sequence[UserCommand],
    sources: Collection[str],
) -> Iterator[SettingsError]:
    """Everything that would fail, or be left out, once the screen is open; each with its key in front."""
    themes = (AUTO, *BUILTIN_THEMES)
    if theme not in themes:
        near = difflib.get_close_matches(theme, themes, n=1)
        yield SettingsError(
            f"theme: there is no {theme!r}" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"Themes: {', '.join(themes)}.",
        )
    chosen = chosen_keys(keymap, keys)
    yield from key_faults(chosen)
    yield from command_faults(commands, chosen)
    written = {f"keys.{action_id}": keys for action_id, keys in keys.items()}
    written |= {f"commands.{command.name}.key": command.keys for command in commands}
    for place, text in written.items():
        for key in (one.strip() for one in text.split(",")):
            if key and key != NO_KEY and not is_key(key):
                yield SettingsError(
                    f"{place}: there is no key {key!r}",
                    hint="Keys are written like x, X, f2, ctrl+x, pagedown or space; several with commas.",
                )
    known = dict(COLUMNS)
    for name, path in json_columns.items():
        try:
            known |= known_columns({name: path})
        except SettingsError as error:
            yield error
    columns = tuple(columns)
    for named in (*((key,) for key in dict.fromkeys(columns)), tuple(key for key in columns if key in known)):
        try:
            check_columns(named, known)
        except SettingsError as error:
            yield error
    fields = FIELDS | json_columns.keys()
    yield from _program_faults("on_finish", on_finish, fields)
    for command in commands:
        yield from _program_faults(f"commands.{command.name}.run", command.run, fields)
        for source in command.sources:
            if source not in sources:
                near = difflib.get_close_matches(source, sources, n=1)
                yield SettingsError(
                    f"commands.{command.name}.sources: there is no source {source!r}"
                    + (f"; did you mean {near[0]}?" if near else "")
                )


def _program_faults(place: str, command: str, fields: Collection[str]) -> Iterator[SettingsError]:
    try:
        program = next(iter(shlex.split(command)), "")
    except ValueError as error:
        yield SettingsError(f"{place}: it can't be taken apart into words: {error}")
        return
    # With a field in its name nobody knows yet which program it will be.
    if program and "{" not in program and shutil.which(program) is None:
        yield SettingsError(f"{place}: there is no program {program!r}")
    for name in dict.fromkeys(fields_in(command)):
        # Other braces belong to the program, as awk's do.
        near = [] if name in fields else difflib.get_close_matches(name, fields, n=1, cutoff=_MISSPELT)
        if near:
            yield SettingsError(f"{place}: there is no field {{{name}}}; did you mean {{{near[0]}}}?")


def is_key(written: str) -> bool:
    """Whether a terminal may ever send what a user writes for a key."""
    *modifiers, last = key_name(written).split("+")
    return _MODIFIERS.issuperset(modifiers) and (len(last) == 1 or last in _NAMED or last in _LATIN)
