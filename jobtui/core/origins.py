"""Putting other hosts into texts that hold URLs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial
from urllib.parse import quote


class Origins:
    """Replaces origins (`https://host:port`) wherever a text names them, also as JSON and URLs escape them."""

    def __init__(self, replacements: Mapping[str, str], hosts: Mapping[str, str] | None = None) -> None:
        """Replace each key by its value.

        Args:
            replacements: Origins without a slash at the end, and what is put in their place.
            hosts: Likewise names and addresses of hosts, also with a port, where they stand alone.
        """
        self._written: dict[str, str] = {}
        for origin, other in replacements.items():
            for escape in (_as_it_is, _as_json, _as_query):
                self._written[escape(origin).lower()] = escape(other)
        # Neither the beginning of a longer name nor another port of the same host.
        self._pattern = _pattern(self._written, after="(?!:[0-9]|%3a[0-9])")
        self._hosts = {host.lower(): other for host, other in (hosts or {}).items()}
        self._host_pattern = _pattern(self._hosts, before="(?<![0-9.])")

    def replaced(self, text: str) -> str:
        """The text with the other origins."""
        for words, pattern in ((self._written, self._pattern), (self._hosts, self._host_pattern)):
            lower = text.lower()
            # Most texts hold none of them, and to find that out takes a tenth of what the pattern does.
            if any(word in lower for word in words):
                text = pattern.sub(partial(_other, words), text)
        return text


def _pattern(words: Collection[str], before: str = "", after: str = "") -> re.Pattern[str]:
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    # Of ASCII alone, as hosts are: other alphabets have letters that match one of these and become none of them.
    flags = re.IGNORECASE | re.ASCII
    return re.compile(f"{before}(?:{longest_first or '(?!)'})(?![a-z0-9_-]|\\.[a-z0-9]){after}", flags)


def _other(words: Mapping[str, str], match: re.Match[str]) -> str:
    return words[match[0].lower()]


def _as_it_is(origin: str) -> str:
    return origin


def _as_json(origin: str) -> str:
    return origin.replace("/", "\\/")


def _as_query(origin: str) -> str:
    return quote(origin, safe="")
