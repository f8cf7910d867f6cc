from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from jobtui.core.errors import SettingsError
from jobtui.core.redaction import Redactor
from jobtui.providers.answer import Answer
from jobtui.providers.credentials import BearerToken, checked_token, send_signed


class Vault:
    """A secret that may be another one each time it is read anew."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.renewals = 0

    async def read(self, renew: bool) -> str:
        await asyncio.sleep(0)
        if renew:
            self.renewals += 1
            if len(self._texts) > 1:
                del self._texts[0]
        return self._texts[0]


class Service:
    """Accepts one token."""

    def __init__(self, accepted: str) -> None:
        self._accepted = f"Bearer {accepted}"
        self.calls = 0

    async def send(self, headers: Mapping[str, str]) -> Answer:
        self.calls += 1
        status = 200 if headers["authorization"] == self._accepted else 401
        return Answer(status, {}, b"", datetime(2026, 11, 22, tzinfo=UTC))


async def test_a_token_becomes_a_bearer_header_without_the_line_break_of_its_file() -> None:
    assert await BearerToken(Vault("abc\n").read).headers() == {"authorization": "Bearer abc"}


@pytest.mark.parametrize("text", ["abc\ndef", "don\u2019t", "two words", "nul\0", "del\x7f"])
def test_h5_a_token_that_no_header_can_hold_is_named_without_its_value(text: str) -> None:
    with pytest.raises(SettingsError, match=r"sources\.evo\.token: it holds characters") as caught:
        checked_token(text, setting="sources.evo.token")
    assert text not in f"{caught.value}{caught.value.hint}"


def test_an_empty_token_is_named() -> None:
    with pytest.raises(SettingsError, match="token: it is empty"):
        checked_token(" \n", setting="token")


async def test_h11_a_refused_token_is_read_again_once_and_the_call_repeated() -> None:
    vault, service = Vault("old-token", "new-token"), Service("new-token")
    answer = await send_signed(BearerToken(vault.read), Redactor(), service.send)
    assert (answer.status, service.calls, vault.renewals) == (200, 2, 1)


async def test_h11_a_token_that_stays_the_same_is_not_tried_twice() -> None:
    vault, service = Vault("old-token"), Service("new-token")
    answer = await send_signed(BearerToken(vault.read), Redactor(), service.send)
    assert (answer.status, service.calls, vault.renewals) == (401, 1, 1)


async def test_calls_that_are_refused_at_once_read_the_secret_once() -> None:
    vault, service = Vault("old-token", "new-token", "never-wanted"), Service("new-token")
    credentials = BearerToken(vault.read)
    answers = await asyncio.gather(*(send_signed(credentials, Redactor(), service.send) for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    assert vault.renewals == 1


async def test_a_token_is_known_to_the_redactor_before_it_is_sent() -> None:
    redactor, masked = Redactor(), []

    async def send(headers: Mapping[str, str]) -> Answer:
        masked.append(redactor.clean_known(headers["authorization"]))
        return Answer(200, {}, b"", datetime(2026, 11, 22, tzinfo=UTC))

    await send_signed(BearerToken(Vault("planted-token").read), redactor, send)
    assert masked == ["Bearer [hidden]"]
