"""Credentials as headers: read when needed, read again once after a refusal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from jobtui.core.errors import SettingsError
from jobtui.core.redaction import Redactor
from jobtui.providers.answer import Answer
from jobtui.providers.base import ReadSecret

_VISIBLE = re.compile(r"[!-~]+")


class Credentials(Protocol):
    """Gives the headers that sign a request."""

    async def headers(self, *, renew: bool = False) -> dict[str, str]:
        """The headers to send.

        Args:
            renew: The ones given last were refused, so that what lies behind them is read anew.

        Raises:
            SettingsError: A secret can't be read or can't be sent.
            ProviderError: A service that gives out tokens failed.
        """
        ...


class BearerToken:
    """A ready token, sent as `Authorization: Bearer …`."""

    def __init__(self, read: ReadSecret, *, setting: str = "token") -> None:
        """Keep the way to the token, not the token.

        Args:
            read: Gives the token's text.
            setting: Name of the setting it comes from, for messages.
        """
        self._read = read
        self._setting = setting
        self._lock = asyncio.Lock()
        self._renewals = 0

    async def headers(self, *, renew: bool = False) -> dict[str, str]:
        """The `authorization` header. Raises `SettingsError` for a token that can't be read or sent."""
        renewals = self._renewals
        async with self._lock:
            # Of several calls that were refused at once, only the first reads the secret again.
            read_anew = renew and renewals == self._renewals
            token = checked_token(await self._read(read_anew), setting=self._setting)
            self._renewals += read_anew
        return {"authorization": f"Bearer {token}"}


def checked_token(text: str, *, setting: str) -> str:
    """The token without the white space around it, if it can stand in a header.

    Raises:
        SettingsError: It is empty or holds something else than visible ASCII; the text names the setting alone.
    """
    token = text.strip()
    if not token:
        raise SettingsError(f"{setting}: it is empty")
    if not _VISIBLE.fullmatch(token):
        raise SettingsError(
            f"{setting}: it holds characters that no token has",
            hint="Often a line break, a blank or a typographic quote that came along with copying.",
        )
    return token


async def send_signed(
    credentials: Credentials, redactor: Redactor, send: Callable[[Mapping[str, str]], Awaitable[Answer]]
) -> Answer:
    """Send with credentials; after a 401 renew them and send once more, if that gave others.

    A 401 says that the request wasn't accepted, so that sending a submit again makes no second job.

    Args:
        credentials: Where the headers come from.
        redactor: Is told of them before they are sent.
        send: Makes the request with the headers it is given.

    Returns:
        The last answer; a 401 where signing in didn't help.
    """
    used = await _known_headers(credentials, redactor, renew=False)
    answer = await send(used)
    if answer.status != 401:
        return answer
    fresh = await _known_headers(credentials, redactor, renew=False)
    if fresh == used:
        # Nobody else renewed them in the meantime.
        fresh = await _known_headers(credentials, redactor, renew=True)
    return answer if fresh == used else await send(fresh)


async def _known_headers(credentials: Credentials, redactor: Redactor, *, renew: bool) -> dict[str, str]:
    headers = await credentials.headers(renew=renew)
    for value in headers.values():
        redactor.register(value.rpartition(" ")[2])
    return headers
