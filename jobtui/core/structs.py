"""How immutable data is replaced by other data: `replace` gives a copy in which some fields are other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The same to call, and of this one mypy knows which fields there are, and what each may hold.
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["replace"]
