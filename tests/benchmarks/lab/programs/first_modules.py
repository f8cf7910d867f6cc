"""The real command line up to the moment the first screen is painted; then the names of all loaded modules.

Arguments: the file to write them to, then those of jobtui.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jobtui.cli.main import main
from jobtui.engine.thread import EngineThread


def _write_down(_thread: EngineThread) -> None:
    Path(sys.argv[1]).write_text("\n".join(sorted(sys.modules)), encoding="utf-8")
    os._exit(0)


if __name__ == "__main__":
    # The engine is started by what is called once the first screen is painted.
    EngineThread.start = _write_down  # type: ignore[method-assign, assignment]
    main(sys.argv[2:])
