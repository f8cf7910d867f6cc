"""The first rows of a Parquet file, as a table; needs pyarrow, which is the extra `parquet`."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

from jobtui.core.errors import ProtocolError
from jobtui.core.results import Rows

SHOWN_ROWS = 200
"""Of a file so many are read."""

HOW_TO_SEE = "pip install 'jobtui[parquet]' shows its rows"
"""What is said of one where the extra isn't installed."""

_LIBRARY = "pyarrow.parquet"
_MOST_COLUMNS = 1_000
_READ_AHEAD_BYTES = 1 << 16
_ROWS_AT_ONCE = 20
_ENOUGH_BYTES = 64_000_000
"""With so much in memory no more rows are read: whole pictures may stand in them."""
_MOST_CHARACTERS = 20_000
"""Of a value's text."""
_SHOWN_BYTES = 500
"""Of a value that is bytes."""
# What it comes to where a file isn't what it says; a broken library can't be imported.
_FAULTS: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    LookupError,
    OSError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    ImportError,
)


class Head(Struct, frozen=True):
    """The beginning of a file's table."""

    rows: Rows
    """Titles with their types, and the first rows."""
    count: int
    """How many rows the file has."""


def can_be_read() -> bool:
    """Whether the extra is installed."""
    return find_spec("pyarrow") is not None


def load() -> None:
    """Load the library beforehand, which takes a moment; without the extra there is nothing to load."""
    with suppress(*_FAULTS):
        import_module(_LIBRARY)


def head_of(source: Path | bytes) -> Head:
    """The first rows of a file, or of all of its bytes; takes a moment, for the library as well.

    Raises:
        ProtocolError: It can't be read as what it says it is.
    """
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    faults = _FAULTS
    try:
        # By name: what an extra brings need not be there, for type checkers neither.
        library: Any = import_module(_LIBRARY)
        faults = (*_FAULTS, import_module("pyarrow").ArrowException)
        # A piece at a time: a file may be larger than the memory.
        with library.ParquetFile(opened, buffer_size=_READ_AHEAD_BYTES, pre_buffer=False) as file:
            return _head(file)
    except faults as error:
        raise ProtocolError(f"it can't be read as Parquet: {error}") from None


def _head(file: Any) -> Head:  # noqa: ANN401 - an extra's
    columns = list(file.schema_arrow)
    names = None
    if len(columns) > _MOST_COLUMNS:
        columns = columns[:_MOST_COLUMNS]
        names = [column.name for column in columns]
    rows: list[tuple[str, ...]] = []
    read_bytes = 0
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=names, use_threads=False):
        rows += zip(*map(_texts, batch.columns), strict=True)
        read_bytes += batch.nbytes
        if len(rows) >= SHOWN_ROWS or read_bytes >= _ENOUGH_BYTES:
            break
    titles = tuple(f"{column.name} {column.type}" for column in columns)
    return Head(Rows(titles, tuple(rows[:SHOWN_ROWS]), SHOWN_ROWS, more=False), file.metadata.num_rows)


def _texts(column: Any) -> list[str]:  # noqa: ANN401 - an extra's
    try:
        values = column.to_pylist()
    except (ValueError, ArithmeticError):
        # Moments that Python has no place for: of nanoseconds, or far away.
        values = column.cast("string").to_pylist()
    return [_text(value) for value in values]


def _text(value: object) -> str:
    """A value as it is shown, or its beginning; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        more = f" … ({len(value):,} bytes)" if len(value) > _SHOWN_BYTES else ""
        return f"{value[:_SHOWN_BYTES].hex(' ')}{more}"
    text = json.dumps(value, ensure_ascii=False, default=_text) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
