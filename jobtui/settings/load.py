"""Flags over environment over file over defaults, with the origin of each value and errors that name the key."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableVariable

from jobtui.core.errors import SettingsError
from jobtui.core.redaction import MASK, Redactor
from jobtui.core.text import one_line
from jobtui.settings.layers import merged_tables, read_toml
from jobtui.settings.model import (
    Command,
    EvoSource,
    GenerationSource,
    HttpSource,
    NebulaLogin,
    NebulaSource,
    OAuthClient,
    PluginSource,
    Secret,
    Settings,
    SourceBase,
    is_plain_http,
)
from jobtui.settings.paths import (
    STORE_NAME,
    data_dir,
    open_to_others,
    settings_in,
    unusable_folder,
    written_by_others,
)

_SOURCE_KINDS: Mapping[str, type[SourceBase]] = {
    "nebula": NebulaSource,
    "evo": EvoSource,
    "generation": GenerationSource,
    "http": HttpSource,
}
_TABLES: Mapping[str, type[BaseModel]] = {
    "login": NebulaLogin,
    "oauth": OAuthClient,
    "token": Secret,
    "password": Secret,
    "client_secret": Secret,
}
_WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "int_from_float": "a whole number",
    "string": "a text",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
}
"""What pydantic's kinds of errors ask for."""

Path_ = tuple[str, ...]


class Shown(Struct, frozen=True):
    """One value as `config show` prints it."""

    key: str
    """Dotted, such as sources.evo.base_url."""
    value: str
    """As TOML would write it; secrets are hidden."""
    origin: str
    """A flag, a variable's name, the file, or "default"."""


class Loaded(Struct, frozen=True):
    """The settings, and where they came from."""

    settings: Settings
    file: Path
    """Where the file is, or would be."""
    file_exists: bool
    _layers: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def shown(self) -> Iterator[Shown]:
        """Every value with its origin; none of them secret."""
        for path, value in _leaves(self.settings, ()):
            # What a third party's options mean is not known, so none of them is shown.
            hidden = len(path) > 3 and path[0] == "sources" and path[2] == "options"
            yield Shown(".".join(path), f'"{MASK}"' if hidden else _toml(value), self._origin(path))

    def warnings(self, environ: Mapping[str, str]) -> Iterator[str]:
        """What works, but should be known."""
        plain = [".".join(path) for path, secret in secrets_of(self.settings) if secret.kind == "plain"]
        if plain and self.file_exists and open_to_others(self.file):
            yield f"{self.file} holds secrets ({', '.join(plain)}) and others may read it: chmod 600 {self.file}"
        if self.file_exists and written_by_others(self.file):
            yield f"{self.file} can be written by others, who then choose where credentials go: chmod go-w {self.file}"
        yield from _open_data(data_dir(environ))
        for name, source in self.settings.sources.items():
            if source.verify_tls is False:
                yield f"sources.{name}.verify_tls is off: anyone on the way can read and change what is sent"
            if is_plain_http(source.base_url):
                yield f"sources.{name}.base_url is plain http: anyone on the way can read the credential"
        for variable in sorted(settings_in(environ)):
            field = variable.removeprefix("JOBTUI_").partition("__")[0].lower()
            if field not in Settings.model_fields:
                yield f"{variable} is not a setting{_suggestion(field, Settings.model_fields)}"

    def _origin(self, path: Path_) -> str:
        for origin, layer in self._layers:
            if _holds(layer, path):
                return _variable(path) if origin == "environment" else origin
        return "default"

    @property
    def merged(self) -> dict[str, Any]:
        """All layers as one table, unchecked."""
        return _merged_layers(self._layers)


def load(
    file: Path, environ: Mapping[str, str], flags: Mapping[str, Any] | None = None, *, required: bool = False
) -> Loaded:
    """Put the settings together.

    Args:
        file: The configuration; one that doesn't exist is empty, unless `required`.
        environ: The environment.
        flags: What the command line says, by setting.
        required: Whether the user named the file, so that it has to exist.

    Raises:
        SettingsError: Names file or variable and key of everything that can't be used, and none of the values.
    """
    table = read_toml(file, required=required)
    layers: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("flag", flags or {}),
        ("environment", _read_environment(environ)),
        (str(file), table or {}),
    )
    merged = _merged_layers(layers)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise _named(error, merged, layers) from None
    return Loaded(settings, file, table is not None, layers)


def _open_data(folder: Path) -> Iterator[str]:
    """What of the data others may look at, since inputs and answers of jobs are in it; and whether it can be kept."""
    if fault := unusable_folder(folder):
        yield f"{folder}: {fault}, so what is watched would be lost at the end"
    if open_to_others(folder):
        yield f"{folder} is open to others: chmod 700 {folder}"
    for file in sorted(folder.glob(f"{STORE_NAME}*")):
        if open_to_others(file):
            yield f"{file} can be read by others: chmod 600 {file}"


def _merged_layers(layers: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for _, layer in reversed(layers):
        merged = merged_tables(merged, layer)
    return merged


def parse(text: str, origin: str) -> Settings:
    """Settings from TOML text alone, as the demo prints it. Raises `SettingsError`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{origin}: not TOML: {error}") from None
    try:
        return Settings(**table)
    except ValidationError as error:
        raise _named(error, table, ((origin, table),)) from None


def secrets_of(settings: Settings) -> Iterator[tuple[Path_, Secret]]:
    """Every secret that is configured, with its key."""
    for path, value in _leaves(settings, ()):
        if isinstance(value, Secret):
            yield path, value


class _Environment(EnvSettingsSource):
    """pydantic-settings' reading of variables, from a given environment, with secrets left as they are written."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:  # noqa: ANN401 - the base's types
        # Only what looks like a list or table is JSON: a password such as 1e5 or null has to stay text.
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                return value
        return value


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        return _Environment(settings_in(environ))()
    except UnreadableVariable:
        raise SettingsError("a variable that starts with JOBTUI_ can't be read") from None


def _named(
    error: ValidationError, merged: Mapping[str, Any], layers: Sequence[tuple[str, Mapping[str, Any]]]
) -> SettingsError:
    """Every complaint with where it comes from and its key; pydantic's own text would print what was typed."""
    lines: list[str] = []
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        path = _path(fault["loc"])
        words = _plainly(fault["type"], fault["msg"])
        if fault["type"] == "extra_forbidden":
            words = _no_such_key(path, merged)
        where = next((origin for origin, layer in layers if _holds(layer, path)), None)
        if where is None:
            where = next((origin for origin, layer in layers if _holds(layer, path[:-1])), layers[-1][0])
        key = one_line(_variable(path) if where == "environment" else ".".join(path))
        lines.append(
            ": ".join(part for part in ("" if where == "environment" else where, key, one_line(words)) if part)
        )
    return SettingsError("\n".join(lines), hint="`jobtui config schema` prints every key with its meaning.")


def _path(location: Sequence[int | str]) -> Path_:
    """A complaint's place as the file's keys: pydantic puts the kind of source in between."""
    parts = [str(part) for part in location]
    if parts[:1] == ["sources"] and len(parts) > 2:
        del parts[2]
    return tuple(parts)


def _plainly(kind: str, words: str) -> str:
    """What a value has to be, in words for people who don't know pydantic's."""
    if kind == "missing":
        return "is missing"
    if wanted := _WANTED.get(kind.removesuffix("_type").removesuffix("_parsing")):
        return f"has to be {wanted}"
    return words.removeprefix("Value error, ").replace("Input should be", "has to be", 1)


def _no_such_key(path: Path_, merged: Mapping[str, Any]) -> str:
    if path[0] == "sources" and len(path) == 3:
        provider = merged["sources"][path[1]].get("provider")
        if isinstance(provider, str) and provider not in _SOURCE_KINDS and (meant := _near(provider, _SOURCE_KINDS)):
            return f"a provider {provider!r} has no such key; did you mean the provider {meant}?"
    return "there is no such key" + _suggestion(path[-1], _known_keys(path[:-1], merged))


def _known_keys(path: Path_, merged: Mapping[str, Any]) -> Sequence[str]:
    if not path:
        return tuple(Settings.model_fields)
    if path[0] == "commands":
        return tuple(Command.model_fields)
    if path[0] != "sources":
        return ()
    if len(path) == 2:
        provider = merged["sources"][path[1]].get("provider")
        kind = _SOURCE_KINDS.get(provider) if isinstance(provider, str) else None
        return tuple((kind or PluginSource).model_fields)
    table = _TABLES.get(path[-1])
    return tuple(table.model_fields) if table else ()


def _suggestion(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    near = _near(word, known)
    return f"; did you mean {near}?" if near else ""


def _near(word: str, known: Sequence[str] | Mapping[str, Any]) -> str | None:
    return next(iter(difflib.get_close_matches(word.lower(), known, n=1)), None)


def _holds(layer: Mapping[str, Any], path: Path_) -> bool:
    value: Any = layer
    for part in path:
        if not isinstance(value, Mapping):
            return True  # A plain text in place of a table: everything inside comes from there.
        if part not in value:
            return False
        value = value[part]
    return bool(path)


def _variable(path: Path_) -> str:
    return "JOBTUI_" + "__".join(part.upper() for part in path)


def _leaves(model: BaseModel, path: Path_) -> Iterator[tuple[Path_, object]]:
    """Every value of a model, with secrets as leaves and tables taken apart."""
    for key in type(model).model_fields:
        value = getattr(model, key)
        if isinstance(value, BaseModel) and not isinstance(value, Secret):
            yield from _leaves(value, (*path, key))
        elif isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, BaseModel):
                    yield from _leaves(item, (*path, key, name))
                else:
                    yield (*path, key, name), item
        elif value is not None:
            yield (*path, key), value


def _toml(value: object) -> str:
    if isinstance(value, Secret):
        return _hidden(value)
    if isinstance(value, str | Path):
        return json.dumps(Redactor().clean(os.fspath(value)))
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(value, default=str)


def _hidden(secret: Secret) -> str:
    """Where a secret comes from; of a command the program alone, since arguments may be secret too."""
    if secret.command is not None:
        program, _, arguments = secret.command.strip().partition(" ")
        return f"{{ command = {json.dumps(program + (' …' if arguments else ''), ensure_ascii=False)} }}"
    if secret.plain is not None:
        return f'"{MASK}"'
    return f"{{ {secret.kind} = {json.dumps(getattr(secret, secret.kind))} }}"
