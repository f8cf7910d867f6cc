"""How a file that was saved here gets to where its user sits; pure, but for the environment that tells."""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

_DEFAULT_SSH_PORT = "22"


def scp_line(*paths: Path, environment: Mapping[str, str] | None = None) -> str:
    """The line that fetches files to the computer this session comes from; empty where it comes from none.

    The host is the one that the user's own ssh reached, by the address that this side saw.
    """
    environment = os.environ if environment is None else environment
    connection = environment.get("SSH_CONNECTION", "").split()
    if len(connection) != 4 or not paths:
        return ""
    host, port = connection[2].partition("%")[0], connection[3]
    user = environment.get("USER") or getpass.getuser()
    host = f"[{host}]" if ":" in host else host
    port_words = f"-P {shlex.quote(port)} " if port != _DEFAULT_SSH_PORT else ""
    files = " ".join(shlex.quote(f"{user}@{host}:{path}") for path in paths)
    return f"scp {port_words}{files} ."
