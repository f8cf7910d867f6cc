from __future__ import annotations

from tests.licences import LOCK, locked_licences


def test_every_locked_package_that_is_installed_declares_a_licence() -> None:
    found = {name: licence for name, _, licence in locked_licences(LOCK.read_text())}
    assert {"textual", "httpx", "pydantic"} <= set(found)
    assert [name for name, licence in found.items() if licence == "not declared"] == []


def test_a_package_of_another_system_is_said_to_be_one() -> None:
    text = "no-such-package[extra]==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    assert list(locked_licences(text)) == [("no-such-package", "1.0", "not installed here: for another system")]
