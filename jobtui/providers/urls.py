"""Building URLs below a source's base URL, and telling its own origin from any other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import getproxies

from msgspec import Struct

from jobtui.core.errors import ProtocolError, ProviderRefused, SettingsError
from jobtui.core.jobs import MAX_NATIVE_ID

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL = 16_384
_PLAIN = re.compile(r"[!-\[\]-~]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Origin(Struct, frozen=True):
    """What two URLs must share for credentials to go from one to the other."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin | None:
        """The URL's origin; `None` unless it is http or https, without user, and all parsers read it alike."""
        if len(url) > _MAX_URL or not _is_plain(url):
            return None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return None
        scheme = parts.scheme.lower()
        if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or port == 0:
            return None
        return cls(scheme, host.lower(), port or _DEFAULT_PORTS[scheme])


class BaseUrl:
    """Where a source's API begins; every path is built below it.

    Raises:
        SettingsError: The text isn't an absolute http or https URL, or has a user, a query or a fragment.
    """

    def __init__(self, text: str) -> None:
        origin = Origin.of(text)
        if origin is None or any(mark in text for mark in "?#"):
            raise SettingsError(
                "base_url can't be used",
                hint="It has to look like https://host:port/path: no user, no query; other than ASCII as %XX or xn--.",
            )
        self.origin = origin
        self._root = text.rstrip("/")
        self._root_path = urlsplit(self._root).path

    def path(self, segments: Sequence[str], query: Mapping[str, str]) -> str:
        """Path and query below the base, each segment escaped whole.

        Raises:
            ProviderRefused: A segment would make it another path than the one that is meant.
        """
        path = "/".join((self._root_path, *map(_escaped, segments))) or "/"
        return f"{path}?{urlencode(query, quote_via=quote, safe='')}" if query else path

    def url(self, path: str) -> str:
        """The whole URL of what `path` gave."""
        return f"{self._root[: len(self._root) - len(self._root_path)]}{path}"

    def is_own(self, url: str) -> bool:
        """Whether the absolute URL has this source's scheme, host and port."""
        return Origin.of(url) == self.origin

    def resolve(self, reference: str) -> str:
        """The absolute URL, without fragment, of a link that an answer held.

        Raises:
            ProtocolError: It isn't http or https, or can't be read in one way only.
        """
        return resolve(f"{self._root}/", reference)


def resolve(base: str, reference: str) -> str:
    """The absolute URL of a link found at `base`, with path and query byte for byte, without fragment.

    Raises:
        ProtocolError: It isn't http or https, or can't be read in one way only.
    """
    link = reference.partition("#")[0]
    try:
        # urljoin leaves out line breaks and tabs, which others don't.
        absolute = link if "://" in link.partition("?")[0] or not _is_plain(link) else urljoin(base, link)
    except ValueError:
        absolute = ""
    if Origin.of(absolute) is None:
        raise ProtocolError("the service gave a link that isn't a plain http or https URL")
    return absolute


def stands_proxy_before(origin: Origin) -> bool:
    """Whether the environment, or the system where it has such settings, names any proxy for the scheme."""
    proxies = getproxies()
    return bool(proxies.get(origin.scheme) or proxies.get("all"))


def target_of(url: str) -> bytes:
    """Path and query as they stand on the request line."""
    after_host = url.partition("://")[2]
    cut = min((place for mark in "/?" if (place := after_host.find(mark)) >= 0), default=len(after_host))
    target = after_host[cut:]
    return (target if target.startswith("/") else f"/{target}").encode("ascii")


def _is_plain(url: str) -> bool:
    return _PLAIN.fullmatch(url) is not None


def _escaped(segment: str) -> str:
    if segment in {"", ".", ".."} or len(segment) > MAX_NATIVE_ID:
        raise ProviderRefused(f"the id {segment[:40]!r} can't be put into a URL")
    if _CONTROL.search(segment):
        raise ProviderRefused("an id with control characters can't be put into a URL")
    try:
        return quote(segment, safe="")
    except UnicodeEncodeError:
        raise ProviderRefused("an id with half a character can't be put into a URL") from None
