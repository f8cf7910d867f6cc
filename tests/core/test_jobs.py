from __future__ import annotations

import pytest

from jobtui.core.errors import (
    JobtuiError,
    ProviderBusy,
    ProviderError,
    RateLimited,
    SettingsError,
    UnknownSource,
    UsageError,
)
from jobtui.core.jobs import MAX_NATIVE_ID, Job, JobId, checked_native_id
from jobtui.core.states import JobState


def test_an_address_is_read_up_to_its_first_colon() -> None:
    job_id = JobId.parse("evo:geostatistics/kriging/a:b")
    assert (job_id.source, job_id.native) == ("evo", "geostatistics/kriging/a:b")
    assert str(job_id) == "evo:geostatistics/kriging/a:b"


@pytest.mark.parametrize("address", ["", "graph", "graph:", ":1", ":"])
def test_an_address_without_source_or_id_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="not a job's address"):
        JobId.parse(address)


@pytest.mark.parametrize(
    "native", ["", "..", ".", "a/../b", "a/./b", "a\nb", "\x1b", "\x9b", "\x7f", "\ud800", "x" * (MAX_NATIVE_ID + 1)]
)
def test_an_id_that_would_change_its_url_is_refused(native: str) -> None:
    with pytest.raises(UsageError):
        checked_native_id(native)


@pytest.mark.parametrize("native", ["1964", "9" * 30, "a b?c#d%e", "日本", "...", "a..b", "x" * MAX_NATIVE_ID])
def test_an_odd_id_that_can_be_escaped_is_kept_exactly(native: str) -> None:
    assert checked_native_id(native) == native
    assert JobId.parse(f"s:{native}").native == native


def test_ids_are_ordered_and_hashed_by_value() -> None:
    assert sorted([JobId("b", "1"), JobId("a", "2"), JobId("a", "10")]) == [
        JobId("a", "10"),
        JobId("a", "2"),
        JobId("b", "1"),
    ]
    assert len({JobId("a", "1"), JobId("a", "1")}) == 1


def test_a_job_without_a_name_is_titled_by_its_id() -> None:
    assert Job(JobId("s", "7"), "p", JobState.QUEUED).title == "7"
    assert Job(JobId("s", "7"), "p", JobState.QUEUED, name="rank").title == "rank"


def test_only_ended_jobs_are_final_and_every_state_has_its_own_glyph() -> None:
    assert {state for state in JobState if state.is_final} == {
        JobState.SUCCEEDED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.LOST,
    }
    assert len({state.glyph for state in JobState}) == len(JobState) == 8
    assert all(len(state.glyph) == 1 for state in JobState)


def test_an_error_carries_what_the_user_can_do() -> None:
    assert SettingsError("no", hint="Set it.").hint == "Set it."
    assert SettingsError("no").hint == ""
    assert UnknownSource("x", ("graph", "evo")).hint == "Configured sources: graph, evo."
    assert UnknownSource("x").hint == "Configured sources: none."


def test_a_busy_service_tells_how_long_to_wait() -> None:
    error = RateLimited("slow down", http_status=429).after(12.0)
    assert error.retry_after_s == 12.0
    assert isinstance(error, ProviderBusy | ProviderError | JobtuiError)
    assert ProviderBusy("later").retry_after_s is None
