from __future__ import annotations

import asyncio
import threading

from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.engine.publisher import Publisher
from jobtui.engine.snapshot import Snapshot
from tests.fakes import job

ONE, TWO = JobId("evo", "1"), JobId("evo", "2")


def snapshot(sequence: int, *addresses: str) -> Snapshot:
    return Snapshot(sequence, jobs={JobId.parse(address): job(address) for address in addresses})


async def test_the_first_take_gives_everything() -> None:
    publisher = Publisher(snapshot(1, "evo:1", "evo:2"))
    assert publisher.subscribe().take().changed == {ONE, TWO}


async def test_news_is_merged_until_it_is_taken() -> None:
    publisher = Publisher()
    place = publisher.subscribe()
    place.take()
    done = job("evo:1", JobState.SUCCEEDED)
    publisher.publish(snapshot(1, "evo:1"), {ONE}, set(), ())
    publisher.publish(snapshot(2, "evo:1", "evo:2"), {TWO}, set(), (done,))
    publisher.publish(snapshot(3, "evo:1"), set(), {TWO}, (done,))
    update = place.take()
    assert update.snapshot.sequence == 3
    assert (update.changed, update.removed, update.ended) == ({ONE}, {TWO}, (done,))
    publisher.publish(snapshot(4, "evo:1", "evo:2"), {TWO}, set(), ())
    assert place.take().changed == {TWO}


async def test_a_reader_is_woken_from_another_thread() -> None:
    publisher = Publisher()
    place = publisher.subscribe()
    place.take()
    waiting = asyncio.create_task(place.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    thread = threading.Thread(target=lambda: publisher.publish(snapshot(1), set(), set(), ()))
    thread.start()
    await asyncio.wait_for(waiting, 5)
    thread.join()
    assert place.take().snapshot.sequence == 1


async def test_a_closed_place_is_told_nothing() -> None:
    publisher = Publisher()
    place = publisher.subscribe()
    place.close()
    place.close()
    publisher.publish(snapshot(1, "evo:1"), {ONE}, set(), ())
    assert place.take().changed == frozenset()


def test_a_reader_whose_loop_is_gone_does_no_harm() -> None:
    publisher = Publisher()

    async def subscribe() -> None:
        publisher.subscribe().take()

    asyncio.run(subscribe())
    publisher.publish(snapshot(1), set(), set(), ())
    assert publisher.latest.sequence == 1


async def test_what_came_after_everything_changed_is_among_everything() -> None:
    publisher = Publisher(snapshot(1, "evo:1"))
    place = publisher.subscribe()
    publisher.publish(snapshot(2, "evo:1", "evo:2"), {TWO}, set(), ())
    assert place.take().changed == {ONE, TWO}
    publisher.publish(snapshot(3, "evo:2"), set(), {ONE}, ())
    update = place.take()
    assert (update.changed, update.removed) == (set(), {ONE})


async def test_an_update_that_was_taken_does_not_change_any_more() -> None:
    publisher = Publisher(snapshot(1, "evo:1"))
    place = publisher.subscribe()
    place.take()
    publisher.publish(snapshot(2, "evo:1", "evo:2"), {TWO}, set(), ())
    update = place.take()
    publisher.publish(snapshot(3, "evo:1", "evo:2"), {ONE}, set(), ())
    assert update.changed == {TWO}
