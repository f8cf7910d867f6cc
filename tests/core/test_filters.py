from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.errors import UsageError
from jobtui.core.filters import FIELDS, Filter, FilterError, complete
from jobtui.core.jobs import Job, JobError, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

KRIGING = Job(
    JobId("evo", "geostatistics/kriging/9b2f6c1e"),
    "evo",
    JobState.RUNNING,
    name="kriging 9b2f6c1e",
    kind="geostatistics/kriging",
    progress=0.62,
    message="Estimating blocks",
    created_at=NOW - timedelta(minutes=3),
)
FRAUD = Job(
    JobId("graph", "30711"),
    "nebula",
    JobState.FAILED,
    name="Fraud_Rank 30711",
    kind="fraud_rank",
    message="Singular matrix",
    native_state="FAIL",
    error=JobError("geo.singular", "Singular kriging matrix", "Two samples share\none location"),
    created_at=NOW - timedelta(hours=2, minutes=30),
    started_at=NOW - timedelta(hours=2),
    finished_at=NOW - timedelta(hours=1),
    observed_at=NOW - timedelta(minutes=10),
)
BARE = Job(JobId("media", "3140528"), "generation", JobState.QUEUED)
JOBS = {"kriging": KRIGING, "fraud": FRAUD, "bare": BARE}


def matching(text: str) -> str:
    parsed = Filter.parse(text)
    names = " ".join(name for name, job in JOBS.items() if parsed.matches(job, NOW))
    assert parsed.among(JOBS.values(), NOW) == [JOBS[name] for name in names.split()]
    return names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "kriging fraud bare"),
        ("   ", "kriging fraud bare"),
        ("fraud", "fraud"),
        ("FRAUD", "fraud"),
        ("blocks", "kriging"),
        ("evo", "kriging"),
        ('"evo:geo"', "kriging"),
        ("3", "fraud bare"),
        ("matrix fraud", "fraud"),
        ("matrix kriging", ""),
        ('"singular matrix"', "fraud"),
        ('"30711 graph"', ""),
        ('sing"ular matr"ix', "fraud"),
        ("state:failed", "fraud"),
        ("State:FAILED", "fraud"),
        ("state:failed,queued", "fraud bare"),
        ("-state:failed", "kriging bare"),
        ("source:graph", "fraud"),
        ("source:gra", ""),
        ("provider:generation", "bare"),
        ("kind:krig", "kriging"),
        ('kind:"fraud_rank"', "fraud"),
        ("id:9B2F", "kriging"),
        ("-fraud -kriging", "bare"),
        ('-"singular matrix"', "kriging bare"),
        ("age<2h", "kriging"),
        ("age<=3m", "kriging"),
        ("age<3m", ""),
        ("age>180s", "fraud"),
        ("age>=180s", "kriging fraud"),
        ("age=2h", "fraud"),
        ("age=1h", ""),
        ("age<1d", "kriging fraud"),
        ("age<0.5h", "kriging"),
        ("-age<2h", "fraud bare"),
        ("progress>0.5", "kriging"),
        ("progress>62%", ""),
        ("progress>=62%", "kriging"),
        ("progress=62%", "kriging"),
        ("progress<.7", "kriging"),
        ("-progress>0.5", "fraud bare"),
        ("kriging state:running source:evo age<1h progress>10%", "kriging"),
        ("12:30", ""),
        ("name:krig", "kriging"),
        ("name:evo", ""),
        ("message:MATRIX", "fraud"),
        ("error:kriging", "fraud"),
        ("error:geo.sing", "fraud"),
        ('error:"share"', "fraud"),
        ("-error:matrix", "kriging bare"),
        ("native:fail", "fraud"),
        ("duration>59m", "fraud"),
        ("duration=1h", "fraud"),
        ("duration<1h", ""),
        ("seen>5m", "fraud"),
        ("seen<5m", ""),
        ("~^kriging", "kriging"),
        ("~^30711", ""),
        (r"~graph:\d+$", "fraud"),
        ("~blocks$", "kriging"),
        ("-~rank|krig", "bare"),
        ("name~^FRAUD", "fraud"),
        (r"id~^\d+$", "fraud bare"),
        ("kind~kriging$", "kriging"),
        ("error~^one", "fraud"),
        ('message~"singular m[ae]trix"', "fraud"),
        ("native~^fail$ state:failed", "fraud"),
        ("media~1", ""),
        ('"~3"', ""),
    ],
)
def test_a_filter_keeps_the_jobs_for_which_every_term_holds(text: str, names: str) -> None:
    assert matching(text) == names


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("stat:failed", 0, "no field 'stat'"),
        ("rank graph:1964", 5, "no field 'graph'"),
        ("state:faild", 0, "no state 'faild'"),
        ("state:failed,x", 0, "no state 'x'"),
        ("a -state>failed", 2, "can't be compared with '>'"),
        ("age:2h", 0, "can't be compared with ':'"),
        ("age<2", 0, "'2' is not an age"),
        ("age<2w", 0, "'2w' is not an age"),
        ("age<-2h", 0, "'-2h' is not an age"),
        ("progress>fast", 0, "'fast' is not a progress"),
        ("progress>50", 0, "'50' is not a progress"),
        ("progress>101%", 0, "'101%' is not a progress"),
        ("state:", 0, "'state:' lacks a value"),
        ("rank -", 5, "'-' lacks a value"),
        ('""', 0, "lacks a value"),
        ('rank "open', 5, "not closed"),
        ("rank name~(a", 5, "'(a' is no regular expression that is taken here"),
        ("~(a+)+", 0, "repeats what itself repeats"),
        ("~", 0, "lacks a value"),
        ("state~fail", 0, "can't be compared with '~'"),
        ("duration<fast", 0, "'fast' is not a duration"),
        ("seen:1h", 0, "can't be compared with ':'"),
    ],
)
def test_a_wrong_term_is_named_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        Filter.parse(text)
    assert words in str(caught.value)
    assert caught.value.position == position
    assert isinstance(caught.value, UsageError)


def test_a_near_miss_is_suggested_and_an_address_can_be_quoted() -> None:
    with pytest.raises(FilterError) as caught:
        Filter.parse("stat:failed")
    assert "Did you mean 'state'?" in caught.value.hint
    with pytest.raises(FilterError) as caught:
        Filter.parse("state:faild")
    assert "Did you mean 'failed'?" in caught.value.hint
    with pytest.raises(FilterError) as caught:
        Filter.parse("-graph:30711")
    assert '"graph:30711"' in caught.value.hint
    assert matching('"graph:30711"') == "fraud"


def test_the_text_is_kept_as_typed() -> None:
    assert Filter.parse(" state:failed  x ").text == " state:failed  x "


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_a_named_error(text: str) -> None:
    try:
        parsed = Filter.parse(text)
    except FilterError as error:
        position = error.position
    else:
        position = 0
        assert {parsed.matches(job, NOW) for job in JOBS.values()} <= {True, False}
    assert 0 <= position <= len(text)


@given(st.text(min_size=1, max_size=20))
def test_a_quoted_word_finds_the_job_that_is_named_so(name: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    job = Job(JobId("s", "1"), "p", JobState.QUEUED, name=name)
    assert Filter.parse(quoted).matches(job, NOW)
    assert not Filter.parse("-" + quoted).matches(job, NOW)


@pytest.mark.parametrize("field", FIELDS)
def test_every_example_that_help_shows_is_understood_and_names_its_field(field: str) -> None:
    example = FIELDS[field].example
    assert example.startswith(field)
    assert Filter.parse(example).matches(KRIGING, NOW) in {True, False}


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("st", ("state:",)),
        ("n", ("name:", "native:")),
        ("dur", ("duration<",)),
        ("~st", ()),
        ("name~st", ()),
        ("-st", ("-state:",)),
        ("p", ("provider:", "progress<")),
        ("rank ag", ("age<",)),
        ("state:f", ("state:failed",)),
        ("source:EVO", ('source:"my evo"',)),
        ("source:rap", ("source:graph",)),
        ("-state:ca", ("-state:cancelling", "-state:cancelled")),
        ("state:failed,qu", ("state:failed,queued",)),
        ("source:g", ("source:graph",)),
        ("source:", ("source:graph", 'source:"my evo"')),
        ("kind:x", ()),
        ("zzz", ()),
        ("", ()),
        ('"st', ()),
    ],
)
def test_the_term_before_the_cursor_is_completed(text: str, candidates: tuple[str, ...]) -> None:
    assert complete(text, len(text), {"source": ["graph", "my evo"]}) == candidates


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ("cost>5", "12.5", True),
        ("cost>5", "5", False),
        ("cost<=5", "5", True),
        ("cost=5", "5.0", True),
        ("cost<-1e2", "-200", True),
        ("cost>5", "", False),
        ("cost>5", "nan", False),
        ("cost>5", "twelve", False),
        ("-cost>5", "", True),
        ("Cost:foo", "a FOOL", True),
        ("cost:foo", "", False),
        ("cost=gold", "Gold", True),
        ("cost=gold", "golden", False),
        ("cost~^g.*d$", "gold", True),
        ("cost~^g.*d$ state:failed", "gold", False),
    ],
)
def test_a_configured_column_is_compared_as_the_number_or_text_it_holds(text: str, value: str, matches: bool) -> None:
    job = replace(KRIGING, handle={"json:usage.credits": value} if value else {})
    assert Filter.parse(text, {"cost": "usage.credits"}).matches(job, NOW) is matches


def test_a_configured_column_is_named_completed_and_held_against_what_it_is_compared_with() -> None:
    assert complete("co", 2, None, ["cost"]) == ("cost:",)
    with pytest.raises(FilterError, match="there is no field 'cots'") as wrong:
        Filter.parse("cots>5", {"cost": "a"})
    assert "mean 'cost'" in wrong.value.hint
    with pytest.raises(FilterError, match="'much' is not a number"):
        Filter.parse("cost>much", {"cost": "a"})


def test_what_stands_after_the_cursor_plays_no_part() -> None:
    assert complete("st source:evo", 2) == ("state:",)
