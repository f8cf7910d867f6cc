"""Keys under names, to choose from in the configuration; `[keys]` goes on top of the chosen ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from jobtui.core.errors import SettingsError

_K9S: Mapping[str, str] = {
    # What k9s deletes and kills with cancels here, and asks like every other way to cancel.
    "cancel": "x,ctrl+d,ctrl+k",
    "half-page-down": "none",
    "half-page-up": "none",
    "page-down": "pagedown,ctrl+f",
    "page-up": "pageup,ctrl+b",
    "open": "enter,d",
    "compare": "equals_sign",
    "refresh": "r,ctrl+r",
    "raw": "y,i",
    "copy": "c",
    "clone": "e",
    "payload": "E",
    "export-csv": "W",
    "wide": "w,ctrl+w",
    "mark-range": "V,ctrl+@",
    "clear-marks": "u,ctrl+backslash",
    "zoom": "z,f",
    "download": "D,ctrl+s",
}

PRESETS: Mapping[str, Mapping[str, str]] = {"default": {}, "k9s": _K9S}
"""Keys by action id that replace the actions' own, by the preset's name."""


def chosen_keys(preset: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """The user's keys on top of a preset's.

    Raises:
        SettingsError: There is no such preset.
    """
    if preset not in PRESETS:
        near = difflib.get_close_matches(preset, PRESETS, n=1)
        raise SettingsError(
            f"keymap: there is no {preset!r}" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"Keymaps: {', '.join(PRESETS)}.",
        )
    return {**PRESETS[preset], **overrides}
