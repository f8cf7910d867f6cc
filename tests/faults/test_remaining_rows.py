"""Rows of the fault table that need no service to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import traceback
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from jobtui.cli.main import main
from jobtui.cli.output import cells
from jobtui.core.clock import SystemClock
from jobtui.core.errors import SettingsError
from jobtui.core.redaction import Redactor
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.demo.services import DemoServices, DemoThread
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from jobtui.settings.load import parse
from tests.fakes import InlineExecutor, job

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_CONFIG = """\
[sources.media]
provider = "generation"
base_url = "http://127.0.0.1:9"
token = "no-token-at-all"
"""


async def _store_ended(file: Path, count: int) -> None:
    store = Store(file, clock=SystemClock(), executor=InlineExecutor())
    await store.open(("media",))
    jobs = [
        job(f"media:{number}", JobState.SUCCEEDED, finished_at=LONG_AGO, observed_at=LONG_AGO)
        for number in range(count)
    ]
    await store.write(Batch(jobs={one.id: one for one in jobs}, track={one.id for one in jobs}))
    await store.aclose()


def test_d7_forgetting_many_old_jobs_is_one_write(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "config.toml", home / "data" / "jobs.db"
    config.write_text(_CONFIG)
    config.chmod(0o600)
    monkeypatch.setenv("JOBTUI_CONFIG", str(config))
    asyncio.run(_store_ended(file, 60))

    def writes() -> int:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            return int(connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])

    before = writes()
    assert main(["forget", "--older-than", "0s", "media:nope"]) == 4
    assert len(capsys.readouterr().out.splitlines()) == 60
    assert writes() - before < 10


PLANTED = "planted-secret-3d91"


@pytest.mark.parametrize(
    ("text", "width"),
    [("漢字", 4), ("e\u0301", 1), ("plain", 5), ("half \ud83d", 5 + len("\\ud83d")), ("ﾊﾝｶｸ", 4), ("─━╸", 3)],
)
def test_t4_wide_and_combining_text_has_its_width_and_half_characters_their_stand_in(text: str, width: int) -> None:
    shown = one_line(text)
    assert cells(shown) == width
    shown.encode()


@pytest.mark.parametrize(
    "line",
    [
        f'tokn = "{PLANTED}"',
        f'token = {{ value = "{PLANTED}" }}',
        f'token = ["{PLANTED}"]',
        f'token = "{PLANTED}"\ntoken = "{PLANTED}"',
        f'token = "{PLANTED}',
        f'base_url = "http://user:{PLANTED}@service.example"\ntoken = 7',
    ],
)
def test_s7_a_setting_that_is_wrong_is_named_without_its_value(line: str) -> None:
    text = f'[sources.media]\nprovider = "generation"\nbase_url = "https://service.example"\n{line}\n'
    if line.startswith("base_url"):
        text = f'[sources.media]\nprovider = "generation"\n{line}\n'
    with pytest.raises(SettingsError) as told:
        parse(text, "config.toml")
    everything = "".join(traceback.format_exception(told.value)) + told.value.hint
    assert PLANTED not in everything


def test_s6_the_demo_listens_on_loopback_and_answers_no_other_name() -> None:
    services = DemoServices(clock=SystemClock())
    thread = DemoThread(services)
    thread.start()
    try:
        for url in services.base_urls.values():
            assert url.startswith("http://127.0.0.1:")
            request = urllib.request.Request(url, headers={"Host": "rebound.example"})
            with pytest.raises(urllib.error.HTTPError) as told:
                urllib.request.urlopen(request, timeout=10)
            assert 400 <= told.value.code < 500
            told.value.close()
    finally:
        thread.stop()


def test_s8_one_redactor_knows_cookies_users_and_query_values(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor()
    redactor.register(PLANTED)
    request = httpx.Request(
        "GET",
        f"http://user:{PLANTED}@service.example/?token={PLANTED}",
        headers={"Cookie": f"explorer_token={PLANTED}"},
    )
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("jobtui.test").info("%s", redactor.clean(f"{request.headers!r} {request.url}"))
    assert PLANTED not in caplog.text
    assert "user:" not in caplog.text
    assert PLANTED not in repr(redactor)
