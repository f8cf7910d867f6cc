"""Arguments, exit codes and output, without any service."""

from __future__ import annotations

import errno
import io
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtui import __version__
from jobtui.cli import exit_codes, output
from jobtui.cli.asking import asked
from jobtui.cli.doctor import background, extras, passthrough, proxies, terminal_findings
from jobtui.cli.main import build_parser
from jobtui.cli.submitting import payload
from jobtui.cli.wording import state_in_both_words, state_words
from jobtui.core import errors
from jobtui.core.errors import UsageError
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from tests.cli.conftest import Ran

Jobtui = Callable[..., Ran]


def test_help_and_version_are_data_and_0(jobtui: Jobtui) -> None:
    assert jobtui("--version").out == f"jobtui {__version__}\n"
    ran = jobtui("--help")
    assert ran.code == 0
    verbs = "demo sources list show submit track forget wait watch cancel result clean config web doctor"
    for verb in verbs.split(" "):
        assert f"\n    {verb} " in ran.out
        assert jobtui(verb, "--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "help_of"),
    [
        (("list", "state:failed"), "jobtui list"),
        (("submissions", "--version"), "jobtui submissions"),
        (("config", "check", "x"), "jobtui config"),
        (("--x",), "jobtui"),
    ],
)
def test_what_a_verb_does_not_take_is_answered_with_its_own_help(
    jobtui: Jobtui, arguments: tuple[str, ...], help_of: str
) -> None:
    ran = jobtui(*arguments)
    assert ran.code == 2
    assert ran.err == f"jobtui: unrecognized arguments: {arguments[-1]}\n  `{help_of} --help` tells more.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lst",), "there is no verb 'lst'; did you mean list?"),
        (("--json", "list"), "unrecognized arguments: --json; a verb's options stand after it"),
        (("web", "--port", "x"), "argument --port: 'x' is not a whole number"),
        (("result", "a:1", "--output", ""), "argument --output: it is empty"),
        (("--config", "", "list"), "argument --config: it is empty"),
        (("clean", ""), "argument DIR: it is empty"),
        (("clean", "/dev/null"), "/dev/null is not a folder"),
        (("result", "a:1", "--output", "/dev/null/x"), "--output /dev/null/x: /dev/null is not a folder"),
    ],
)
def test_a_slip_is_told_in_words_that_help(
    jobtui: Jobtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "config.toml").write_text(MEDIA + 'token = "x"')
    monkeypatch.setenv("JOBTUI_CONFIG", str(tmp_path / "config.toml"))
    ran = jobtui(*arguments)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", f"jobtui: {words}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("list", "--nonsense"),
        ("list", "--jso"),
        ("show",),
        ("show", "no-address"),
        ("show", "a:../b"),
        ("list", "--filter", "stat:failed"),
        ("list", "--filter"),
        ("wait", "a:b", "--timeout", "-1"),
        ("wait", "a:b", "--timeout", "nan"),
        ("result", "a:b", "--limit", "0"),
        ("result", "a:b", "--format", "xml"),
        ("submit", "a", "b", "--input", "{"),
        ("submit", "a", "b", "--param", "x"),
        ("demo", "--port", "99999"),
        ("demo", "--speed", "0"),
        ("config",),
        ("--config", "/nowhere/at/all", "list"),
        ("list", "--config", "/nowhere/at/all"),
        ("--source", "nope"),
        (),
        ("demo",),
    ],
)
def test_what_can_not_be_understood_is_2_with_words_and_without_a_traceback(
    jobtui: Jobtui, arguments: tuple[str, ...]
) -> None:
    ran = jobtui(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("jobtui: ")
    assert "Traceback" not in ran.err


def test_without_a_terminal_the_screen_names_the_verb_to_use(jobtui: Jobtui) -> None:
    assert "`jobtui list` works without one" in jobtui().err
    assert "`jobtui demo --serve` works without one" in jobtui("demo").err


def test_without_sources_list_is_empty_and_says_how_to_begin_as_sources_does(jobtui: Jobtui) -> None:
    assert jobtui("list", "--json").json == []
    for verb in ("sources", "list"):
        ran = jobtui(verb)
        assert (ran.code, ran.out) == (0, "")
        assert "jobtui config init" in ran.err


def test_config_begins_shows_and_checks(jobtui: Jobtui, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = jobtui("config", "path").out.strip()
    assert file.endswith("config.toml")
    assert str(home) in file
    assert jobtui("config", "init").out.strip() == file
    assert jobtui("config", "init").code == 2
    assert jobtui("config", "check").code == 0
    monkeypatch.setenv("JOBTUI_THEME", "nord")
    assert re.search(r'^theme +=? ?= "nord" +# JOBTUI_THEME$', jobtui("config", "show").out, re.MULTILINE)
    assert jobtui("config", "schema").json["properties"]["sources"]


SOURCE = '[sources.a]\nbase_url = "http://127.0.0.1:1"\n'
MEDIA = f'{SOURCE}provider = "generation"\n'
GRAPH = '[sources.graph]\nbase_url = "http://127.0.0.1:1"\nprovider = "nebula"\ntoken = "x"\n'
COMMANDS = """
[commands.a]
run = "no-such-program {id}"
key = "x, esc"
sources = ["grahp"]
[commands.b]
run = "less 'x"
key = "f2"
"""
EVO = f'{SOURCE}provider = "evo"\norg_id = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (MEDIA + 'token = { env = "NOT_SET" }', ["sources.a.token: the variable NOT_SET is not set"]),
        (MEDIA + 'token = { command = "echo \'x" }', ["sources.a.token: its command is empty, or has an open quote"]),
        (MEDIA + 'token = "x\\ny"', ["sources.a.token: it holds characters that no token has"]),
        (EVO + 'token = "x\u00e9"', ["sources.a.token: it holds characters that no token has"]),
        (
            EVO + 'oauth = { client_id = "me", client_secret = "a b" }',
            ["sources.a.oauth.client_secret: it holds characters that no token has"],
        ),
        (
            f'{SOURCE}provider = "http"\napi = "builtin:replicate"\ntoken = "\u201cx\u201d"',
            ["sources.a.token: it holds characters that no token has"],
        ),
        (
            f'{SOURCE}provider = "nebula"\ntoken = "x y"\nverify_tls = "none.pem"',
            ["sources.a.verify_tls: the CA file ", "sources.a.token: it holds characters that no token has"],
        ),
        (MEDIA + 'token = "x"\nverify_tls = "."', ["sources.a.verify_tls: the CA file "]),
        (MEDIA + 'token = "x"\nverify_tls = "broken.toml"', ["sources.a.verify_tls: the CA file "]),
        (f'{SOURCE}provider = "http"\napi = "broken.toml"', ["sources.a.api: "]),
        (f'{SOURCE}provider = "nebla"', ["sources.a.provider: there is no provider 'nebla'; did you mean nebula?"]),
        ('download_dir = "a\\u0000b"', ["download_dir: no folder can have a NUL in its name"]),
        ('download_dir = "/dev/null/x"', ["download_dir: /dev/null is not a folder"]),
        ('theme = "nrod"', ["theme: there is no 'nrod'; did you mean nord?"]),
        ('columns = ["jop", "eta", "eta"]', ["columns: there is no 'jop'", "columns: 'eta' stands there twice"]),
        (
            'columns = ["cost", "jop"]\n[json_columns]\ncost = "$.usage"\njob = "name"',
            [
                "json_columns.cost: '$.usage' can't be understood from column 1 on",
                "json_columns.job: there is another column of that name",
                "columns: there is no 'jop'",
            ],
        ),
        ('[json_columns]\n"Cost" = "a"', ["json_columns: a column can't be named 'Cost'"]),
        (
            '[filters]\na = "cost>5 owner:me"\n[json_columns]\ncost = "usage"',
            ["filters.a: there is no field 'owner'"],
        ),
        (
            '[keys]\nfly = "f"\ncancel = "N"\nzoom = "ctl+z, f2"\n',
            [
                "keys.fly: there is no such action",
                "keys.cancel: the key 'N' is given to both 'new' and 'cancel'",
                "keys.zoom: there is no key 'ctl+z'",
            ],
        ),
        ('on_finish = "notify \'x"', ["on_finish: it can't be taken apart into words: No closing quotation"]),
        ('on_finish = "no-such-program {state}"', ["on_finish: there is no program 'no-such-program'"]),
        (
            """on_finish = "sh -c 'awk {print} {adress}'"\n""",
            ["on_finish: there is no field {adress}; did you mean {address}?"],
        ),
        (
            GRAPH + COMMANDS,
            [
                "commands.a.key: the key 'x' is that of the action 'cancel'",
                "commands.a.key: there is no key 'esc'",
                "commands.a.run: there is no program 'no-such-program'",
                "commands.a.sources: there is no source 'grahp'; did you mean graph?",
                "commands.b.run: it can't be taken apart into words: No closing quotation",
            ],
        ),
        ('them = "nord"\ntheme = "nrod"', ["them: there is no such key", "theme: there is no 'nrod'"]),
        ('"X\\n" = 1', ["X\u23ce: there is no such key"]),
    ],
)
def test_config_check_tells_all_that_would_fail_later_with_its_file_and_key(
    jobtui: Jobtui, tmp_path: Path, text: str, lines: list[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    (tmp_path / "broken.toml").write_text('[headers]\n"X\\n" = "a"\n[status]\npath = "/x"\n[job]\nstate = "s"\n')
    ran = jobtui("--config", str(file), "config", "check", "--json")
    assert ran.code == 2
    assert len(ran.json["faults"]) == len(lines)
    for fault, line in zip(ran.json["faults"], lines, strict=True):
        assert fault.startswith(f"{file}: {line}")
        assert f"jobtui: {fault}\n" in ran.err


def test_a_setting_that_fails_when_it_is_used_is_told_with_its_file_or_variable(
    jobtui: Jobtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(MEDIA + 'token = "x y"')
    for ran in (jobtui("--config", str(file), "show", "a:1"), jobtui("--config", str(file), "submit", "a", "v1/x")):
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"jobtui: {file}: sources.a.token: it holds characters")
    monkeypatch.setenv("JOBTUI_SOURCES__A__TOKEN", "x y")
    ran = jobtui("--config", str(file), "show", "a:1")
    assert ran.err.startswith("jobtui: JOBTUI_SOURCES__A__TOKEN: it holds characters")


def test_every_error_has_its_exit_code() -> None:
    codes = {
        exit_codes.USAGE: (
            UsageError("x"),
            errors.SettingsError("x"),
            errors.UnknownSource("x"),
            errors.StoreError("x"),
        ),
        exit_codes.SERVICE: (
            errors.Unreachable("x"),
            errors.SignInRefused("x"),
            errors.RateLimited("x"),
            errors.ProtocolError("x"),
            errors.InvalidInput("x"),
            errors.NotOffered("x"),
            errors.OutcomeUnknown("x"),
            errors.DownloadError("x"),
        ),
        exit_codes.NO_SUCH_JOB: (errors.JobNotFound("x"),),
    }
    for code, kinds in codes.items():
        assert {exit_codes.code_of(error) for error in kinds} == {code}
    assert exit_codes.code_of(errors.ReadOnlySource("x")) == exit_codes.USAGE


def test_parameters_nest_and_are_json_where_they_parse() -> None:
    assert payload('{"a": {"b": 1, "c": 2}}', ["a.b=3", "d=text", "e=[1, null]", "f=1.5", "g=", "h=a=b", "i=NaN"]) == {
        "a": {"b": 3, "c": 2},
        "d": "text",
        "e": [1, None],
        "f": 1.5,
        "g": "",
        "h": "a=b",
        "i": "NaN",
    }
    assert payload("", []) == {}


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("[]", []),
        ("{", []),
        ("@/nowhere/at/all", []),
        ('{"a": 1}', ["a.b=1"]),
        ("", ["a..b=1"]),
        ("NaN", []),
        ('{"a": 1e999}', []),
        pytest.param('{"a": ' + "9" * 5000 + "}", [], id="a long number"),
        pytest.param("[" * 100_000, [], id="deep"),
        ("", ["=1"]),
    ],
)
def test_a_payload_that_is_no_object_is_refused(text: str, parameters: list[str]) -> None:
    with pytest.raises(UsageError, match="--"):
        payload(text, parameters)


def test_a_number_too_large_for_json_is_text_as_a_parameter() -> None:
    assert payload("", ["a=1e999", "b=1e3"]) == {"a": "1e999", "b": 1000.0}
    assert payload('\ufeff{"a": 12}', []) == {"a": 12}


def test_columns_stand_under_each_other_whatever_the_cells_hold(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("A", "B", "C"), [("日本", "x", "é"), ("\x1b[31m", "e\u0301", "tail")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["A      B  C", "日本   x  é", "␛[31m  e\u0301  tail"]


def test_a_state_without_any_word_of_the_service_is_unknown_and_no_more() -> None:
    job = Job(JobId("graph", "1"), "nebula", JobState.UNKNOWN)
    assert state_words(job) == "? unknown"
    assert state_words(replace(job, native_state="odd")) == "? unknown (odd)"
    assert state_in_both_words(replace(job, native_state="odd")) == "? unknown (odd)"
    ended = replace(job, state=JobState.FAILED, native_state="4")
    assert state_in_both_words(ended) == "✗ failed (the service says 4)"


def test_json_of_a_service_keeps_its_letters_and_escapes_what_acts(capsys: pytest.CaptureFixture[str]) -> None:
    output.json_text('{"name": "日本 é \x7f\u202e\x9b \xad\U000e0041"}\r\n')
    assert capsys.readouterr().out == '{"name": "日本 é \\u007f\\u202e\\u009b \\u00ad\\udb40\\udc41"}\n\n'


def test_json_documents_are_plain_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.document({"name": "\x1b日\u202e\x9b\x7f"})
    text = capsys.readouterr().out
    assert text.isascii()
    assert all(character == "\n" or character.isprintable() for character in text)


def test_a_closed_stdout_is_said_rather_than_ending_in_a_traceback(
    jobtui: Jobtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    ran = jobtui("list", "--json")
    assert ran.code == 2
    assert "stdout is closed" in ran.err


def test_a_full_disk_behind_stdout_is_2_and_said() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "jobtui", "config", "schema"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (ran.returncode, ran.stderr) == (2, f"jobtui: stdout can't be written: {os.strerror(errno.ENOSPC)}\n")


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "jobtui", "config", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(60), said) == (0, b"")


def test_a_question_that_is_not_answered_with_yes_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer, meant in (
        ("y\n", True),
        ("Yes\n", True),
        ("\n", False),
        ("", False),
        ("no\n", False),
        ("yikes\n", False),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert output.ask("Cancel?") is meant


def test_all_verbs_that_arguments_lead_to_exist() -> None:
    parser = build_parser()
    assert parser.parse_args([]).verb == "screen:open_screen"
    assert parser.parse_args(["list", "--source", "a", "--source", "b"]).source == ["a", "b"]
    assert parser.parse_args(["--config", "x", "list"]).config == "x"
    assert parser.parse_args(["list", "--config", "x"]).config == "x"


def ended(process: subprocess.Popen[str], number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(30)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_serving_the_demo_prints_a_configuration_that_works_and_runs_until_interrupted(
    number: signal.Signals, code: int, jobtui: Jobtui, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "jobtui", "demo", "--serve", "--speed", "40"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = ""
        while not printed.endswith("# ready\n"):
            printed += process.stdout.readline()
        (tmp_path / "demo.toml").write_text(printed)
        ran = jobtui("--config", str(tmp_path / "demo.toml"), "list", "--json")
        assert (ran.code, len(ran.json) >= 25) == (0, True)
        track = re.search(r"^# jobtui (track evo .*)$", printed, re.MULTILINE)
        assert track is not None
        assert jobtui("--config", str(tmp_path / "demo.toml"), *track[1].split()).code == 0
        assert ended(process, number) == code


def test_a_taken_port_is_2(jobtui: Jobtui) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if port > 65532:
            pytest.skip("no three ports after this one")
        ran = jobtui("demo", "--serve", "--port", str(port))
    assert (ran.code, ran.out) == (2, "")
    assert os.strerror(errno.EADDRINUSE).lower() in ran.err.lower()


def test_watch_prints_changes_until_interrupted_with_130(config: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "jobtui", "watch", "--json", "--source", "graph", "--filter", "source:graph"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert '"address": "graph:' in process.stdout.readline()
        assert ended(process, signal.SIGINT) == 130


def test_p1_an_interrupt_while_the_program_is_loading_prints_no_traceback() -> None:
    # Importing the command line raises what the keyboard would, at the worst moment.
    program = (
        "import sys, runpy\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'jobtui.cli.output':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "runpy.run_module('jobtui', run_name='__main__')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (130, "")


def test_the_command_line_loads_no_event_loop_before_it_knows_its_verb() -> None:
    program = "import sys, jobtui.cli.main; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_submit_that_is_interrupted_says_that_there_may_be_a_job(home: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = home / "config.toml"
        config.write_text(
            f"[sources.media]\nprovider = 'generation'\nbase_url = 'http://127.0.0.1:{silent.getsockname()[1]}'\n"
            "token = 'planted-token-77'\n"
        )
        with subprocess.Popen(
            [sys.executable, "-m", "jobtui", "--config", str(config), "submit", "media", "v1/videos"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            connection, _ = silent.accept()
            assert connection.recv(4096).startswith(b"POST /v1/videos")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            connection.close()
    assert (process.returncode, out) == (130, "")
    assert "there may be a job" in err
    assert "planted-token" not in err


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "lines", "level"), [(100, 10, "note"), (50, 40, "note"), (100, 30, "ok")])
def test_doctor_calls_a_terminal_small_in_either_direction(
    columns: int, lines: int, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(lines))
    assert [found.level for found in terminal_findings({"TERM": "xterm"})] == [level]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("demo", "--port", "abc"), "'abc' is not a whole number"),
        (("demo", "--jobs", "1.5"), "'1.5' is not a whole number"),
        (("wait", "a:1", "--timeout", "soon"), "'soon' is not a number"),
        (("wait", "a:1", "--timeout", "nan"), "'nan' is not a number"),
    ],
)
def test_an_option_that_is_no_number_is_called_so(jobtui: Jobtui, arguments: tuple[str, ...], words: str) -> None:
    ran = jobtui(*arguments)
    assert ran.code == 2
    assert words in ran.err


def test_h14_doctor_shows_proxies_without_their_passwords() -> None:
    environ = {"HTTPS_PROXY": "http://ada:hunter2secret@proxy.example:3128", "no_proxy": "localhost"}
    shown = {found.words for found in proxies(environ)}
    assert len(shown) == 2
    assert "no_proxy = localhost" in shown
    assert any(words.startswith("https_proxy = http://") and "proxy.example:3128" in words for words in shown)
    assert "hunter2secret" not in " ".join(shown)
    assert list(proxies({})) == []


@pytest.mark.parametrize(
    ("said", "level", "words"),
    [
        ("tmux 3.4 on", "ok", "3.4, allow-passthrough is on"),
        ("tmux 3.4 off", "note", "3.4, allow-passthrough is off"),
        ("tmux 3.2a", "note", "3.2a, allow-passthrough is off"),
        ("", "note", "can't be asked"),
    ],
)
def test_doctor_tells_what_tmux_hands_on(said: str, level: str, words: str) -> None:
    (found,) = passthrough({"TMUX": "/tmp/tmux-0/default,1,0"}, lambda: said)
    assert (found.level, found.words[: len(words)]) == (level, words)
    assert list(passthrough({}, lambda: said)) == []


@pytest.mark.parametrize(
    ("answer", "told", "level", "words"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;4c", "15;0", "ok", "light, as the terminal answers"),
        (b"\x1b[?62;4c", "0;15", "note", "light by COLORFGBG"),
        (b"", "", "note", "the terminal doesn't tell"),
    ],
)
def test_doctor_tells_whether_the_terminal_is_light(
    answer: bytes, told: str, level: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(background({"TERM": "xterm"}, lambda: answer)) == []
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}", Terminal())
    (found,) = background({"TERM": "xterm", "COLORFGBG": told}, lambda: answer)
    assert (found.level, found.words[: len(words)]) == (level, words)


def test_a_terminal_is_asked_without_an_echo_and_left_as_it_was() -> None:
    mine, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    answer = b"\x1b]11;rgb:0/0/0\x07\x1b[?62;4c"

    def answering() -> None:
        while b"c" not in os.read(mine, 100):
            pass
        os.write(mine, answer[:9])
        os.write(mine, answer[9:])

    terminal_s_end = threading.Thread(target=answering)
    terminal_s_end.start()
    assert asked("\x1b]11;?\x07", terminal) == answer
    terminal_s_end.join()
    assert termios.tcgetattr(terminal) == before
    # One that doesn't answer is not waited for.
    assert asked("\x1b]11;?\x07", terminal, patience_s=0) == b""
    os.close(mine)
    os.close(terminal)
    assert asked("\x1b]11;?\x07", terminal) == b""


def test_doctor_tells_which_extras_are_there() -> None:
    found = list(extras(lambda module: object() if module == "PIL" else None))
    assert [(one.subject, one.level) for one in found] == [
        ("jobtui[media]", "ok"),
        ("jobtui[parquet]", "note"),
        ("jobtui[keyring]", "note"),
        ("jobtui[web]", "note"),
        ("jobtui[tls]", "note"),
    ]
