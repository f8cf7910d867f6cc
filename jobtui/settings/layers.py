"""The layers that settings are put together from, as plain tables that nobody has checked yet."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobtui.core.errors import SettingsError
from jobtui.settings.trust import refuse_commands_of_others

SECRET_KINDS = ("env", "file", "command", "keyring", "plain")
"""The ways to give a secret, one of which it has."""

_MAX_FILE_BYTES = 1024 * 1024


def read_toml(file: Path, *, required: bool) -> dict[str, Any] | None:
    """A configuration file's table; `None` where there is no file and none is required.

    Raises:
        SettingsError: It can't be read, is no TOML, or names programs to run that others may have written there.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FILE_BYTES + 1)
            status = os.fstat(opened.fileno())
    except FileNotFoundError:
        if required:
            raise SettingsError(
                f"{file}: there is no such file", hint=f"`jobtui --config {file} config init` makes one."
            ) from None
        return None
    except OSError as error:
        raise SettingsError(f"{file}: can't be read: {error.strerror}") from None
    if len(content) > _MAX_FILE_BYTES:
        raise SettingsError(f"{file}: larger than a configuration can be")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
        refuse_commands_of_others(file, status, table, os.geteuid())
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        # The text of the error tells line and column; a character at most is quoted.
        raise SettingsError(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{file}: nested too deeply") from None
    return table


def merged_tables(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The tables with the upper one's values; a secret is replaced whole, since it can be given in one way only."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and not set(SECRET_KINDS).issuperset(value):
            merged[key] = merged_tables(old, value)
        else:
            merged[key] = value
    return merged
