from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jobtui.core.errors import SettingsError
from jobtui.settings.load import load
from jobtui.settings.outline import outline
from jobtui.settings.trust import refuse_commands_of_others, stranger

USER, OTHER, NOBODY_S_GROUP = 1000, 1001, 4_000_000
COMMANDS = {
    "on_finish": "notify-send {state}",
    "commands": {"logs": {"run": "less {id}"}},
    "sources": {"evo": {"token": {"command": "print-token"}}, "graph": {"login": {"password": {"command": "x"}}}},
}


def status(mode: int, owner: int = USER) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, NOBODY_S_GROUP, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (status(0o600), ""),
        (status(0o644), ""),
        (status(0o644, 0), ""),
        (status(0o600, OTHER), "the file belongs to another user"),
        (status(0o646), "everybody can write the file"),
        (status(0o664), "the file's group can write it"),
    ],
)
def test_s3_only_the_user_and_root_may_choose_which_programs_run(
    held: os.stat_result, reason: str, tmp_path: Path
) -> None:
    assert stranger(held, USER) == reason
    refuse_commands_of_others(tmp_path, held, {"theme": "nord", "sources": {"evo": {"token": {"env": "X"}}}}, USER)
    if not reason:
        refuse_commands_of_others(tmp_path, held, COMMANDS, USER)
        return
    with pytest.raises(SettingsError, match=reason) as caught:
        refuse_commands_of_others(tmp_path, held, COMMANDS, USER)
    assert "on_finish, commands.logs, sources.evo.token, sources.graph.login.password would run a program" in str(
        caught.value
    )
    assert caught.value.hint
    assert "print-token" not in caught.value.in_full


@pytest.mark.parametrize(
    "line", ['on_finish = "true"', '[commands.a]\nrun = "true"', '[sources.evo]\ntoken = { command = "true" }']
)
def test_s3_a_file_that_everybody_can_write_runs_nothing_for_screen_and_verbs(tmp_path: Path, line: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(line)
    file.chmod(0o666)
    with pytest.raises(SettingsError, match="everybody can write"):
        load(file, {})
    with pytest.raises(SettingsError) as caught:
        outline(file, {}, {})
    assert "chmod go-w" in caught.value.hint


def test_s2_what_others_may_look_at_is_warned_of(tmp_path: Path) -> None:
    file, data = tmp_path / "config.toml", tmp_path / "data"
    file.write_text('theme = "nord"')
    file.chmod(0o666)
    data.mkdir(mode=0o755)
    for name in ("jobs.db", "jobs.db-wal"):
        (data / name).touch()
        (data / name).chmod(0o644)
    environ = {"JOBTUI_DATA_DIR": str(data)}
    assert list(load(file, {}).warnings(environ)) == [
        f"{file} can be written by others, who then choose where credentials go: chmod go-w {file}",
        f"{data} is open to others: chmod 700 {data}",
        f"{data}/jobs.db can be read by others: chmod 600 {data}/jobs.db",
        f"{data}/jobs.db-wal can be read by others: chmod 600 {data}/jobs.db-wal",
    ]
    for path, mode in ((file, 0o644), (data, 0o700), (data / "jobs.db", 0o600), (data / "jobs.db-wal", 0o600)):
        path.chmod(mode)
    assert list(load(file, {}).warnings(environ)) == []
