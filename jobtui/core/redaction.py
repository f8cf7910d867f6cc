"""Keeping secrets out of every text that someone may see."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

MASK = "[hidden]"
"""What stands in place of a secret."""

MIN_SECRET_LENGTH = 8
"""Characters of the shortest value that is masked wherever it turns up: "123" would also be found in innocent ids."""

_LONG_ENOUGH_FOR_CHANCE = 16
"""Characters from which on letters mixed with digits are no word that an answer holds by itself."""

_LONG_ENOUGH_IN_BASE64 = 12
"""Bytes of the shortest secret whose Base64 turns up nowhere by chance."""

_ESCAPE = re.compile(rb"\\u00([0-7][0-9a-fA-F])")

# A pattern that may start anywhere in a long word reads it again from each place: both begin where a word does.
_URL = re.compile(r"(?i)(?<![a-z0-9+.-])(?P<scheme>[a-z0-9+.-]+://)(?P<rest>[^\s\"'<>`]+)")
_USER_INFO = re.compile(r"^[^/?#]*@")
_QUERY_VALUE = re.compile(r"(?P<name>[?&;][^=&;#\s]*=)[^&;#\s]*")
_SCHEME_AND_TOKEN = re.compile(r"(?i)\b(?P<word>bearer|basic)\s+[a-z0-9+/=._~-]{8,}")
_NAMED = re.compile(
    r"(?i)(?P<name>(?<![a-z0-9_-])[a-z0-9_-]*(?:authorization|cookie|password|passwd|secret|api[_-]?key|token)\b[\"']?\s*[:=]\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?:(?:bearer|basic)\s+)?[^\s,;&\"'<>()\[\]{}]+)"
)


class Redactor:
    """Masks the secrets it was told of, and what looks like one by its place, in any text."""

    def __init__(self) -> None:
        # Replaced whole, so that another thread always sees a complete tuple.
        self._texts: tuple[str, ...] = ()
        self._bytes: tuple[tuple[bytes, re.Pattern[bytes] | None], ...] = ()

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._texts)} values>"

    def register(self, secret: str) -> None:
        """Mask this value from now on, also in the way JSON, URLs and Base64 write it."""
        if len(secret) < MIN_SECRET_LENGTH or secret in self._texts:
            return
        written = {secret, json.dumps(secret)[1:-1], *(quote(secret, safe, errors="replace") for safe in ("", "/"))}
        ways = dict(zip(self._texts, self._bytes, strict=True))
        ways |= {text: (text.encode("utf-8", "replace"), _as_word(text)) for text in written}
        ways |= {text: (text.encode(), None) for text in _in_base64(secret)}
        # The longest first: a secret that begins with another one is masked whole.
        self._texts = tuple(sorted(ways, key=lambda text: (-len(text), text)))
        self._bytes = tuple(ways[text] for text in self._texts)

    def clean(self, text: str) -> str:
        """The text without registered secrets, credentials and query values in URLs, and named secrets."""
        text = self.clean_known(text)
        if "://" in text:
            text = _URL.sub(_clean_url, text)
        text = _NAMED.sub(rf"\g<name>{MASK}", text)
        return _SCHEME_AND_TOKEN.sub(rf"\g<word> {MASK}", text)

    def clean_known(self, text: str) -> str:
        """The text without registered secrets; anything else is left as it is, so data stays true."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def clean_body(self, body: bytes) -> bytes:
        """An answer without registered secrets; the very same object where there is none in it.

        A password may be a word of the API, such as a field's name or a part of an id: one that is a mere word or
        number is masked only where it stands as a value of its own, so that the rest of the answer keeps its meaning.
        """
        for secret, as_word in self._bytes:
            if secret in body:
                body = as_word.sub(MASK.encode(), body) if as_word else body.replace(secret, MASK.encode())
        if b"\\" not in body:
            return body
        # JSON may write any character as an escape, and some services do so with slashes.
        plain = body.replace(b"\\/", b"/")
        if b"\\u00" in plain:
            plain = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), plain)
        for secret, _ in self._bytes:
            if secret not in body and secret in plain:
                body = _spelled(secret).sub(MASK.encode(), body)
        return body


def _in_base64(secret: str) -> set[str]:
    """The characters that stand for the secret in Base64, wherever in a longer text it begins."""
    content = secret.encode("utf-8", "replace")
    if len(content) < _LONG_ENOUGH_IN_BASE64:
        return set()
    found = set()
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        # The first characters stand for what is before it, too, and the last one for what comes after it.
        whole = (before + len(content)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(b"\0" * before + content).decode()[mixed:whole])
    return found


def _spelled(secret: bytes) -> re.Pattern[bytes]:
    """The secret with each of its characters written plainly or as JSON escapes it."""
    ways = (b"(?:\\\\?%s|(?i:\\\\u00%02x))" % (re.escape(bytes([code])), code) for code in secret)
    return re.compile(b"".join(ways))


def _as_word(secret: str) -> re.Pattern[bytes] | None:
    """A pattern for the secret as a word that is no key of JSON; `None` for what turns up nowhere by chance."""
    mixed = not secret.isalpha() and not secret.isdigit()
    if not re.fullmatch(r"[A-Za-z0-9_]+", secret) or (mixed and len(secret) >= _LONG_ENOUGH_FOR_CHANCE):
        return None
    word = secret.encode()
    return re.compile(rb"(?<![A-Za-z0-9_])" + word + rb"(?![A-Za-z0-9_]|\"\s*:)")


def _clean_url(match: re.Match[str]) -> str:
    rest = _USER_INFO.sub(f"{MASK}@", match["rest"])
    return match["scheme"] + _QUERY_VALUE.sub(rf"\g<name>{MASK}", rest)
