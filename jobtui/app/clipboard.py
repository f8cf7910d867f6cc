"""Where copied text goes: to a program of this machine's, or through OSC 52 to the terminal that one sits at."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from jobtui.app.programs import end, start
from jobtui.core.errors import UsageError

_LIMIT_S = 3.0
"""How long a program may take to take a text."""
_ASKING_S = 1.0
_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


class Tool(Struct, frozen=True):
    """A program that takes what is copied from its standard input."""

    arguments: tuple[str, ...]
    needs: str = ""
    """The variable without which it has nowhere to put it."""
    is_windows: bool = False
    """Whether it reads text as Windows writes it."""

    @property
    def name(self) -> str:
        """The program's."""
        return self.arguments[0]

    def bytes_of(self, text: str) -> bytes:
        """The text as it takes it."""
        is_wide = self.is_windows and not text.isascii()
        return text.encode("utf-16-le" if is_wide else "utf-8", "replace")


TOOLS = (
    Tool(("wl-copy",), "WAYLAND_DISPLAY"),
    Tool(("xclip", "-selection", "clipboard"), "DISPLAY"),
    Tool(("xsel", "--clipboard", "--input"), "DISPLAY"),
    Tool(("clip.exe",), "WSL_DISTRO_NAME", is_windows=True),
)
"""In the order in which they are looked for; a Mac has its own."""
_MAC_TOOL = Tool(("pbcopy",))


def ask_tmux() -> str:
    """What tmux knows of who attached to it last, in its words; empty where it can't be asked."""
    tmux = shutil.which("tmux")
    if tmux is None:
        return ""
    try:
        asked = subprocess.run(
            (tmux, "show-environment", "SSH_CONNECTION"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ASKING_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return asked.stdout


def is_remote(environment: Mapping[str, str], ask: Callable[[], str]) -> bool:
    """Whether one sits at another machine than this: tmux goes on after one went from the desk to an SSH line."""
    if environment.get("TMUX"):
        said = ask()
        if "SSH_CONNECTION" in said:
            return not said.startswith("-")
    return any(environment.get(name) for name in _REMOTE)


def tool_here(
    environment: Mapping[str, str], find: Callable[[str], str | None] = shutil.which, *, platform: str = sys.platform
) -> Tool | None:
    """The program that takes what is copied on this machine; `None` where there is none."""
    tools = (_MAC_TOOL,) if platform == "darwin" else TOOLS
    usable = (tool for tool in tools if not tool.needs or environment.get(tool.needs))
    return next((tool for tool in usable if find(tool.name)), None)


def chosen_tool(
    way: str,
    environment: Mapping[str, str],
    *,
    find: Callable[[str], str | None] = shutil.which,
    ask: Callable[[], str] = ask_tmux,
) -> Tool | None:
    """The program to copy with; `None` where the terminal has to take it.

    Args:
        way: As the configuration says: "auto" takes a program unless one sits at another machine, "native" takes one in
            any case, "osc52" none.
        environment: Of this process.
        find: Where a program is.
        ask: What tmux knows of who attached.
    """
    if way == "osc52":
        return None
    tool = tool_here(environment, find)
    return None if tool is not None and way == "auto" and is_remote(environment, ask) else tool


async def hand_over(tool: Tool, text: str, environment: Mapping[str, str], *, limit_s: float = _LIMIT_S) -> None:
    """Let a program take a text.

    Raises:
        UsageError: It didn't; the words name it.
    """
    # Some stay behind to answer whoever pastes, also after jobtui is gone.
    process = await start(tool.arguments, environment, stdin=asyncio.subprocess.PIPE)
    try:
        await asyncio.wait_for(process.communicate(tool.bytes_of(text)), limit_s)
    except TimeoutError:
        raise UsageError(f"{tool.name} took longer than {limit_s:g} s") from None
    finally:
        await end(process)
    if process.returncode:
        raise UsageError(f"{tool.name} ended with exit code {process.returncode}")


@runtime_checkable
class CopiesText(Protocol):
    """An app that knows where copied text goes."""

    async def copy_text(self, text: str) -> str:
        """Copy text, and tell how in a few words; in none where nobody takes that much."""
        ...


class Clipboard:
    """Copies the way that the user chose, and claims no more than is known."""

    def __init__(
        self,
        way: str,
        environment: Mapping[str, str],
        send: Callable[[str], bool],
        *,
        choose: Callable[[str, Mapping[str, str]], Tool | None] = chosen_tool,
    ) -> None:
        """Copy nothing yet.

        Args:
            way: As `chosen_tool` takes it.
            environment: Of this process.
            send: Sends text through OSC 52; whether it did, which it doesn't with more than terminals take.
            choose: Finds the program to copy with.
        """
        self._way = way
        self._environment = environment
        self._send = send
        self._choose = choose

    async def copy(self, text: str) -> str:
        """Copy text, and tell how; empty where only the terminal is left, and it is too long for that."""
        complaint = ""
        if self._way != "osc52":
            tool = await asyncio.to_thread(self._choose, self._way, self._environment)
            if tool is not None:
                try:
                    await hand_over(tool, text, self._environment)
                except UsageError as error:
                    complaint = f"{error}, so "
                else:
                    return f"Copied with {tool.name}"
            elif self._way == "native":
                complaint = "No program to copy with is here, so "
        if not self._send(text):
            return ""
        # Whether the terminal took it can't be known, so it is not called copied.
        return f"{complaint}sent to the terminal's clipboard" if complaint else "Sent to the terminal's clipboard"
