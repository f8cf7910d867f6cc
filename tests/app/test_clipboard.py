"""Where copied text goes, and what is claimed of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobtui.app.clipboard import Clipboard, Tool, chosen_tool, hand_over, is_remote, tool_here
from jobtui.cli.doctor import clipboard as told_by_doctor
from jobtui.core.errors import UsageError

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
NAMES = {"wl-copy", "xclip", "xsel", "pbcopy", "clip.exe"}


def name(environment: Mapping[str, str], there: set[str], platform: str = "linux") -> str:
    tool = tool_here(environment, lambda program: program if program in there else None, platform=platform)
    return tool.name if tool else ""


@pytest.mark.parametrize(
    ("environment", "there", "platform", "chosen"),
    [
        (WAYLAND, NAMES, "linux", "wl-copy"),
        (WAYLAND, {"xsel", "xclip"}, "linux", "xclip"),
        ({"DISPLAY": ":0"}, {"wl-copy", "xsel"}, "linux", "xsel"),
        ({"WSL_DISTRO_NAME": "Debian"}, NAMES, "linux", "clip.exe"),
        ({}, NAMES, "linux", ""),
        (WAYLAND, set(), "linux", ""),
        ({}, NAMES, "darwin", "pbcopy"),
    ],
)
def test_a_program_is_taken_that_has_somewhere_to_put_what_it_gets(
    environment: dict[str, str], there: set[str], platform: str, chosen: str
) -> None:
    assert name(environment, there, platform) == chosen


@pytest.mark.parametrize(
    ("environment", "said", "remote"),
    [
        ({}, "", False),
        (SSH, "", True),
        ({"SSH_TTY": "/dev/pts/1"}, "", True),
        ({"TMUX": "x"}, "SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22\n", True),
        ({"TMUX": "x", **SSH}, "-SSH_CONNECTION\n", False),
        ({"TMUX": "x", **SSH}, "", True),
        (SSH, "-SSH_CONNECTION\n", True),
    ],
)
def test_tmux_knows_better_than_the_environment_who_sits_where(
    environment: dict[str, str], said: str, remote: bool
) -> None:
    assert is_remote(environment, lambda: said) is remote


@pytest.mark.parametrize(
    ("way", "environment", "has_tool"),
    [
        ("auto", WAYLAND, True),
        ("auto", {**WAYLAND, **SSH}, False),
        ("native", {**WAYLAND, **SSH}, True),
        ("osc52", WAYLAND, False),
    ],
)
def test_the_configuration_chooses(way: str, environment: dict[str, str], has_tool: bool) -> None:
    assert (chosen_tool(way, environment, find=str, ask=str) is not None) is has_tool


def program(folder: Path, code: str) -> Tool:
    """A program in place of wl-copy."""
    file = folder / "wl-copy"
    file.write_text(f"#!/bin/sh\n{code}\n")
    file.chmod(0o700)
    return Tool((str(file),))


@pytest.mark.parametrize(
    ("code", "how", "sent"),
    [
        ("exec cat >{folder}/taken", "Copied with {tool}", False),
        ("cat >{folder}/taken; sleep 600 & echo $! >{folder}/left", "Copied with {tool}", False),
        ("exit 1", "{tool} ended with exit code 1, so sent to the terminal's clipboard", True),
    ],
)
async def test_only_what_a_program_took_is_called_copied(tmp_path: Path, code: str, how: str, sent: bool) -> None:
    tool = program(tmp_path, code.replace("{folder}", str(tmp_path)))
    through_terminal: list[str] = []

    def send(text: str) -> bool:
        through_terminal.append(text)
        return True

    copier = Clipboard("auto", {"PATH": os.environ["PATH"]}, send, choose=lambda way, environment: tool)
    text = "é" * 100_000
    assert await copier.copy(text) == how.format(tool=tool.name)
    assert through_terminal == ([text] if sent else [])
    if not sent:
        assert (tmp_path / "taken").read_text() == text
    if (tmp_path / "left").exists():
        os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)


async def test_a_program_that_takes_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="took longer than 0 s"):
        await hand_over(program(tmp_path, "exec sleep 600"), "x", {"PATH": os.environ["PATH"]}, limit_s=0)
    with pytest.raises(UsageError, match="there is no program 'no-such-program'"):
        await hand_over(Tool(("no-such-program",)), "x", {})


async def test_without_a_program_the_terminal_gets_it_and_too_much_for_that_is_told_to_the_caller() -> None:
    for way, how in (
        ("auto", "Sent to the terminal's clipboard"),
        ("native", "No program to copy with is here, so sent to the terminal's clipboard"),
    ):
        assert await Clipboard(way, {}, lambda text: True, choose=lambda way, environment: None).copy("x") == how
    assert await Clipboard("osc52", {}, lambda text: False).copy("x") == ""


def test_windows_gets_letters_of_its_own() -> None:
    tool = Tool(("clip.exe",), is_windows=True)
    assert tool.bytes_of("plain") == b"plain"
    assert tool.bytes_of("é") == b"\xe9\x00"


def test_doctor_tells_where_copies_go() -> None:
    (found,) = told_by_doctor("auto", {}, lambda way, environment: Tool(("wl-copy",)))
    assert (found.level, found.words) == ("ok", "copies go to wl-copy")
    (found,) = told_by_doctor("native", {"TERM": "screen"}, lambda way, environment: None)
    assert found.level == "note"
    assert "there is no program to copy with here: copies go through OSC 52" in found.words
    assert "GNU screen hands none on" in found.words
