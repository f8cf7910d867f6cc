"""The README promises nothing that isn't there, and its table of keys is the program's own."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobtui.cli import exit_codes
from jobtui.cli.main import main
from jobtui.core.filters import Filter
from jobtui.settings.load import parse
from tests.readme_keys import END, README, key_tables, renewed

CHECKOUT = README.parent
TEXT = README.read_text(encoding="utf-8")
CONFIGURATION = next(block for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[sources." in block)
DOCUMENTS = sorted(CHECKOUT.glob("*.md"))


def section(heading: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#+ |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None, heading
    return found.group(1)


def commands() -> Iterator[tuple[str, ...]]:
    """Every command of the table, as words: the verb, what `config` takes, and the options in brackets."""
    for row in re.findall(r"^\| (.+?) (?<!\\)\| ", section("Commands"), re.MULTILINE):
        for written in re.findall(r"`jobtui ?([^`]*)`", row):
            verb, *rest = re.findall(r"--[a-z-]+|[a-z]+(?=[\\| ]|$)", written) or [""]
            parts = rest if verb == "config" else ()
            options = [word for word in rest if word.startswith("--")]
            yield from ((verb, part) for part in parts)
            if not parts:
                yield (verb, *options)


def keys(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key, tables too."""
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from keys(value, (*path, key))


def knows(schema: dict[str, Any], node: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a JSON schema describes what stands at a path, by one of its alternatives at least."""
    if "$ref" in node:
        return knows(schema, schema["$defs"][node["$ref"].removeprefix("#/$defs/")], path)
    ways = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    if ways:
        return any(knows(schema, way, path) for way in ways)
    if not path:
        return True
    if path[0] in node.get("properties", {}):
        return knows(schema, node["properties"][path[0]], path[1:])
    further = node.get("additionalProperties", False)
    return knows(schema, further, path[1:]) if isinstance(further, dict) else bool(further)


def test_the_table_of_keys_is_what_the_actions_say() -> None:
    assert renewed(TEXT) == TEXT, "renew it with: .venv/bin/python -m tests.readme_keys"


def test_a_stale_table_of_keys_would_be_noticed() -> None:
    stale = TEXT.replace(key_tables(), key_tables().replace("| `q` |", "| `Q` |"))
    assert stale != TEXT
    assert renewed(stale) == TEXT
    with pytest.raises(ValueError, match="keys: end"):
        renewed(TEXT.replace(END, ""))


def test_the_configuration_is_one_that_jobtui_takes() -> None:
    settings = parse(CONFIGURATION, "README.md")
    assert {name: source.provider for name, source in settings.sources.items()} == {
        "graph": "nebula",
        "evo": "evo",
        "media": "generation",
    }


def test_the_commands_that_are_shown_can_be_configured() -> None:
    shown = next(block for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL) if "[commands." in block)
    assert set(parse(shown, "README.md").commands) == {"logs", "archive"}


def test_the_schema_describes_every_key_of_the_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == exit_codes.DONE
    schema = json.loads(capsys.readouterr().out)
    documented = list(keys(tomllib.loads(CONFIGURATION)))
    assert [".".join(path) for path in documented if not knows(schema, schema, path)] == []
    assert not knows(schema, schema, ("sources", "graph", "no_such_table", "key"))
    assert not knows(schema, schema, ("no_such_key",))


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_the_command_line_has_every_documented_command_with_its_options(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for word in command if word and not word.startswith("--")]
    assert main([*words, "--help"]) == exit_codes.DONE
    told = capsys.readouterr().out
    assert [word for word in command if word.startswith("--") and not re.search(rf"{word}\b", told)] == []


def test_every_verb_of_the_command_line_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    verbs = re.findall(r"^    ([a-z]+)  ", capsys.readouterr().out, re.MULTILINE)
    assert "doctor" in verbs
    assert set(verbs) == {command[0] for command in commands() if command[0]}


def test_the_exit_codes_are_those_of_the_program() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", section("Exit codes"), re.MULTILINE)}
    assert documented == {value for name, value in vars(exit_codes).items() if name.isupper()}


def test_the_filters_can_be_read() -> None:
    written = re.search(r"Filters, here.*?\n\n", TEXT, re.DOTALL)
    assert written is not None
    terms = re.findall(r"`([^`]+)`", written.group())
    assert len(terms) > 3
    for term in terms:
        Filter.parse(term, tomllib.loads(CONFIGURATION)["json_columns"])


def test_the_extras_are_those_of_the_package() -> None:
    documented = set(re.findall(r"^\| `jobtui\[([a-z]+)\]` \|", TEXT, re.MULTILINE))
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert documented == set(project["optional-dependencies"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|srcset|href)="([^"\s]+)"', text)]
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [target for target in local if target and not (CHECKOUT / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_make_has_every_target_that_is_named(document: Path) -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
    assert named - set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) == set()
