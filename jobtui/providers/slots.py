"""A few connections to one service, each with a transport of its own.

httpx's pool asks each of its connections about its health several times a request, and its client goes through layers
for redirects, cookies and sign-ins that no source of ours uses: together that was half of what a poll costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx


class Slots:
    """Transports that take one request at a time."""

    def __init__(self, transports: Sequence[httpx.AsyncBaseTransport]) -> None:
        self._transports = transports
        self._free = list(transports)
        self._count = asyncio.Semaphore(len(transports))

    @asynccontextmanager
    async def one(self, patience_s: float) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """One that is free, the latest used first, so that its connection is probably open.

        Raises:
            httpx.PoolTimeout: All were busy for that long.
        """
        if self._count.locked():
            try:
                async with asyncio.timeout(patience_s):
                    await self._count.acquire()
            except TimeoutError:
                raise httpx.PoolTimeout("all were busy") from None
        else:
            await self._count.acquire()
        transport = self._free.pop()
        try:
            yield transport
        finally:
            self._free.append(transport)
            self._count.release()

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._transports:
            await transport.aclose()


class ClientTransport(httpx.AsyncBaseTransport):
    """Requests through a client of httpx, which knows the proxies of the environment."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it as it is."""
        return await self._client.send(request, stream=True)

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()
