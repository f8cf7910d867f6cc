"""Sending the calls that a description has: URLs, credentials and templates put together."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import quote, urlencode

from jobtui.core.errors import ProtocolError, ProviderRefused
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.answer import Answer
from jobtui.providers.base import Download, ReadSecret
from jobtui.providers.credentials import BearerToken, send_signed
from jobtui.providers.http import NO_BODY, HttpClient, NoBody
from jobtui.providers.rest import wire
from jobtui.providers.rest.expression import Scope, plain_text
from jobtui.providers.rest.model import Auth, Call
from jobtui.providers.rest.template import filled_texts

MAX_ANSWER_BYTES = 96 * 1024 * 1024
"""Of one answer: some APIs write files of many megabytes into it."""

_PARSED_APART_BYTES = 1024 * 1024


class Caller:
    """Makes requests of calls and what is known of a job; the token goes to the source's own origin alone."""

    def __init__(
        self, http: HttpClient, auth: Auth, headers: Mapping[str, str], credentials: ReadSecret | None
    ) -> None:
        """Connect to nothing yet.

        Args:
            http: The way to the source.
            auth: Where the token goes.
            headers: Sent with every call.
            credentials: Reads the token; `None` sends none.
        """
        self._http = http
        self._auth = auth
        self._headers = headers
        self._credentials = _PlacedToken(credentials, auth) if credentials else None

    async def ask(
        self, call: Call, values: JsonObject, *, what: str, link: str = "", body: JsonValue | NoBody = NO_BODY
    ) -> tuple[Scope, Answer]:
        """Send a call and make its answer readable for expressions.

        Args:
            call: The call.
            values: What placeholders stand for.
            what: What is wanted, as the start of a sentence.
            link: A URL to ask in place of the call's own.
            body: Sent where the call has no template for one.
        """
        answer = await self.send(call, values, link=link, body=body)
        try:
            return await self.scope_of(answer, values, call), answer
        except ProtocolError as error:
            raise ProtocolError(f"{what}: {error}", hint=error.hint, http_status=answer.status) from None

    async def scope_of(self, answer: Answer, values: JsonObject, call: Call) -> Scope:
        """What expressions see of the answer; large ones are read apart from the loop."""
        if len(answer.body) > _PARSED_APART_BYTES:
            return await asyncio.to_thread(wire.scope_of, answer, values, call)
        return wire.scope_of(answer, values, call)

    async def send(
        self, call: Call, values: JsonObject, *, link: str = "", body: JsonValue | NoBody = NO_BODY
    ) -> Answer:
        """Send a call, signed; a token that isn't accepted is read anew once."""
        scope = _template_scope(values)
        link = link or self._captured_url(call, scope)
        segments = () if link or call.path is None else call.path.fill(scope)
        query = {} if link and call.url is None else filled_texts(call.query, scope)
        headers = {**self._headers, **filled_texts(call.headers, scope)}
        if call.body is not None:
            body = call.body.fill(scope)
        auth = self._auth

        async def send_with(signature: Mapping[str, str]) -> Answer:
            all_query = {**query, **signature} if auth.query else query
            all_headers = headers if auth.query else {**headers, **signature}
            if link:
                url = _with_query(link, all_query)
                return await self._http.send_url(call.method, url, headers=all_headers, max_body_bytes=MAX_ANSWER_BYTES)
            return await self._http.send(
                call.method,
                segments,
                query=all_query,
                json=body,
                headers=all_headers,
                max_body_bytes=MAX_ANSWER_BYTES,
            )

        if self._credentials is None:
            return await send_with({})
        return await send_signed(self._credentials, self._http.redactor, send_with)

    def _captured_url(self, call: Call, scope: Scope) -> str:
        """The URL that the service gave for this call; empty where there is a path to take instead.

        Raises:
            ProtocolError: There is none on the source's own origin, and no path.
        """
        url = call.url.fill_text(scope) if call.url else ""
        try:
            if url and self._http.is_own_origin(self._http.resolve(url)):
                return url
        except ProtocolError:
            url = ""
        if call.path is None:
            if url:
                raise ProtocolError("the service gave a link to another host; it isn't followed")
            raise ProviderRefused("the URL for this call isn't known of this job")
        return ""

    def url_of(self, call: Call, values: JsonObject) -> str:
        """The whole URL of a call, to show; empty where it isn't known."""
        scope = _template_scope(values)
        try:
            if link := self._captured_url(call, scope):
                return _with_query(self._http.resolve(link), filled_texts(call.query, scope))
            segments = call.path.fill(scope) if call.path else ()
            return self._http.url(segments, filled_texts(call.query, scope))
        except (ProviderRefused, ProtocolError):
            return ""

    def curl(self, call: Call, values: JsonObject) -> str:
        """The call as a curl line; the token is `$TOKEN`."""
        scope, auth = _template_scope(values), self._auth
        parts = ["curl", *([] if call.method == "GET" else ["-X", call.method])]
        if self._credentials and not auth.query:
            # In double quotes the shell puts the variable in; nothing of the prefix may mean something to it.
            head = shlex.quote(f"{auth.header}: {auth.prefix}")
            parts += ["-H", f'{head}"$TOKEN"']
        for name, text in {**self._headers, **filled_texts(call.headers, scope)}.items():
            parts += ["-H", shlex.quote(f"{name}: {text}")]
        if call.body is not None:
            parts += ["-H", "'content-type: application/json'", "-d", shlex.quote(plain_text(call.body.fill(scope)))]
        url = self.url_of(call, values)
        if self._credentials and auth.query:
            joint = "&" if "?" in url else "?"
            return " ".join([*parts, shlex.quote(f"{url}{joint}{quote(auth.query)}=") + '"$TOKEN"'])
        return " ".join([*parts, shlex.quote(url)])

    async def open(self, stack: AsyncExitStack, url: str, offset_bytes: int, validator: str) -> Download:
        """Open a file that the service gave a link to."""
        if not url:
            raise ProviderRefused("the service gives no link to the file")
        headers: dict[str, str] = {}
        if self._http.is_own_origin(self._http.resolve(url)):
            signature = await self._credentials.headers() if self._credentials else {}
            headers = dict(self._headers) if self._auth.query else {**self._headers, **signature}
            url = _with_query(url, signature) if self._auth.query else url
        opened = self._http.open_download(url, offset_bytes=offset_bytes, validator=validator, credentials=headers)
        return await stack.enter_async_context(opened)


class _PlacedToken:
    """The source's token under the name that the description says."""

    def __init__(self, read: ReadSecret, auth: Auth) -> None:
        self._token = BearerToken(read)
        self._auth = auth

    async def headers(self, *, renew: bool = False) -> dict[str, str]:
        """One name and value: of a header, or of a query parameter."""
        signed = await self._token.headers(renew=renew)
        token = signed["authorization"].removeprefix("Bearer ")
        if self._auth.query:
            return {self._auth.query: token}
        return {self._auth.header: f"{self._auth.prefix}{token}"}


def _template_scope(values: JsonObject) -> Scope:
    return Scope(values, values=values)


def _with_query(url: str, query: Mapping[str, str]) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote, safe='')}"
