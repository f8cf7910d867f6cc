"""The real engine on a configuration, without the screen; tells what the seconds in the middle cost."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path

from jobtui.settings.load import load
from jobtui.wiring import wiring


async def _run(options: argparse.Namespace) -> None:
    loaded = load(options.config, os.environ, {}, required=True)
    wired = wiring(loaded.settings, config_folder=options.config.parent, environ=os.environ)
    engine = wired.engine(Path(os.environ["JOBTUI_DATA_DIR"]))
    async with engine:
        reader = engine.subscribe()
        await asyncio.sleep(options.skip_s)
        cpu_s, began, asked = time.process_time(), time.monotonic(), _requests(engine.snapshot.sources)
        until = began + options.seconds
        while (left := until - time.monotonic()) > 0:
            # A reader as the app is one.
            try:
                await asyncio.wait_for(reader.wait(), left)
            except TimeoutError:
                break
            reader.take()
            await asyncio.sleep(0.125)
        spent = {
            "cpu_s": time.process_time() - cpu_s,
            "wall_s": time.monotonic() - began,
            "requests": _requests(engine.snapshot.sources) - asked,
        }
    sys.stdout.write(json.dumps(spent))


def _requests(sources: tuple[object, ...]) -> int:
    return sum(getattr(status, "requests", 0) for status in sources)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--skip-s", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    asyncio.run(_run(parser.parse_args()))
