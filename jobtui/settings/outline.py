"""What the first screen needs of the settings, read without checking them.

Loading pydantic takes as long as painting the screen. So the screen starts from this, and the settings as a whole are
read and checked with the engine, a moment later; what is wrong is then said as by every verb.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from jobtui.settings.layers import merged_tables, read_toml
from jobtui.settings.paths import settings_in

_PREFIX = "JOBTUI_"


class SourceOutline(Struct, frozen=True):
    """A configured source by what its health line shows."""

    name: str
    provider: str
    read_only: bool
    tls_verified: bool
    notify: bool
    auto_download: bool


class Outline(Struct, frozen=True):
    """Settings by their keys; a value of another type than asked for counts as not given."""

    file: Path
    """The configuration, whether or not it exists."""
    table: Mapping[str, Any]
    sources: tuple[SourceOutline, ...]

    def text(self, key: str, default: str) -> str:
        """A setting that is text."""
        value = self.table.get(key)
        return value if isinstance(value, str) else default

    def words(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A setting that is a list of words, or one text of them."""
        value = self.table.get(key)
        if isinstance(value, str):
            return tuple(word for word in re.split(r"[\s,]+", value) if word)
        return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else default

    def switch(self, key: str) -> bool | None:
        """A setting that is on or off; `None` where it isn't given."""
        value = self.table.get(key)
        return None if value is None else _is_on(value)

    def texts(self, key: str) -> dict[str, str]:
        """A setting that is a table of texts."""
        value = self.table.get(key)
        pairs = value.items() if isinstance(value, Mapping) else ()
        return {name: text for name, text in pairs if isinstance(text, str)}

    def tables(self, key: str) -> dict[str, Outline]:
        """A setting that is a table of tables; each as an outline of its own."""
        value = self.table.get(key)
        pairs = value.items() if isinstance(value, Mapping) else ()
        return {name: Outline(self.file, table, ()) for name, table in pairs if isinstance(table, Mapping)}


def outline(file: Path, environ: Mapping[str, str], flags: Mapping[str, Any], *, required: bool = False) -> Outline:
    """Read flags over environment over file, as they are.

    Raises:
        SettingsError: The file can't be read, or is no TOML.
    """
    table = read_toml(file, required=required) or {}
    return outline_of(file, merged_tables(merged_tables(table, _environment(environ)), flags))


def outline_of(file: Path, table: Mapping[str, Any]) -> Outline:
    """An outline of a table that is read already."""
    sources = table.get("sources")
    pairs = sources.items() if isinstance(sources, Mapping) else ()
    return Outline(file, table, tuple(_source(name, source) for name, source in pairs if isinstance(source, Mapping)))


def _source(name: str, source: Mapping[str, Any]) -> SourceOutline:
    provider = source.get("provider")
    return SourceOutline(
        name,
        provider if isinstance(provider, str) else "",
        _is_on(source.get("read_only")),
        str(source.get("verify_tls")).lower() not in {"false", "0"},
        str(source.get("notify")).lower() not in {"false", "0", "no", "off"},
        _is_on(source.get("auto_download")),
    )


def _is_on(value: object) -> bool:
    return str(value).lower() in {"true", "1", "yes", "on"}


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The variables as a table: `JOBTUI_SOURCES__GRAPH__READ_ONLY` is sources.graph.read_only."""
    table: dict[str, Any] = {}
    for variable, text in settings_in(environ).items():
        value: Any = text
        if text.lstrip().startswith(("{", "[")):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                value = text
        for key in reversed(variable[len(_PREFIX) :].lower().split("__")):
            value = {key: value}
        table = merged_tables(table, value)
    return table
