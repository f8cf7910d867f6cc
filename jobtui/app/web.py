"""The app in a browser: textual-serve runs one for each page, and only this machine's own pages may ask for one."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from ipaddress import ip_address
from shlex import join
from typing import Any
from urllib.parse import urlsplit

from jobtui.core.errors import UsageError


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def who_can_reach(host: str, port: int) -> str:
    """What the user must know about a host that others can reach; empty for loopback."""
    if is_loopback(host):
        return ""
    return (
        f"whoever reaches {host} on port {port} sees these jobs, and starts and cancels some, as you: "
        "there is no password and no encryption. "
        f"Over SSH loopback is enough: ssh -L {port}:127.0.0.1:{port} HOST"
    )


def is_meant(host_header: str, bound_to: str) -> bool:
    """Whether a request is for this server, and not for a name that somebody else has pointed at it.

    Args:
        host_header: The request's `Host`.
        bound_to: Where the server listens.
    """
    try:
        host = urlsplit(f"//{host_header}").hostname or ""
    except ValueError:
        return False
    if is_loopback(host) or host == bound_to.casefold().strip("[]"):
        return True
    if is_loopback(bound_to):
        return False
    try:
        ip_address(host)
    except ValueError:
        return host in {name.casefold() for name in (socket.gethostname(), socket.getfqdn())}
    return True


def is_own_page(origin: str, host_header: str) -> bool:
    """Whether a page that opens a connection is one that this server gave: any other could press keys in the app."""
    try:
        return bool(origin) and urlsplit(origin).netloc.casefold() == host_header.casefold()
    except ValueError:
        return False


def web_server(command: Sequence[str], host: str, port: int, say: Callable[[str], None]) -> Any:  # noqa: ANN401 - an extra's
    """A textual-serve server that refuses strangers.

    Args:
        command: Runs the app for one page.
        host: Where to listen.
        port: On which port.
        say: Told where the app is to be found.

    Raises:
        UsageError: The extra isn't installed.
    """
    try:
        # By name: what an extra brings need not be there, for type checkers neither.
        serving, answers = import_module("textual_serve.server"), import_module("aiohttp.web")
    except ImportError:
        raise UsageError("the browser needs an extra that isn't installed", hint="pip install 'jobtui[web]'") from None
    server = serving.Server(join(command), host=host, port=port, title="jobtui")
    shown = f"[{host}]" if ":" in host else host

    async def announce(_app: object) -> None:
        say(f"http://{shown}:{port} has jobtui for a browser; Ctrl-C ends it")

    def guarded(handle: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        async def answer(request: Any) -> Any:  # noqa: ANN401 - aiohttp's
            if not is_meant(request.host, host):
                raise answers.HTTPForbidden(text="This jobtui is not known by that name.")
            origin = request.headers.get("Origin", "")
            if (origin or "Upgrade" in request.headers) and not is_own_page(origin, request.host):
                raise answers.HTTPForbidden(text="Only pages of this jobtui may use it.")
            # Pages are to come back under the name by which they were asked for, through a tunnel too.
            server.public_url = f"{request.scheme}://{request.host}"
            return await handle(request)

        return answer

    server.initialize_logging = lambda: None  # Its own prints tracebacks with their variables.
    server.on_startup = announce
    for name in ("handle_index", "handle_websocket", "handle_download"):
        setattr(server, name, guarded(getattr(server, name)))
    return server
