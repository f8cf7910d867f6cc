"""The log: what the program has to say about faults of its own, in one small private file of the data folder."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jobtui.core.text import block

if TYPE_CHECKING:
    # Needed by whoever writes, and that is nobody before the first screen is painted.
    from jobtui.core.redaction import Redactor

LOG_NAME = "jobtui.log"
"""The file in the data folder; one of that name with `.1` behind it holds what came before."""

MAX_BYTES = 256 * 1024
"""Of each of the two files."""

_TELLING = ("jobtui", "asyncio")
"""Whose words are kept: what the libraries of HTTP would log is nobody's business."""


class LogFile(logging.Handler):
    """Opens its file with the first fault, so that a run without one costs nothing and leaves no file."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.WARNING)
        self.path = path
        self.redactors: list[Redactor] = []
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, redacted and harmless; a log that can't be written is no reason to say anything."""
        try:
            if self._file is None:
                self._file = self._opened()
            self._file.emit(record)
        except OSError:
            return

    def _opened(self) -> logging.Handler:
        from jobtui.core.redaction import Redactor

        file = _private_file(self.path)
        # One of its own, which knows no value, masks what looks like a secret by its place.
        self.redactors.append(Redactor())
        file.setFormatter(_Clean(self.redactors))
        return file

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


class _Clean(logging.Formatter):
    """One record as text without secrets, variables and control characters; only its first line begins a line."""

    converter = staticmethod(time.gmtime)

    def __init__(self, redactors: list[Redactor]) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self._redactors = redactors

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        if record.name == "asyncio":
            # What follows is the repr of a task, and with it of all that was passed to it.
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for redactor in self._redactors:
            text = redactor.clean(text)
        return block(text).replace("\n", "\n  ")


def keep_log(folder: Path, redactor: Redactor | None = None) -> LogFile:
    """Have faults written to the folder's log from now on.

    Args:
        folder: The data folder; made once there is something to write.
        redactor: Knows secrets that must not appear in it.
    """
    path = folder / LOG_NAME
    kept = next((each for each in logging.getLogger(_TELLING[0]).handlers if isinstance(each, LogFile)), None)
    if kept is None or kept.path != path:
        for name in _TELLING:
            logger = logging.getLogger(name)
            if kept is not None:
                logger.removeHandler(kept)
        if kept is not None:
            kept.close()
        kept = LogFile(path)
        for name in _TELLING:
            logging.getLogger(name).addHandler(kept)
    if redactor is not None:
        kept.redactors.append(redactor)
    return kept


def _private_file(path: Path) -> logging.Handler:
    # Late: most runs have nothing to write, and the first screen waits for no module that it doesn't need.
    from logging.handlers import RotatingFileHandler

    class PrivateFile(RotatingFileHandler):
        def _open(self):  # type: ignore[no-untyped-def]  # noqa: ANN202  (a stream of a type that only stubs name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self.baseFilename, flags, 0o600)
            os.fchmod(descriptor, 0o600)
            return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's own name)
            """A full disk is told by the store; here it would be written across the screen."""

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return PrivateFile(path, maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8")
