"""What a recording tells of a source, and what a replay takes from it."""

from __future__ import annotations

from typing import Any

import pytest

from jobtui.core.errors import SettingsError
from jobtui.settings.load import parse
from jobtui.settings.recorded import as_toml, described, replayed

ORG = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
HERE = "http://127.0.0.1:7001"
SIGN_IN = "http://127.0.0.1:7002"

SOURCES = [
    'provider = "nebula"\nlogin = { user = "me", password = "geheim", address = "inside" }\nworkflows = ["7"]',
    'provider = "nebula"\ntoken = { command = "geheim" }\ninterval = 2.5',
    f'provider = "evo"\norg_id = "{ORG}"\ntoken = {{ env = "geheim" }}\npreview = true',
    f"""\
provider = "evo"
org_id = "{ORG}"
oauth = {{ client_id = "me", client_secret = "geheim", token_url = "https://inside.example/connect/token" }}""",
    'provider = "generation"\ntoken = "geheim"\nread_only = true',
    'provider = "http"\napi = "builtin:replicate"\ntoken = "geheim"',
    'provider = "http"\napi = "mine.toml"',
    'provider = "elsewhere"\ntoken = "geheim"\noptions = { a = "geheim" }',
]


@pytest.mark.parametrize("table", SOURCES, ids=range(len(SOURCES)))
def test_a_source_becomes_one_of_the_same_provider_without_its_secrets_and_its_place(table: str) -> None:
    text = f'[sources."a.b"]\nbase_url = "https://inside.example/api/v1"\n{table}\n'
    source = parse(text, "test").sources["a.b"]
    about = described(source, "the description")
    for word in ("geheim", "inside", "me"):
        assert f"'{word}" not in str(about)
    made = as_toml({"a.b": replayed(about, HERE, SIGN_IN, "/tmp/a.toml")})
    again = parse(made, "test").sources["a.b"]
    assert type(again) is type(source)
    assert again.base_url == f"{HERE}/api/v1"
    told = {key: value for key, value in described(again, "the description").items() if key != "api"}
    assert told == {key: value for key, value in about.items() if key != "api"}
    if getattr(again, "oauth", None):
        assert f"{SIGN_IN}/connect/token" in made
    if "mine.toml" in table:
        assert 'api = "/tmp/a.toml"' in made


@pytest.mark.parametrize(
    "about",
    [
        {"provider": "nebula", "base_path": "@elsewhere.example/"},
        {"provider": "nebula", "base_path": "1/"},
        {"provider": "evo", "org_id": ORG, "signs_in": True, "sign_in_path": ".elsewhere.example"},
        {"provider": "nebula", "workflows": [{'a" = 1 }]\non_finish = "x"\n[': 1}]},
        {"provider": {"command": "x"}},
        {"provider": "generation", "has_token": True, "interval": {"command": "x"}},
        {"provider": "evo", "org_id": {"env": "HOME"}},
        {},
    ],
)
def test_a_recording_of_a_stranger_can_set_nothing_else(about: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        parse(as_toml({"a": replayed(about, HERE, SIGN_IN, "/tmp/a.toml")}), "test")


def test_no_file_of_this_machine_is_read_for_a_recording() -> None:
    table = replayed({"provider": "http", "api": "/etc/passwd"}, HERE, SIGN_IN, "/tmp/a.toml")
    assert table["api"] == "/tmp/a.toml"
