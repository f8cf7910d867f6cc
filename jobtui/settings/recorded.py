"""A source as a recording tells of it, and the source that a replay makes of that.

A recording may come from anyone. So a replay takes from it nothing but what is listed here: no address, no secret, no
command, no file of this machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import JsonValue

from jobtui.core.errors import SettingsError
from jobtui.settings.model import EvoSource, GenerationSource, HttpSource, NebulaSource, PluginSource, SourceBase

STAND_IN = "as-recorded"
"""Stands for every credential; no service asks for it."""

_BUILTIN = "builtin:"


def described(source: SourceBase, api_text: str = "") -> dict[str, JsonValue]:
    """What a recording's first line tells of a source: nothing secret, and not where it is.

    Args:
        source: As it is configured.
        api_text: The description of its API, where that is a file.
    """
    about: dict[str, JsonValue] = {
        "provider": source.provider,
        "base_path": urlsplit(source.base_url).path,
        "interval": source.interval,
        "max_per_minute": source.max_per_minute,
        "read_only": source.read_only,
    }
    match source:
        case NebulaSource():
            return {**about, "signs_in": source.login is not None, "workflows": list(source.workflows)}
        case EvoSource():
            about |= {"org_id": source.org_id, "preview": source.preview, "signs_in": source.oauth is not None}
            return about | ({"sign_in_path": urlsplit(source.oauth.token_url).path} if source.oauth else {})
        case HttpSource():
            api = source.api if source.api.startswith(_BUILTIN) else ""
            return {**about, "has_token": source.token is not None, "api": api, "api_text": api_text}
        case GenerationSource() | PluginSource():
            return {**about, "has_token": source.token is not None}
        case _:
            return about


def replayed(about: Mapping[str, JsonValue], base_url: str, sign_in_url: str, api_file: str) -> dict[str, Any]:
    """The source's table in the configuration of a replay; still to be checked as any other.

    Args:
        about: What the recording tells of the source.
        base_url: Where its answers are served.
        sign_in_url: Likewise, those of the service that gives out its tokens.
        api_file: Where the description of its API was put, if the recording holds one.

    Raises:
        SettingsError: A path would lead elsewhere.
    """
    table: dict[str, Any] = {"provider": about.get("provider"), "base_url": f"{base_url}{_path(about, 'base_path')}"}
    table |= {key: about[key] for key in ("interval", "max_per_minute", "read_only") if about.get(key) is not None}
    match about.get("provider"):
        case "nebula":
            login = {"user": "recorded", "password": STAND_IN, "address": "recorded", "port": 9669}
            table |= {"login": login} if about.get("signs_in") else {"token": STAND_IN}
            table["workflows"] = about.get("workflows") or []
        case "evo":
            oauth = {
                "client_id": "recorded",
                "client_secret": STAND_IN,
                "token_url": f"{sign_in_url}{_path(about, 'sign_in_path')}",
            }
            table |= {"oauth": oauth} if about.get("signs_in") else {"token": STAND_IN}
            table |= {"org_id": about.get("org_id"), "preview": about.get("preview") is True}
        case "http":
            api = about.get("api")
            table["api"] = api if isinstance(api, str) and api.startswith(_BUILTIN) else api_file
            table |= {"token": STAND_IN} if about.get("has_token") else {}
        case _:
            table |= {"token": STAND_IN} if about.get("has_token") else {}
    return table


def as_toml(sources: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables of the sources as a configuration."""
    lines: list[str] = []
    for name, table in sources.items():
        lines.append(f"[sources.{_key(name)}]")
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def _path(about: Mapping[str, JsonValue], key: str) -> str:
    path = about.get(key) or ""
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise SettingsError(f"{key} is no path")
    return path


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.isidentifier() else _text(key)


def _text(text: str) -> str:
    """A basic string: JSON's, but for the one character that TOML wants escaped besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
