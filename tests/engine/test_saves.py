"""Results that are to be saved by themselves: lost neither by a crash nor by a fault, and saved once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.core.errors import DownloadError, JobtuiError, ProviderRefused
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Result, Text
from jobtui.core.states import JobState
from tests.engine.running import engine
from tests.fakes import FakeClock, FakeProvider, look

ONE = JobId("media", "1")
DONE = JobState.SUCCEEDED
CLIP, NOTE = Artifact("clip.txt", "text/plain", Text("a")), Artifact("note.txt", "text/plain", Text("b"))


def _provider(clock: FakeClock, *results: Result | BaseException) -> FakeProvider:
    return FakeProvider("media", clock, jobs={"1": [look("media:1"), look("media:1", DONE)]}, results=results)


async def test_a_result_counts_as_saved_once_its_last_file_is_in_place(clock: FakeClock, tmp_path: Path) -> None:
    path, folder = tmp_path / "jobs.db", tmp_path / "downloads"
    async with engine(clock, _provider(clock, Result(ONE, (CLIP, NOTE))), path=path) as running:
        await running.track("media", ["1"])
        await clock.advance(30)
        assert await running.unsaved(["media"]) == (ONE,)
        assert await running.unsaved(["evo"]) == ()
        assert await running.claim_saves([ONE]) == {ONE}
        assert await running.claim_saves([ONE]) == frozenset()
        await running.fetch_result(ONE)
        await running.download(ONE, CLIP, folder)
        # The pane may read it once more meanwhile.
        await running.fetch_result(ONE)
    # So far a crash would have lost the second file: the next start is told.
    async with engine(clock, _provider(clock, Result(ONE, (CLIP, NOTE))), path=path) as running:
        assert await running.unsaved(["media"]) == (ONE,)
        assert await running.claim_saves([ONE]) == {ONE}
        await running.fetch_result(ONE)
        await running.download(ONE, CLIP, folder)
        await running.fetch_result(ONE)
        await running.download(ONE, NOTE, folder)
        assert await running.unsaved(["media"]) == ()
        assert await running.claim_saves([ONE]) == frozenset()


async def test_a_result_without_files_is_not_offered_again(clock: FakeClock) -> None:
    async with engine(clock, _provider(clock, Result(ONE))) as running:
        await running.track("media", ["1"])
        await clock.advance(30)
        assert await running.claim_saves([ONE]) == {ONE}
        await running.fetch_result(ONE)
        assert await running.unsaved(["media"]) == ()


async def test_a_result_of_which_nothing_could_be_read_is_offered_again(clock: FakeClock) -> None:
    async with engine(clock, _provider(clock, Result(ONE, warnings=("A: no",), refused=("A: no",)))) as running:
        await running.track("media", ["1"])
        await clock.advance(30)
        assert await running.claim_saves([ONE]) == {ONE}
        await running.fetch_result(ONE)
        assert await running.unsaved(["media"]) == (ONE,)


async def test_what_cannot_be_saved_is_given_back(clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    provider = _provider(clock, ProviderRefused("gone"), Result(ONE, (CLIP,)))
    async with engine(clock, provider) as running:
        await running.track("media", ["1"])
        await clock.advance(30)
        assert await running.claim_saves([ONE]) == {ONE}
        with pytest.raises(ProviderRefused):
            await running.fetch_result(ONE)
        assert await running.claim_saves([ONE]) == {ONE}
        await running.fetch_result(ONE)
        with pytest.raises((DownloadError, JobtuiError)):
            await running.download(ONE, CLIP, tmp_path / "file")
        assert await running.claim_saves([ONE]) == {ONE}
        await running.download(ONE, CLIP, tmp_path)
        assert await running.unsaved(["media"]) == ()
