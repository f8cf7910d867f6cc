"""What happens when a watched job ends: a line on the screen, a bell, a notification, the user's command."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo

from rich.cells import cell_len
from textual.geometry import Size
from textual.notifications import Notification

from jobtui.app.job_fields import (
    fields_in,
    filled_in,
    is_for_a_shell,
    job_environment,
    job_fields,
    means_itself,
    shell_refusal,
    words_of,
)
from jobtui.app.options import AppOptions
from jobtui.app.programs import end, start
from jobtui.app.terminal import through_tmux
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.core.values import NO_PATHS

_MOST_APART = 3
"""Ends that are told each by itself while they are on the screen; more of them become one notice."""
_SCREENS_SHARE = 4
"""That part of the screen's lines may lie under notices."""
_WIDTH, _SCREENS_WIDTH, _EDGES = 60, 0.6, 3
"""A notice's columns, the part of the screen's that it takes at most, and those beside its words."""
_COMMAND_LIMIT_S = 60.0

RunCommand = Callable[[Sequence[str], Mapping[str, str]], Awaitable[None]]
"""Starts a program with an environment and waits for its end."""


def headline(ended: Sequence[Job]) -> str:
    """One line about jobs that ended, fit for the screen and for a notification."""
    if len(ended) == 1:
        job = ended[0]
        return f"{one_line(job.title, 80)} {job.state.value} ({one_line(job.id.source, 30)})"
    counts: dict[str, int] = {}
    for job in ended:
        counts[job.state.value] = counts.get(job.state.value, 0) + 1
    return f"{len(ended)} jobs ended: " + ", ".join(f"{count} {state}" for state, count in counts.items())


def terminal_sequence(ways: Sequence[str], ended: Sequence[Job], environment: Mapping[str, str]) -> str:
    """What to send to the terminal for jobs that ended, in the ways that the user chose."""
    # A semicolon parts the fields of OSC 777.
    words = headline(ended).replace(";", ",")
    known = {
        "bell": "\x07",
        "osc9": through_tmux(f"\x1b]9;{words}\x07", environment),
        "osc777": through_tmux(f"\x1b]777;notify;jobtui;{words}\x07", environment),
    }
    return "".join(known[way] for way in ways if way in known)


@dataclass
class EndNotice(Notification):
    """Tells of jobs that ended."""

    ended: tuple[Job, ...] = ()


@dataclass
class FilterNotice(Notification):
    """Tells what the filter does, so it goes once the filter is another."""


def end_notices(
    ended: Sequence[Job], shown: Iterable[Notification], timeout_s: float
) -> tuple[list[EndNotice], list[EndNotice]]:
    """The ends as they are told: each by itself, or all in one where they are many, with those on the screen.

    Returns:
        What is to be shown, and what is to go for it.
    """
    before = [notice for notice in shown if isinstance(notice, EndNotice)]
    both = [job for notice in before for job in notice.ended] + list(ended)
    apart = len(both) <= _MOST_APART or not ended
    groups = [(job,) for job in ended] if apart else [tuple(both)]
    return [_end_notice(jobs, timeout_s) for jobs in groups], [] if apart else before


def _end_notice(jobs: tuple[Job, ...], timeout_s: float) -> EndNotice:
    failed = any(job.state is JobState.FAILED for job in jobs)
    return EndNotice(headline(jobs), severity="error" if failed else "information", timeout=timeout_s, ended=jobs)


def outdated(shown: Iterable[Notification], coming: Notification, size: Size) -> list[Notification]:
    """The notices that are to go for one that comes: the same once more, and the oldest that would cover too much.

    A warning or an error is gone with its time only: what it says may stand nowhere else.
    """
    going: list[Notification] = []
    room = size.height // _SCREENS_SHARE - _lines_of(coming, size)
    for notice in reversed(list(shown)):
        if (notice.title, notice.message) == (coming.title, coming.message):
            going.append(notice)
            continue
        room -= _lines_of(notice, size)
        if room < 0 and notice.severity == "information":
            going.append(notice)
    return going


def _lines_of(notice: Notification, size: Size) -> int:
    """About how many lines it takes: words are not cut in two."""
    width = max(1, min(_WIDTH, int(size.width * _SCREENS_WIDTH)) - _EDGES)
    return bool(notice.title) + max(1, -(-cell_len(notice.message) // width))


def command_line(template: str, job: Job, paths: Mapping[str, str] = NO_PATHS) -> list[str]:
    """The user's command as arguments, with `{address}`, `{state}` and the like filled in after it was taken apart.

    So a job's name can hold quotes and semicolons: it stays one argument, and never gets to a shell.

    Raises:
        SettingsError: The quotes of the command don't match.
        UsageError: What the job has to say would mean something to the shell that the command starts by itself.
    """
    words, fields = words_of(template, "on_finish"), job_fields(job, paths)
    if is_for_a_shell(words):
        for name in (name for word in words for name in fields_in(word)):
            if not means_itself(fields.get(name, "")):
                raise shell_refusal(name, fields[name])
    return [filled_in(word, fields) for word in words]


async def run_detached(
    arguments: Sequence[str], environment: Mapping[str, str], *, limit_s: float = _COMMAND_LIMIT_S
) -> None:
    """Run a program that can't reach our terminal; one that takes too long is ended with all that it started.

    Raises:
        SettingsError: It can't be started.
    """
    try:
        process = await start(arguments, environment)
    except UsageError as error:
        raise SettingsError(f"on_finish: {error}") from error
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), limit_s)
    await end(process)


class Notifier:
    """Tells of ends the way the options say."""

    def __init__(
        self,
        options: AppOptions,
        write: Callable[[str], None],
        *,
        environment: Mapping[str, str] | None = None,
        run: RunCommand = run_detached,
        zone: tzinfo | None = None,
    ) -> None:
        """Tell nothing yet.

        Args:
            options: What is wanted, and when it isn't.
            write: Sends a sequence to the terminal.
            environment: Of this process, if not given.
            run: Runs the user's command.
            zone: Where the user's day is; by default where the machine's is.
        """
        self._options = options
        self._zone = zone
        self._write = write
        self._environment = os.environ if environment is None else environment
        self._run = run

    def announce(self, ended: Sequence[Job]) -> None:
        """Ring and notify through the terminal, unless a rule keeps it quiet."""
        heard = [job for job in ended if self._rings(job)]
        sequence = terminal_sequence(self._options.notify, heard, self._environment) if heard else ""
        if sequence:
            self._write(sequence)

    def _rings(self, job: Job) -> bool:
        return self._options.quiet.rings(job, self._options.clock.now().astimezone(self._zone))

    async def run_commands(self, ended: Sequence[Job]) -> None:
        """Run the user's command for each job that ended, one after the other; it is told whether to be quiet.

        Raises:
            SettingsError: The command can't be read or started.
            UsageError: It was left out for a job, as it can't be run safely; the others had it.
        """
        if not self._options.on_finish:
            return
        paths = self._options.json_columns
        refusal: UsageError | None = None
        for job in self._options.quiet.told(ended):
            try:
                arguments = command_line(self._options.on_finish, job, paths)
            except UsageError as error:
                refusal = UsageError(f"on_finish, {job.id}: {error}", hint=error.hint)
                continue
            if arguments:
                variables = job_environment(job, paths, quiet=not self._rings(job))
                await self._run(arguments, {**self._environment, **variables})
        if refusal is not None:
            raise refusal
