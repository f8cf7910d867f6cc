"""`jobtui doctor`: what will not work here, and why."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtui import __version__
from jobtui.cli import exit_codes, output
from jobtui.cli.session import read_settings, wire
from jobtui.cli.signals import run
from jobtui.cli.sources import check_all
from jobtui.core.errors import JobtuiError, StoreError
from jobtui.core.redaction import Redactor
from jobtui.settings.load import Loaded
from jobtui.settings.paths import STORE_NAME, data_dir

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SMALLEST = (60, 16)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: str
    """"ok", "note" for what is worth knowing, "fault" for what will not work."""
    subject: str
    words: str
    code: int = exit_codes.DONE


def doctor(options: Namespace) -> int:
    """Print every finding; the exit code is that of the worst."""
    findings = [
        Finding("ok", "jobtui", f"{__version__} on Python {platform.python_version()}, {platform.system()}"),
        *terminal_findings(os.environ),
        *_locale(),
        *_colours(os.environ),
        *_clipboard(os.environ),
        *_proxies(os.environ),
    ]
    try:
        loaded = read_settings(options)
    except JobtuiError as error:
        findings.append(Finding("fault", "config", error.in_full, exit_codes.USAGE))
    else:
        findings += [*_config(loaded), *run(_store(options)), *run(_sources(options))]
    if options.json:
        output.document([{"level": found.level, "subject": found.subject, "detail": found.words} for found in findings])
    else:
        output.table((), [(found.level, found.subject, found.words) for found in findings])
    return max(found.code for found in findings)


def terminal_findings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the screen can open here."""
    if not (output.is_terminal(sys.stdin) and output.is_terminal(sys.stdout)):
        yield Finding("note", "terminal", "stdin or stdout is none: the screen can't open here, the verbs work")
        return
    term = environ.get("TERM", "")
    if term in {"", "dumb"}:
        yield Finding("note", "terminal", f"TERM is {term or 'not set'}: the screen can't open here, the verbs work")
        return
    size = shutil.get_terminal_size()
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        yield Finding(
            "note", "terminal", f"{size.columns}x{size.lines} is small; {_SMALLEST[0]}x{_SMALLEST[1]} is better"
        )
    else:
        yield Finding("ok", "terminal", f"{term}, {size.columns}x{size.lines}")


def _locale() -> Iterator[Finding]:
    encoding = (sys.stdout.encoding if sys.stdout is not None else None) or locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        yield Finding("ok", "locale", encoding)
    else:
        yield Finding("note", "locale", f"{encoding}: glyphs and bars need UTF-8, for example LANG=C.UTF-8")


def _colours(environ: Mapping[str, str]) -> Iterator[Finding]:
    if environ.get("NO_COLOR"):
        yield Finding("note", "colours", "NO_COLOR is set: none are used; states differ by glyph and word as well")
    elif environ.get("COLORTERM") in {"truecolor", "24bit"}:
        yield Finding("ok", "colours", "16 million")
    else:
        yield Finding("note", "colours", "COLORTERM does not say truecolor, so themes are shown in the 256 nearest")


def _clipboard(environ: Mapping[str, str]) -> Iterator[Finding]:
    words = "copies go through OSC 52; whether the terminal takes them can't be asked"
    if environ.get("TMUX"):
        words += "; tmux needs `set -s set-clipboard on` and `set -g allow-passthrough on`"
    elif environ.get("TERM", "").startswith("screen"):
        words += "; GNU screen hands none on"
    elif environ.get("TERM_PROGRAM") == "Apple_Terminal":
        words += "; macOS Terminal ignores them"
    yield Finding("note", "clipboard", words)


def _proxies(environ: Mapping[str, str]) -> Iterator[Finding]:
    redactor = Redactor()
    for name in _PROXIES:
        value = environ.get(name) or environ.get(name.upper())
        if value:
            yield Finding("note", "proxy", f"{name} = {redactor.clean(value)}")


def _config(loaded: Loaded) -> Iterator[Finding]:
    count = len(loaded.settings.sources)
    if loaded.file_exists or count:
        yield Finding("ok", "config", f"{loaded.file}, {count} source{'' if count == 1 else 's'}")
    else:
        yield Finding("note", "config", f"{loaded.file} is not there: `jobtui config init` writes one to start from")
    for warning in loaded.warnings(os.environ):
        yield Finding("note", "config", warning)


async def _store(options: Namespace) -> list[Finding]:
    folder = data_dir(os.environ)
    try:
        async with wire(options).engine(folder, only=(), polling=False) as running:
            notice = running.snapshot.notice
    except StoreError as error:
        return [Finding("fault", "store", error.in_full, exit_codes.USAGE)]
    if notice:
        return [Finding("fault", "store", notice, exit_codes.USAGE)]
    return [Finding("ok", "store", str(folder / STORE_NAME))]


async def _sources(options: Namespace) -> list[Finding]:
    try:
        checked = await check_all(options)
    except JobtuiError as error:
        return [Finding("fault", "sources", error.in_full, exit_codes.code_of(error))]
    return [
        Finding("ok", one.status.name, f"signed in, {one.latency_ms:.0f} ms, {one.detail}".rstrip(", "))
        if one.error is None
        else Finding("fault", one.status.name, one.error.in_full, exit_codes.code_of(one.error))
        for one in checked
    ]
