"""One answer of a service: reading its body, and what its status means."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from jobtui.core.errors import (
    InvalidParameter,
    OutcomeUnknown,
    ProtocolError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    RateLimited,
    SignInRefused,
    Unreachable,
)
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.core.pauses import no_collection
from jobtui.providers.large_json import LARGE_BYTES, read_large

MAX_WAIT_S = 3600.0
"""The longest Retry-After that is honoured."""

WEB_PAGE_HINT = "Is base_url right?"

_DEEPEST = 200
"""Nesting of the deepest answer that is read: what walks over one needs no guard of its own."""
_MOST_PARTS = 500_000
"""Objects and lists in one answer; the smallest of them takes 60 times the bytes that it is written with."""
_MOST_VALUES = 4_000_000
_LONE_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_BUSY_STATUSES = frozenset({408, 425, 500, 502, 503, 504})
_MAYBE_ACCEPTED_STATUSES = frozenset({408, 500, 502, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; several of one name are joined by a comma."""
    body: bytes = field(repr=False)
    """Decoded, whole, with known secrets masked."""
    received_at: datetime
    """When the last byte came."""
    set_cookies: tuple[str, ...] = field(default=(), repr=False)
    """Each Set-Cookie header as it came."""
    _read: list[JsonValue | ProtocolError] = field(default_factory=list, init=False, repr=False, compare=False)
    """The body as JSON, or what is wrong with it, once it was read ahead."""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> JsonValue:
        """The body as JSON, whatever its Content-Type says; NaN, infinities and half characters are made harmless.

        Raises:
            ProtocolError: It isn't JSON.
        """
        read = self._read[0] if self._read else parse_json(self.body, http_status=self.status)
        if isinstance(read, ProtocolError):
            raise read
        return read

    def read_ahead(self) -> None:
        """Read the body now, so that `json` takes no time; what is wrong with it is told there."""
        # So many objects, none of them garbage: to look through them for some would stop all threads again and again.
        with no_collection():
            try:
                self._read.append(self.json())
            except ProtocolError as error:
                self._read.append(error)

    def json_object(self) -> JsonObject:
        """The body as a JSON object. Raises `ProtocolError` for anything else."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProtocolError("the answer is JSON, but not an object", http_status=self.status)
        return value

    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 become U+FFFD."""
        return self.body.decode("utf-8-sig", "replace")


def parse_json(body: bytes, *, http_status: int | None = None) -> JsonValue:
    """Read JSON from a service.

    Raises:
        ProtocolError: It isn't JSON; the text says what it is instead.
    """
    if body.count(b"[") + body.count(b"{") > _MOST_PARTS or body.count(b",") > _MOST_VALUES:
        raise ProtocolError("the answer holds more values than fit into memory", http_status=http_status)
    try:
        text = body.decode("utf-8-sig")
        value: JsonValue = read_large(text, _DECODER) if len(body) >= LARGE_BYTES else _DECODER.decode(text)
    except UnicodeDecodeError:
        raise ProtocolError("the answer isn't valid UTF-8", http_status=http_status) from None
    except RecursionError:
        raise _too_deep(http_status) from None
    except ValueError:
        raise ProtocolError(_not_json(body), hint=WEB_PAGE_HINT, http_status=http_status) from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _is_deep(value):
        raise _too_deep(http_status)
    return _mended(value) if _LONE_SURROGATE_ESCAPE.search(body) else value


def raise_for_status(
    answer: Answer,
    *,
    what: str,
    code: str = "",
    message: str = "",
    detail: str = "",
    hint: str = "",
    request_id: str = "",
    invalid_parameters: tuple[InvalidParameter, ...] = (),
    refused: type[ProviderRefused] = ProviderRefused,
    not_found: type[ProviderRefused] = ProviderRefused,
) -> None:
    """Turn a status other than 2xx into the error that stands for it.

    Args:
        answer: What came.
        what: What was wanted, as the start of a sentence: "listing jobs".
        code: The service's own code.
        message: The service's own short words; the status' name stands in for them.
        detail: Its longer words.
        hint: What the user can do, where the caller knows it.
        request_id: What the service's support asks for.
        invalid_parameters: What the service named.
        refused: The error for 400 and 422; `InvalidInput` around a submit.
        not_found: The error for 404 and 410.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    kind: type[ProviderError]
    if status in {401, 403}:
        kind = SignInRefused
        hint = hint or ("The credential isn't accepted." if status == 401 else "The credential may not do this.")
    elif status in {404, 410}:
        kind = not_found
    elif status in {400, 422}:
        kind = refused
    elif status == 429:
        kind = RateLimited
    elif status in _BUSY_STATUSES or status > 504:
        kind = ProviderBusy
    elif 400 <= status < 500 or status == 501:
        kind = ProviderRefused
    else:
        kind = ProtocolError
        hint = hint or (WEB_PAGE_HINT if 300 <= status < 400 else "")
    error = kind(
        f"{what}: {quoted(message) or status_phrase(status)}",
        hint=hint,
        code=code,
        detail=detail,
        http_status=status,
        request_id=request_id,
        invalid_parameters=invalid_parameters,
    )
    if isinstance(error, ProviderBusy):
        error.retry_after_s = retry_after_s(answer)
    raise error


def quoted(words: str) -> str:
    """A service's own words, told from ours; empty where it had none."""
    return f'"{words}"' if words else ""


def status_phrase(status: int) -> str:
    """The status in words of our own, since a service's reason phrase is only data: "HTTP 503 Service Unavailable"."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def retry_after_s(answer: Answer) -> float | None:
    """Seconds that the service asked to wait, from now on: at most an hour, never negative.

    A date counts from the server's own Date header, so a wrong clock on either side does no harm.
    """
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:7]), MAX_WAIT_S)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(answer.headers.get("date", "")) or answer.received_at
    return min(max((until - since).total_seconds(), 0.0), MAX_WAIT_S)


@contextmanager
def lost_answers_are_unknown(what: str) -> Iterator[None]:
    """Around a submit: a fault that leaves open whether the service acted becomes `OutcomeUnknown`.

    Args:
        what: What was submitted, as the start of a sentence: "the run of workflow 107".
    """
    try:
        yield
    except ProviderError as error:
        if not _maybe_accepted(error):
            raise
        raise OutcomeUnknown(
            f"{what} was sent, but whether a job was made is not known: {error}",
            hint="Look at the service before you submit again.",
        ) from error


def _maybe_accepted(error: ProviderError) -> bool:
    if isinstance(error, Unreachable):
        return error.request_sent
    if isinstance(error, ProviderBusy):
        return error.http_status in _MAYBE_ACCEPTED_STATUSES or (error.http_status or 0) > 504
    return isinstance(error, ProtocolError) and not 300 <= (error.http_status or 0) < 500


def _not_json(body: bytes) -> str:
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "the answer is empty"
    if start.startswith(b"<"):
        return "this is a web page, not the API"
    if start[:1] in {b"{", b"["}:
        return "the answer is broken off or isn't valid JSON"
    return "the answer isn't JSON"


def _too_deep(http_status: int | None) -> ProtocolError:
    return ProtocolError("the answer is nested too deeply to be read", http_status=http_status)


def _is_deep(value: JsonValue) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inside = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list))
        level = [inner for items in inside for inner in items if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _no_number(_: str) -> None:
    return None


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def _mended(value: JsonValue) -> JsonValue:
    """The value with half characters replaced, which neither a terminal nor a database takes."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {str(_mended(key)): _mended(item) for key, item in value.items()}
    return value


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
