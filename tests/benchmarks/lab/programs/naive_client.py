"""What a first draft of a poller would be: httpx with one pool of 20 connections, and json."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import httpx

_WORKERS = 20


async def _run(url: str, seconds: float) -> None:
    requests = 0
    limits = httpx.Limits(max_connections=_WORKERS, max_keepalive_connections=_WORKERS)
    async with httpx.AsyncClient(limits=limits) as client:

        async def work() -> None:
            nonlocal requests
            while True:
                json.loads((await client.get(url)).content)
                requests += 1

        workers = [asyncio.create_task(work()) for _ in range(_WORKERS)]
        await asyncio.sleep(1.0)
        cpu_s, before, began = time.process_time(), requests, time.monotonic()
        await asyncio.sleep(seconds)
        spent = {
            "cpu_s": time.process_time() - cpu_s,
            "wall_s": time.monotonic() - began,
            "requests": requests - before,
        }
        for worker in workers:
            worker.cancel()
        await asyncio.wait(workers)
    sys.stdout.write(json.dumps(spent))


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], float(sys.argv[2])))
