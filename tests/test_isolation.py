from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest


def test_home_is_an_empty_folder_of_the_test(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []


def test_no_setting_of_this_machine_reaches_a_test(home: Path) -> None:
    seen = {name: value for name, value in os.environ.items() if name.startswith(("JOBTUI_", "XDG_"))}
    assert seen == {"JOBTUI_DATA_DIR": str(home / "data")}


def test_names_do_not_resolve() -> None:
    with pytest.raises(socket.gaierror, match="no name service"):
        socket.getaddrinfo("service.example", 443)


def test_only_loopback_can_be_connected_to() -> None:
    with socket.socket() as outside, pytest.raises(OSError, match="loopback only"):
        outside.connect(("192.0.2.1", 443))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as inside:
        assert inside.getpeername() == server.getsockname()
