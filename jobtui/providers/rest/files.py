"""Finding and reading descriptions: files of the user, and the ones that come along."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from jobtui.core.errors import SettingsError
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.expression import nearest

BUILTIN = "builtin:"
"""In front of the name of a description that comes along."""

_MOST_BYTES = 256 * 1024


def builtin_names() -> tuple[str, ...]:
    """What may follow `builtin:`."""
    folder = files("jobtui.providers.rest").joinpath("examples")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def read_description(api: str, folder: Path) -> ApiDescription:
    """Read and understand what a source's `api` setting names.

    Args:
        api: A path, or `builtin:` and a name.
        folder: What a relative path starts from.

    Raises:
        SettingsError: There is no such description, or it can't be used; the text says where and why.
    """
    if api.startswith(BUILTIN):
        name = api.removeprefix(BUILTIN)
        if name not in builtin_names():
            raise SettingsError(f"no description {name!r} comes along", hint=nearest(name, builtin_names()))
        content = files("jobtui.providers.rest").joinpath("examples", f"{name}.toml").read_bytes()
        return parsed(content, api)
    path, content = _read(api, folder)
    return parsed(content, str(path))


def description_text(api: str, folder: Path) -> str:
    """The user's description as it is written; empty for one that comes along. Raises `SettingsError`."""
    return "" if api.startswith(BUILTIN) else _read(api, folder)[1].decode("utf-8-sig", "replace")


def _read(api: str, folder: Path) -> tuple[Path, bytes]:
    try:
        path = folder / Path(api).expanduser()
    except RuntimeError:
        raise SettingsError(f"the folder that ~ stands for in {api!r} is not known") from None
    try:
        with path.open("rb") as file:
            return path, file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise SettingsError(f"the API's description {str(path)!r} can't be read: {reason}") from None


def parsed(content: bytes, name: str) -> ApiDescription:
    """Understand a description. Raises `SettingsError`, which names it and the place in it."""
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{name}: this is too large for a description")
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: this isn't UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{name}: this isn't TOML: {error}") from None
    return ApiDescription.parse(document, file=name)
