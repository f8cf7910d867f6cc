"""What stays out of a recording, and what has to stay in it."""

from __future__ import annotations

import pytest

from jobtui.core.exchanges import MAX_BODY_BYTES, Exchange
from jobtui.core.origins import Origins
from jobtui.core.redaction import Redactor
from jobtui.recording.hiding import Hider, StandIns

TOKEN = "an-access-token-4711"


def hider(*known: str) -> Hider:
    redactor = Redactor()
    for secret in known:
        redactor.register(secret)
    origins = Origins(
        {"https://graph.example:7002": "http://graph.recorded", "https://evo.example": "http://evo.recorded"},
        {"10.0.0.5": "graph.recorded"},
    )
    return Hider(redactor, Redactor(), StandIns(), origins)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"it was {TOKEN}", "it was [hidden]"),
        ('{"password": "pw", "user": "me"}', '{"password": "hidden-1", "user": "me"}'),
        ('{"accessToken":"a\\"b","n":1}', '{"accessToken":"hidden-1","n":1}'),
        (r'{"inner": "{\"api_key\": \"k\"}"}', r'{"inner": "{\"api_key\": \"hidden-1\"}"}'),
        ('{"total_tokens": 21777, "max_token": null}', '{"total_tokens": 21777, "max_token": null}'),
        ("https://u:pw@other.example/x", "https://hidden-1@other.example/x"),
        (
            "https://files.example/a?Expires=1795660433&Signature=s%2Bg&x=Abc",
            "https://files.example/a?Expires=1795660433&Signature=hidden-1&x=hidden-2",
        ),
        (
            r'"https:\/\/files.example\/a?A=9\u0026sig=zz9"',
            r'"https:\/\/files.example\/a?A=9\u0026sig=hidden-1"',
        ),
        (
            "https://graph.example:7002/jobs?page=1&sort=Name&token=t1",
            "http://graph.recorded/jobs?page=1&sort=Name&token=hidden-1",
        ),
        (r"{\"u\": \"https:\/\/evo.example\/x\"}", r"{\"u\": \"http:\/\/evo.recorded\/x\"}"),
        ("to=https%3A%2F%2Fevo.example%2Fx", "to=http%3A%2F%2Fevo.recorded%2Fx"),
        ("HTTPS://Evo.Example/x", "http://evo.recorded/x"),
        ("http\u017f://evo.example/x", "http\u017f://evo.example/x"),
        ("https://evo.example.org/ https://evo.example:8443/", "https://evo.example.org/ https://evo.example:8443/"),
        ("https://10.0.0.5:1/x", "https://graph.recorded:1/x"),
        ("graphd at 10.0.0.5, not 110.0.0.51", "graphd at graph.recorded, not 110.0.0.51"),
        ("Bearer abcdefghijklmnop", "Bearer hidden-1"),
        ("Basic information about words", "Basic information about words"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "hidden-1!"),
        ("eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0c2ln", "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0c2ln"),
        ("sk-abcdefghijklmnop1", "hidden-1"),
    ],
)
def test_secrets_and_hosts_are_taken_out_of_texts_and_nothing_else(text: str, clean: str) -> None:
    assert hider(TOKEN).text(text) == clean
    assert hider(TOKEN).text(clean) == clean


def test_a_link_in_an_answer_still_fits_the_request_that_follows() -> None:
    hide = hider()
    told = hide.text('{"url": "https://files.example/a?Key-Pair-Id=K&Policy=p%2Fq"}')
    asked = hide.exchange(Exchange("GET", "https://files.example/a?Key-Pair-Id=K&Policy=p%2Fq", 0, 0)).url
    assert asked in told
    assert "p%2Fq" not in told


def test_headers_are_kept_by_name_and_cookies_without_their_value() -> None:
    exchange = hider().exchange(
        Exchange(
            "POST",
            "https://evo.example/connect",
            0,
            0,
            request_headers=(("authorization", f"Bearer {TOKEN}"), ("cookie", "a=b"), ("accept", "*/*")),
            status=200,
            headers=(("set-cookie", f"sid={TOKEN}; Path=/"), ("server", "inside-7"), ("x-echo", TOKEN)),
            body=f'{{"message": "you are {TOKEN}"}}'.encode(),
        )
    )
    assert exchange.request_headers == (("accept", "*/*"),)
    assert exchange.headers == (("set-cookie", "sid=hidden-1; Path=/"),)
    assert exchange.body == b'{"message": "you are [hidden]"}'


def test_a_form_is_cleaned_by_the_names_of_its_fields() -> None:
    form = b"client_secret=s3cret&grant_type=client_credentials"
    exchange = Exchange(
        "POST", "https://evo.example/", 0, 0, (("content-type", "application/x-www-form-urlencoded"),), form, 200
    )
    assert hider().exchange(exchange).request_body == b"client_secret=hidden-1&grant_type=client_credentials"


def test_the_cut_leaves_no_half_of_a_secret() -> None:
    secret = "s" * 300 + "1"
    content = ("y€" + "x" * (MAX_BODY_BYTES + 16 * 1024 - 200) + secret)[: MAX_BODY_BYTES + 16 * 1024]
    told = Exchange("GET", "https://evo.example/", 0, 0, status=200, body=content.encode(), whole_bytes=9_000_000)
    kept = hider(secret).exchange(told)
    assert b"s" not in kept.body
    assert MAX_BODY_BYTES - 16 * 1024 <= len(kept.body) <= MAX_BODY_BYTES
    assert kept.whole_bytes == 9_000_000


def test_a_cut_text_is_still_text() -> None:
    content = ("y" + "€" * 400_000).encode()
    kept = hider().exchange(Exchange("GET", "https://evo.example/", 0, 0, status=200, body=content))
    assert set(kept.body.decode()) == {"y", "€"}
    assert kept.whole_bytes == len(content)


def test_text_in_another_encoding_is_cleaned_too() -> None:
    content = '{"name": "Grün", "password": "pw"}'.encode("latin-1")
    kept = hider().exchange(Exchange("GET", "https://evo.example/", 0, 0, status=200, body=content))
    assert kept.body == '{"name": "Grün", "password": "hidden-1"}'.encode("latin-1")


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    content = b"\x89PNG\r\n\x1a\n\0\xff"
    assert hider().exchange(Exchange("GET", "https://evo.example/", 0, 0, status=200, body=content)).body == content
