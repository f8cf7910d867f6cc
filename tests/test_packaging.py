from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Locked version by package and environment marker."""
    return {(name, marker): version for name, version, marker in PIN.findall((CHECKOUT / lock).read_text())}


def required(requirements: list[str]) -> set[str]:
    """Names of packages, as a lock spells them."""
    return {re.split(r"[\[<>=!~ ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_names_no_registry_and_hashes_every_package(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    assert "://" not in text
    assert "index-url" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in block for block in blocks)


def test_lock_has_every_dependency_of_the_project() -> None:
    locked = {name for name, _ in pins("requirements.lock")}
    groups = PROJECT["dependency-groups"]
    assert required(PROJECT["project"]["dependencies"] + groups["build"]) <= locked
    assert required(groups["dev"]) <= {name for name, _ in pins("requirements-dev.lock")}


def test_tests_run_on_the_versions_that_users_get() -> None:
    developed = pins("requirements-dev.lock")
    assert {package: developed.get(package) for package in pins("requirements.lock")} == pins("requirements.lock")


def test_wheel_carries_style_sheets_and_demo_files(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("jobtui-*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    sheets = {f"jobtui/{path.relative_to(CHECKOUT)}" for path in (CHECKOUT / "tcss").rglob("*.tcss")}
    media = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "jobtui/demo/files").iterdir() if path.is_file()}
    assert sheets
    assert media
    assert sheets | media | {"jobtui/py.typed", "jobtui/cli/main.py"} <= carried
