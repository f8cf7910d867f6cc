"""The one way from the engine to a source: budget, circuit, health and latency, for every request alike."""

from __future__ import annotations

import asyncio
import logging
import random
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import timedelta
from statistics import median
from typing import Any, TypeVar

from jobtui.core.clock import Clock
from jobtui.core.errors import (
    JobtuiError,
    ProtocolError,
    ProviderBusy,
    RateLimited,
    SettingsError,
    SignInRefused,
    Unreachable,
)
from jobtui.core.jobs import JobId
from jobtui.core.structs import replace
from jobtui.engine.board import Board
from jobtui.engine.budget import Budget
from jobtui.engine.circuit import Circuit
from jobtui.engine.snapshot import Health
from jobtui.engine.source import CountsRequests, Source
from jobtui.engine.watch import NEVER

_T = TypeVar("_T")

DEADLINE_S = 120.0
"""Providers have time limits of their own; this one holds where they fail."""

LEAST_WAIT_S = 0.001

_USER_WAITS_S = 15.0
_USER_REPEATS = 2
_REPEAT_AFTER_S = 0.5
_PATIENCE_S = 5.0
_DOWN_AFTER = 3
_FRAMES = 30
_KNOCK_S = 300.0
"""Between two tries at a source that refused its credential, which may have been renewed meanwhile, or had a fault."""

_log = logging.getLogger(__name__)


class _Stray(ProtocolError):
    """A fault in a provider's own code, as it is told."""

    def __init__(self, provider: str, fault: BaseException) -> None:
        super().__init__(f"a fault in the {provider} provider: {type(fault).__name__}")
        self.fault = fault


class Line:
    """Everything that is asked of one source goes through here."""

    def __init__(self, source: Source, *, clock: Clock, rng: random.Random, board: Board) -> None:
        self.source = source
        self.budget = Budget(source.pace.max_per_minute)
        self.circuit = Circuit(rng)
        self.on_answer: Callable[[], None] = lambda: None
        """Called after every answer, when polling may have more to do."""
        self.on_recovery: Callable[[], None] = lambda: None
        """Called when the source answers after it failed more than once."""
        self._clock = clock
        self._rng = rng
        self._board = board
        self._latencies_ms: deque[float] = deque(maxlen=9)
        self._refused = False
        self._list_refusal = ""
        self._knock_at = NEVER
        self._odd: JobId | None = None
        self._written_down: set[tuple[str, ...]] = set()
        self._counter = source.provider if isinstance(source.provider, CountsRequests) else None
        self._uncounted = -self._counter.requests_made if self._counter else 0
        self._charged = 0

    @property
    def is_paused(self) -> bool:
        """Whether nothing is asked by itself, but for a knock now and then, until the user signs in again."""
        return self._refused

    @property
    def is_doubtful(self) -> bool:
        """Whether the last answer made no sense, and it is open yet whether that is the fault of its job alone."""
        return self._odd is not None

    def knock_wait_s(self, now: float) -> float:
        """Seconds until a paused source may be tried by itself; never, where its settings are at fault."""
        return max(0.0, self._knock_at - now)

    def reserve_knock(self) -> None:
        """Count a try at a paused source that is about to be made; whatever comes of it, the next one waits as long."""
        self.reserve()
        self._knock_at = self._next_knock()

    def reserve(self) -> None:
        """Count a request of the poller's that is about to be sent."""
        self._charge(1)

    def user_wait_s(self) -> float:
        """Seconds until a request of the user's may be sent."""
        now = self._clock.monotonic()
        return max(self.circuit.ordered_wait_s(now), self.budget.wait_s(now, background=False))

    async def admit(self, *, background: bool = False) -> None:
        """Wait until a request may be sent, and count it.

        Args:
            background: Polling waits as long as it takes, and leaves the user's share of the budget alone.

        Raises:
            RateLimited: That would take longer than a user wants to wait.
        """
        while True:
            now = self._clock.monotonic()
            ordered_s = self.circuit.ordered_wait_s(now)
            spent_s = self.budget.wait_s(now, background=background)
            wait_s = max(ordered_s, spent_s)
            if wait_s <= 0:
                self.reserve()
                return
            if not background:
                self._refuse_long_wait(ordered_s, spent_s)
            await self._clock.sleep(max(LEAST_WAIT_S, wait_s))

    async def ask(
        self,
        call: Callable[[], Coroutine[Any, Any, _T]],
        *,
        subject: JobId | None = None,
        judge: bool = True,
        changes: bool = False,
        deadline_s: float | None = DEADLINE_S,
        too_late: Callable[[str], JobtuiError] = Unreachable,
    ) -> _T:
        """Make one call that was reserved or admitted before.

        Args:
            call: Starts it.
            subject: The one job that it is about: an answer without sense may then be that job's fault alone.
            judge: Whether its outcome says something about the source's health.
            changes: Whether it is a submit or a cancel: who may not do that may look all the same.
            deadline_s: Seconds until it is given up; `None` where it may take what it takes.
            too_late: What is raised then.

        Raises:
            JobtuiError: As the provider gave it; a bug in a provider arrives as `ProtocolError`.
        """
        sent_at = self._clock.monotonic()
        try:
            answer = await self._guarded(call, deadline_s, too_late)
        except JobtuiError as error:
            self._count()
            if isinstance(error, SignInRefused):
                self._name_credential(error)
            if judge and not self._is_beside_the_point(error, subject, changes=changes):
                self._judge(error, sent_at, subject)
            self._show_count()
            raise
        else:
            self._count()
            if judge:
                self._latencies_ms.append((self._clock.monotonic() - sent_at) * 1000)
                self._succeeded()
            self._show_count()
            return answer
        finally:
            self.on_answer()

    async def once(self, call: Callable[[], Coroutine[Any, Any, _T]], *, subject: JobId | None = None) -> _T:
        """A request of the user's that changes something, sent at most once."""
        await self.admit()
        return await self.ask(call, subject=subject, changes=True)

    async def read(
        self,
        call: Callable[[], Coroutine[Any, Any, _T]],
        *,
        subject: JobId | None = None,
        judge: bool = True,
        deadline_s: float | None = DEADLINE_S,
    ) -> _T:
        """A question of the user's: repeated a little where a moment later it may work."""
        for repeat in range(_USER_REPEATS):
            try:
                await self.admit()
                return await self.ask(call, subject=subject, judge=judge, deadline_s=deadline_s)
            except ProviderBusy as error:
                wait_s = error.retry_after_s
                if wait_s is None:
                    wait_s = self._rng.uniform(0.5, 1.0) * _REPEAT_AFTER_S * 2**repeat
                if max(wait_s, self.user_wait_s()) > _PATIENCE_S:
                    raise
                await self._clock.sleep(wait_s)
        await self.admit()
        return await self.ask(call, subject=subject, judge=judge, deadline_s=deadline_s)

    def told(self, call: Callable[[], str]) -> str:
        """What a provider says without asking anybody. Raises `ProtocolError` for a fault in it."""
        try:
            return call()
        except JobtuiError:
            raise
        except Exception as error:
            self._write_down(error)
            raise _Stray(self.source.provider.name, error) from error

    def set_total(self, total: int) -> None:
        """Show how many jobs the service says it has."""
        status = self._board.status(self.source.name)
        if status.total_jobs != total:
            self._board.set_status(replace(status, total_jobs=total))

    def break_down(self, error: BaseException) -> None:
        """Show that the source can't be used because of a fault in the program."""
        self._write_down(error)
        self._stop(_Stray(self.source.provider.name, error), knock_at=self._next_knock())

    def _write_down(self, error: BaseException) -> None:
        """Put a fault into the log, once for each place that it comes from."""
        frames = traceback.format_tb(error.__traceback__, -_FRAMES)
        place = (type(error).__name__, *frames[-1:])
        if place in self._written_down:
            return
        self._written_down.add(place)
        # The message is left out: nobody vouches for what a stray exception carries.
        _log.error("source %s: %s\n%s", self.source.name, type(error).__name__, "".join(frames))

    def _stop(self, error: JobtuiError, *, knock_at: float) -> None:
        """Ask nothing any more, until the user signs in again or it is tried once more."""
        self._refused = True
        self._knock_at = knock_at
        self._show(Health.BROKEN, error.in_full)
        self._board.fail_all(self.source.name)

    async def _guarded(
        self,
        call: Callable[[], Coroutine[Any, Any, _T]],
        deadline_s: float | None,
        too_late: Callable[[str], JobtuiError],
    ) -> _T:
        """Run a provider's call in a task of its own, so that a bug in it can be told from a fault of the service."""
        task = asyncio.create_task(_contained(call))
        try:
            await _settled(task, deadline_s)
        finally:
            if not task.done():
                task.cancel()
        if not task.done() or task.cancelled():
            raise too_late(f"{self.source.name} gave no answer in time")
        error = task.exception()
        if error is None:
            return task.result()
        if isinstance(error, JobtuiError):
            raise error
        self._write_down(error)
        raise _Stray(self.source.provider.name, error)

    def _name_credential(self, refusal: SignInRefused) -> None:
        """Let a refusal say which setting it is about; several callers may get the same one."""
        words = f"It is configured as {self.source.credential}."
        if self.source.credential and not refusal.hint.endswith(words):
            refusal.hint = f"{refusal.hint} {words}".strip()

    def _refuse_long_wait(self, ordered_s: float, spent_s: float) -> None:
        name = self.source.name
        if ordered_s > _USER_WAITS_S:
            raise RateLimited(f"{name} asked to be left alone for another {ordered_s:.0f} s").after(ordered_s)
        if spent_s > _USER_WAITS_S:
            raise RateLimited(
                f"the request budget of {name} is used up for another {spent_s:.0f} s",
                hint="max_per_minute in the source's configuration sets it.",
            ).after(spent_s)

    def _charge(self, requests: int) -> None:
        self._charged += requests
        self.budget.spend(self._clock.monotonic(), requests)

    def _count(self) -> None:
        """Charge what a call took beyond the one request that was reserved for it: a sign-in, a second page."""
        if self._counter is not None:
            beyond = self._counter.requests_made + self._uncounted - self._charged
            if beyond > 0:
                self._charge(beyond)

    def _show_count(self) -> None:
        """Show how many requests there were, where nothing else was to be shown."""
        status = self._board.status(self.source.name)
        if status.requests != self._charged:
            self._board.set_status(replace(status, requests=self._charged))

    def _succeeded(self) -> None:
        is_back = self.circuit.failures > 1
        self.circuit.succeeded()
        self._odd = None
        self._refused = False
        self._knock_at = NEVER
        self._show_answering()
        if is_back:
            self.on_recovery()

    def _judge(self, error: JobtuiError, sent_at: float, subject: JobId | None) -> None:
        now = self._clock.monotonic()
        name = self.source.name
        match error:
            case SignInRefused():
                self._refused = True
                self._knock_at = self._next_knock()
                self._show(Health.SIGNED_OUT, error.in_full)
                self._board.fail_all(name)
            case SettingsError():
                self._stop(error, knock_at=NEVER)
            case _Stray() if subject is None or not self._is_one_jobs_fault(subject):
                # What tripped it up may be gone later.
                self._stop(error, knock_at=self._next_knock())
            case ProviderBusy() | ProtocolError():
                if self._refused:
                    return
                if isinstance(error, ProtocolError) and subject is not None and self._is_one_jobs_fault(subject):
                    self._odd = subject
                    return
                self._odd = None
                wait_s = error.retry_after_s if isinstance(error, ProviderBusy) else None
                self.circuit.failed(now, sent_at, wait_s)
                is_down = isinstance(error, Unreachable) and self.circuit.failures >= _DOWN_AFTER
                self._show(Health.DOWN if is_down else Health.BUSY, error.in_full)
                if is_down:
                    self._board.fail_all(name)
            case _:
                # It answered, though not with what was wished for.
                self.circuit.succeeded()
                self._odd = None
                if not self._refused:
                    self._show_answering()

    def note_list(self, refusal: str) -> None:
        """Tell whether the list can be read, of which no answer about a single job says anything.

        Args:
            refusal: The service's words, with what can be done; empty where it was read.
        """
        self._list_refusal = refusal
        if not self._refused and not self.circuit.is_open:
            self._show_answering()

    def _show_answering(self) -> None:
        self._show(Health.BUSY if self._list_refusal else Health.OK, self._list_refusal)

    def _next_knock(self) -> float:
        # The jitter only adds: never more often than that.
        return self._clock.monotonic() + _KNOCK_S * self._rng.uniform(1.0, 1.1)

    def _is_beside_the_point(self, error: JobtuiError, subject: JobId | None, *, changes: bool) -> bool:
        """Whether a fault says nothing about looking at the source.

        Who may not change a job may look, and who may not see one job of a list may see the others.
        """
        if isinstance(error, SignInRefused) and error.http_status == 403:
            return changes or (subject is not None and self.source.provider.capabilities.lists)
        return changes and isinstance(error, _Stray)

    def _is_one_jobs_fault(self, subject: JobId) -> bool:
        """Whether an answer without sense is held against its job: as long as no other subject fails right after it.

        Where there is no other one to tell by, the source itself is meant.
        """
        if self.circuit.is_open or self._odd not in {None, subject}:
            return False
        watched = self._board.watches[self.source.name]
        return self.source.provider.capabilities.lists or any(job_id != subject for job_id in watched)

    def _show(self, health: Health, detail: str) -> None:
        now, status = self._clock.now(), self._board.status(self.source.name)
        wait_s = self.circuit.wait_s(self._clock.monotonic())
        self._board.set_status(
            replace(
                status,
                health=health,
                detail=detail,
                latency_ms=round(median(self._latencies_ms), 1) if self._latencies_ms else None,
                last_ok_at=now if health is Health.OK else status.last_ok_at,
                requests=self._charged,
                next_try_at=now + timedelta(seconds=wait_s) if wait_s > 0 and not self._refused else None,
            )
        )


async def _settled(task: asyncio.Task[object], seconds: float | None) -> None:
    """Return once the task is done, or the time over: `asyncio.wait` for one, at a third of what that costs."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def wake(_task: object = None) -> None:
        if not over.done():
            over.set_result(None)

    timer = None if seconds is None else loop.call_later(seconds, wake)
    task.add_done_callback(wake)
    try:
        await over
    finally:
        task.remove_done_callback(wake)
        if timer is not None:
            timer.cancel()


async def _contained(call: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    try:
        return await call()
    except SystemExit as error:
        # Out of a task it would end the event loop, and with it every other source.
        raise RuntimeError("it wanted to end the program") from error
