"""Services that ask for patience, or whose credential died, are left alone as they wish."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest

from jobtui.core.errors import SignInRefused
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Health
from tests.fakes import START
from tests.faults.fault_server import Act, gives
from tests.faults.world import EVO_JOB, World

WRONG_CLOCK = START + timedelta(days=400)


def _date(seconds_ahead: float) -> list[tuple[str, str]]:
    """By the clock of a server that is more than a year wrong."""
    return [
        ("Retry-After", format_datetime(WRONG_CLOCK + timedelta(seconds=seconds_ahead), usegmt=True)),
        ("Date", format_datetime(WRONG_CLOCK, usegmt=True)),
    ]


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, [("Retry-After", "25")], 25),
        (503, [("Retry-After", "25")], 25),
        (429, _date(25), 25),
        (503, _date(25), 25),
    ],
)
@pytest.mark.parametrize("source", ["graph", "evo", "media"])
async def test_h9_nothing_is_sent_before_the_service_wants_it_not_even_for_the_user(
    source: str, status: int, headers: list[tuple[str, str]], wait_s: float
) -> None:
    world = World()
    async with world.running():
        await world.advance(2)
        refused_at: list[float] = []

        def busy(_asked: object) -> Act:
            refused_at.append(world.clock.monotonic())
            return gives({}, status, headers)

        service = {"graph": world.graph, "evo": world.evo, "media": world.media}[source]
        service.fault = busy
        while not refused_at:
            await world.advance(1)
        # What was under way together with the first refusal counts as sent before it.
        await world.clock.until_quiet()
        seen = world.count(source)
        last = refused_at[-1]
        impatient = asyncio.create_task(world.engine.refresh(source))
        await world.advance(last + wait_s - 0.01 - world.clock.monotonic())
        assert world.count(source) == seen
        assert world.status(source).next_try_at is not None

        service.heal()
        await world.advance(12)
        assert world.count(source) > seen
        first = next(asked.at for asked in world.servers[source].asked[seen:])
        assert first >= last + wait_s
        assert world.status(source).health is Health.OK
        await impatient


@pytest.mark.parametrize(
    ("word", "at_most_s"),
    [
        ("-5", 11),
        ("soon", 11),
        ("", 11),
        ("1e9", 11),
        ("\u00b2", 11),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 11),
        ("Fri, 99 Foo", 11),
        ("99999999999999999999", 3600 + 30),
    ],
)
async def test_h9_a_retry_after_that_makes_no_sense_neither_hammers_nor_waits_for_ever(
    word: str, at_most_s: float
) -> None:
    world = World(interval_s=60.0)
    async with world.running():
        await world.advance(2)
        before = world.count("evo")
        world.evo.fault = lambda _asked: gives({}, 429, [("Retry-After", word)])
        await world.advance(90)
        assert 1 <= world.count("evo") - before <= 13
        world.evo.heal()
        await world.advance(at_most_s)
        assert world.status("evo").health is Health.OK


@pytest.mark.parametrize("source", ["graph", "evo", "media"])
async def test_h11_a_credential_that_dies_is_read_again_once_and_then_the_source_pauses(source: str) -> None:
    world = World()
    async with world.running():
        await world.advance(2)
        service = {"graph": world.graph, "evo": world.evo, "media": world.media}[source]
        before = world.count(source)
        service.fault = lambda _asked: gives({"code": 40104001, "message": "ErrSession::expired"}, 401)
        await world.advance(30)
        assert world.status(source).health is Health.SIGNED_OUT
        assert world.status(source).detail
        # All looks that were under way may meet the refusal, and each may sign in once; then there is silence.
        assert world.count(source) - before <= 6
        silent_since = world.count(source)
        await world.advance(60)
        assert world.count(source) == silent_since
        for other in {"graph", "evo", "media"} - {source}:
            assert world.status(other).health is Health.OK

        service.heal()
        await world.engine.sign_in(source)
        await world.advance(8)
        assert world.status(source).health is Health.OK


async def test_h11_a_token_that_was_changed_in_its_file_is_taken_without_anybody_asking() -> None:
    world = World()
    async with world.running():
        await world.advance(2)
        world.evo.token = world.secrets["evo"] = "planted-evo-token-of-tomorrow"
        await world.advance(10)
        assert world.status("evo").health is Health.OK
        assert not world.job(EVO_JOB).stale


async def test_h11_a_forbidden_source_says_that_the_credential_may_not_do_this() -> None:
    world = World()
    async with world.running():
        await world.advance(2)
        world.evo.fault = lambda _asked: gives({"status": 403, "title": "Forbidden"}, 403)
        await world.advance(30)
        assert world.status("evo").health is Health.SIGNED_OUT
        assert world.job(EVO_JOB).state is JobState.RUNNING
        assert world.job(EVO_JOB).stale
        with pytest.raises(SignInRefused):
            await world.engine.sign_in("evo")
