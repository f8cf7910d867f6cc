"""`jobtui` without a verb: the screen, over an engine in a thread of its own."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jobtui.cli import exit_codes, output
from jobtui.cli.log_file import keep_log
from jobtui.core.clock import Clock, SystemClock
from jobtui.core.errors import JobtuiError, UnknownSource, UsageError
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Snapshot, SourceStatus
from jobtui.settings.outline import Outline, outline
from jobtui.settings.paths import CONFIG_VARIABLE, STORE_NAME, VIEW_NAME, config_path, data_dir, download_folder

if TYPE_CHECKING:
    from jobtui.app.app import JobTui
    from jobtui.app.options import UserCommand
    from jobtui.engine.engine import Engine
    from jobtui.engine.thread import EngineThread


_LOADED_S = 3.0
"""After the first paint; from then on little is loaded that stays."""
_COLLECT_AFTER = (5_000, 20, 20)
_TURN_S = 0.0005
"""How long one thread may hold the interpreter while another waits for it."""

_SET_BY_PYTHON = "C.UTF-8"
"""What the interpreter puts into LC_CTYPE by itself where the user's locale is C (PEP 538)."""


def require_terminal(instead: str) -> None:
    """Make sure that the screen can open.

    Args:
        instead: The verb to name where it can't.

    Raises:
        UsageError: It can't, and why.
    """
    if os.environ.get("TEXTUAL_DRIVER"):
        return  # The browser is the terminal: `jobtui web` has started this.
    missing = ""
    if not output.is_terminal(sys.stdin):
        missing = "stdin is no terminal"
    elif not output.is_terminal(sys.stdout):
        missing = "stdout is no terminal"
    elif not output.is_terminal(sys.stderr):
        # The screen is drawn there, which leaves stdout to the data of other verbs.
        missing = "stderr is no terminal"
    elif os.environ.get("TERM", "") in {"", "dumb"}:
        missing = "TERM names no terminal that can show one"
    elif not _is_utf8(os.environ):
        missing = "the locale isn't UTF-8 (try LC_ALL=C.UTF-8)"
    if missing:
        raise UsageError(f"the screen can't open: {missing}", hint=f"`{instead}` works without one.")


def _is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is said to read UTF-8; where nothing is said, as in most containers, it does."""
    character_type = environ.get("LC_CTYPE", "")
    if character_type == _SET_BY_PYTHON:
        character_type = ""
    locale = environ.get("LC_ALL") or character_type or environ.get("LANG") or "UTF-8"
    return "utf8" in locale.lower().replace("-", "")


def open_screen(options: Namespace) -> int:
    """Open the screen on the configured sources."""
    require_terminal("jobtui list")
    flags = {key: value for key in ("theme", "download_dir") if (value := getattr(options, key, None)) is not None}
    named = bool(options.config or os.environ.get(CONFIG_VARIABLE))
    read = outline(config_path(options.config, os.environ), os.environ, flags, required=named)
    known = tuple(source.name for source in read.sources)
    for name in options.only or ():
        if name not in known:
            raise UnknownSource(name, known)
    folder = data_dir(os.environ)

    async def engine() -> Engine:
        from jobtui.cli.session import wire

        return wire(options).engine(folder, only=options.only)

    code, wants_demo = show(
        read,
        folder,
        engine,
        only=options.only,
        mouse=not options.no_mouse,
        slow_line=options.slow_line,
        label=partial(run_label, options),
    )
    if wants_demo:
        from jobtui.cli.demo import open_demo

        return open_demo(options)
    return code


def run_label(options: Namespace, behind: str = "") -> str:
    """What the screen says of a run: what is behind it, and that it is recorded, while it is."""
    recorder = getattr(options, "recorder", None)
    return " ".join(filter(None, (behind, "recording" if recorder is not None and not recorder.notice else "")))


def show(
    read: Outline,
    data_folder: Path,
    engine: Callable[[], Awaitable[Engine]],
    *,
    only: Collection[str] | None = None,
    mouse: bool = True,
    slow_line: bool = False,
    label: Callable[[], str] = str,
    clock: Clock | None = None,
) -> tuple[int, bool]:
    """Run the app until the user leaves.

    Args:
        read: What of the settings the first screen needs.
        data_folder: Where the store is.
        engine: Makes the engine; called once the first screen is painted.
        only: Names of the sources to show; `None` is all.
        mouse: Whether the mouse is the app's.
        slow_line: Whether to send less whatever the settings say.
        label: Gives what the screen says of the run beside its title.
        clock: Where the app's time comes from; the machine's by default.

    Returns:
        The exit code, and whether the user asked for the demo.

    Raises:
        SettingsError: The settings can't be used.
        JobtuiError: The engine can't start.
    """
    # What is loaded for the first screen stays: collecting garbage in it takes a tenth of the start and frees nothing.
    gc.disable()
    # The end of the first frame is written by another thread.
    take_short_turns()
    # Textual is by far the slowest to load, so only who opens the screen pays for it.
    from jobtui.app.actions import check_keys
    from jobtui.app.app import WANTS_DEMO, JobTui
    from jobtui.app.columns import check_columns, known_columns
    from jobtui.app.keymaps import chosen_keys
    from jobtui.app.options import AppOptions
    from jobtui.app.quiet import QuietRules
    from jobtui.engine.thread import EngineThread
    from jobtui.settings.template import EXAMPLE, write_template

    log = keep_log(data_folder)
    keys = chosen_keys(read.text("keymap", "default"), read.texts("keys"))
    commands = user_commands(read)
    check_keys(keys, commands)
    columns, json_columns = read.words("columns", ()), read.texts("json_columns")
    check_columns(columns, known_columns(json_columns))

    def painted() -> None:
        keep_pauses_short()
        thread.start()
        # The engine's libraries and jobs have come by then.
        app.set_timer(_LOADED_S, gc.freeze)
        app.run_worker(leave_if_it_fails(thread, app), group="start")

    thread = EngineThread(engine, _first_snapshot(read, data_folder, only))
    options = AppOptions(
        theme=read.text("theme", "auto"),
        download_dir=_download_dir(read),
        auto_download=frozenset(source.name for source in read.sources if source.auto_download),
        notify=read.words("notify", ("bell", "osc9")),
        quiet=QuietRules.parse(
            read.words("quiet", ()),
            read.text("notify_after", "0s"),
            (source.name for source in read.sources if not source.notify),
        ),
        on_finish=read.text("on_finish", ""),
        commands=commands,
        clipboard=read.text("clipboard", "auto"),
        keys=keys,
        columns=columns,
        json_columns=json_columns,
        filters=read.texts("filters"),
        view_file=data_folder / VIEW_NAME,
        slow_line=slow_line or read.switch("slow_line"),
        label=label,
        mouse=mouse,
        config_path=str(read.file),
        config_example=EXAMPLE,
        write_config=partial(write_template, read.file),
        clock=clock or SystemClock(),
    )
    try:
        app = JobTui(thread, options, when_painted=painted, when_used=thread.give_way)
        wish = app.run(mouse=mouse)
    finally:
        thread.stop()
    if app.has_crashed and log.path.exists():
        output.say(f"jobtui: a fault of its own ended the screen; {log.path} holds the traceback")
    if isinstance(thread.failure, JobtuiError):
        raise thread.failure
    return app.return_code or exit_codes.DONE, wish == WANTS_DEMO


def user_commands(read: Outline) -> tuple[UserCommand, ...]:
    """The user's own commands, as the app takes them; such as are none are refused with the settings as a whole."""
    from jobtui.app.options import UserCommand

    return tuple(
        UserCommand(
            name,
            table.text("run", ""),
            keys=table.text("key", ""),
            label=table.text("label", ""),
            has_screen=bool(table.switch("screen")),
            sources=table.words("sources", ()),
            asks=bool(table.switch("confirm")),
        )
        for name, table in read.tables("commands").items()
    )


def _download_dir(read: Outline) -> Path:
    try:
        return download_folder(read.text("download_dir", "~/Downloads"))
    except RuntimeError:
        # With the engine the settings as a whole are read, and this is refused then.
        return Path()


def take_short_turns() -> None:
    """Let neither a key nor a frame wait for another thread to be done, such as the engine with an answer."""
    sys.setswitchinterval(_TURN_S)


def keep_pauses_short() -> None:
    """Let no key wait for a look through all that was loaded."""
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    gc.enable()


async def leave_if_it_fails(thread: EngineThread, app: JobTui) -> None:
    """End the screen where its engine can't start: what is wrong is told where it can be read and copied."""
    with suppress(JobtuiError):
        await thread.started()
    if thread.failure is not None:
        app.exit(return_code=exit_codes.USAGE)


def _first_snapshot(read: Outline, data_folder: Path, only: Collection[str] | None) -> Snapshot:
    """What is known without asking anyone: the sources by name, and the newest jobs of the store."""
    from jobtui.engine.store.first_rows import first_rows

    wanted = [source for source in read.sources if only is None or source.name in only]
    statuses = tuple(
        SourceStatus(source.name, source.provider, read_only=source.read_only, tls_verified=source.tls_verified)
        for source in wanted
    )
    rows = first_rows(data_folder / STORE_NAME, sources=tuple(source.name for source in wanted))
    return replace(rows, sources=statuses)
