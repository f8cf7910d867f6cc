"""Rows of the fault table that need no service to misbehave."""

from __future__ import annotations

import logging
import traceback
import urllib.error
import urllib.request

import httpx
import pytest

from jobtui.cli.output import cells
from jobtui.core.clock import SystemClock
from jobtui.core.errors import SettingsError
from jobtui.core.redaction import Redactor
from jobtui.core.text import one_line
from jobtui.demo.services import DemoServices, DemoThread
from jobtui.settings.load import parse

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
