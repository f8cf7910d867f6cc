"""Isolation of every test: no real home, no settings from the environment, no network beyond loopback."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is a matter of what else the machine does.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

CLEARED_PREFIXES = ("JOBTUI_", "TEXTUAL", "XDG_")
"""Variables that would let this machine's settings into a test."""

CLEARED_NAMES = frozenset(
    {
        "ALL_PROXY",
        "COLORFGBG",
        "COLORTERM",
        "DISPLAY",
        "FORCE_COLOR",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_COLOR",
        "NO_PROXY",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TMUX",
        "WAYLAND_DISPLAY",
        "WSL_DISTRO_NAME",
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write tests/app/snapshots anew instead of comparing with it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect garbage seldom: it took a third of the time of tests that open an app."""
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what lives to the end out of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder of the test's own, with jobtui's data folder in it."""
    for name in list(os.environ):
        if name.startswith(CLEARED_PREFIXES) or name.upper() in CLEARED_NAMES:
            monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("JOBTUI_DATA_DIR", str(folder / "data"))
    return folder


def _is_loopback(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _keep_off_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """Answer as an unplugged machine would, so that no test can pass thanks to a service elsewhere."""
    if event == "socket.getaddrinfo" and isinstance(arguments[0], str) and not _is_numeric(arguments[0]):
        if not _is_loopback(arguments[0]):
            raise socket.gaierror(socket.EAI_NONAME, "tests have no name service")
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        if isinstance(host, str) and not _is_loopback(host):
            raise OSError(errno.ENETUNREACH, "tests reach loopback only")


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


sys.addaudithook(_keep_off_the_network)
