"""What is known of a file, and how long its link works."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.app.panes.viewers.about import expiry_words, file_facts, next_tick
from jobtui.core.results import Artifact, InlineFile, RemoteFile
from jobtui.demo.media import medium
from tests.app.scripted_engine import NOW


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (3600 * 30, "for another 1 d 6 h"),
        (3600 + 59, "for another 1 h"),
        (125, "for another 2 min"),
        (119, "for another 1 min 59 s"),
        (1, "for another 1 s"),
        (0, "no longer works since"),
        (-60, "no longer works since"),
    ],
)
def test_a_countdown_shows_seconds_only_at_the_end(left_s: int, words: str) -> None:
    assert words in expiry_words(NOW + timedelta(seconds=left_s), NOW)


@pytest.mark.parametrize("left_s", [3, 60, 119, 120, 121, 150, 179, 3_599, 3_601, 90_000])
def test_a_countdown_ticks_when_it_reads_differently_and_at_most_once_a_minute(left_s: int) -> None:
    expires_at = NOW + timedelta(seconds=left_s)
    wait = next_tick([expires_at], NOW)
    assert wait is not None
    assert timedelta() < wait <= timedelta(minutes=1, seconds=1)
    if left_s < 120:
        assert wait == timedelta(seconds=1)
    else:
        assert expiry_words(expires_at, NOW + wait) != expiry_words(expires_at, NOW)


def test_nothing_ticks_without_a_link_that_still_works() -> None:
    assert next_tick([], NOW) is None
    assert next_tick([NOW - timedelta(seconds=1)], NOW) is None


def test_a_video_tells_its_sides_and_how_long_it_lasts() -> None:
    video = medium("sunrise.mp4")
    artifact = Artifact("sunrise.mp4", "video/mp4", InlineFile(video.content))
    facts = {fact.name: fact.value for fact in file_facts([artifact], [0], [None], NOW, [video.content])}
    assert facts["sides"] == "320 x 180 pixels"
    assert facts["lasts"] == "2.0 s"
    assert facts["size"].endswith("KiB")


def test_a_file_names_the_user_s_own_keys() -> None:
    page = Artifact("page.html", "text/html", RemoteFile("https://example.test/page.html", expires_at=NOW))
    told = [fact.value for fact in file_facts([page], [0], [None], NOW, [b""], {"open": "f2", "download": "f3"})]
    assert "F2 saves it and shows it here, F3 only saves it." in told
    assert any(words.endswith("; F3 asks for a new one") for words in told)
