"""Whose word a configuration is: a file that others can write must not choose which programs run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobtui.core.errors import SettingsError

_ROOT = 0


def refuse_commands_of_others(file: Path, status: os.stat_result, table: Mapping[str, Any], user: int) -> None:
    """Take a file's commands only where nobody but the user, or root, can have written them.

    Args:
        file: For the error.
        status: Of the file that was read, not of its name.
        table: What it says, unchecked.
        user: Id of the user.

    Raises:
        SettingsError: It names programs to run, and is somebody else's or can be written by others.
    """
    commands = [".".join(path) for path in _commands(table, ())]
    reason = stranger(status, user) if commands else ""
    if reason:
        is_ours = status.st_uid in {user, _ROOT}
        mend = f"chmod go-w {file}" if is_ours else f"Name a copy of {file} that is your own"
        raise SettingsError(f"{file}: {', '.join(commands)} would run a program, and {reason}", hint=f"{mend}.")


def stranger(status: os.stat_result, user: int) -> str:
    """Who else can have written the file, in words; empty where nobody can."""
    if status.st_uid not in {user, _ROOT}:
        return "the file belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return "everybody can write the file"
    if status.st_mode & stat.S_IWGRP and not _is_own_group(status.st_gid, user):
        return "the file's group can write it"
    return ""


def _commands(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not path and table.get("on_finish"):
        yield ("on_finish",)
    for key, value in table.items():
        if not isinstance(value, Mapping):
            continue
        if not path and key == "commands":
            yield from ((key, name) for name in value)
        elif set(value) == {"command"}:
            yield (*path, key)
        else:
            yield from _commands(value, (*path, key))


def _is_own_group(group: int, user: int) -> bool:
    """Whether the group is the user's alone, as systems have it where files are made writable for it."""
    import grp
    import pwd

    try:
        entry, name = grp.getgrgid(group), pwd.getpwuid(user).pw_name
    except KeyError:
        return False
    return entry.gr_name == name and set(entry.gr_mem) <= {name}
