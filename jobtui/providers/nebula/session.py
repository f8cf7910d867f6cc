"""Signing in to Explorer: credentials for a token, which every other call sends as a cookie."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from jobtui.core.clock import Clock
from jobtui.core.errors import JobtuiError, ProtocolError, ProviderBusy, SettingsError, SignInRefused
from jobtui.providers.answer import quoted
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import checked_token
from jobtui.providers.http import HttpClient
from jobtui.providers.nebula.envelope import Code, Purpose, Reply, opened

COOKIE = "explorer_token"

# Explorer's tokens live for three days unless its installation says otherwise; one that dies earlier answers 401.
_TOKEN_LIFE = timedelta(days=3) - timedelta(minutes=10)

# Explorer says the same of a graph that it can't reach and of a wrong password: so many refusals in a row of one that
# was right before are put down to the graph.
_DOUBTED_REFUSALS = 3


class NebulaLogin(Struct, frozen=True):
    """Whom to sign in as, and to which graph."""

    user: str
    password: ReadSecret
    address: str
    """Host of the graph service (graphd) as Explorer sees it."""
    port: int
    """Port of the graph service, normally 9669."""


class CredentialForm(Enum):
    """How user and password are packed."""

    ARRAY = "array"
    """A JSON array: Explorer 3.2 and newer."""
    COLON = "colon"
    """`user:password`: Explorer 3.1."""


def packed(user: str, password: str, form: CredentialForm) -> str:
    """User and password in Base64, as `connect` wants them.

    Source:
        NebulaGraph Explorer documentation 3.1.0 to 3.5.1, "Workflow API overview".
    """
    if form is CredentialForm.ARRAY:
        text = json.dumps([user, password], ensure_ascii=False, separators=(",", ":"))
    else:
        text = f"{user}:{password}"
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def token_in(set_cookies: Sequence[str]) -> str:
    """The token that an answer sets; empty where it sets none.

    Only the first `name=value` counts: the attributes behind it are written in more than one way.
    """
    for header in set_cookies:
        name, _, value = header.partition(";")[0].partition("=")
        if name.strip() == COOKIE and value.strip():
            return value.strip()
    return ""


class NebulaSession:
    """A token that is alive as far as anyone knows; signs in when there is none, one caller for all."""

    def __init__(self, http: HttpClient, clock: Clock, login: NebulaLogin | None, token: ReadSecret | None) -> None:
        """Nothing is sent yet.

        Args:
            http: The source's client.
            clock: Measures the token's life.
            login: Signs in for a token.
            token: Gives a ready token instead.

        Raises:
            SettingsError: There is neither.
        """
        if login is None and token is None:
            raise SettingsError("neither login nor token is set", hint="A nebula source needs one of them.")
        self._http = http
        self._clock = clock
        self._login = login
        self._ready_token = token
        self._lock = asyncio.Lock()
        self._token = ""
        self._dies_at: datetime | None = None
        self._form: CredentialForm | None = None
        self._attempts = 0
        self._failure: JobtuiError | None = None
        self._password_refused = False
        self._proven_password: str | None = None
        self._doubted = 0

    async def token(self) -> str:
        """The token to send.

        Raises:
            SignInRefused: The credentials aren't accepted.
            SettingsError: A secret can't be read.
        """
        return await self._one_for_all(lambda: not self._token or self._is_over(), read_anew=False)

    async def renewed(self, refused: str) -> str:
        """Another token than the refused one, where there is one to be had; raises like `token`."""
        return await self._one_for_all(lambda: self._token in {"", refused}, read_anew=True)

    async def _one_for_all(self, is_due: Callable[[], bool], *, read_anew: bool) -> str:
        attempts = self._attempts
        async with self._lock:
            if is_due():
                if self._failure is not None and self._attempts > attempts:
                    # It failed while this caller waited for it: once more for each would lock an account.
                    raise self._failure
                await self._obtain(read_anew=read_anew)
            return self._token

    def _is_over(self) -> bool:
        return self._dies_at is not None and self._clock.now() >= self._dies_at

    async def _obtain(self, *, read_anew: bool) -> None:
        self._token, self._failure = "", None
        try:
            if self._login is not None:
                self._token = await self._signed_in(self._login)
                self._dies_at = self._clock.now() + _TOKEN_LIFE
            elif self._ready_token is not None:
                self._token = checked_token(await self._ready_token(read_anew), setting="token")
        except JobtuiError as error:
            self._failure = error
            raise
        finally:
            self._attempts += 1
        self._http.redactor.register(self._token)

    async def _signed_in(self, login: NebulaLogin) -> str:
        password = await login.password(self._password_refused)
        try:
            token = await self._connected(login, password)
        except SignInRefused as refusal:
            # It may have been changed since it was read.
            fresh = password if self._password_refused else await login.password(True)
            self._password_refused = True
            if fresh == password:
                self._doubt(refusal, login, password)
                raise
            password = fresh
            token = await self._connected(login, password)
        self._password_refused = False
        self._proven_password, self._doubted = password, 0
        return token

    def _doubt(self, refusal: SignInRefused, login: NebulaLogin, password: str) -> None:
        """Raise `ProviderBusy` while it is more likely that the graph is down than that the password is wrong."""
        is_ambiguous = refusal.code == str(Code.BAD_REQUEST) and password == self._proven_password
        if is_ambiguous and self._doubted < _DOUBTED_REFUSALS:
            self._doubted += 1
            raise ProviderBusy(
                str(refusal),
                hint=f"The same password was right before: is the graph at {login.address}:{login.port} down?",
                code=refusal.code,
                http_status=refusal.http_status,
            ) from refusal

    async def _connected(self, login: NebulaLogin, password: str) -> str:
        form = self._form or CredentialForm.ARRAY
        reply = await self._connect(login, password, form)
        if reply.code == Code.BAD_REQUEST and self._form is None and ":" not in login.user + password:
            # An old server; to one that isn't this is a second wrong password, so it is tried once and no more.
            form = CredentialForm.COLON
            reply = await self._connect(login, password, form)
        what = f"signing in as {login.user}"
        if reply.code in {Code.BAD_REQUEST, Code.PARAM}:
            raise SignInRefused(
                f"{what}: {quoted(reply.message) or reply.code}",
                hint=f"Is the password right, and does Explorer reach the graph at {login.address}:{login.port}?",
                code=str(reply.code),
                http_status=reply.answer.status,
            )
        if reply.data(what, Purpose.LOOK).get("success") is False:
            raise SignInRefused(f"{what}: the service declined", http_status=reply.answer.status)
        token = token_in(reply.answer.set_cookies)
        if not token:
            raise ProtocolError(f"{what}: the answer sets no {COOKIE}", http_status=reply.answer.status)
        if not all("!" <= character <= "~" and character not in ';,"\\' for character in token):
            raise ProtocolError(f"{what}: the answer sets a {COOKIE} that can't be sent back", http_status=200)
        self._form = form
        return token

    async def _connect(self, login: NebulaLogin, password: str, form: CredentialForm) -> Reply:
        credential = packed(login.user, password, form)
        self._http.redactor.register(password)
        self._http.redactor.register(credential)
        answer = await self._http.send(
            "POST",
            ("api-open", "v1", "connect"),
            json={"address": login.address, "port": login.port},
            headers={"authorization": f"Bearer {credential}"},
        )
        return opened(answer)
