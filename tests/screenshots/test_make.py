"""The pictures in the repository are whole, can be made again, and tell nothing of the machine they were made on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from jobtui.core.states import JobState
from screenshots.studio import studio

pytest.importorskip("PIL", reason="the pictures' script needs Pillow")

from screenshots.make import FOLDER, PICTURES

README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
MOST_FILM_BYTES = 1_500_000


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


async def test_the_same_moment_gives_the_same_picture(utc: None) -> None:
    taken = []
    for _ in range(2):
        async with studio(size=(120, 34), theme="textual-dark", port=0, history_s=12) as at:
            await at.select(at.jobs("evo", JobState.RUNNING)[0])
            await at.pass_time(5)
            taken.append(at.svg("jobtui"))
    assert "running" in taken[0]
    assert taken[0] == taken[1]


def test_every_picture_is_there_and_no_other() -> None:
    names = {picture.name for picture in PICTURES}
    assert {path.stem for path in FOLDER.glob("*.svg")} == names
    assert {path.stem for path in FOLDER.glob("*.png")} == names
    assert (FOLDER / "flow.gif").stat().st_size < MOST_FILM_BYTES


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_shows_no_path_and_no_secret_of_a_machine(picture: object) -> None:
    text = (FOLDER / f"{getattr(picture, 'name', '')}.svg").read_text(encoding="utf-8")
    assert re.findall(r"/(?:home|root|Users|tmp|var)/\S*|[Bb]earer \S+|password\S*", text) == []
    hosts = set(re.findall(r"https?://([^/\"<&:]+)", text))
    assert hosts <= {"www.w3.org", "127.0.0.1"}


def test_the_readme_shows_pictures_of_this_folder() -> None:
    shown = re.findall(r"screenshots/([\w.-]+)", README)
    assert len(shown) >= 4
    assert [name for name in shown if not (FOLDER / name).is_file()] == []
