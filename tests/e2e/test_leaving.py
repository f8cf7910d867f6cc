"""However the program ends, the terminal is as it was, and the exit code tells why."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.terminal import PROGRAM, START_S, Terminal, environment, terminal, wait_until
from tests.e2e.tmux import Tmux

SIGNAL_S = 2.0
"""What is promised from a signal to a terminal as it was; it takes a quarter of that on a machine that is busy."""
LEAVE_S = 4.0
"""For other ways to leave, on a machine that runs other tests meanwhile."""


def _started(term: Terminal) -> None:
    term.wait_for(lambda text: "● graph" in text and "kriging" in text, within_s=START_S)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_p2_p10_p15_a_signal_restores_the_terminal_and_is_told_by_the_exit_code(number: signal.Signals) -> None:
    with terminal(*PROGRAM, "demo") as term:
        _started(term)
        assert not term.is_cooked()
        term.process.send_signal(number)
        assert term.wait_for_exit(SIGNAL_S) == 128 + number
        assert term.is_cooked()
        assert term.modes_left_on() == set()
        assert b"Traceback" not in term.raw


def test_p2_a_signal_while_a_dialog_is_open_restores_the_terminal_too() -> None:
    with terminal(*PROGRAM, "demo") as term:
        _started(term)
        term.press("?")
        term.wait_for("Keys in the list")
        term.process.terminate()
        assert term.wait_for_exit(SIGNAL_S) == 128 + signal.SIGTERM
        assert term.modes_left_on() == set()


@pytest.mark.parametrize("ignored", [(), (signal.SIGHUP,)], ids=["heard", "nohup"])
def test_p2_p12_a_terminal_that_hangs_up_ends_the_program(ignored: tuple[signal.Signals, ...]) -> None:
    with terminal(*PROGRAM, "demo", ignored=ignored) as term:
        _started(term)
        term.hang_up()
        code = term.wait_for_exit(5 + LEAVE_S)
        assert code in {128 + signal.SIGHUP, -signal.SIGHUP}


def test_p2_d1_a_dropped_line_leaves_a_whole_store(home: Path) -> None:
    with terminal(*PROGRAM, "demo") as term:
        _started(term)
        term.hang_up()
        term.wait_for_exit(5 + LEAVE_S)
    (store,) = (home / "data").rglob("jobs.db")
    with sqlite3.connect(store) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT COUNT(*) FROM jobs").fetchone()[0] > 20
    opened.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"TERM": "dumb"}, "TERM"), ({"TERM": ""}, "TERM"), ({"TERM": None}, "TERM")],
    ids=["dumb", "empty", "unset"],
)
@pytest.mark.parametrize("arguments", [(), ("demo",)], ids=["screen", "demo"])
def test_p6_a_terminal_that_can_show_no_screen_is_told_which_verb_works(
    arguments: tuple[str, ...], changes: dict[str, str | None], words: str
) -> None:
    with terminal(*PROGRAM, *arguments, variables=environment(**changes)) as term:
        assert term.wait_for_exit(START_S) == 2
        assert words in term.text
        assert "jobtui list" in term.text or "jobtui demo --serve" in term.text
        assert b"\x1b" not in term.raw


@pytest.mark.parametrize("term_name", ["linux", "screen", "screen-256color", "tmux-256color", "xterm", "vt100"])
def test_p6_terminals_of_many_names_get_a_screen(term_name: str) -> None:
    with terminal(*PROGRAM, "demo", variables=environment(TERM=term_name)) as term:
        _started(term)
        term.press("q")
        assert term.wait_for_exit(LEAVE_S) == 0


def test_p6_no_color_is_heard() -> None:
    with terminal(*PROGRAM, "demo", variables=environment(NO_COLOR="1")) as term:
        _started(term)
        colours = re.findall(rb"\x1b\[[\d;]*?(?:38|48);2;(\d+);(\d+);(\d+)", term.raw)
        assert all(red == green == blue for red, green, blue in colours)


@pytest.mark.parametrize("redirected", ["</dev/null", ">out", "2>err"])
@pytest.mark.parametrize(("arguments", "verb"), [("", "jobtui list"), ("demo", "jobtui demo --serve")])
def test_p6_p14_a_stream_that_is_no_terminal_is_told_with_the_verb_to_use(
    arguments: str, verb: str, redirected: str, tmp_path: Path
) -> None:
    line = f"cd {tmp_path}; {PROGRAM[0]} -m jobtui {arguments} {redirected}; echo code=$?; cat err 2>/dev/null"
    with terminal("sh", "-c", line) as term:
        text = term.wait_for(lambda text: "code=2" in text and verb in text, within_s=START_S)
        assert "is no terminal" in text
        assert b"\x1b" not in term.raw


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"LANG": "C"}, 2),
        ({"LANG": "en_US.ISO-8859-1"}, 2),
        ({"LC_ALL": "POSIX"}, 2),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, 0),
        ({"LANG": None}, 0),
        ({"LANG": "de_DE.utf8"}, 0),
    ],
    ids=str,
)
def test_p6_a_locale_that_is_not_utf8_is_told_and_none_at_all_is_none_of_its_business(
    changes: dict[str, str | None], code: int
) -> None:
    with terminal(*PROGRAM, "demo", variables=environment(**changes)) as term:
        if code:
            assert term.wait_for_exit(START_S) == code
            assert "UTF-8" in term.text
            assert "jobtui demo --serve" in term.text
        else:
            _started(term)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["", "demo"])
def test_p14_a_closed_stream_is_no_traceback(arguments: str, closed: str) -> None:
    python = PROGRAM[0]
    with terminal("sh", "-c", f"{python} -m jobtui {arguments} {closed}; echo code=$?") as term:
        if closed == "2>&-":
            # There is no place left to say why.
            assert "code=2" in term.wait_for("code=", within_s=START_S)
        text = term.wait_for("code=", within_s=START_S)
        assert re.search(r"code=(0|2)\b", text), text
        assert "Traceback" not in text
        assert "Error" not in text


def test_p3_ctrl_z_gives_the_shell_back_and_fg_the_same_screen(tmux: Tmux) -> None:
    tmux.start("bash", "--norc", "--noprofile", "-i")
    tmux.press("PS1='shell> '", "Enter")
    tmux.wait_for("shell>")
    tmux.press(f"{PROGRAM[0]} -m jobtui demo --speed 0.01", "Enter")
    tmux.wait_for("● graph", within_s=START_S)
    tmux.press("?")
    tmux.wait_for("Keys in the list")
    tmux.press("C-z")
    tmux.wait_for("Stopped")
    # What is typed while the shell takes the terminal back is lost.
    wait_until(lambda: tmux.text.rstrip().endswith("shell>"), what="the shell's prompt")
    tmux.press("echo here$((40+2))", "Enter")
    tmux.wait_for("here42")
    tmux.press("fg", "Enter")
    tmux.wait_for("Keys in the list")
    tmux.press("q")
    wait_until(lambda: "Keys in the list" not in tmux.text, what="the help's end")
    tmux.press("q")
    wait_until(lambda: "● graph" not in tmux.text, what="the shell again")
    tmux.press("echo back$((40+2))", "Enter")
    tmux.wait_for("back42")


def test_p10_a_crash_exits_with_a_code_and_restores_the_terminal(tmp_path: Path) -> None:
    """A fault of ours in a handler: made by a module that breaks one, loaded before the program."""
    breaker = tmp_path / "sitecustomize.py"
    breaker.write_text(
        "import os\n"
        "def install():\n"
        "    from jobtui.app.app import JobTui\n"
        "    def broken(self, *_):\n"
        "        token = os.environ['PLANTED']\n"
        "        raise RuntimeError('a fault of ours')\n"
        "    JobTui.action_help = broken\n"
        "import threading\n"
        "import sys, importlib.abc, importlib.util\n"
        "class Hook(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name != 'jobtui.app.app': return None\n"
        "        sys.meta_path.remove(self)\n"
        "        spec = importlib.util.find_spec(name)\n"
        "        run = spec.loader.exec_module\n"
        "        def exec_module(module):\n"
        "            run(module)\n"
        "            install()\n"
        "        spec.loader.exec_module = exec_module\n"
        "        return spec\n"
        "sys.meta_path.insert(0, Hook())\n"
    )
    variables = environment(PLANTED="planted-secret-7f3a")
    variables["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{variables['PYTHONPATH']}"
    with terminal(*PROGRAM, "demo", variables=variables) as term:
        _started(term)
        term.press("?")
        assert term.wait_for_exit(LEAVE_S) not in {0, 2}
        assert term.is_cooked()
        assert term.modes_left_on() == set()
        assert b"a fault of ours" in term.raw
        assert b"planted-secret-7f3a" not in term.raw


def test_p2_children_end_with_the_demo() -> None:
    with terminal(*PROGRAM, "demo") as term:
        _started(term)
        group = os.getpgid(term.process.pid)
        term.process.terminate()
        term.wait_for_exit(LEAVE_S)

        def gone() -> bool:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return True
            return False

        wait_until(gone, what="the end of its process group")
