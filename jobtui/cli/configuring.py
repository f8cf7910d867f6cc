"""`jobtui config`: path, show, check, schema, init."""

from __future__ import annotations

import os
from argparse import Namespace
from functools import partial

from jobtui.cli import exit_codes, output
from jobtui.cli.session import read_settings, wire
from jobtui.cli.signals import run
from jobtui.core.errors import JobtuiError, SettingsError
from jobtui.settings.load import secrets_of
from jobtui.settings.model import Settings
from jobtui.settings.paths import config_path
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
    """`jobtui config check`: all that can be found wrong without asking a service."""
    loaded = read_settings(options)
    for warning in loaded.warnings(os.environ):
        output.say(f"warning: {warning}")
    faults = [*_screen_faults(loaded.settings), *run(_secret_faults(options))]
    for fault in faults:
        output.complain(fault)
    count = len(loaded.settings.sources)
    if options.json:
        output.document({"path": str(loaded.file), "sources": count, "faults": [str(fault) for fault in faults]})
    elif not faults:
        where = loaded.file if loaded.file_exists else f"{loaded.file} (not there, so defaults)"
        output.line(f"{where}: {count} source{'' if count == 1 else 's'}, no fault found")
    return exit_codes.USAGE if faults else exit_codes.DONE


async def _secret_faults(options: Namespace) -> list[JobtuiError]:
    wired = wire(options)
    faults: list[JobtuiError] = []
    for source in wired.settings.sources:
        try:
            wired.sources([source])
        except SettingsError as error:
            faults.append(error)
    for key, secret in secrets_of(wired.settings):
        try:
            await wired.secret(secret, ".".join(key))(False)
        except SettingsError as error:
            faults.append(error)
    return faults


def _screen_faults(settings: Settings) -> list[JobtuiError]:
    """What only the screen knows: its actions and its columns."""
    from jobtui.app.actions import check_keys
    from jobtui.app.columns import check_columns

    faults: list[JobtuiError] = []
    for check_part in (partial(check_keys, settings.keys), partial(check_columns, settings.columns)):
        try:
            check_part()
        except SettingsError as error:
            faults.append(error)
    return faults


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
