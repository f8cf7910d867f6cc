"""The demo services with several hundred jobs of which many live, and more to come."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from jobtui.core.clock import SystemClock
from jobtui.demo.evo import TOKEN as EVO_TOKEN
from jobtui.demo.evo_tasks import ORG_ID
from jobtui.demo.generation.service import TOKEN as MEDIA_TOKEN
from jobtui.demo.nebula import PASSWORD, USER
from jobtui.demo.services import DemoServices, DemoThread
from tests.e2e.terminal import environment, run

_IMPORT = {"parameters": {"file": "https://x.example/a.obj"}}
_VIDEO = {"model": "MiniMax-Hailuo-02", "prompt": "a"}
_ARRIVES_EACH_S = 2.0


class Crowd:
    """Demo services that others use too."""

    def __init__(self, folder: Path, *, jobs: int, living: int, speed: float = 1.0) -> None:
        """Prepare them.

        Args:
            folder: For the configuration and the program's data.
            jobs: How many jobs the graph has at the start.
            living: How many jobs of Evo and of the media service each are under way at the start.
            speed: How many times faster than 10 seconds to 3 minutes a job lives.
        """
        self._services = DemoServices(clock=SystemClock(), speed=speed, jobs=jobs)
        self._thread = DemoThread(self._services)
        self._living = living
        self._config = folder / "config.toml"
        self._ends = threading.Event()
        self._arrivals = threading.Thread(target=self._arrive)
        self.environment = environment(
            JOBTUI_CONFIG=str(self._config), JOBTUI_DATA_DIR=str(folder / "data"), COLORTERM="truecolor"
        )

    @contextmanager
    def served(self) -> Iterator[None]:
        """Everything is tracked once this is entered, and a graph job more comes every other second until it ends."""
        self._thread.start()
        try:
            self._config.write_text(self._services.config_toml(), encoding="utf-8")
            self._config.chmod(0o600)
            ids: dict[str, list[str]] = {"evo": [], "media": []}
            for source, native in self._services.known_jobs:
                ids[source].append(native)
            for _ in range(self._living):
                ids["evo"].append(self._submit_evo())
                ids["media"].append(self._submit_media())
            for source, natives in ids.items():
                done = run("track", source, *natives, variables=self.environment)
                assert done.returncode == 0, done.stderr
            self._arrivals.start()
            try:
                yield
            finally:
                self._ends.set()
                self._arrivals.join()
        finally:
            self._thread.stop()

    def _submit_evo(self) -> str:
        url = f"{self._services.base_urls['evo']}/compute/orgs/{ORG_ID}/converter/obj-import"
        _, headers = _post(url, _IMPORT, {"Authorization": f"Bearer {EVO_TOKEN}"})
        return "/".join(headers["location"].removesuffix("/status").split("/")[-3:])

    def _submit_media(self) -> str:
        url = f"{self._services.base_urls['media']}/task/minimax/v1/video_generation"
        body, _ = _post(url, _VIDEO, {"Authorization": f"Bearer {MEDIA_TOKEN}"})
        return str(json.loads(body)["task_id"])

    def _arrive(self) -> None:
        url = f"{self._services.base_urls['graph']}/api-open/v1"
        packed = base64.b64encode(json.dumps([USER, PASSWORD]).encode()).decode()
        _, headers = _post(f"{url}/connect", {"address": "x", "port": 9669}, {"Authorization": f"Bearer {packed}"})
        cookie = headers["set-cookie"].partition(";")[0]
        while not self._ends.wait(_ARRIVES_EACH_S):
            _post(f"{url}/workflows/4216617528/jobs", {"input": {}}, {"Cookie": cookie})


def _post(url: str, body: object, headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers of the answer; a redirect is not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("POST", parts.path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 400, content
        return content, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
