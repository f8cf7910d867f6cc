"""Links to results, and how long they live."""

from __future__ import annotations

import posixpath
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.times import from_epoch_s
from jobtui.providers.generation.routes import OPENAI_VIDEOS, Route
from jobtui.providers.generation.shapes import Shape
from jobtui.providers.generation.wire import moment_of
from jobtui.providers.json_fields import object_of, text_of

_LIFETIMES = {
    Shape.ENVELOPE: timedelta(hours=1),
    Shape.CONTENT: timedelta(hours=24),
    Shape.TASK: timedelta(hours=9),
    Shape.KLING: timedelta(days=30),
}
"""From the end of the task, as the vendors' references say; for the others nothing is written."""


def is_link(text: str) -> bool:
    """Whether the text is an address on the web, and nothing that a program would take for a file or a script."""
    return text.lower().startswith(("https://", "http://"))


def file_name_of(url: str) -> str:
    """The last part of the link's path; empty where it has none. Data of a service, not yet fit for a folder."""
    try:
        return unquote(posixpath.basename(urlsplit(url).path))
    except ValueError:
        return ""


def file_links(body: JsonValue) -> tuple[str, ...]:
    """The links in MiniMax's answer about a `file_id`, the spare one last."""
    fields = object_of(object_of(body).get("file"))
    urls = (text_of(fields.get("download_url")), text_of(fields.get("backup_download_url")))
    return tuple(url for url in urls if is_link(url))


def told_file_name(body: JsonValue) -> str:
    """The vendor's own name of the file in the same answer; empty where there is none. Data, not a path."""
    return text_of(object_of(object_of(body).get("file")).get("filename"))


def expiry_of(url: str, shape: Shape, route: Route, task: JsonObject, ended_at: datetime) -> datetime | None:
    """When the link stops working: as itself says, as the answer says, or as the vendor documents it."""
    if (signed_until := _signed_expiry(url)) is not None:
        return signed_until
    if (told := moment_of(task.get("expires_at"))) is not None:
        return told
    if route.prefix == OPENAI_VIDEOS:
        return None
    lifetime = _LIFETIMES.get(shape)
    return ended_at + lifetime if lifetime else None


def _signed_expiry(url: str) -> datetime | None:
    try:
        values = parse_qs(urlsplit(url).query).get("Expires", [""])
    except ValueError:
        return None
    text = values[-1]
    return from_epoch_s(int(text)) if text.isascii() and text.isdecimal() and len(text) <= 12 else None
