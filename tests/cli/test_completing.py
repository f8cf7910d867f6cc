"""What Tab offers, and the scripts that ask for it."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jobtui.cli.completing import SCRIPTS, candidates
from jobtui.cli.main import build_parser
from jobtui.settings.load import load
from jobtui.wiring import wiring
from tests.cli.conftest import Ran

Jobtui = Callable[..., Ran]
REPOSITORY = Path(__file__).parents[2]
UNFINISHED = ["graph:1964"]
JOBS = [*UNFINISHED, "evo:geostatistics/kriging/9b2f", "evo:$(touch x)", "media:a b", "media:`id`", "media:a;b"]


def offered(*words: str) -> list[str]:
    def sources(config: str | None) -> Sequence[str]:
        return ["other"] if config else ["graph", "evo"]

    def addresses(unfinished: bool) -> Sequence[str]:
        return UNFINISHED if unfinished else JOBS

    return candidates(build_parser(), words, sources, addresses)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("su",), ["submit", "submissions"]),
        (("list", "--so"), ["--source"]),
        (("list", "--source", "g"), ["graph"]),
        (("list", "--cached", "--source", ""), ["graph", "evo"]),
        (("--config", "x.toml", "track", ""), ["other"]),
        (("track", "evo", ""), []),
        (("list", "--source=g"), ["--source=graph"]),
        (("list", "--source=", "--config=x.toml"), []),
        (("--config=x.toml", "list", "--source", ""), ["other"]),
        (("show", "graph:"), ["graph:1964"]),
        (("cancel", ""), UNFINISHED),
        (("forget", "graph:1964", "evo:"), ["evo:geostatistics/kriging/9b2f"]),
        (("result", "graph:1964", "--format", ""), ["table", "json", "csv"]),
        (("result", "graph:1964", "--output", ""), []),
        (("config", "sch"), ["schema"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("nonsense", "graph"), []),
        (("--no-such", "lis"), ["list"]),
        (("demo", "--slow"), []),
    ],
)
def test_what_may_follow_is_read_off_the_parser(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_every_verb_is_offered_and_the_hidden_one_is_not() -> None:
    verbs = offered("")
    assert {"list", "show", "wait", "result", "doctor", "completion"} <= set(verbs)
    assert not any(name.startswith("_") for name in verbs)


def test_t2_an_id_that_means_something_to_a_shell_is_not_offered() -> None:
    assert offered("show", "") == ["graph:1964", "evo:geostatistics/kriging/9b2f"]


def test_tab_finds_jobs_and_sources_of_the_machine(jobtui: Jobtui, config: Path) -> None:
    assert jobtui("__complete", "list", "--source", "").out.split() == ["graph", "evo", "media"]
    assert jobtui("__complete", "show", "graph:").out == ""
    listed = {job["address"] for job in jobtui("list", "--json", "--source", "graph").json}
    assert set(jobtui("__complete", "--line", "jobtui show graph:").out.split()) == listed
    assert jobtui("__complete", "--line", "jobtui sho").out == "show\n"
    assert jobtui("__complete", "--line", "jobtui list 'open").code == 0


def test_a_configuration_that_cannot_be_read_completes_to_nothing(jobtui: Jobtui, config: Path) -> None:
    config.write_text("no toml [")
    ran = jobtui("__complete", "list", "--source", "")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_tab_loads_nothing_that_takes_long(home: Path) -> None:
    program = (
        "import sys; from jobtui.cli.main import main; main(['__complete', 'show', 'graph:']);"
        "print([name for name in ('pydantic', 'httpx', 'textual', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_scripts_are_printed_and_their_shells_take_them(jobtui: Jobtui, shell: str) -> None:
    printed = jobtui("completion", shell).out
    assert printed == SCRIPTS[shell]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} isn't installed: its script was printed, not tried")
    checked = subprocess.run([shell, "-n"], input=printed, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture
def shell_home(config: Path, home: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that finds jobtui, its configuration and one job in the store."""

    async def track() -> None:
        made = wiring(load(config, {}).settings, config_folder=config.parent, environ={})
        async with made.engine(home / "data", polling=False) as running:
            await running.track("graph", ["30711"])

    asyncio.run(track())
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "jobtui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobtui "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY), "TERM": "dumb"}


TYPED = (
    ("jobtui forg", "forget"),
    ("jobtui list --so", "--source"),
    ("jobtui list --source gra", "graph"),
    ("jobtui list --source=gra", "--source=graph"),
    ("jobtui show graph:3", "graph:30711"),
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash isn't installed")
def test_bash_completes_what_follows_the_colon_or_equals_sign_of_a_word(shell_home: dict[str, str]) -> None:
    script = SCRIPTS["bash"] + "".join(
        f"COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; _jobtui; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        for line, _ in TYPED
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=shell_home)
    # Readline takes colon and equals sign for the ends of words.
    assert done.stdout.split() == [word.replace("=", ":").rpartition(":")[2] for _, word in TYPED]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish isn't installed")
def test_fish_completes_verbs_options_sources_and_addresses(shell_home: dict[str, str]) -> None:
    script = SCRIPTS["fish"] + "".join(f"complete -C '{line}'\n" for line, _ in TYPED)
    done = subprocess.run(
        ["fish", "--no-config", "-c", script], capture_output=True, text=True, check=False, env=shell_home
    )
    assert (done.stdout.split(), done.stderr) == ([word for _, word in TYPED], "")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh isn't installed")
def test_zsh_completes_verbs_options_sources_and_addresses(shell_home: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "completion.zsh"
    # What is typed is answered by a function, so that a word after Tab and Enter shows as it was completed.
    script.write_text(
        f"autoload -Uz compinit && compinit -u -D\n{SCRIPTS['zsh']}\n"
        'jobtui() { if [[ $1 == __complete ]]; then command jobtui "$@"; else print -r -- "<$*>"; fi }\n'
    )
    terminal, inside = pty.openpty()
    shown = b""
    with subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=inside, stdout=inside, stderr=inside, start_new_session=True, env=shell_home
    ) as shell:
        os.close(inside)
        try:
            os.write(terminal, f"source {script}\n".encode())
            for line, word in TYPED:
                os.write(terminal, f"{line}\t\n".encode())
                wanted = f"<{line.removeprefix('jobtui ').rpartition(' ')[0]} {word}>".replace("< ", "<").encode()
                while wanted not in shown:
                    assert select.select([terminal], [], [], 30)[0], shown
                    shown += os.read(terminal, 65536)
        finally:
            shell.kill()
            os.close(terminal)
