"""A real SSH server on loopback, with keys and a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.e2e.terminal import wait_until

_PRIVILEGE_SEPARATION = Path("/run/sshd")


def missing_for_ssh() -> str:
    """Why no SSH server can be started here; empty where one can."""
    for program in ("sshd", "ssh", "ssh-keygen"):
        if _program(program) is None:
            return f"{program} isn't installed (openssh-server, openssh-client)"
    if os.getuid() == 0:
        # What the system's own service makes at its start; an sshd of root's wants it, whoever it serves.
        with suppress(OSError):
            _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        if not _PRIVILEGE_SEPARATION.is_dir():
            return f"{_PRIVILEGE_SEPARATION} can't be made"
    return ""


class SshServer:
    """Lets the user of the tests in, with one key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "sshd.log"
        self.port = _free_port()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        for name in ("host_key", "user_key"):
            subprocess.run(
                [str(_program("ssh-keygen")), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
            )
        (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
        (folder / "sshd_config").write_text(f"""\
Port {self.port}
ListenAddress 127.0.0.1
HostKey {folder / "host_key"}
AuthorizedKeysFile {folder / "authorized_keys"}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
ClientAliveInterval 1
ClientAliveCountMax 2
""")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(_program("sshd")), "-D", "-e", "-f", str(folder / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        wait_until(self._listens, what=lambda: f"sshd listening: {self._log.read_text()}")

    def command(self, line: str) -> list[str]:
        """A client's command line that runs `line` there, on a terminal."""
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": str(self._folder / "known_hosts"),
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
        }
        words = [str(_program("ssh")), "-F", "none", "-tt", "-p", str(self.port), "-i", str(self._folder / "user_key")]
        words += [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return [*words, f"{self.user}@127.0.0.1", line]

    def stop(self) -> None:
        """Let nobody in any more; sessions that are open go on."""
        self._process.terminate()
        self._process.wait(10)

    def _listens(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
