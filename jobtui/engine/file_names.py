"""Names for files that a service suggested, made harmless."""

from __future__ import annotations

import re
import unicodedata

from jobtui.core.media_types import extension_of

MAX_NAME_BYTES = 200
"""Of a name in UTF-8: file systems take 255, and ` (2)` and `.part` still have to fit."""

_MAX_SUFFIX = 16
_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"}
)
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def safe_name(suggested: str, media_type: str = "") -> str:
    """A file name that stays in its folder on every system, shows what it is, and is never empty or hidden.

    Args:
        suggested: From a service: anything.
        media_type: For the suffix, where the name has none.
    """
    last = re.split(r"[/\\]", suggested)[-1]
    visible = "".join(character if _is_plain(character) else "_" for character in last)
    name = _FORBIDDEN.sub("_", visible)
    # A leading dot hides a file and a leading dash is taken for an option; Windows drops dots and spaces at the end.
    name = name.strip().lstrip(".-~ ").rstrip(". ")
    stem, suffix = split_suffix(name or "result")
    if not suffix:
        suffix = extension_of(media_type)
    if stem.partition(".")[0].rstrip().upper() in _RESERVED:
        stem = f"_{stem}"
    return shortened(stem, MAX_NAME_BYTES - len(suffix.encode())) + suffix


def numbered(name: str, number: int) -> str:
    """The name for the `number`th file that wants it: `result (2).json`."""
    if number < 2:
        return name
    stem, suffix = split_suffix(name)
    return f"{stem} ({number}){suffix}"


def split_suffix(name: str) -> tuple[str, str]:
    """Stem and suffix, the dot being part of the suffix; what is too long for one isn't one."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or not suffix or len(suffix) >= _MAX_SUFFIX or not suffix.isalnum():
        return name, ""
    return stem, dot + suffix


def shortened(text: str, most_bytes: int) -> str:
    """The beginning of the text that fits, without half a character."""
    return text.encode()[:most_bytes].decode(errors="ignore").rstrip(". ") or "result"


def _is_plain(character: str) -> bool:
    """Whether the character is seen as what it is: no control, bidi or zero-width one, no surrogate."""
    return unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"
