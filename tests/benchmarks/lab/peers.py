"""Other programs to compare with, each in an environment of its own outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# As the benchmarks were started: the tests' fixtures take the home folder away.
_ENVIRONMENT = dict(os.environ)
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jobtui-benchmarks"


class NotInstalled(Exception):
    """The program can't be had here; says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of a fixed version from PyPI."""

    name: str
    version: str
    command: str

    def installed(self) -> Path:
        """Where its command is, installing it where it isn't.

        Raises:
            NotInstalled: Without the Internet, for example.
        """
        folder = _CACHE / f"{self.name}-{self.version}"
        command = folder / "bin" / self.command
        ready = folder / ".ready"
        if ready.exists() and command.exists():
            return command
        folder.parent.mkdir(parents=True, exist_ok=True)
        python = str(folder / "bin" / "python")
        for step in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "install", "--quiet", "--compile-bytecode", "--python", python, f"{self.name}=={self.version}"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", "uv", *step], env=_ENVIRONMENT, capture_output=True, text=True, timeout=600
            )
            if done.returncode:
                raise NotInstalled(f"{self.name} {self.version}: {(done.stderr.strip() or '?').splitlines()[-1]}")
        ready.touch()
        return command


TOOLONG = Peer("toolong", "1.5.0", "tl")
HARLEQUIN = Peer("harlequin", "2.17.0", "harlequin")
