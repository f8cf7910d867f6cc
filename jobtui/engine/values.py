"""What the user's columns show of the services' answers, put into the jobs as the answers come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from jobtui.core.errors import ProtocolError
from jobtui.core.jobs import Job, JsonValue
from jobtui.core.structs import replace
from jobtui.engine.store.database import MAX_BODY_BYTES
from jobtui.providers.answer import parse_json
from jobtui.providers.base import Observation

ReadValues = Callable[[JsonValue], Mapping[str, str]]
"""Gives every configured value of a document by its key in `Job.handle`; empty where it has none."""


class Values:
    """Finds the configured values; there is none of these where no value is configured."""

    def __init__(self, keys: Collection[str], read: ReadValues) -> None:
        """Read nothing yet.

        Args:
            keys: All that `read` gives.
            read: Finds them in a document.
        """
        self._keys = frozenset(keys)
        self._read = read

    def put_into(self, observation: Observation) -> Observation:
        """The observation with what its answer tells; a list, which says less, takes nothing away."""
        if observation.raw is not None:
            found = self.of_body(observation.raw)
        elif observation.entry is not None:
            found = {key: text for key, text in self._read(observation.entry).items() if text}
        else:
            return observation
        job = observation.job
        return replace(observation, job=replace(job, handle={**job.handle, **found}))

    def of_body(self, body: bytes) -> Mapping[str, str]:
        """What an answer about one job tells; a body that is larger than what is kept has none."""
        try:
            document = parse_json(body) if len(body) <= MAX_BODY_BYTES else None
        except ProtocolError:
            document = None
        return self._read(document)

    def are_known(self, job: Job) -> bool:
        """Whether an answer about the job was looked into before, by the present configuration."""
        return self._keys <= job.handle.keys()
