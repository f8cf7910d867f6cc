"""The user's own commands: each a key's action or found in the palette, run on the marked jobs or the current one."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import work

from jobtui.app.display import count_words
from jobtui.app.options import AppOptions, UserCommand
from jobtui.app.screens.wishes import NO_JOB, WishScreen
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from jobtui.engine.port import EnginePort

_MOST_AT_ONCE = 4
_MOST_TOLD = 3
"""So many faults are told one by one."""
_PATIENCE_S = 1.0
"""After which it is said that a command is at work."""


class CommandScreen(WishScreen):
    """The part of the main screen that runs what the user added to the actions."""

    def __init__(self, engine: EnginePort, options: AppOptions) -> None:
        super().__init__(engine, options)
        self._at_work: set[tuple[str, JobId]] = set()
        """Commands that run beside the screen, each with its job."""
        self._tasks_beside: set[asyncio.Task[None]] = set()

    async def on_unmount(self) -> None:
        """Wait until what runs beside the screen has ended, which it was told to: nothing of it is left behind."""
        for task in self._tasks_beside:
            if not task.cancelling():
                task.cancel()
        if self._tasks_beside:
            await asyncio.wait(self._tasks_beside)

    def action_user_command(self, name: str) -> None:
        """Run a command on the marked jobs or the current one, after a question where that is wanted or due."""
        command = next(command for command in self.options.commands if command.name == name)
        jobs = self.wanted_jobs()
        skipped = {job.id: why for job in jobs if (why := self._why_not_run(command, job))}
        able = [job for job in jobs if job.id not in skipped]
        if not able:
            why = next(iter(skipped.values()), "")
            self.tell(f"{command.title} is not run: {why}." if why else NO_JOB)
            return
        act = partial(self._step_aside_for if command.has_screen else self._run_beside, command)
        _, hidden = self._split_hidden(able)
        # Who marked forty jobs doesn't mean forty pagers by a slip, nor jobs that can't be seen.
        if command.asks or hidden or skipped or (command.has_screen and len(able) > 1):
            turn = ", one after the other" if command.has_screen and len(able) > 1 else ""
            question = f"Run {command.title} on {count_words(len(able), 'job')}{turn}?"
            left = [f"{one_line(str(job_id), 200)}: {why}" for job_id, why in skipped.items()]
            note = one_line(self._told_call(command, able), 200)
            self.ask_about(question, act, able, verb="Run it on", left=left, note=note, yes="Run it")
        else:
            act(able)

    def _why_not_run(self, command: UserCommand, job: Job) -> str:
        if not command.is_for(job.id.source):
            return f"it is for jobs of {one_line(', '.join(command.sources), 200)}"
        return "it is at work there already" if (command.name, job.id) in self._at_work else ""

    @work(group="user-command", exclusive=True)
    async def _step_aside_for(self, command: UserCommand, jobs: Sequence[Job]) -> None:
        from jobtui.app.commands import exit_words, run_in_turn, wait_for_key
        from jobtui.app.pager import step_aside

        about = command.title
        try:
            calls = []
            for job in jobs:
                about = f"{command.title}, {job.id}"
                calls.append(self._call(command, job))
            about = command.title
            codes = step_aside(self.app, lambda: run_in_turn(calls, self.options.clock, wait_for_key))
        except JobtuiError as error:
            self.tell_error(error, about)
            return
        if codes[-1]:
            left = len(jobs) - len(codes)
            words = f"{command.title}, {jobs[len(codes) - 1].id}: {exit_words(codes[-1])}"
            self.tell(f"{words}; {count_words(left, 'job')} left out." if left else f"{words}.", bad=True)

    def _call(self, command: UserCommand, job: Job) -> tuple[list[str], dict[str, str]]:
        """Arguments and environment for a job. Raises `SettingsError` and `UsageError` as `arguments_of` does."""
        from jobtui.app.commands import arguments_of
        from jobtui.app.job_fields import job_environment

        paths = self.options.json_columns
        return arguments_of(command, job, paths), {**os.environ, **job_environment(job, paths)}

    def _told_call(self, command: UserCommand, jobs: Sequence[Job]) -> str:
        """What is run: for one job as it will be, for several, or where that can't be, as it is configured."""
        if len(jobs) > 1:
            return command.run
        try:
            return shlex.join(self._call(command, jobs[0])[0])
        except JobtuiError:
            return command.run

    def _run_beside(self, command: UserCommand, jobs: Sequence[Job]) -> None:
        name = f"{command.title} on {count_words(len(jobs), 'job') if len(jobs) > 1 else one_line(str(jobs[0].id), 80)}"
        # Before it begins: the same key may be heard again sooner.
        self._at_work |= {(command.name, job.id) for job in jobs}
        self.run_worker(self._run_all(command, jobs), group="user-command-beside", name=name)

    async def _run_all(self, command: UserCommand, jobs: Sequence[Job]) -> None:
        if (task := asyncio.current_task()) is not None:
            self._tasks_beside.add(task)
            task.add_done_callback(self._tasks_beside.discard)
        patience = asyncio.create_task(self._tell_of_work(command, len(jobs)))
        turns = asyncio.Semaphore(_MOST_AT_ONCE)
        try:
            ends = await asyncio.gather(*(self._run_one(command, job, turns) for job in jobs))
        finally:
            patience.cancel()
            self._at_work -= {(command.name, job.id) for job in jobs}
        faults = [words for is_good, words in ends if not is_good]
        for words in faults[:_MOST_TOLD]:
            self.tell(words, bad=True)
        if len(faults) > _MOST_TOLD:
            self.tell(f"{command.title} failed for {count_words(len(faults) - _MOST_TOLD, 'other job')}.", bad=True)
        if len(jobs) == 1 and not faults:
            self.tell(ends[0][1])
        elif len(faults) < len(jobs):
            self.tell(f"{command.title}: done for {count_words(len(jobs) - len(faults), 'job')}.")

    async def _tell_of_work(self, command: UserCommand, count: int) -> None:
        await self.options.clock.sleep(_PATIENCE_S)
        self.tell(f"{command.title} is at work on {count_words(count, 'job')}.")

    async def _run_one(self, command: UserCommand, job: Job, turns: asyncio.Semaphore) -> tuple[bool, str]:
        """Run it on one job; whether that went well, and what there is to tell."""
        from jobtui.app.commands import run_beside

        about = f"{command.title}, {job.id}"
        try:
            async with turns:
                ended = await run_beside(*self._call(command, job))
        except JobtuiError as error:
            return False, f"{about}: {error.in_full}"
        return not ended.code, f"{about}: {ended.words}"
