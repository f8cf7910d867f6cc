"""The provider's own way through a whole list, over and over: fetch and decode, and nothing after it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from jobtui.settings.load import load
from jobtui.wiring import wiring


async def _run(config: Path, passes: int) -> None:
    loaded = load(config, os.environ, {}, required=True)
    (source,) = wiring(loaded.settings, config_folder=config.parent, environ=os.environ).sources()
    provider, costs, jobs = source.provider, [], 0
    for _ in range(passes + 1):
        cpu_s, jobs = time.process_time(), 0
        page: int | None = 1
        while page is not None:
            answer = await provider.list_jobs(page)
            jobs += len(answer.observations)
            page = answer.next_page
        costs.append(time.process_time() - cpu_s)
    await provider.aclose()
    # The first pass also loads modules and opens connections.
    sys.stdout.write(json.dumps({"cpu_s": sum(costs[1:]) / passes, "jobs": jobs}))


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2])))
