"""NebulaGraph Explorer's workflow API, `api-open/v1`."""

from jobtui.providers.nebula.provider import NebulaProvider
from jobtui.providers.nebula.session import NebulaLogin

__all__ = ["NebulaLogin", "NebulaProvider"]
