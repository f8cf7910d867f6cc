"""`jobtui doctor`: what will not work here, and why."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec

from msgspec import Struct

from jobtui import __version__
from jobtui.app.background import QUESTION, hinted, is_light
from jobtui.app.clipboard import Tool, chosen_tool
from jobtui.cli import exit_codes, output
from jobtui.cli.session import read_settings, wire
from jobtui.cli.signals import run
from jobtui.cli.sources import check_all
from jobtui.core.errors import JobtuiError, StoreError
from jobtui.core.redaction import Redactor
from jobtui.engine.downloads import PART_SUFFIX, partial_files
from jobtui.settings.load import Loaded
from jobtui.settings.paths import STORE_NAME, data_dir

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SMALLEST = (60, 16)
_EXTRAS = (
    ("media", "PIL", "pictures in the terminal"),
    ("parquet", "pyarrow", "the rows of Parquet files"),
    ("keyring", "keyring", "secrets in the system's keyring"),
    ("web", "textual_serve", "`jobtui web`"),
    ("tls", "truststore", "the system's certificate store"),
)


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    level: str
    """"ok", "note" for what is worth knowing, "fault" for what will not work."""
    subject: str
    words: str
    code: int = exit_codes.DONE


def doctor(options: Namespace) -> int:
    """Print every finding; the exit code is that of the worst."""
    try:
        loaded, fault = read_settings(options), None
    except JobtuiError as error:
        loaded, fault = None, error
    findings = [
        Finding("ok", "jobtui", f"{__version__} on Python {platform.python_version()}, {platform.system()}"),
        *terminal_findings(os.environ),
        *_locale(),
        *_colours(os.environ),
        *background(os.environ, _ask_background),
        *clipboard(loaded.settings.clipboard if loaded else "auto", os.environ),
        *passthrough(os.environ, _ask_tmux),
        *proxies(os.environ),
        *extras(find_spec),
    ]
    if fault is not None:
        findings.append(Finding("fault", "config", fault.in_full, exit_codes.USAGE))
    if loaded is not None:
        findings += [*_config(loaded), *_leftovers(loaded), *run(_store(options)), *run(_sources(options))]
    if options.json:
        output.document([{"level": found.level, "subject": found.subject, "detail": found.words} for found in findings])
    else:
        output.table((), [(found.level, found.subject, found.words) for found in findings])
    return max(found.code for found in findings)


def terminal_findings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the screen can open here."""
    if why := _why_no_screen(environ):
        yield Finding("note", "terminal", f"{why}: the screen can't open here, the verbs work")
        return
    size = shutil.get_terminal_size()
    if size.columns < _SMALLEST[0] or size.lines < _SMALLEST[1]:
        yield Finding(
            "note", "terminal", f"{size.columns}x{size.lines} is small; {_SMALLEST[0]}x{_SMALLEST[1]} is better"
        )
    else:
        yield Finding("ok", "terminal", f"{environ['TERM']}, {size.columns}x{size.lines}")


def _why_no_screen(environ: Mapping[str, str]) -> str:
    """Why the screen can't open here; empty where it can."""
    if not (output.is_terminal(sys.stdin) and output.is_terminal(sys.stdout)):
        return "stdin or stdout is none"
    term = environ.get("TERM", "")
    return f"TERM is {term or 'not set'}" if term in {"", "dumb"} else ""


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


def background(environ: Mapping[str, str], ask: Callable[[], bytes]) -> Iterator[Finding]:
    """Whether the terminal is light, which the theme follows where none is configured.

    Args:
        environ: The environment.
        ask: Gives what the terminal answers.
    """
    if _why_no_screen(environ):
        return
    answered, hint = is_light(ask()), hinted(environ)
    if answered is not None:
        yield Finding("ok", "background", f"{_shade(answered)}, as the terminal answers")
    elif hint is not None:
        yield Finding("note", "background", f"{_shade(hint)} by COLORFGBG; the terminal doesn't tell")
    else:
        who = "tmux" if environ.get("TMUX") else "the terminal"
        words = f'{who} doesn\'t tell, so it is taken for dark; theme = "textual-light" suits a light one'
        yield Finding("note", "background", words)


def _shade(is_light: bool) -> str:
    return "light" if is_light else "dark"


def _ask_background() -> bytes:
    # Late: the other verbs have no use for it, nor has a system without terminals of this kind.
    from jobtui.cli.asking import asked

    return asked(QUESTION, sys.stdin.fileno())


def clipboard(
    way: str, environ: Mapping[str, str], choose: Callable[[str, Mapping[str, str]], Tool | None] = chosen_tool
) -> Iterator[Finding]:
    """Where copies will go.

    Args:
        way: As the configuration says.
        environ: The environment.
        choose: Finds the program to copy with.
    """
    if tool := choose(way, environ):
        yield Finding("ok", "clipboard", f"copies go to {tool.name}")
        return
    none = "there is no program to copy with here: " if way == "native" else ""
    words = f"{none}copies go through OSC 52; whether the terminal takes them can't be asked"
    if environ.get("TMUX"):
        words += "; tmux needs `set -s set-clipboard on` and `set -g allow-passthrough on`"
    elif environ.get("TERM", "").startswith("screen"):
        words += "; GNU screen hands none on"
    elif environ.get("TERM_PROGRAM") == "Apple_Terminal":
        words += "; macOS Terminal ignores them"
    yield Finding("note", "clipboard", words)


def passthrough(environ: Mapping[str, str], ask: Callable[[], str]) -> Iterator[Finding]:
    """Whether tmux, where there is one, hands on what it doesn't know itself.

    Args:
        environ: The environment.
        ask: Gives tmux's version and its `allow-passthrough`, a word each; raises `OSError` where it can't be asked.
    """
    if not environ.get("TMUX"):
        return
    try:
        _, number, *value = ask().split()
    except (OSError, ValueError, subprocess.SubprocessError):
        yield Finding("note", "tmux", "can't be asked for its version")
        return
    if value and value[0] in {"on", "all"}:
        yield Finding("ok", "tmux", f"{number}, allow-passthrough is {value[0]}")
    else:
        words = "allow-passthrough is off: notices (OSC 9) and copies that tmux must hand on get lost"
        yield Finding("note", "tmux", f"{number}, {words}; before 3.3 there is none and all is handed on")


def _ask_tmux() -> str:
    tmux = shutil.which("tmux")
    if tmux is None:
        raise FileNotFoundError("tmux")
    said = [
        subprocess.run((tmux, *words), capture_output=True, text=True, timeout=2, check=False).stdout.strip()
        for words in (("-V",), ("show", "-gv", "allow-passthrough"))
    ]
    return " ".join(said)


def extras(find: Callable[[str], object]) -> Iterator[Finding]:
    """Which parts that are not needed are there, and what the others would add."""
    for extra, module, adds in _EXTRAS:
        if find(module) is not None:
            yield Finding("ok", f"jobtui[{extra}]", f"{module} is installed")
        else:
            yield Finding("note", f"jobtui[{extra}]", f"{module} is not installed: {adds} won't work")


def proxies(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Proxies that the environment names; they are used, and passwords in them aren't shown."""
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


def _leftovers(loaded: Loaded) -> Iterator[Finding]:
    folder = loaded.settings.download_dir
    parts = [path for path in partial_files(folder) if path.name.endswith(PART_SUFFIX)]
    if parts:
        size = sum(path.stat().st_size for path in parts)
        words = f"{len(parts)} cut off in {folder}, {size} bytes: the same download goes on with one"
        yield Finding("note", "downloads", f"{words}, `jobtui clean` deletes them")


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
