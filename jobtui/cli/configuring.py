"""`jobtui config`: path, show, check, schema, init."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from jobtui.cli import exit_codes, output
from jobtui.cli.session import read_settings, wire
from jobtui.cli.signals import run
from jobtui.core.errors import SettingsError
from jobtui.core.text import one_line
from jobtui.settings.load import secrets_of
from jobtui.settings.model import PluginSource, Settings
from jobtui.settings.outline import Outline, outline
from jobtui.settings.paths import config_path, placed, unusable_folder
from jobtui.settings.template import schema as settings_schema
from jobtui.settings.template import write_template


def path(options: Namespace) -> int:
    """`jobtui config path`."""
    file = str(config_path(options.config, os.environ))
    if options.json:
        output.document({"path": file})
    else:
        output.line(file)
    return exit_codes.DONE


def show(options: Namespace) -> int:
    """`jobtui config show`."""
    shown = list(read_settings(options).shown())
    if options.json:
        output.document([{"key": value.key, "value": value.value, "origin": value.origin} for value in shown])
    else:
        output.table((), [(value.key, f"= {value.value}", f"# {value.origin}") for value in shown])
    return exit_codes.DONE


def check(options: Namespace) -> int:
    """`jobtui config check`: all that can be found wrong without asking a service, a line each."""
    file = config_path(options.config, os.environ)
    where, count = str(file), 0
    faults: list[SettingsError] = []
    try:
        loaded = read_settings(options)
    except SettingsError as error:
        lines = str(error).splitlines()
    else:
        lines = []
        count = len(loaded.settings.sources)
        where += "" if loaded.file_exists else " (not there, so defaults)"
        for warning in loaded.warnings(os.environ):
            output.say(f"warning: {warning}")
        faults += [*_folder_faults(loaded.settings), *run(_source_faults(options))]
    with suppress(SettingsError):
        # Whatever else is wrong, these can be told.
        faults += _screen_faults(outline(file, os.environ, {}))
    for line in lines:
        output.say(f"jobtui: {line}")
    for fault in faults:
        lines.append(placed(one_line(str(fault)), file, os.environ))
        output.say(f"jobtui: {lines[-1]}")
        if fault.hint:
            output.say(f"  {fault.hint}")
    if options.json:
        output.document({"path": str(file), "sources": count, "faults": [*lines]})
    elif not lines:
        output.line(f"{where}: {count} source{'' if count == 1 else 's'}, no fault found")
    return exit_codes.USAGE if lines else exit_codes.DONE


def _folder_faults(settings: Settings) -> Iterator[SettingsError]:
    if fault := unusable_folder(settings.download_dir):
        yield SettingsError(f"download_dir: {fault}")


async def _source_faults(options: Namespace) -> list[SettingsError]:
    wired = wire(options)
    sources = wired.settings.sources
    faults: list[SettingsError] = []
    try:
        wired.values()
    except SettingsError as error:
        faults.append(error)
    for name in sources:
        for check_part in (partial(wired.sources, [name]), partial(wired.check_tls, name)):
            try:
                check_part()
            except SettingsError as error:
                faults += [] if str(error) in map(str, faults) else [error]
    for path, secret in secrets_of(wired.settings):
        # What another package's provider does with its token is not known; a password may hold anything.
        is_sent_as_it_is = path[-1] in {"token", "client_secret"} and not isinstance(sources[path[1]], PluginSource)
        read = wired.token if is_sent_as_it_is else wired.secret
        try:
            await read(secret, ".".join(path))(False)
        except SettingsError as error:
            faults.append(error)
    return faults


def _screen_faults(read: Outline) -> Iterator[SettingsError]:
    """What only the screen knows: its themes, its actions and its columns."""
    from jobtui.app.checks import screen_faults
    from jobtui.app.keymaps import PRESETS
    from jobtui.cli.screen import user_commands

    keymap = read.text("keymap", "default")
    return screen_faults(
        theme=read.text("theme", "auto"),
        # One that doesn't exist is refused with the settings.
        keymap=keymap if keymap in PRESETS else "default",
        keys=read.texts("keys"),
        columns=read.words("columns", ()),
        on_finish=read.text("on_finish", ""),
        json_columns=read.texts("json_columns"),
        commands=user_commands(read),
        sources=[source.name for source in read.sources],
    )


def schema(options: Namespace) -> int:
    """`jobtui config schema`: JSON in any case."""
    output.document(settings_schema())
    return exit_codes.DONE


def init(options: Namespace) -> int:
    """`jobtui config init`."""
    file = config_path(options.config, os.environ)
    write_template(file)
    if options.json:
        output.document({"path": str(file)})
    else:
        output.line(str(file))
    return exit_codes.DONE
