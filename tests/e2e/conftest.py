from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import environment
from tests.e2e.tmux import Tmux


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A tmux server of the test's own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux isn't installed")
    server = Tmux(f"jobtui-test-{uuid.uuid4().hex[:12]}", tmp_path, environment())
    try:
        yield server
    finally:
        subprocess.run([*server.command, "kill-server"], capture_output=True, check=False)
