"""What a terminal and a user's command get when jobs end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta, timezone

import pytest
from textual.geometry import Size
from textual.notifications import Notification

from jobtui.app.notices import Notifier, command_line, end_notices, outdated, run_detached, terminal_sequence
from jobtui.app.options import AppOptions
from jobtui.app.quiet import QuietRules
from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.values import value_key
from tests.app.scripted_engine import NOW, FakeClock, job

DONE = job("graph:1", JobState.SUCCEEDED, name="fraud; rank")


@pytest.mark.parametrize(
    ("ways", "sequence"),
    [
        ((), ""),
        (("bell",), "\x07"),
        (("osc9",), "\x1b]9;fraud, rank succeeded (graph)\x07"),
        (("osc777", "bell"), "\x1b]777;notify;jobtui;fraud, rank succeeded (graph)\x07\x07"),
        (("carrier-pigeon",), ""),
    ],
)
def test_each_way_has_its_sequence(ways: tuple[str, ...], sequence: str) -> None:
    assert terminal_sequence(ways, [DONE], {}) == sequence


def test_tmux_gets_notifications_wrapped() -> None:
    sequence = terminal_sequence(("osc9",), [DONE], {"TMUX": "/tmp/x"})
    assert sequence == "\x1bPtmux;\x1b\x1b]9;fraud, rank succeeded (graph)\x07\x1b\\"


def test_t2_a_name_cannot_end_the_sequence() -> None:
    nasty = job("graph:1", JobState.FAILED, name="a\x07\x1b]52;c;eA==\x07b\x9c")
    sequence = terminal_sequence(("osc9",), [nasty], {})
    assert sequence.count("\x1b") == 1
    assert sequence.count("\x07") == 1
    assert "\x9c" not in sequence


def test_many_ends_become_one_notice_with_those_that_are_still_told() -> None:
    ended = [job(f"graph:{number}", JobState.SUCCEEDED) for number in range(9)] + [job("graph:x", JobState.FAILED)]
    three, none = end_notices(ended[:3], [], 5)
    assert (len(three), none) == (3, [])
    (one,), going = end_notices(ended[3:], [Notification("something else"), *three], 5)
    assert (one.message, one.severity, going) == ("10 jobs ended: 9 succeeded, 1 failed", "error", three)
    (more,), going = end_notices([DONE], [one], 5)
    assert (more.message, going) == ("11 jobs ended: 10 succeeded, 1 failed", [one])
    assert end_notices([], three, 5) == ([], [])


NOTICES = [
    Notification("refused", severity="error"),
    Notification("first"),
    Notification("second"),
    Notification("third " * 20),
    Notification("fourth"),
]


@pytest.mark.parametrize(
    ("size", "coming", "going"),
    [
        (Size(120, 60), "fifth", []),
        (Size(120, 60), "second", ["second"]),
        (Size(120, 60), "refused", ["refused"]),
        (Size(120, 24), "fifth", ["first"]),
        (Size(60, 24), "fifth", ["second", "first"]),
        (Size(60, 5), "fifth", ["fourth", "third", "second", "first"]),
    ],
)
def test_notices_go_for_newer_ones_where_they_would_cover_much_but_for_errors(
    size: Size, coming: str, going: list[str]
) -> None:
    assert [notice.message.split()[0] for notice in outdated(NOTICES, Notification(coming), size)] == going


@pytest.mark.parametrize(
    ("template", "name", "arguments"),
    [
        ("notify-send {state} {address}", "x", ["notify-send", "succeeded", "graph:1"]),
        ("say '{name} is {state}'", "a 'b' ; rm -rf $(x)", ["say", "a 'b' ; rm -rf $(x) is succeeded"]),
        ("say {name}", "{state}", ["say", "{state}"]),
        ("say {unknown}", "x", ["say", "{unknown}"]),
    ],
)
def test_s3_the_command_is_filled_in_after_it_was_taken_apart(template: str, name: str, arguments: list[str]) -> None:
    assert command_line(template, job("graph:1", JobState.SUCCEEDED, name=name)) == arguments


async def test_the_command_gets_the_job_in_its_environment() -> None:
    ran: list[tuple[Sequence[str], Mapping[str, str]]] = []

    async def run(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        ran.append((arguments, environment))

    notifier = Notifier(AppOptions(on_finish="hook"), lambda text: None, environment={"PATH": "/bin"}, run=run)
    await notifier.run_commands([DONE])
    ((arguments, environment),) = ran
    assert arguments == ["hook"]
    assert environment["PATH"] == "/bin"
    assert environment["JOBTUI_ADDRESS"] == "graph:1"
    assert environment["JOBTUI_STATE"] == "succeeded"


async def test_s3_a_name_never_gets_to_a_shell_of_the_command_and_the_other_jobs_have_theirs() -> None:
    ran: list[Sequence[str]] = []

    async def run(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        ran.append(arguments)

    options = AppOptions(on_finish="sh -c 'echo {name} {node}'", json_columns={"node": "data.node"})
    others = [replace(DONE, name=name, handle={value_key("data.node"): "n-7"}) for name in ("a", "b")]
    notifier = Notifier(options, lambda text: None, environment={}, run=run)
    with pytest.raises(UsageError, match=r"^on_finish, graph:1: its name, fraud; rank, would mean"):
        await notifier.run_commands([others[0], DONE, others[1]])
    assert ran == [["sh", "-c", "echo a n-7"], ["sh", "-c", "echo b n-7"]]


async def test_nothing_is_run_or_written_without_the_wish() -> None:
    written: list[str] = []
    notifier = Notifier(AppOptions(notify=()), written.append, environment={})
    notifier.announce([DONE])
    await notifier.run_commands([DONE])
    assert written == []


NIGHT = QuietRules.parse(["22:00-07:00"], "0s", [])
SHORT = job("graph:2", JobState.FAILED, started_at=NOW - timedelta(seconds=89), finished_at=NOW - timedelta(minutes=1))
LONG = job("graph:3", JobState.FAILED, started_at=NOW - timedelta(seconds=90), finished_at=NOW - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("zone", "passed", "rung"),
    [
        (UTC, timedelta(), True),  # 12:30
        (UTC, timedelta(hours=9, minutes=29), True),
        (UTC, timedelta(hours=9, minutes=30), False),
        (UTC, timedelta(hours=18, minutes=29), False),
        (UTC, timedelta(hours=18, minutes=30), True),
        (timezone(timedelta(hours=10)), timedelta(), False),  # 22:30 where the user is
        (timezone(timedelta(hours=-6)), timedelta(), False),
        (timezone(timedelta(hours=-5)), timedelta(), True),
    ],
)
def test_in_quiet_hours_of_the_user_s_own_day_nothing_rings(zone: timezone, passed: timedelta, rung: bool) -> None:
    clock, written = FakeClock(), list[str]()
    notifier = Notifier(AppOptions(quiet=NIGHT, clock=clock), written.append, environment={}, zone=zone)
    clock.advance(passed.total_seconds())
    notifier.announce([DONE])
    assert written == (["\x07"] if rung else [])


def test_a_short_job_does_not_ring_and_a_long_one_beside_it_does() -> None:
    written: list[str] = []
    options = AppOptions(notify=("osc9",), quiet=QuietRules.parse([], "30s", []), clock=FakeClock())
    notifier = Notifier(options, written.append, environment={})
    notifier.announce([SHORT])
    assert written == []
    notifier.announce([SHORT, LONG])
    assert written == ["\x1b]9;3 failed (graph)\x07"]


def test_a_job_whose_time_is_not_known_rings() -> None:
    rules = QuietRules.parse([], "1h", [])
    assert rules.rings(replace(SHORT, finished_at=None), NOW)
    assert rules.rings(replace(SHORT, started_at=None, created_at=None), NOW)
    assert not rules.rings(replace(SHORT, started_at=None), NOW)


async def test_of_a_muted_source_nothing_is_told_and_no_command_run() -> None:
    written, ran = list[str](), list[Mapping[str, str]]()

    async def run(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        ran.append(environment)

    options = AppOptions(on_finish="hook", quiet=QuietRules.parse([], "0s", ["graph"]), clock=FakeClock())
    notifier = Notifier(options, written.append, environment={}, run=run)
    evo = job("evo:a/b/1", JobState.SUCCEEDED)
    notifier.announce([DONE])
    assert written == []
    notifier.announce([DONE, evo])
    await notifier.run_commands([DONE, evo])
    assert written == ["\x07"]
    assert [environment["JOBTUI_ADDRESS"] for environment in ran] == ["evo:a/b/1"]


async def test_the_command_runs_in_quiet_hours_too_and_is_told_of_them() -> None:
    ran: list[str] = []

    async def run(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        ran.append(environment["JOBTUI_QUIET"])

    for rules in (NIGHT, QuietRules()):
        options = AppOptions(on_finish="hook", quiet=rules, clock=FakeClock(NOW.replace(hour=23)))
        await Notifier(options, ran.append, environment={}, run=run, zone=UTC).run_commands([DONE])
    assert ran == ["1", ""]


@pytest.mark.parametrize(("hours", "after", "key"), [(["25:00-1:00"], "0s", "quiet"), ([], "soon", "notify_after")])
def test_a_rule_that_can_not_be_read_is_named(hours: list[str], after: str, key: str) -> None:
    with pytest.raises(SettingsError, match=f"^{key}: "):
        QuietRules.parse(hours, after, [])


async def test_p8_the_command_s_output_reaches_no_terminal_of_ours(
    tmp_path: object, capfd: pytest.CaptureFixture[str]
) -> None:
    await run_detached(["/bin/sh", "-c", "echo out; echo err >&2"], {})
    assert capfd.readouterr() == ("", "")


async def test_a_command_that_does_not_exist_is_an_expected_error() -> None:
    with pytest.raises(SettingsError, match=r"^on_finish: there is no program '/nonexistent/command'$"):
        await run_detached(["/nonexistent/command"], {})
