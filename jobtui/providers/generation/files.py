"""Opening a task's files: each link is tried, an expired one is asked for anew, and the key goes where it belongs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from msgspec import Struct

from jobtui.core.errors import ProviderBusy, ProviderError, ProviderRefused, SignInRefused
from jobtui.core.jobs import Job, JobId
from jobtui.core.results import RemoteFile
from jobtui.providers.base import Download
from jobtui.providers.credentials import Credentials
from jobtui.providers.http import HttpClient

# Object stores answer an expired signature with any of these.
_EXPIRED_STATUSES = frozenset({400, 401, 403, 404, 410})


class WantedFile(Struct, frozen=True):
    """A file to be downloaded, with what it takes to find it again."""

    job_id: JobId
    name: str
    file: RemoteFile
    known: Job | None
    own_url: str = ""
    """Where the API itself gives the file out, behind the key; empty where it only links to files."""
    offset_bytes: int = 0
    validator: str = ""

    def wants_key(self, url: str) -> bool:
        """Whether this is no link to a file, but a call to the API."""
        return bool(self.own_url) and url == self.own_url


FindLinks = Callable[[WantedFile, bool], Awaitable[tuple[str, ...]]]
"""Gives the links to a file, the vendor's spare one last; `True` asks for those that it has now."""


class FileOpener:
    """Opens files through their links."""

    def __init__(self, http: HttpClient, credentials: Credentials, find_links: FindLinks) -> None:
        self._http = http
        self._credentials = credentials
        self._find_links = find_links

    async def open(self, stack: AsyncExitStack, wanted: WantedFile) -> Download:
        """Open a file; links that have expired are asked for anew, once.

        Raises:
            ProviderBusy: A host that has it can't be reached for now.
            ProviderRefused: It is gone, or kept back.
        """
        urls = await self._find_links(wanted, False)
        try:
            return await self._open_any(stack, urls, wanted)
        except ProviderRefused as error:
            is_kept_back = isinstance(error, SignInRefused) and wanted.wants_key(wanted.file.url)
            if is_kept_back or error.http_status not in _EXPIRED_STATUSES:
                raise
            fresh = await self._find_links(wanted, True)
            if fresh == urls:
                raise gone(wanted.name, error) from error
        try:
            return await self._open_any(stack, fresh, wanted)
        except ProviderRefused as error:
            raise gone(wanted.name, error) from error

    async def _open_any(self, stack: AsyncExitStack, urls: tuple[str, ...], wanted: WantedFile) -> Download:
        """The first of the links that works; what is only busy may work later, so that counts before a refusal."""
        failure: ProviderError = ProviderRefused("the service gives no link to the file")
        for url in urls:
            try:
                return await self._open_one(stack, url, wanted)
            except ProviderError as error:
                if not isinstance(failure, ProviderBusy):
                    failure = error
        raise failure

    async def _open_one(self, stack: AsyncExitStack, url: str, wanted: WantedFile) -> Download:
        """Without the key wherever a link may be signed: object stores turn down what comes with two proofs."""
        if not wanted.wants_key(url):
            try:
                return await self._open_with(stack, url, wanted, {})
            except SignInRefused:
                # Some gateways link to files of their own that want it after all.
                if not self._http.is_own_origin(url):
                    raise
        used = await self._credentials.headers()
        try:
            return await self._open_with(stack, url, wanted, used)
        except SignInRefused as error:
            fresh = await self._credentials.headers(renew=True) if error.http_status == 401 else used
            if fresh == used:
                raise
        return await self._open_with(stack, url, wanted, fresh)

    async def _open_with(
        self, stack: AsyncExitStack, url: str, wanted: WantedFile, credentials: dict[str, str]
    ) -> Download:
        opened = self._http.open_download(
            url, offset_bytes=wanted.offset_bytes, validator=wanted.validator, credentials=credentials
        )
        return await stack.enter_async_context(opened)


def gone(name: str, error: ProviderRefused) -> ProviderRefused:
    """The error for a file that can't be had any more, in the service's words where it has any."""
    words = f" ({error.detail})" if error.detail else ""
    return ProviderRefused(
        f"{name}: the link no longer works, and the service gives no better one{words}",
        hint="Vendors keep files for hours or days; only a new task makes this one again.",
        code=error.code,
        detail=error.detail,
        http_status=error.http_status,
        request_id=error.request_id,
    )
