"""Where the configuration and the data of one user lie."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from jobtui.core.errors import SettingsError
from jobtui.settings.trust import stranger

CONFIG_VARIABLE = "JOBTUI_CONFIG"
DATA_VARIABLE = "JOBTUI_DATA_DIR"
STORE_NAME = "jobs.db"
"""The store's file in the data folder."""
VIEW_NAME = "view.json"
"""What the user chose for the list, in the data folder."""
_OF_A_JOB = frozenset(
    f"JOBTUI_{name}"
    for name in ("ADDRESS", "SOURCE", "ID", "NAME", "KIND", "STATE", "NATIVE_STATE", "MESSAGE", "ERROR", "QUIET")
)
"""What the user's commands get."""
_LOOKED_UP = "JOBTUI_VALUE_"
_BEGIN_KEYS = frozenset(
    {"sources", "keys", "keymap", "columns", "json_columns", "theme", "on_finish", "commands", "download_dir"}
)
"""Of what is found out only where it is used."""


def config_path(flag: str | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: as `--config` says, else as `JOBTUI_CONFIG` says, else in the platform's folder."""
    named = flag or environ.get(CONFIG_VARIABLE)
    if named:
        return expanded(named)
    import platformdirs

    return own_folder(platformdirs.user_config_path, CONFIG_VARIABLE) / "config.toml"


def settings_in(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that are settings: not what names files, nor the job where a command of the user's calls jobtui."""
    has_job = "JOBTUI_ADDRESS" in environ
    others = {CONFIG_VARIABLE, DATA_VARIABLE, *(_OF_A_JOB if has_job else ())}
    return {
        name: value
        for name, value in environ.items()
        if name.startswith("JOBTUI_") and name not in others and not (has_job and name.startswith(_LOOKED_UP))
    }


def data_dir(environ: Mapping[str, str]) -> Path:
    """The folder of `jobs.db` and the log: as `JOBTUI_DATA_DIR` says, else the platform's."""
    named = environ.get(DATA_VARIABLE)
    if named:
        return expanded(named)
    import platformdirs

    return own_folder(platformdirs.user_data_path, DATA_VARIABLE)


def own_folder(find: Callable[..., Path], variable: str) -> Path:
    """A folder below the user's home, which the nameless user of a container may not have.

    Args:
        find: As platformdirs has it.
        variable: What names another place.

    Raises:
        SettingsError: Nobody knows the home folder.
    """
    try:
        folder = find("jobtui", appauthor=False)
    except RuntimeError:
        folder = Path()
    if not folder.is_absolute():
        raise SettingsError("the home folder is not known", hint=f"Set HOME, or {variable}.")
    return folder


def private_folder(folder: Path) -> Path:
    """The folder, made for its owner alone where it doesn't exist yet. Raises `SettingsError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the folder {folder} can't be made: {error.strerror}",
            hint=f"Name another file with --config or {CONFIG_VARIABLE}.",
        ) from error
    return folder


def open_to_others(file: Path) -> bool:
    """Whether anyone but its owner may use the file or folder; false where there is none."""
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False


def written_by_others(file: Path) -> bool:
    """Whether somebody else can have written the file; false where there is none."""
    try:
        return bool(stranger(file.stat(), os.geteuid()))
    except OSError:
        return False


def download_folder(name: str, *, expanduser: Callable[[Path], Path] = Path.expanduser) -> Path:
    """The folder for results as the user means it; where nobody knows the home folder, `~` is the working folder.

    Raises:
        RuntimeError: It names a user whom the system doesn't know.
    """
    try:
        return expanduser(Path(name))
    except RuntimeError:
        if name.partition("/")[0] != "~":
            raise
        return Path.cwd() / name.removeprefix("~").lstrip("/")


def expanded(name: str) -> Path:
    """The path as the user means it, `~` included. Raises `SettingsError`."""
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(f"the folder that ~ stands for in {name!r} is not known") from error


def unusable_folder(folder: Path) -> str:
    """Why nothing can be saved in a folder, which may have to be made yet; empty where that can be."""
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), folder)
    if not there.is_dir():
        return f"{there} is not a folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} can't be written to"


def placed(words: str, file: Path, environ: Mapping[str, str]) -> str:
    """An error with the place of the key that it begins with: the file before it, or the variable instead of it.

    Args:
        words: Such as `sources.evo.token: it is empty`; without a key they stay as they are.
        file: The configuration.
        environ: The environment.
    """
    key, colon, rest = words.partition(": ")
    if not colon or key.partition(".")[0] not in _BEGIN_KEYS:
        return words
    variable = f"JOBTUI_{key.upper().replace('.', '__')}"
    return f"{variable}: {rest}" if variable in environ else f"{file}: {words}"
