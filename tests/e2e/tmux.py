"""tmux as the terminal: it stays when the line to it is gone."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.terminal import ANSWER_S, wait_until


@dataclass(frozen=True)
class Tmux:
    """One server on a socket of its own."""

    socket: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """The start of each of its command lines; nobody's configuration is read."""
        return ["tmux", "-L", self.socket, "-f", "/dev/null"]

    def do(self, *words: str) -> str:
        """Run one of its commands; what it says."""
        done = subprocess.run(
            [*self.command, *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout

    def start(self, *command: str, columns: int = 140, rows: int = 40) -> None:
        """A session that nobody is attached to."""
        self.do("new-session", "-d", "-x", str(columns), "-y", str(rows), *command)
        self.do("set-option", "-g", "mouse", "on")
        self.do("set-option", "-g", "remain-on-exit", "on")

    def press(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self.do("send-keys", *keys)

    @property
    def text(self) -> str:
        """What the pane shows."""
        return self.do("capture-pane", "-p")

    def wait_for(self, words: str, *, within_s: float = ANSWER_S) -> str:
        """Return the screen once the words are on it."""
        text = ""

        def found() -> bool:
            nonlocal text
            text = self.text
            return words in text

        wait_until(found, what=lambda: f"{words!r} in:\n{text}", within_s=within_s)
        return text
