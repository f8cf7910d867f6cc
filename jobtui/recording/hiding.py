"""What must not be in a recording: secrets, however they come in, and the addresses of the user's own services.

The same value gets the same stand-in wherever it is, so that a link in one answer still fits the request that follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote

from jobtui.core.exchanges import MAX_BODY_BYTES, Exchange, Headers
from jobtui.core.origins import Origins
from jobtui.core.redaction import Redactor

REQUEST_HEADERS = frozenset({"accept", "api-preview", "content-type", "if-range", "prefer", "range", "user-agent"})
ANSWER_HEADERS = frozenset(
    {
        "accept-ranges",
        "content-disposition",
        "content-range",
        "content-type",
        "date",
        "etag",
        "last-modified",
        "link",
        "location",
        "retry-after",
        "set-cookie",
        "x-request-id",
    }
)

_SPLIT_BYTES = 16 * 1024
"""At the end of a cut body so much is left out: a secret may have been cut in two there."""
_LONGEST_HEADER = 16 * 1024
_FORM = "application/x-www-form-urlencoded"

_SECRET_NAME = re.compile(
    r"(?i)(?:authorization|cookie|password|passwd|passphrase|pwd|secret|credentials?|signature|token|api[_-]?key"
    r"|(?:access|private|account|secret)[_-]?key(?:[_-]?id)?|key[_-]pair[_-]id|session(?:[_-]?id)?|jwt|otp)$"
)
_SECRET_PARAMETER = re.compile(r"(?i)(?:.*[_-])?(?:key|sig|sign|auth|code|ticket|hmac|policy)$")
_HARMLESS_VALUE = re.compile(
    r"[0-9]{1,17}|[0-9]{8}T[0-9]{6}Z|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+Z?)?|[a-z]{1,12}"
)
"""Of a link to another host: counts, times and mere words, such as `Expires=1700000000`."""

_URL = re.compile(r"[hH][tT][tT][pP][sS]?:(?:\\?/){2}[^\s\"'<>`]+")
_OWN = re.compile(r"http:(?:\\?/){2}[A-Za-z0-9_.-]+\.recorded(?![A-Za-z0-9_.:-])")
_USER_INFO = re.compile(r"(?<=/)[^/\\?#@]*@")
_PARAMETER = re.compile(r"(?P<name>(?:[?&;#]|\\u0026)[^=&;#\s\"'<>\\]{1,100}=)(?P<value>[^&;#\s\"'<>\\]+)")
# In stretches without an escape, never given back: character by character takes twice as long.
_PAIR = re.compile(r"\"(?P<name>[^\"\\\n]{1,100})\"(?P<colon>\s*:\s*)\"(?P<value>[^\"\\]*+(?:\\.[^\"\\]*+)*+)\"")
_INNER_PAIR = re.compile(r"\\\"(?P<name>[^\"\\\n]{1,100})\\\"(?P<colon>\s*:\s*)\\\"(?P<value>[^\"\\]*)\\\"")
_PATTERNS = (
    (
        ("earer ", "asic ", "EARER ", "ASIC "),
        re.compile(r"(\b(?:[bB]earer|[bB]asic|BEARER|BASIC) )([A-Za-z0-9+/=._~-]{16,})"),
    ),
    (("sk-",), re.compile(r"()(\bsk-[A-Za-z0-9_-]{16,})")),
)
"""What is a secret by its looks, with what there has to be for that: a header's credential, a key of the usual form."""
# All that a JSON web token may consist of: to look for its dots here would begin anew at each of many beginnings.
_WEB_TOKEN = re.compile(r"eyJ[A-Za-z0-9_.-]{24,}")


class StandIns:
    """Gives each secret value a name of its own."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, value: str) -> str:
        """`hidden-3` for the third one; the same value gets the same name, however a URL escapes it."""
        if not value:
            return value
        return f"hidden-{self._numbers.setdefault(unquote(value), len(self._numbers) + 1)}"


class Hider:
    """Takes secrets and addresses out of exchanges and texts."""

    def __init__(self, redactor: Redactor, cookies: Redactor, stand_in: Callable[[str], str], origins: Origins) -> None:
        """Hide what the redactor knows, and what is a secret by its place or looks.

        Args:
            redactor: Knows the credentials that were read so far.
            cookies: Is told of every cookie that an answer sets, and knows those from then on.
            stand_in: Gives a secret its name.
            origins: Put `http://SOURCE.recorded` in place of the services' own.
        """
        self._redactor = redactor
        self._cookies = cookies
        self._stand_in = stand_in
        self._origins = origins

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it may be given away."""
        for name, value in exchange.headers:
            if name == "set-cookie":
                self._cookies.register(value.partition(";")[0].partition("=")[2].strip())
        body, whole_bytes = self._body(exchange.body, exchange.whole_bytes, exchange.header("content-type"))
        asked_type = next((text for name, text in exchange.request_headers if name == "content-type"), "")
        return replace(
            exchange,
            url=self.text(exchange.url),
            request_headers=self._headers(exchange.request_headers, REQUEST_HEADERS),
            request_body=self._body(exchange.request_body, None, asked_type)[0],
            headers=self._headers(exchange.headers, ANSWER_HEADERS),
            body=body,
            whole_bytes=whole_bytes,
            fault=self.text(exchange.fault),
        )

    def text(self, text: str) -> str:
        """Any text, such as a URL or a body."""
        text = self._origins.replaced(self._cookies.clean_known(self._redactor.clean_known(text)))
        text = _URL.sub(self._clean_url, text)
        text = _PARAMETER.sub(self._clean_parameter, text)
        if '"' in text:
            text = _PAIR.sub(self._clean_pair, _INNER_PAIR.sub(self._clean_pair, text))
        text = _WEB_TOKEN.sub(lambda match: self._stand_in(match[0]) if match[0].count(".") > 1 else match[0], text)
        for signs, pattern in _PATTERNS:
            if any(sign in text for sign in signs):
                text = pattern.sub(lambda match: match[1] + self._stand_in(match[2]), text)
        return text

    def _headers(self, headers: Headers, kept: frozenset[str]) -> Headers:
        return tuple(
            (name, _as_header(self._cookie(value) if name == "set-cookie" else self.text(value)))
            for name, value in headers
            if name in kept
        )

    def _cookie(self, header: str) -> str:
        pair, semicolon, attributes = header.partition(";")
        name, equals, value = pair.partition("=")
        return f"{name}{equals}{self._stand_in(value.strip())}{semicolon}{self.text(attributes)}"

    def _body(self, body: bytes, whole_bytes: int | None, content_type: str) -> tuple[bytes, int | None]:
        whole_bytes = whole_bytes or (len(body) if len(body) > MAX_BODY_BYTES else None)
        clean = self._redactor.clean_body(body)
        is_readable = is_text(clean, is_cut=whole_bytes is not None)
        if b"\0" not in clean:
            # Byte by byte, so that what is no UTF-8 stays as it came.
            text = clean.decode("utf-8", "surrogateescape")
            if content_type.partition(";")[0].strip().lower() == _FORM:
                text = _PARAMETER.sub(self._clean_parameter, f"&{text}")[1:]
            clean = self.text(text).encode("utf-8", "surrogateescape")
        if whole_bytes is None:
            return clean, None
        kept = clean[: max(0, min(MAX_BODY_BYTES, len(clean) - _SPLIT_BYTES))]
        # Without the half of a character that may be there: text is to be read in the file.
        return kept.decode("utf-8", "ignore").encode() if is_readable else kept, whole_bytes

    def _clean_url(self, match: re.Match[str]) -> str:
        url = _USER_INFO.sub(lambda user: f"{self._stand_in(user[0][:-1])}@", match[0], count=1)
        if _OWN.match(url):
            return url
        # What another host wants to see may be a signature under any name.
        return _PARAMETER.sub(self._clean_foreign_parameter, url)

    def _clean_parameter(self, match: re.Match[str]) -> str:
        name = match["name"].removeprefix("\\u0026").strip("?&;#=")
        if _is_secret(name) or _SECRET_PARAMETER.fullmatch(name):
            return match["name"] + self._hidden(match["value"])
        return match[0]

    def _clean_foreign_parameter(self, match: re.Match[str]) -> str:
        return match[0] if _HARMLESS_VALUE.fullmatch(match["value"]) else match["name"] + self._hidden(match["value"])

    def _clean_pair(self, match: re.Match[str]) -> str:
        if not _is_secret(match["name"]):
            return match[0]
        quote = match[0][: match[0].index('"') + 1]
        return f"{quote}{match['name']}{quote}{match['colon']}{quote}{self._hidden(match['value'])}{quote}"

    def _hidden(self, value: str) -> str:
        # A value that has its stand-in already would get another one.
        return value if re.fullmatch(r"\[hidden\]|hidden-[0-9]+", value) else self._stand_in(value)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Whether the name says so; an answer has the same few over and over."""
    return _SECRET_NAME.search(name) is not None


def _as_header(value: str) -> str:
    """The value as a header can hold it, which is less than what some services send."""
    return re.sub(r"[^\t -~\xa0-\xff]", "?", value)[:_LONGEST_HEADER]


def is_text(body: bytes, *, is_cut: bool = False) -> bool:
    """Whether the body is text, or where it is cut the beginning of one."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return is_cut and error.end == len(body) and error.reason == "unexpected end of data"
    return b"\0" not in body
