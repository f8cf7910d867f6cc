"""What a job was started with is found wherever it is known: in what was read, in the store, or at the service."""

from __future__ import annotations

import pytest

from jobtui.app.inputs import Submission, known_submission
from jobtui.core.errors import StoreError, Unreachable
from jobtui.engine.port import SubmitRecord
from tests.app.scripted_engine import ScriptedEngine, job

JOB = job("evo:a/b/1")
RECORD = SubmitRecord("a/b", {"n": 1}, JOB.id, "made")


async def test_records_that_were_read_already_spare_the_store() -> None:
    engine = ScriptedEngine()
    assert await known_submission(engine, JOB, [RECORD]) == Submission("a/b", {"n": 1})
    assert engine.calls == []


async def test_a_submission_beyond_the_latest_is_found_by_its_job() -> None:
    engine = ScriptedEngine(sent_before=(RECORD,))
    assert await known_submission(engine, JOB, []) == Submission("a/b", {"n": 1})
    assert engine.asked("raw_body") == []


async def test_the_service_is_asked_for_what_was_not_sent_from_here() -> None:
    engine = ScriptedEngine(raw=b'{"input": {"n": 2}}')
    assert await known_submission(engine, JOB) == Submission("", {"n": 2})


@pytest.mark.parametrize(
    ("call", "error"), [("submission_of", StoreError("no disk")), ("raw_body", Unreachable("no route"))]
)
async def test_what_nobody_can_tell_is_not_known_and_why(call: str, error: StoreError | Unreachable) -> None:
    engine = ScriptedEngine(failing={call: error})
    assert await known_submission(engine, JOB) == Submission("", None, str(error))
