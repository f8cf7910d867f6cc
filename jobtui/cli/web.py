"""`jobtui web`: the screen in a browser."""

from __future__ import annotations

import os
import socket
import sys
from argparse import Namespace

from jobtui.cli import exit_codes, output
from jobtui.core.errors import UsageError


def web(options: Namespace) -> int:
    """Serve until interrupted."""
    from jobtui.app.web import web_server, who_can_reach

    server = web_server(
        screen_command(options), options.host, options.port, lambda words: output.say(f"jobtui: {words}")
    )
    if warning := who_can_reach(options.host, options.port):
        output.say(f"jobtui: {warning}")
    try:
        server.serve()
    except OSError as error:
        # A name that can't be looked up has a number of its own, which is none of the system's.
        why = error.strerror if isinstance(error, socket.gaierror) or not error.errno else os.strerror(error.errno)
        raise UsageError(
            f"can't listen on {options.host}, port {options.port}: {why}", hint="--host and --port name others."
        ) from error
    return exit_codes.DONE


def screen_command(options: Namespace) -> list[str]:
    """What opens the screen as these options say, for one page."""
    command = [sys.executable, "-m", "jobtui"]
    for flag, value in (
        ("--config", options.config),
        ("--theme", options.theme),
        ("--download-dir", options.download_dir),
    ):
        command += [flag, value] if value else []
    for name in options.only or ():
        command += ["--source", name]
    return command
