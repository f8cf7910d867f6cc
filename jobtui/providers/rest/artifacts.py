"""What a described API's answer holds of a result."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from msgspec import Struct, field

from jobtui.core.errors import ProviderRefused
from jobtui.core.jobs import Job, JsonValue
from jobtui.core.media_types import UNKNOWN_MEDIA_TYPE, extension_of, media_type_of_name, sniffed_media_type
from jobtui.core.results import Artifact, Content, Document, InlineFile, RemoteFile, Result, Text
from jobtui.providers.rest.expression import Scope, plain_text
from jobtui.providers.rest.model import ArtifactRule

NO_RESULT = "The service calls the job done, but its answer holds no result."
"""Warning for a success without anything to fetch."""

MOST_ARTIFACTS = 1000
"""Of one result; what is beyond is left out with a warning."""

BuildUrl = Callable[[tuple[str, ...], dict[str, str]], str]
"""Gives the whole URL of a path below the base URL."""

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)
_HINT_OF_ROLE = {"video": "video/mp4", "image": "image/png", "audio": "audio/mpeg"}


class _Finds(Struct):
    """What was found so far, each link once."""

    ended_at: datetime
    things: list[tuple[ArtifactRule, str, Content]] = field(default_factory=list)
    """Rule, media type and content, in the order of the description."""
    warnings: list[str] = field(default_factory=list)
    _links: set[str] = field(default_factory=set)

    def add(self, rule: ArtifactRule, media_type: str, content: Content) -> None:
        """One thing; what the description says of its type counts where nothing is seen."""
        if media_type == UNKNOWN_MEDIA_TYPE:
            media_type = rule.media_type or _HINT_OF_ROLE.get(rule.role, UNKNOWN_MEDIA_TYPE)
        self.things.append((rule, media_type, content))

    def add_link(self, rule: ArtifactRule, url: str) -> None:
        """A file behind a link, or written out in it."""
        if not url or url in self._links:
            return
        self._links.add(url)
        if url.lower().startswith("data:"):
            self.add_bytes(rule, *_of_data_uri(url))
        elif _LINK.fullmatch(url):
            name = posixpath.basename(unquote(_path(url)))
            expires_at = self.ended_at + rule.lifetime if rule.lifetime else None
            self.add(rule, media_type_of_name(name), RemoteFile(url=url, expires_at=expires_at))
        else:
            self.warnings.append("A link of the result isn't an http address; it is left out.")

    def add_bytes(self, rule: ArtifactRule, content: bytes | None, media_type: str = "") -> None:
        """A file that came inside the answer."""
        if content is None:
            self.warnings.append("A file in the answer can't be decoded; it is left out.")
        elif content:
            seen = sniffed_media_type(content[:16])
            self.add(rule, media_type if seen == UNKNOWN_MEDIA_TYPE and media_type else seen, InlineFile(content))


def read_result(
    rules: tuple[ArtifactRule, ...], scope: Scope, job: Job, now: datetime, *, raw: bytes, build_url: BuildUrl
) -> Result:
    """The result of a job that succeeded.

    Args:
        rules: What may be there.
        scope: The answer to look into.
        job: Whose result it is.
        now: When the answer came; lifetimes count from it where the job's end isn't known.
        raw: The answer as it came.
        build_url: Makes URLs of calls that answer the bytes themselves.
    """
    finds = _Finds(job.finished_at or now)
    for rule in rules:
        if rule.when is None or rule.when.holds(scope):
            _find(rule, scope, finds, build_url)
    warnings = list(dict.fromkeys(finds.warnings))
    if len(finds.things) > MOST_ARTIFACTS:
        warnings.append(f"Only the first {MOST_ARTIFACTS} of {len(finds.things)} files are shown.")
    if not finds.things:
        warnings.append(NO_RESULT)
    artifacts = _named(finds.things[:MOST_ARTIFACTS], job.id.native)
    return Result(job.id, artifacts, warnings=tuple(warnings), raw=raw)


def whole_body(job: Job, body: bytes, media_type: str) -> Result:
    """The result of a call that answers no JSON but the thing itself."""
    seen = sniffed_media_type(body[:16])
    media_type = media_type if seen == UNKNOWN_MEDIA_TYPE and media_type else seen
    rule = ArtifactRule("path", media_type=media_type)
    if media_type.startswith("text/"):
        return Result(
            job.id, _named([(rule, media_type, Text(body.decode("utf-8", "replace")))], job.id.native), raw=body
        )
    return Result(job.id, _named([(rule, media_type, InlineFile(body))], job.id.native))


def _find(rule: ArtifactRule, scope: Scope, finds: _Finds, build_url: BuildUrl) -> None:
    if rule.expression is None:
        _find_call(rule, scope, finds, build_url)
        return
    value = rule.expression.read(scope)
    if value is None or value in ("", [], {}):
        return
    if rule.form == "json":
        finds.add(rule, "application/json", Document(value))
    elif rule.form == "auto":
        _find_any(rule, value, finds)
    else:
        for item in _leaves(value):
            _find_text(rule, plain_text(item), finds)


def _find_call(rule: ArtifactRule, scope: Scope, finds: _Finds, build_url: BuildUrl) -> None:
    if rule.path is None:
        return
    known = Scope(scope.values, values=scope.values)
    query = {name: text for name, template in rule.query.items() if (text := template.fill_text(known))}
    try:
        finds.add_link(rule, build_url(rule.path.fill(known), query))
    except ProviderRefused as error:
        finds.warnings.append(f"{error}.")


def _find_any(rule: ArtifactRule, value: JsonValue, finds: _Finds) -> None:
    """Links and data URIs as files; the whole as a document where there is more to it."""
    leaves = [item for item in _leaves(value) if item is not None]
    links = [item for item in leaves if isinstance(item, str) and (_LINK.fullmatch(item) or _DATA_URI.match(item))]
    for link in links:
        finds.add_link(rule, link)
    if isinstance(value, str) and not links:
        finds.add(rule, "text/plain", Text(value))
    elif len(links) < len(leaves):
        finds.add(rule, "application/json", Document(value))


def _find_text(rule: ArtifactRule, text: str, finds: _Finds) -> None:
    match rule.form:
        case "url":
            finds.add_link(rule, text)
        case "file_id":
            finds.add(rule, UNKNOWN_MEDIA_TYPE, RemoteFile(file_id=text))
        case "text":
            finds.add(rule, rule.media_type or "text/plain", Text(text))
        case "base64":
            finds.add_bytes(rule, *(_of_data_uri(text) if text.startswith("data:") else (_of_base64(text), "")))
        case _:
            finds.add_bytes(rule, _of_hex(text))


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    """All that is neither list nor object, in order."""
    waiting: list[JsonValue] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            waiting.extend(reversed(item.values()))
        else:
            yield item


def _of_data_uri(uri: str) -> tuple[bytes | None, str]:
    match = _DATA_URI.match(uri)
    if match is None:
        return None, ""
    payload = uri[match.end() :]
    content = _of_base64(unquote(payload)) if match[3] else unquote_to_bytes(payload)
    return content, (match[1] or "").lower()


def _of_base64(text: str) -> bytes | None:
    """Base64 in either alphabet, with or without padding and line ends."""
    packed = "".join(text.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _of_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _named(things: list[tuple[ArtifactRule, str, Content]], native: str) -> tuple[Artifact, ...]:
    """File names that tell jobs, roles and numbers apart, the same each time the result is read."""
    stem = native.rstrip("/").rpartition("/")[2]
    per_role = Counter((rule.role, extension_of(media_type)) for rule, media_type, _ in things)
    seen: Counter[tuple[str, str]] = Counter()
    artifacts = []
    for rule, media_type, content in things:
        key = (rule.role, extension_of(media_type))
        seen[key] += 1
        parts = [stem, rule.role.replace(" ", "-"), str(seen[key]) if per_role[key] > 1 else ""]
        name = "-".join(filter(None, parts)) + key[1]
        size_bytes = len(content.content) if isinstance(content, InlineFile) else None
        artifacts.append(Artifact(name, media_type, content, size_bytes=size_bytes, role=rule.role))
    return tuple(artifacts)
