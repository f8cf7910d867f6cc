from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from jobtui.core.errors import SettingsError, Unreachable
from jobtui.providers.http import HttpClient
from tests.providers.raw_server import RawServer, http_answer

# For 127.0.0.1, signed by itself, made for these tests and good for a hundred years.
CERTIFICATE_AND_KEY = Path(__file__).with_name("tls") / "localhost.pem"
AUTHORITY = Path(__file__).with_name("tls") / "authority.pem"


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE_AND_KEY)
    return context


async def status_of(base_url: str, verify_tls: bool | str) -> int:
    http = HttpClient(base_url, verify_tls=verify_tls)
    try:
        return (await http.send("GET", ("a",))).status
    finally:
        await http.aclose()


async def test_h10_an_untrusted_certificate_says_what_to_do() -> None:
    async with RawServer(http_answer()).serving(server_tls()) as server:
        with pytest.raises(Unreachable, match="certificate isn't trusted") as caught:
            await status_of(server.base_url, True)
    assert "verify_tls" in caught.value.hint
    assert not caught.value.request_sent


async def test_a_ca_file_or_no_verification_lets_the_certificate_pass() -> None:
    async with RawServer(http_answer()).serving(server_tls()) as server:
        assert await status_of(server.base_url, str(AUTHORITY)) == 200
        assert await status_of(server.base_url, False) == 200


async def test_https_to_a_server_that_speaks_http_says_so() -> None:
    async with RawServer(http_answer(), hangs=True, speaks_first=True).serving() as server:
        with pytest.raises(Unreachable, match="no TLS connection") as caught:
            await status_of(server.base_url.replace("http:", "https:"), True)
    assert "only http" in caught.value.hint


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_a_setting_to_mend(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=r"verify_tls: the CA file .*ca\.pem"):
        await status_of("https://127.0.0.1:1", str(path))


async def test_a_ca_file_that_is_no_path_is_not_blamed_on_the_proxy() -> None:
    with pytest.raises(SettingsError, match="is no path"):
        await status_of("https://127.0.0.1:1", "ca\0.pem")
