"""The outline is what the first screen starts from: it never fails on a value, and agrees with the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.core.errors import SettingsError
from jobtui.settings.layers import read_toml
from jobtui.settings.load import load
from jobtui.settings.outline import outline

TOML = """
theme = "nord"
notify = ["bell"]
[keys]
open = "l"
[commands.logs]
run = "less {id}"
screen = true
sources = ["graph"]
[sources.graph]
provider = "nebula"
base_url = "https://graph.example"
token = { env = "TOKEN" }
read_only = true
[sources.evo]
provider = "evo"
base_url = "https://evo.example"
org_id = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
token = { env = "TOKEN" }
verify_tls = false
"""


def test_the_outline_says_what_the_settings_say(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TOML)
    environ = {"JOBTUI_THEME": "dracula", "JOBTUI_SOURCES__GRAPH__VERIFY_TLS": "false", "JOBTUI_NOTIFY": "bell,osc777"}
    flags = {"download_dir": "/data"}
    read, whole = outline(file, environ, flags), load(file, environ, flags).settings
    assert read.text("theme", "") == whole.theme == "dracula"
    assert read.text("download_dir", "") == str(whole.download_dir)
    assert read.words("notify", ()) == whole.notify
    assert read.texts("keys") == whole.keys == {"open": "l"}
    ((name, command),) = read.tables("commands").items()
    wanted = whole.commands[name]
    assert (command.text("run", ""), command.switch("screen"), command.words("sources", ())) == (
        wanted.run,
        wanted.screen,
        wanted.sources,
    )
    assert [(source.name, source.provider, source.read_only, source.tls_verified) for source in read.sources] == [
        (name, source.provider, source.read_only, source.verify_tls is not False)
        for name, source in whole.sources.items()
    ]


@pytest.mark.parametrize("value", ["3", "[1, 2]", "{ a = 1 }", "true"])
def test_a_value_of_another_type_counts_as_not_given(tmp_path: Path, value: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"theme = {value}\nkeys = 3\nnotify = 4\nsources = 5\n[commands]\nx = 6\n")
    read = outline(file, {}, {})
    assert read.text("theme", "usual") == "usual"
    assert read.words("notify", ("bell",)) == ("bell",)
    assert read.texts("keys") == {}
    assert read.tables("commands") == read.tables("sources") == {}
    assert read.sources == ()


def test_no_file_is_an_empty_outline_unless_it_was_named(tmp_path: Path) -> None:
    assert outline(tmp_path / "none.toml", {}, {}).sources == ()
    with pytest.raises(SettingsError, match="no such file"):
        outline(tmp_path / "none.toml", {}, {}, required=True)


def test_broken_toml_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("theme = ")
    with pytest.raises(SettingsError, match="not TOML"):
        read_toml(file, required=False)
