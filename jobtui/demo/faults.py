"""Switches that make a demo service misbehave as real ones do: slow, refusing, silent."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from jobtui.core.clock import Clock
from jobtui.demo.http_server import ConnectionDropped, Handler, Request, Response


class Faults:
    """Stands in front of a service's handler; refusals are used up in the order in which they were asked for."""

    def __init__(self, clock: Clock, *, latency: timedelta = timedelta(0)) -> None:
        self.latency = latency
        """Added to every answer."""
        self._clock = clock
        self._refusals: deque[Response | None] = deque()
        self._lost_answers = 0

    def fail_next(
        self, status: int, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"", times: int = 1
    ) -> None:
        """Answer the next requests like this, without carrying them out."""
        self._refusals.extend([Response(status, body, headers)] * times)

    def drop_next(self, *, times: int = 1) -> None:
        """Hang up on the next requests, without carrying them out."""
        self._refusals.extend([None] * times)

    def lose_next_answer(self, *, times: int = 1) -> None:
        """Carry out the next requests that aren't refused, but hang up instead of answering."""
        self._lost_answers += times

    async def answer(self, request: Request, handler: Handler) -> Response:
        """What the client gets to see of `handler`'s answer. Raises `ConnectionDropped` when that is nothing."""
        if self.latency:
            await self._clock.sleep(self.latency.total_seconds())
        if self._refusals:
            refusal = self._refusals.popleft()
            if refusal is None:
                raise ConnectionDropped
            return refusal
        response = await handler(request)
        if self._lost_answers:
            self._lost_answers -= 1
            raise ConnectionDropped
        return response
