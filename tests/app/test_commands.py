"""What a user's own command is made of, and how it runs beside the screen or in its place."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from jobtui.app.actions import command_faults
from jobtui.app.commands import Ended, arguments_of, exit_words, run_beside, run_in_turn
from jobtui.app.options import UserCommand
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.states import JobState
from jobtui.core.values import value_key
from tests.app.scripted_engine import FakeClock, job

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def arguments(run: str, name: str = "") -> list[str]:
    known = job("graph:1", JobState.RUNNING, name=name, handle={value_key("data.node"): "n-7"})
    return arguments_of(UserCommand("logs", run), known, {"node": "data.node"})


@pytest.mark.parametrize(
    ("run", "name", "words"),
    [
        ("less +F /srv/logs/{id}.log", "", ["less", "+F", "/srv/logs/1.log"]),
        ("{source}-x '{name} at {id}' {other}", "a 'b' $(c) {id}", ["graph-x", "a 'b' $(c) {id} at 1", "{other}"]),
        ("less /srv/{node}/{id}.log", "", ["less", "/srv/n-7/1.log"]),
        ("note -- {name}", "-rf", ["note", "--", "-rf"]),
        ("note --title={name}", "-rf", ["note", "--title=-rf"]),
        ("ssh host tail {name}", "a/b-1.log", ["ssh", "host", "tail", "a/b-1.log"]),
        ("sh hook.sh {name}", "a b; c", ["sh", "hook.sh", "a b; c"]),
    ],
)
def test_s3_a_value_stays_in_the_word_that_it_was_put_into(run: str, name: str, words: list[str]) -> None:
    assert arguments(run, name=name) == words


@pytest.mark.parametrize(
    ("run", "name", "reason"),
    [
        ("less {name}", "+!rm x", r"its name, \+!rm x, would be taken for an option"),
        ("less {name}", "-o", "would be taken for an option; -- before it prevents that"),
        ("rm /scratch/{name}/out", "../..", "would lead out of a folder"),
        ("rm -- {name}", "..", "would lead out of a folder"),
        ("ssh host tail {name}", "a; b", "would mean something to a shell"),
        ("sudo /bin/sh -ec 'less {name}'", "$(b)", "would mean something to a shell"),
        ("python3 -c 'print(\"{name}\")'", '"', "would mean something to a shell"),
        ("perl -nE 'say \"{name}\"' log", "@{[`b`]}", "would mean something to a shell"),
        ("node '--eval=f(\"{name}\")'", '"', "would mean something to a shell"),
        ("tmux new-window 'less {name}'", "a b", "would mean something to a shell"),
    ],
)
def test_s3_a_value_that_would_become_more_than_data_is_refused_and_a_way_named(
    run: str, name: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        arguments(run, name=name)
    assert caught.value.hint == "$JOBTUI_NAME holds it too."


@pytest.mark.parametrize("run", ["{name} x", "/opt/{id}/run", "less 'x", " "])
def test_what_can_be_run_for_no_job_names_its_key(run: str) -> None:
    with pytest.raises(SettingsError, match=r"^commands\.logs\.run"):
        arguments(run, name="true")


async def python(code: str, *, limit_s: float = 30) -> Ended:
    return await run_beside([sys.executable, "-Sc", code], ENVIRONMENT, limit_s=limit_s)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "done"),
        ("print('one\\ntwo\\n\\n')", "done: two"),
        ("print('1 %\\r50 %\\r100 %')", "done: 100 %"),
        ("import sys; print('\\x1b[31mbad\\x1b[0m\\x07', file=sys.stderr); sys.exit(3)", r"exit code 3: bad\x07"),
        ("print('x' * 300_000); print('the end')", "done: the end"),
        ("import os; os.kill(os.getpid(), 15)", "ended by SIGTERM"),
    ],
)
async def test_p8_the_end_of_a_command_is_told_with_its_code_and_its_last_line(code: str, words: str) -> None:
    assert (await python(code)).words == words


async def test_what_a_command_leaves_running_is_not_waited_for() -> None:
    ended = await run_beside(["sh", "-c", "sleep 600 & echo $!"], ENVIRONMENT)
    os.kill(int(ended.last_line), signal.SIGKILL)
    assert ended.code == 0


async def test_a_missing_program_is_named() -> None:
    with pytest.raises(UsageError, match=r"^there is no program 'no-such-program'$"):
        await run_beside(["no-such-program", "x"], ENVIRONMENT)


async def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    with pytest.raises(UsageError, match="took longer than 0 min"):
        await run_beside(["sh", "-c", "sleep 600 & sleep 600"], ENVIRONMENT, limit_s=0)


@pytest.mark.parametrize("turns", [2, 50], ids=["starting", "running"])
async def test_p5_who_leaves_ends_what_runs_beside_the_screen_with_all_that_it_started(
    tmp_path: Path, turns: int
) -> None:
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    code = f"exec 9>{fifo}; echo begun >&9; sleep 600 & sleep 600"
    running = asyncio.create_task(run_beside(["sh", "-c", code], ENVIRONMENT))
    for _ in range(turns):
        await asyncio.sleep(0)
    # Read without a turn of the loop, which so knows no more of the program than before.
    with fifo.open() as held:
        assert held.readline() == "begun\n"
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        # Its end comes once nobody is left who could write.
        assert held.read() == ""


@pytest.mark.parametrize(
    ("code", "words"), [(1, "exit code 1"), (-15, "ended by SIGTERM"), (-99, "ended by signal 99")]
)
def test_a_code_and_a_signal_are_told_apart(code: int, words: str) -> None:
    assert exit_words(code) == words


def test_on_the_terminal_one_comes_after_the_other_until_one_fails_and_what_it_said_can_be_read() -> None:
    said: list[str] = []
    clock = FakeClock()
    calls = [(["sh", "-c", f"exit {code}"], ENVIRONMENT) for code in (0, 4, 0)]
    assert run_in_turn(calls, clock, said.append) == [0, 4]
    assert said == ["sh: done. Any key goes on.", "sh: exit code 4. Any key goes back to jobtui."]
    with pytest.raises(UsageError, match="there is no program 'no-such-program'"):
        run_in_turn([(["no-such-program"], ENVIRONMENT)], clock, said.append)


def test_who_had_the_time_to_read_is_not_asked_for_a_key() -> None:
    class Slow(FakeClock):
        def monotonic(self) -> float:
            self.advance(1)
            return super().monotonic()

    assert run_in_turn([(["true"], ENVIRONMENT)], Slow(), pytest.fail) == [0]


def test_keys_of_commands_are_held_against_actions_of_every_pane_and_each_other() -> None:
    commands = [
        UserCommand("a", "x", keys="f2, x"),
        UserCommand("b", "x", keys="l"),
        UserCommand("c", "x", keys="f2"),
        UserCommand("d", "x", keys="none"),
    ]
    assert [str(fault) for fault in command_faults(commands, {})] == [
        "commands.a.key: the key 'x' is that of the action 'cancel'",
        "commands.b.key: the key 'l' is that of the action 'right'",
        "commands.c.key: the key 'F2' is that of the command 'a'",
    ]
    assert [str(fault) for fault in command_faults(commands[:1], {"cancel": "X"})] == []
