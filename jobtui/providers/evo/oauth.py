"""Tokens for a service application: OAuth's client credentials grant."""

from __future__ import annotations

import asyncio

from jobtui.core.clock import Clock
from jobtui.core.errors import ProtocolError, ProviderBusy, ProviderRefused, SettingsError, SignInRefused
from jobtui.core.jobs import JsonObject
from jobtui.core.redaction import MASK
from jobtui.providers.answer import Answer, quoted, raise_for_status
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import checked_token
from jobtui.providers.http import HttpClient
from jobtui.providers.json_fields import first_text, text_of

_WHAT = "asking for an access token"
_RETRIED_STATUSES = frozenset({502, 504})
_REFUSED_STATUSES = frozenset({400, 401, 403})
_LONGEST_LIFETIME_S = 86_400 * 30
_SKEW_S = 60.0
_MOST_DIGITS = 12


class ClientCredentials:
    """Gets an access token when one is needed and another one before it ends.

    Source:
        RFC 6749, section 4.4; Bentley IMS, which signs Evo's users in, at `/connect/token`.
    """

    def __init__(
        self, http: HttpClient, *, client_id: str, client_secret: ReadSecret, clock: Clock, scope: str = ""
    ) -> None:
        """Keep the way to the secret, not the secret.

        Args:
            http: Its base URL is the token endpoint itself.
            client_id: As the service registered it.
            client_secret: Gives the secret's text.
            clock: For the end of a token's life.
            scope: Scopes joined by blanks; empty to leave it to the service.
        """
        self._http = http
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._scope = scope
        self._lock = asyncio.Lock()
        self._renewals = 0
        self._token = ""
        self._good_until = 0.0

    async def headers(self, *, renew: bool = False) -> dict[str, str]:
        """The `authorization` header.

        Raises:
            SettingsError: The secret can't be read or can't be sent.
            SignInRefused: The service doesn't give this client a token.
            ProviderBusy: It doesn't give one now.
        """
        renewals = self._renewals
        async with self._lock:
            # Of several calls that were refused at once, only the first asks for another token.
            wants_another = renew and renewals == self._renewals
            if wants_another or not self._token or self._clock.monotonic() >= self._good_until:
                await self._fetch()
            return {"authorization": f"Bearer {self._token}"}

    @property
    def requests_made(self) -> int:
        """Requests to the token endpoint since the start."""
        return self._http.requests

    async def aclose(self) -> None:
        """Let go of connections to the token endpoint."""
        await self._http.aclose()

    async def _fetch(self) -> None:
        try:
            await self._fetch_token()
        except SignInRefused:
            raise
        except (ProtocolError, ProviderRefused) as error:
            # To the caller these would tell of the request that was to be signed, and that was never sent.
            raise SignInRefused(
                f"{_WHAT}: {str(error).removeprefix(f'{_WHAT}: ')}",
                hint="Is token_url right?",
                code=error.code,
                http_status=error.http_status,
            ) from error

    async def _fetch_token(self) -> None:
        asked_at = self._clock.monotonic()
        secret = await self._read_secret(anew=False)
        answer = await self._ask(secret)
        if answer.status in _REFUSED_STATUSES:
            fresh = await self._read_secret(anew=True)
            if fresh != secret:
                answer = await self._ask(fresh)
        fields = _granted(answer)
        token = text_of(fields.get("access_token"))
        # A service may give the same token again, and known secrets are masked in every body.
        if token != MASK or not self._token:
            self._token = token.strip()
        self._good_until = asked_at + _lifetime_s(fields)
        self._renewals += 1

    async def _read_secret(self, *, anew: bool) -> str:
        secret = checked_token(await self._client_secret(anew), setting="client_secret")
        self._http.redactor.register(secret)
        return secret

    async def _ask(self, secret: str) -> Answer:
        form = {"grant_type": "client_credentials", "client_id": self._client_id, "client_secret": secret}
        if self._scope:
            form["scope"] = self._scope
        answer = await self._http.send("POST", (), form=form)
        # A token more does no harm, so this one POST may be sent twice.
        return await self._http.send("POST", (), form=form) if answer.status in _RETRIED_STATUSES else answer


def _granted(answer: Answer) -> JsonObject:
    """The answer's fields, if it grants a token."""
    if not answer.is_success:
        code, words = _oauth_error(answer)
        if answer.status in _REFUSED_STATUSES and code == "temporarily_unavailable":
            raise ProviderBusy(f"{_WHAT}: {quoted(words)}", code=code, http_status=answer.status)
        if answer.status in _REFUSED_STATUSES:
            raise SignInRefused(
                f"{_WHAT}: {quoted(words) or 'refused'}",
                hint="Look at client_id, client_secret, scope and token_url.",
                code=code,
                http_status=answer.status,
            )
        raise_for_status(answer, what=_WHAT, code=code, message=words)
    fields = answer.json_object()
    token, kind = fields.get("access_token"), fields.get("token_type")
    # A number would be sent in another spelling than the service's own.
    if not isinstance(token, str) or not token or text_of(kind).lower() not in {"bearer", ""}:
        raise ProtocolError("the answer holds no bearer token", http_status=answer.status)
    if token != MASK:
        try:
            checked_token(token, setting="the access token that the service gave")
        except SettingsError as error:
            raise ProtocolError(str(error), http_status=answer.status) from None
    return fields


def _oauth_error(answer: Answer) -> tuple[str, str]:
    """Code and words of OAuth's error body; both empty where the body is something else."""
    try:
        fields = answer.json_object()
    except ProtocolError:
        return "", ""
    return text_of(fields.get("error")), first_text(fields, "error_description", "error")


def _lifetime_s(fields: JsonObject) -> float:
    """How long the token is used: somewhat less than it lives, and until a 401 where nothing sensible is said."""
    told = fields.get("expires_in")
    if isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told <= _LONGEST_LIFETIME_S:
        return float(_LONGEST_LIFETIME_S)
    lived_s = float(told)
    return lived_s - min(_SKEW_S, lived_s / 10)
