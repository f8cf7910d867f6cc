from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import os
import random
import resource
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobtui.core.errors import DownloadError, Unreachable
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Content, Document, InlineFile, RemoteFile, Rows, Text
from jobtui.core.structs import replace
from jobtui.engine import downloads
from jobtui.engine.downloads import Downloader, cut_downloads, partial_files, remove_partial_files
from jobtui.engine.port import DownloadProgress, SavedFile
from jobtui.providers.base import Download
from tests.fakes import FakeClock

JOB = JobId("media", "1")
BODY = random.Random(3).randbytes(3_000_000)
VIDEO = Artifact("clip.mp4", "video/mp4", RemoteFile("https://cdn.example/clip.mp4"))


class Server:
    """A file on a server that can be cut, changed, or lie about its size."""

    def __init__(self, body: bytes = BODY, validator: str = '"v1"', clock: FakeClock | None = None) -> None:
        self.body = body
        self.validator = validator
        self.cut_at: int | None = None
        self.promised: int | None = len(body)
        self.media_type = "video/mp4"
        self.ignores_range = False
        self.offset_lie = 0
        self.asked: list[tuple[int, str]] = []
        self.clock = clock

    def open(self, offset_bytes: int, validator: str) -> AbstractAsyncContextManager[Download]:
        return self._open(offset_bytes, validator)

    @asynccontextmanager
    async def _open(self, offset_bytes: int, validator: str) -> AsyncIterator[Download]:
        self.asked.append((offset_bytes, validator))
        offset = offset_bytes if validator == self.validator and not self.ignores_range else 0
        yield Download(
            self._chunks(offset), self.promised, offset + self.offset_lie, self.validator, self.media_type, ""
        )

    async def _chunks(self, offset: int) -> AsyncIterator[bytes]:
        for start in range(offset, len(self.body), 65_536):
            if self.cut_at is not None and start >= self.cut_at:
                raise Unreachable("the connection was cut")
            if self.clock is not None:
                self.clock.skip(0.05)
            yield self.body[start : start + 65_536]


class Changed(Server):
    """Has something else than before for who asks for the rest, and all of it for who asks for all."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    @asynccontextmanager
    async def _open(self, offset_bytes: int, validator: str) -> AsyncIterator[Download]:
        async with super()._open(offset_bytes, validator) as whole:
            download = whole
            if offset_bytes and self.how == "another part":
                download = replace(whole, offset_bytes=offset_bytes - 10)
            elif offset_bytes and self.how == "another validator":
                download = replace(whole, offset_bytes=offset_bytes, validator='"v2"')
            elif offset_bytes:
                sizes = {"shorter": len(BODY) - 1, "longer": len(BODY) + 1, "complete though shorter": offset_bytes}
                download = replace(whole, size_bytes=sizes[self.how])
            yield download


@pytest.fixture
def downloader(clock: FakeClock) -> Downloader:
    return Downloader(clock)


async def fetch(downloader: Downloader, server: Server, folder: Path, artifact: Artifact = VIDEO) -> SavedFile:
    return await downloader.fetch(JOB, artifact, folder, server.open)


async def test_a_file_arrives_whole_with_its_checksum(downloader: Downloader, tmp_path: Path) -> None:
    saved = await fetch(downloader, Server(), tmp_path / "new" / "folder")
    assert saved.path == tmp_path / "new" / "folder" / "clip.mp4"
    assert saved.path.read_bytes() == BODY
    assert saved.sha256 == hashlib.sha256(BODY).hexdigest()
    assert saved.size_bytes == len(BODY)
    assert list(saved.path.parent.iterdir()) == [saved.path]


async def test_d5_nothing_is_ever_overwritten(downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("mine")
    (tmp_path / "clip (2).mp4").symlink_to(tmp_path / "elsewhere")
    saved = await fetch(downloader, Server(), tmp_path)
    assert saved.path.name == "clip (3).mp4"
    assert (tmp_path / "clip.mp4").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


async def test_d6_a_cut_download_goes_on_where_it_was(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.cut_at = 1_500_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    assert not (tmp_path / "clip.mp4").exists()
    assert len(partial_files(tmp_path)) == 2
    server.cut_at = None
    saved = await fetch(downloader, server, tmp_path)
    assert saved.path.read_bytes() == BODY
    assert saved.sha256 == hashlib.sha256(BODY).hexdigest()
    assert server.asked == [(0, ""), (1_507_328, '"v1"')]
    assert partial_files(tmp_path) == ()


@pytest.mark.parametrize("how", ["changed", "ignores range", "no validator"])
async def test_d6_what_changed_meanwhile_begins_anew(downloader: Downloader, tmp_path: Path, how: str) -> None:
    server = Server(validator="" if how == "no validator" else '"v1"')
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    server.cut_at = None
    server.ignores_range = how == "ignores range"
    if how == "changed":
        server.body, server.validator = BODY[::-1], '"v2"'
    saved = await fetch(downloader, server, tmp_path)
    assert saved.path.read_bytes() == server.body
    assert len(list(tmp_path.iterdir())) == 1


async def test_d6_a_part_that_was_not_asked_for_is_refused(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.offset_lie = 10
    with pytest.raises(DownloadError, match="wasn't asked for"):
        await fetch(downloader, server, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["shorter", "longer", "complete though shorter", "another part", "another validator"])
async def test_d6_a_part_that_fits_nothing_any_more_is_given_up_and_all_of_it_fetched(
    downloader: Downloader, tmp_path: Path, how: str
) -> None:
    server = Changed(how)
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    server.cut_at = None
    saved = await fetch(downloader, server, tmp_path)
    assert saved.path.read_bytes() == BODY
    assert [offset for offset, _ in server.asked] == [0, 1_048_576, 0]
    assert list(tmp_path.iterdir()) == [saved.path]


async def test_d6_the_first_promise_holds_where_the_rest_comes_without_one(
    downloader: Downloader, tmp_path: Path
) -> None:
    server = Server()
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    server.body, server.promised, server.cut_at = BODY[:-1], None, None
    with pytest.raises(DownloadError, match="2999999 of 3000000 bytes arrived"):
        await fetch(downloader, server, tmp_path)


async def test_d6_an_error_page_costs_nothing_of_what_is_there(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    server.cut_at, server.media_type, server.ignores_range = None, "text/html", True
    with pytest.raises(DownloadError, match="web page"):
        await fetch(downloader, server, tmp_path)
    server.media_type, server.ignores_range = "video/mp4", False
    await fetch(downloader, server, tmp_path)
    assert server.asked[-1][0] == 1_048_576


@pytest.mark.parametrize(("validator", "cut_at"), [('"v1"', 0), ("", 1_000_000)])
async def test_a_part_that_could_never_be_gone_on_with_is_not_left_behind(
    downloader: Downloader, tmp_path: Path, validator: str, cut_at: int
) -> None:
    server = Server(validator=validator)
    server.cut_at = cut_at
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_d6_a_hundred_cuts_leave_no_wrong_file_under_a_final_name(downloader: Downloader, tmp_path: Path) -> None:
    rng, whole = random.Random(5), 0
    body = rng.randbytes(400_000)
    for number in range(100):
        server = Server(body)
        artifact = Artifact(f"clip{number}.bin", "application/octet-stream", RemoteFile("https://cdn.example/x"))
        server.cut_at = rng.randrange(0, 500_000)
        try:
            await fetch(downloader, server, tmp_path, artifact)
            whole += 1
        except Unreachable:
            continue
    finals = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert len(finals) == whole > 0
    assert all(path.read_bytes() == body for path in finals)


@pytest.mark.parametrize("promised", [len(BODY) + 1, len(BODY) - 1])
async def test_a_file_of_another_size_than_promised_is_refused(
    downloader: Downloader, tmp_path: Path, promised: int
) -> None:
    server = Server()
    server.promised = promised
    with pytest.raises(DownloadError):
        await fetch(downloader, server, tmp_path)
    assert not (tmp_path / "clip.mp4").exists()


async def test_without_a_promise_the_result_decides(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.promised = None
    assert (await fetch(downloader, server, tmp_path)).size_bytes == len(BODY)


@pytest.mark.parametrize(
    ("media_type", "words"), [("text/html; charset=utf-8", "web page"), ("application/json", "JSON")]
)
async def test_what_tells_of_an_error_in_place_of_a_video_is_refused(
    downloader: Downloader, tmp_path: Path, media_type: str, words: str
) -> None:
    server = Server(b"{}")
    server.media_type = media_type
    with pytest.raises(DownloadError, match=words):
        await fetch(downloader, server, tmp_path)


async def test_h4_a_file_that_would_not_fit_is_not_begun(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.promised = 1 << 60
    with pytest.raises(DownloadError, match="bytes free"):
        await fetch(downloader, server, tmp_path)


class Disk:
    """Fills up by what is written to a folder."""

    def __init__(self, folder: Path, free_bytes: int) -> None:
        self.folder = folder
        self.free_bytes = free_bytes

    def left(self, _directory: int) -> int:
        return self.free_bytes - sum(path.stat().st_size for path in self.folder.iterdir())


class Endless(Server):
    """Promises nothing and never comes to an end."""

    async def _chunks(self, offset: int) -> AsyncIterator[bytes]:
        while True:
            yield bytes(300_000)


@pytest.mark.parametrize("validator", ['"v1"', ""])
async def test_h4_a_body_without_an_end_leaves_room_on_the_disk(
    clock: FakeClock, tmp_path: Path, validator: str
) -> None:
    disk = Disk(tmp_path, 24 << 20)
    server = Endless(validator=validator)
    server.promised = None
    with pytest.raises(DownloadError, match="bytes free"):
        await Downloader(clock, disk.left).fetch(JOB, VIDEO, tmp_path, server.open)
    assert not (tmp_path / "clip.mp4").exists()
    kept = sum(path.stat().st_size for path in partial_files(tmp_path))
    # What can be gone on with is kept; what can't be is not worth a full disk.
    assert (kept > 5 << 20) == bool(validator)
    assert disk.left(0) >= 16 << 20


async def test_h4_a_disk_that_others_fill_meanwhile_ends_it_and_the_rest_comes_later(
    clock: FakeClock, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, (17 << 20) + 500_000)
    server = Server()
    server.promised = None
    with pytest.raises(DownloadError, match="bytes free"):
        await Downloader(clock, disk.left).fetch(JOB, VIDEO, tmp_path, server.open)
    disk.free_bytes = 1 << 30
    saved = await Downloader(clock, disk.left).fetch(JOB, VIDEO, tmp_path, server.open)
    assert saved.path.read_bytes() == BODY
    assert server.asked[1][0] > 0


class Trickling(Server):
    """Sends a few bytes now and then, each in time for a limit per read."""

    def __init__(self, clock: FakeClock, piece_bytes: int) -> None:
        super().__init__(BODY[:2000])
        self.time = clock
        self.piece_bytes = piece_bytes
        self.is_slow = True

    async def _chunks(self, offset: int) -> AsyncIterator[bytes]:
        for start in range(offset, len(self.body), self.piece_bytes):
            self.time.skip(20.0 if self.is_slow else 0.0)
            yield self.body[start : start + self.piece_bytes]


async def test_h3_a_download_that_trickles_ends_with_a_word_and_goes_on_later(
    clock: FakeClock, downloader: Downloader, tmp_path: Path
) -> None:
    server = Trickling(clock, 10)
    with pytest.raises(DownloadError, match="only 30 bytes came in 60 s") as caught:
        await fetch(downloader, server, tmp_path)
    assert caught.value.hint
    server.is_slow = False
    saved = await fetch(downloader, server, tmp_path)
    assert saved.path.read_bytes() == server.body
    assert server.asked == [(0, ""), (30, '"v1"')]


async def test_h3_a_slow_line_that_gets_somewhere_is_left_alone(
    clock: FakeClock, downloader: Downloader, tmp_path: Path
) -> None:
    assert (await fetch(downloader, Trickling(clock, 400), tmp_path)).size_bytes == 2000


async def test_progress_is_told_five_times_a_second_at_most(clock: FakeClock, tmp_path: Path) -> None:
    told: list[tuple[float, DownloadProgress]] = []
    server = Server(clock=clock)
    await Downloader(clock).fetch(
        JOB, VIDEO, tmp_path, server.open, progress=lambda state: told.append((clock.monotonic(), state))
    )
    moments = [at for at, _ in told]
    # The last one tells the end, whenever that is.
    assert all(later - earlier >= 0.2 for earlier, later in itertools.pairwise(moments[:-1]))
    assert told[-1][1].done_bytes == len(BODY)
    assert told[-1][1].size_bytes == len(BODY)
    assert told[0][1].bytes_per_s == pytest.approx(65_536 / 0.05)


async def test_the_same_file_is_not_fetched_twice_at_a_time(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    part = next(path for path in partial_files(tmp_path) if path.suffix == ".part")
    with part.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match=r"clip\.mp4 is being downloaded already"):
            await fetch(downloader, Server(), tmp_path)


async def test_d5_a_symlink_in_place_of_the_part_is_not_followed(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.cut_at = 1_000_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    part = next(path for path in partial_files(tmp_path) if path.suffix == ".part")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    part.unlink()
    part.symlink_to(victim)
    with pytest.raises(DownloadError):
        await fetch(downloader, Server(), tmp_path)
    assert victim.read_text() == "precious"


async def test_a_part_that_just_became_the_final_file_is_not_written_to(downloader: Downloader, tmp_path: Path) -> None:
    with downloads._folder(tmp_path) as directory:
        with downloads._Part(directory, "a", "key") as part:
            part.write(b"whole")
            descriptor = os.open(tmp_path / part.name, os.O_RDWR)
            part.put_in_place("a")
        assert not part._is_still_named(descriptor)
        with downloads._Part(directory, "a", "key") as again:
            assert not os.path.samestat(os.fstat(again.descriptor), os.fstat(descriptor))
        os.close(descriptor)
    assert (tmp_path / "a").read_bytes() == b"whole"


async def test_without_hard_links_the_name_is_claimed_first(tmp_path: Path) -> None:
    class Unlinked(downloads._Part):
        def _link_hard(self, final: str) -> None:
            raise PermissionError("no hard links here")

    (tmp_path / "a").write_text("mine")
    with downloads._folder(tmp_path) as directory, Unlinked(directory, "a", "key") as part:
        part.write(b"whole")
        assert part.put_in_place("a") == "a (2)"
    assert (tmp_path / "a (2)").read_bytes() == b"whole"
    assert (tmp_path / "a").read_text() == "mine"
    with downloads._folder(tmp_path) as directory, Unlinked(directory, "b", "key") as part:
        (tmp_path / part.name).unlink()
        with pytest.raises(FileNotFoundError):
            part.put_in_place("b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("content", "media_type", "name", "expected"),
    [
        (InlineFile(b"\x89PNG"), "image/png", "square.png", b"\x89PNG"),
        (Text("päivää"), "text/plain", "note.txt", "päivää".encode()),
        (Document({"a": [1, "é"]}), "application/json", "doc.json", '{\n  "a": [\n    1,\n    "é"\n  ]\n}\n'.encode()),
        (
            Rows(("id", "name"), (("1", 'a"b'), ("2", "x,y\nz")), 200, False),
            "text/csv",
            "rows.csv",
            b'id,name\r\n1,"a""b"\r\n2,"x,y\nz"\r\n',
        ),
    ],
)
async def test_what_came_inside_the_answer_is_written_the_same_way(
    downloader: Downloader, tmp_path: Path, content: Content, media_type: str, name: str, expected: bytes
) -> None:
    artifact = Artifact(name.partition(".")[0], media_type, content)
    first = await downloader.save(artifact, tmp_path)
    second = await downloader.save(artifact, tmp_path)
    assert first.path.name == name
    assert first.path.read_bytes() == expected
    assert first.sha256 == hashlib.sha256(expected).hexdigest()
    assert second.path.stem.endswith("(2)")


async def test_two_jobs_that_leave_the_same_are_saved_at_the_same_time(downloader: Downloader, tmp_path: Path) -> None:
    same = Artifact("result.json", "application/json", Document(None))
    saved = await asyncio.gather(*(downloader.save(same, tmp_path) for _ in range(8)))
    assert len({one.path for one in saved}) == len(list(tmp_path.iterdir())) == 8


@pytest.mark.parametrize("how", ["removed", "moved", "moved, and another made"])
async def test_a_folder_that_goes_away_meanwhile_is_said(downloader: Downloader, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "downloads"

    class Away(Server):
        async def _chunks(self, offset: int) -> AsyncIterator[bytes]:
            async for chunk in super()._chunks(offset):
                yield chunk
            if how == "removed":
                shutil.rmtree(folder)
            else:
                folder.rename(tmp_path / "elsewhere")
            if how == "moved, and another made":
                folder.mkdir()

    with pytest.raises(DownloadError, match=r"downloads was moved or removed while clip\.mp4 came"):
        await fetch(downloader, Away(), folder)


async def test_d3_a_disk_that_is_full_in_the_middle_is_said_and_the_rest_comes_later(
    downloader: Downloader, tmp_path: Path
) -> None:
    server = Server()
    # A limit for files of this process: the system's own error, at the same place.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, before[1]))
    try:
        with pytest.raises(DownloadError, match="can't be written to: File too large"):
            await fetch(downloader, server, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    saved = await fetch(downloader, server, tmp_path)
    assert saved.path.read_bytes() == BODY
    assert server.asked[-1] == (1_200_000, '"v1"')


async def test_a_remote_file_cannot_be_saved_without_fetching(downloader: Downloader, tmp_path: Path) -> None:
    with pytest.raises(DownloadError):
        await downloader.save(VIDEO, tmp_path)


async def test_a_folder_that_is_none_is_said(downloader: Downloader, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, words in (
        ("file", "no folder"),
        ("file/below", "Not a directory"),
        ("link", "a link that leads nowhere"),
    ):
        with pytest.raises(DownloadError, match=f"can't be written to: .*{words}"):
            await fetch(downloader, Server(), tmp_path / name)


async def test_d6_leftovers_are_removed_on_request(downloader: Downloader, tmp_path: Path) -> None:
    server = Server()
    server.cut_at = 100_000
    with pytest.raises(Unreachable):
        await fetch(downloader, server, tmp_path)
    (tmp_path / "mine.part").touch()
    (part,) = (path for path in partial_files(tmp_path) if path.suffix == ".part")
    with part.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert remove_partial_files(tmp_path) == ()
        assert cut_downloads(tmp_path, datetime(2000, 1, 1, tzinfo=UTC)) == ()
        assert part.exists()
    assert cut_downloads(tmp_path, datetime(2000, 1, 1, tzinfo=UTC)) == (part,)
    assert remove_partial_files(tmp_path) == (part,)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.part"]
    assert remove_partial_files(tmp_path / "nowhere") == ()
