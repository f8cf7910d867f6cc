"""Programs that run beside the screen: each leads a session of its own, from which it can't reach the terminal."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

from jobtui.core.errors import UsageError
from jobtui.core.text import one_line

_GRACE_S = 1.0
"""How long one that has to end may take for it."""


async def start(
    arguments: Sequence[str], environment: Mapping[str, str], *, stdin: int = DEVNULL, output: int = DEVNULL
) -> Process:
    """Start a program.

    Args:
        arguments: The program and its arguments.
        environment: All of its variables.
        stdin: A descriptor, or one of subprocess's words for one.
        output: Likewise, for all that it writes.

    Raises:
        UsageError: It can't be started.
    """
    starting = asyncio.ensure_future(_spawned(arguments, environment, stdin=stdin, output=output))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Not cut off itself: that would end the program alone, and not what it has started by then.
        with suppress(UsageError):
            await end(await starting)
        raise


async def _spawned(arguments: Sequence[str], environment: Mapping[str, str], *, stdin: int, output: int) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *arguments, env=dict(environment), stdin=stdin, stdout=output, stderr=output, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise UsageError(why_not_started(arguments[0], error)) from error


async def end(process: Process) -> None:
    """End a program with all that it started, unless it has ended."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)


def why_not_started(program: str, error: OSError | ValueError) -> str:
    """What kept a program from being started, by its name."""
    name = one_line(program, 100)
    if isinstance(error, FileNotFoundError) and shutil.which(program) is None:
        return f"there is no program {name!r}"
    return f"{name!r} can't be started: {getattr(error, 'strerror', None) or error}"
