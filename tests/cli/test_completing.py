"""What Tab offers, and the scripts that ask for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jobtui.cli.completing import SCRIPTS, candidates
from jobtui.cli.main import build_parser
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


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash isn't installed")
def test_bash_completes_what_follows_the_colon_of_an_address(jobtui: Jobtui, config: Path) -> None:
    addresses = [job["address"] for job in jobtui("list", "--json", "--source", "graph").json]
    script = (
        f'jobtui() {{ {sys.executable} -m jobtui "$@"; }}\n{SCRIPTS["bash"]}\n'
        "COMP_LINE='jobtui show graph:'; COMP_POINT=${#COMP_LINE}; _jobtui; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert sorted(done.stdout.split()) == sorted(address.partition(":")[2] for address in addresses)
