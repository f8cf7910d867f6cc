"""The file: one JSON object a line; the first tells what was recorded, the others are exchanges and watched jobs."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from jobtui.core.exchanges import Exchange, Headers
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.times import from_rfc3339, to_rfc3339
from jobtui.recording.hiding import is_text

FORMAT = 1
"""Version of the file's format; another one isn't read."""

_SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_URL = re.compile(r"https?://[!-~]+")
_METHOD = re.compile(r"[A-Z]{1,16}")
_HEADER_NAME = re.compile(r"[a-z0-9-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t -~\xa0-\xff]{0,16384}")
LONGEST_S = 366 * 86_400.0
"""No recording goes on for longer."""


class Damaged(ValueError):
    """A line isn't what it should be; the text says in what."""


class BrokenOff(Damaged):
    """A line isn't JSON, as one that wasn't written to its end."""


class Heading(Struct, frozen=True):
    """The first line."""

    version: str
    """Of the jobtui that recorded."""
    started_at: datetime
    sources: Mapping[str, JsonObject]
    """What was configured, by name, without secrets and addresses."""


def heading_line(heading: Heading) -> JsonObject:
    """The first line of a file."""
    return {
        "jobtui_recording": FORMAT,
        "jobtui": heading.version,
        "started_at": to_rfc3339(heading.started_at),
        "sources": dict(heading.sources),
    }


def exchange_line(exchange: Exchange) -> JsonObject:
    """The line of an exchange that holds no secret any more."""
    line: JsonObject = {
        "at_s": round(exchange.at_s, 3),
        "method": exchange.method,
        "url": exchange.url,
        "asked_with": [list(pair) for pair in exchange.request_headers],
        **_body_fields("sent", exchange.request_body),
        "took_s": round(exchange.took_s, 3),
    }
    if exchange.status is not None:
        line |= {"status": exchange.status, "headers": [list(pair) for pair in exchange.headers]}
        line |= _body_fields("body", exchange.body)
    if exchange.whole_bytes is not None:
        line["cut_from_bytes"] = exchange.whole_bytes
    if exchange.fault:
        line["fault"] = exchange.fault
    return line


def written(line: JsonObject) -> bytes:
    """A line as it stands in the file."""
    return json.dumps(line, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8", "replace") + b"\n"


def read_line(text: bytes) -> JsonObject:
    """One line's object. Raises `Damaged`, and where it isn't JSON `BrokenOff`."""
    try:
        value: JsonValue = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BrokenOff("it is broken off or isn't JSON") from None
    if not isinstance(value, dict):
        raise Damaged("it isn't a JSON object")
    return value


def heading_of(line: JsonObject) -> Heading:
    """What the first line tells. Raises `Damaged`."""
    if "jobtui_recording" not in line:
        raise Damaged("this is no recording of jobtui's")
    if line["jobtui_recording"] != FORMAT:
        raise Damaged(f"the recording has format {str(line['jobtui_recording'])[:20]}, this jobtui reads {FORMAT}")
    started_at, sources = from_rfc3339(line.get("started_at")), line.get("sources")
    if started_at is None:
        raise Damaged("started_at is no time")
    if not isinstance(sources, dict) or not sources:
        raise Damaged("sources is no table")
    checked: dict[str, JsonObject] = {}
    for name, about in sources.items():
        if not _SOURCE_NAME.fullmatch(name) or not isinstance(about, dict):
            raise Damaged("sources holds something else than sources")
        checked[name] = about
    return Heading(text_in(line, "jobtui"), started_at, checked)


def exchange_of(line: JsonObject) -> Exchange:
    """The exchange that a line tells of. Raises `Damaged`."""
    method, url = text_in(line, "method"), text_in(line, "url")
    if not _METHOD.fullmatch(method):
        raise Damaged("method is no word")
    if not _URL.fullmatch(url) or not _has_host(url):
        raise Damaged("url is no URL")
    status = line.get("status")
    if "status" in line and (isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 999):
        raise Damaged("status is no HTTP status")
    whole_bytes = number_in(line, "cut_from_bytes", 1e15) if "cut_from_bytes" in line else None
    fault = text_in(line, "fault")
    if status is None and not fault:
        raise Damaged("it has neither status nor fault")
    return Exchange(
        method=method,
        url=url,
        at_s=number_in(line, "at_s", LONGEST_S),
        took_s=number_in(line, "took_s", LONGEST_S),
        request_headers=_headers_in(line, "asked_with"),
        request_body=_body_in(line, "sent"),
        status=status if isinstance(status, int) else None,
        headers=_headers_in(line, "headers"),
        body=_body_in(line, "body"),
        whole_bytes=None if whole_bytes is None else int(whole_bytes),
        fault=fault,
    )


def text_in(line: Mapping[str, JsonValue], key: str) -> str:
    """A value that has to be text; empty where it is left out. Raises `Damaged`."""
    value = line.get(key)
    if value is not None and not isinstance(value, str):
        raise Damaged(f"{key} is no text")
    return value or ""


def number_in(line: Mapping[str, JsonValue], key: str, most: float) -> float:
    """A value that has to be a number from 0 to `most`. Raises `Damaged`."""
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Damaged(f"{key} is no such number as is needed")
    return value


def _body_fields(key: str, body: bytes) -> JsonObject:
    if not body:
        return {}
    return {key: body.decode()} if is_text(body) else {f"{key}_base64": b64encode(body).decode()}


def _body_in(line: JsonObject, key: str) -> bytes:
    encoded = line.get(f"{key}_base64")
    if encoded is None:
        return text_in(line, key).encode("utf-8", "replace")
    try:
        return b64decode(text_in(line, f"{key}_base64"), validate=True)
    except ValueError:
        raise Damaged(f"{key}_base64 isn't Base64") from None


def _headers_in(line: JsonObject, key: str) -> Headers:
    pairs = line.get(key, [])
    if not isinstance(pairs, list):
        raise Damaged(f"{key} is no list")
    headers: list[tuple[str, str]] = []
    for pair in pairs:
        name, value = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        # They are sent: what would end a header there begins another one.
        if not isinstance(name, str) or not isinstance(value, str):
            raise Damaged(f"{key} holds something else than names with their values")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise Damaged(f"{key} holds what can't stand in a header")
        headers.append((name, value))
    return tuple(headers)


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
