"""The user's own commands on jobs: filled in so that a service's text stays data, run beside the screen or for it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from msgspec import Struct

from jobtui.app.job_fields import (
    fields_in,
    filled_in,
    is_for_a_shell,
    job_fields,
    means_itself,
    refusal,
    shell_refusal,
    words_of,
)
from jobtui.app.options import UserCommand
from jobtui.app.programs import end, start, why_not_started
from jobtui.core.clock import Clock
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.jobs import Job
from jobtui.core.text import one_line
from jobtui.core.values import NO_PATHS

LIMIT_S = 3600.0
"""How long a command may run beside the screen."""
_TAIL_BYTES = 4096
_READ_BYTES = 65_536
_SHOWN = 200
"""Characters of a last line."""

_OWN_FIELDS = frozenset({"state", "source"})
"""Those whose values are jobtui's own words or the configuration's."""
_SEEN_S = 1.0
"""What was on the terminal for less, nobody has read."""
_COLOURS = re.compile(rb"\x1b\[[0-9;:]*[mK]")
_GOES_UP = re.compile(r"(^|/)\.\.(/|$)")


def arguments_of(command: UserCommand, job: Job, paths: Mapping[str, str] = NO_PATHS) -> list[str]:
    """The command for a job, in words.

    A value is put into its word once that is a word of its own, so that it can't become two of them. What it could
    still become is refused: an option, a way up out of a folder, the program, or a piece of a shell's line.

    Args:
        command: Which one.
        job: What it is for.
        paths: What the configuration looks up in the answers about it, by name.

    Raises:
        SettingsError: The command can't be run for any job.
        UsageError: It can't be run safely for this one.
    """
    place = f"commands.{command.name}.run"
    words = words_of(command.run, place)
    if not words:
        raise SettingsError(f"{place} is empty")
    fields = job_fields(job, paths)
    if not _OWN_FIELDS.issuperset(fields_in(words[0])):
        raise SettingsError(f"{place}: which program is run can't be up to a job", hint="{state} and {source} may be.")
    gets_to_shell = is_for_a_shell(words)
    for number, word in enumerate(words):
        for name in fields_in(word):
            value = fields.get(name, "")
            if gets_to_shell and not means_itself(value):
                raise shell_refusal(name, value)
            if _GOES_UP.search(value):
                raise refusal(name, value, "would lead out of a folder")
            is_first = word.startswith(f"{{{name}}}")
            if is_first and value.startswith(("-", "+")) and "--" not in words[:number]:
                raise refusal(name, value, "would be taken for an option; -- before it prevents that")
    return [filled_in(word, fields) for word in words]


def exit_words(code: int) -> str:
    """How a program ended: its exit code, or the signal, which is given as a negative number."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"


class Ended(Struct, frozen=True):
    """How a command ended that ran beside the screen."""

    code: int
    """Its exit code; negative after a signal."""
    last_line: str = ""
    """Of what it wrote, fit to be shown."""

    @property
    def words(self) -> str:
        """The same in a line."""
        how = exit_words(self.code) if self.code else "done"
        return f"{how}: {self.last_line}" if self.last_line else how


async def run_beside(arguments: Sequence[str], environment: Mapping[str, str], *, limit_s: float = LIMIT_S) -> Ended:
    """Run a program that can't reach the terminal, to its end; whoever cancels this ends it with all that it started.

    Raises:
        UsageError: It can't be started, or took too long.
    """
    reading, writing = os.pipe()
    try:
        tail = _Tail(reading)
        try:
            process = await start(arguments, environment, output=writing)
        finally:
            os.close(writing)
        with tail:
            try:
                code = await asyncio.wait_for(process.wait(), limit_s)
            except TimeoutError:
                raise UsageError(f"took longer than {limit_s / 60:g} min, and was ended") from None
            finally:
                await end(process)
        return Ended(code, tail.last_line)
    finally:
        os.close(reading)


class _Tail:
    """The end of what comes through a pipe, which is kept empty.

    Not a stream of asyncio's: that ends only once nobody writes any more, be it what the program left behind.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._end = b""
        os.set_blocking(pipe, False)

    def __enter__(self) -> None:
        asyncio.get_running_loop().add_reader(self._pipe, self._read)

    def __exit__(self, *_: object) -> None:
        # What the program wrote last is in the pipe; a pipeful is all that can be.
        self._read()
        asyncio.get_running_loop().remove_reader(self._pipe)

    def _read(self) -> None:
        try:
            piece = os.read(self._pipe, _READ_BYTES)
        except BlockingIOError:
            return
        self._end = (self._end + piece)[-_TAIL_BYTES:]
        if not piece:
            asyncio.get_running_loop().remove_reader(self._pipe)

    @property
    def last_line(self) -> str:
        lines = _COLOURS.sub(b"", self._end).decode("utf-8", "replace").replace("\r", "\n").split("\n")
        return one_line(next((line.strip() for line in reversed(lines) if line.strip()), ""), _SHOWN)


def run_in_turn(
    calls: Sequence[tuple[Sequence[str], Mapping[str, str]]], clock: Clock, wait_for_key: Callable[[str], None]
) -> list[int]:
    """Run programs that have the terminal, one after the other until one fails; what they left there can be read.

    Args:
        calls: Arguments and environment of each.
        clock: Tells how long each took.
        wait_for_key: Says something on the terminal, and comes back once a key was pressed.

    Returns:
        The exit codes of those that were run, negative after a signal.

    Raises:
        UsageError: One can't be started.
    """
    codes: list[int] = []
    for number, (arguments, environment) in enumerate(calls, start=1):
        began = clock.monotonic()
        try:
            code = subprocess.run(arguments, env=dict(environment), check=False).returncode
        except (OSError, ValueError) as error:
            raise UsageError(why_not_started(arguments[0], error)) from error
        codes.append(code)
        if code or clock.monotonic() - began < _SEEN_S:
            goes_on = "on" if number < len(calls) and not code else "back to jobtui"
            program = one_line(PurePath(arguments[0]).name, 60)
            wait_for_key(f"{program}: {exit_words(code) if code else 'done'}. Any key goes {goes_on}.")
        if code:
            break
    return codes


def wait_for_key(words: str) -> None:
    """Say something on the terminal, and wait until a key is pressed there, or until the terminal is gone."""
    if sys.__stdin__ is None or sys.__stderr__ is None:
        return
    terminal = sys.__stdin__.fileno()
    try:
        print(f"\n{words}", file=sys.__stderr__, flush=True)
        before = termios.tcgetattr(terminal)
        tty.setraw(terminal)
        try:
            os.read(terminal, 1)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return
