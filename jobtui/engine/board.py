"""Everything the engine knows at the moment; belongs to the engine's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from jobtui.core.clock import Clock
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.estimate import History, Step, estimate, stalled_since
from jobtui.engine.hearsay import Hearsay, Verdict
from jobtui.engine.looks import Looks
from jobtui.engine.oddities import Oddities
from jobtui.engine.pictures import Jobs
from jobtui.engine.publisher import Publisher
from jobtui.engine.reconcile import CLOCK_SLACK, LATE, Merged, duration_s, merge, missed, same_facts
from jobtui.engine.snapshot import Change, NextLook, Snapshot, SourceStatus
from jobtui.engine.store.records import Batch, Duration, Loaded, StoredJob
from jobtui.engine.store.rows import job_values
from jobtui.engine.values import Values
from jobtui.engine.watch import Watch
from jobtui.providers.base import Observation

_HISTORY = 50
_LOST_WATCHED_S = 3600.0
"""How long a lost job is looked for: from the moment it was lost, and from a start."""
_LOST_HOPED_FOR = timedelta(days=7)
"""One that nobody has looked for in so long isn't looked for by a start."""
_LISTED_WITHIN_S = 15.0

_FIGURES = {"latency_ms", "last_ok_at", "requests"}
"""Of a source's status, what moves with every request."""
_told = attrgetter(*(name for name in SourceStatus.__struct_fields__ if name not in _FIGURES))


class Board:
    """Jobs, their watches, the sources' statuses; gathers what is to be stored and published."""

    def __init__(self, clock: Clock, sources: Sequence[SourceStatus], values: Values | None = None) -> None:
        self._clock = clock
        self._values = values
        self.publisher = Publisher()
        self.jobs = Jobs()
        self.tracked: set[JobId] = set()
        self.forgotten: set[JobId] = set()
        self.watches: dict[str, dict[JobId, Watch]] = {status.name: {} for status in sources}
        """By source."""
        self.pending = Batch()
        """What the store hasn't got yet."""
        self.has_news = asyncio.Event()
        """Set while a reader should be told."""
        self.on_new_job: Callable[[Job], None] = lambda _job: None
        """Told of each job of a list that was never heard of before."""
        self.next_look: Callable[[], NextLook | None] = lambda: None
        """When the selected job is asked for again."""
        self._selected: JobId | None = None
        self._body: bytes | None = None
        """The last answer about the selected job since it is that, of whatever size."""
        self._histories: dict[tuple[str, str], History] = {}
        self._statuses = {status.name: status for status in sources}
        self._applied: dict[JobId, int] = {}
        self._sequence = 0
        self._answers = 0
        self._automatic = True
        self._complete = False
        self._notice = ""
        self.oddities = Oddities()
        """What sources tell that can't be."""
        self.hearsay = Hearsay()
        """What lists tell against the jobs' own looks."""
        self._dirty = False
        self._looks = Looks()
        self._is_all_new = False
        self._changed: set[JobId] = set()
        self._removed: set[JobId] = set()
        self._ended: dict[JobId, Job] = {}

    @property
    def snapshot(self) -> Snapshot:
        """The latest, at once."""
        self.publish()
        return self.publisher.latest

    def publish(self) -> None:
        """Tell the readers what is new, if anything is."""
        self.has_news.clear()
        if not self._dirty:
            return
        self._sequence += 1
        snapshot = Snapshot(
            self._sequence,
            self._clock.now(),
            self.jobs.picture(),
            tuple(self._statuses.values()),
            self._automatic,
            self._complete,
            self._notice,
            self._looks.oldest(self.jobs),
            self.next_look(),
        )
        self._dirty = False
        changed, removed, ended = self._changed, self._removed, self._ended
        self._changed, self._removed, self._ended = set(), set(), {}
        self.publisher.publish(snapshot, snapshot.jobs.keys() if self._is_all_new else changed, removed, ended.values())
        self._is_all_new = False

    def set_automatic(self, automatic: bool) -> None:
        """Show whether the engine polls by itself."""
        if automatic != self._automatic:
            self._automatic = automatic
            self._touch()

    def note_selection(self, selected: JobId | None) -> None:
        """Which job is selected, which changes figures that wake nobody."""
        if selected != self._selected:
            self._selected, self._body = selected, None
        self._touch(loud=False)

    def body_of(self, job_id: JobId) -> bytes | None:
        """The last answer about a job, as far as it is not in the store alone."""
        body = self._body if job_id == self._selected else None
        return self.pending.bodies.get(job_id) if body is None else body

    def set_notice(self, notice: str) -> None:
        """Show a fault of the engine's own; empty takes it away."""
        if notice != self._notice:
            self._notice = notice
            self._touch()

    def status(self, source: str) -> SourceStatus:
        """What is shown of a source."""
        return self._statuses[source]

    def set_status(self, status: SourceStatus) -> None:
        """Show a source anew; figures that move with every request wake nobody."""
        before = self._statuses[status.name]
        self._statuses[status.name] = status
        self._touch(loud=_told(status) != _told(before))

    def load(self, loaded: Loaded) -> None:
        """Begin with what the store holds."""
        self.forgotten.update(loaded.forgotten)
        self.tracked.update(loaded.tracked)
        oldest = self._clock.now() - _LOST_HOPED_FOR
        self._changed.clear()
        self._is_all_new = True
        for job in loaded.jobs:
            self._take_in(job)
            if job.state is JobState.LOST and job.observed_at is not None and job.observed_at > oldest:
                self._watch(job).lost_at = self._clock.monotonic()
        self._histories = dict(loaded.histories)
        self._complete = True
        self._touch()

    def absorb(self, news: Iterable[StoredJob]) -> None:
        """Take over what another process saw, where it is newer."""
        for stored in news:
            job = stored.job
            if job.id.source not in self.watches:
                continue
            if stored.forgotten:
                self._drop(job.id)
                self.forgotten.add(job.id)
                continue
            known = self.jobs.get(job.id)
            if known is None or _is_newer(job, known, self._clock.now()):
                self._note_end(known, job)
                kept = known.estimate if known is not None else None
                self.forgotten.discard(job.id)
                if stored.tracked:
                    self.tracked.add(job.id)
                self._take_in(replace(job, estimate=kept))
                if job.state is JobState.LOST and (known is None or known.state is not JobState.LOST):
                    self._watch(job).lost_at = self._clock.monotonic()
                watch = self.watches[job.id.source].get(job.id)
                if watch is not None:
                    # The other process' look spares ours.
                    watch.looked = self._clock.monotonic()
                    if known is None and self._statuses[job.id.source].capabilities.lists:
                        # Probably from a list, whose next pass has it here too.
                        watch.delay_s = _LISTED_WITHIN_S
                    watch.due = max(watch.due, watch.looked + watch.delay_s)
            elif stored.tracked:
                self.tracked.add(job.id)

    def get_over_leap(self, leap: timedelta) -> None:
        """After the wall clock jumped: measure paces anew, and tell what isn't stored yet by the clock as it is now.

        Otherwise an end that was seen by a clock that was behind would be older than what others have stored.
        """
        for watches in self.watches.values():
            for watch in watches.values():
                watch.steps.clear()
                watch.cancelling_since = None
        now = self._clock.now()
        for job in list(self.pending.jobs.values()):
            if job.observed_at is not None and abs(now - job.observed_at) > CLOCK_SLACK:
                moved = replace(job, observed_at=job.observed_at + leap)
                self.pending.jobs[job.id] = moved
                if self.jobs.get(job.id) is job:
                    self._put(moved, loud=False)
        self.pending.lines = [
            (job_id, replace(line, at=line.at + leap) if abs(now - line.at) > CLOCK_SLACK else line)
            for job_id, line in self.pending.lines
        ]

    def next_sequence(self) -> int:
        """The number of a question that is about to be asked: an answer to an older one never wins."""
        self._answers += 1
        return self._answers

    def observe(
        self, observation: Observation, sequence: int, *, made_here: bool = False, track: bool = False
    ) -> Job | None:
        """Take an answer in.

        Returns:
            The job as it is known now; `None` for one that the user forgot.
        """
        job_id = observation.job.id
        if track:
            self.forgotten.discard(job_id)
            self.tracked.add(job_id)
            self.pending.absorb(Batch(track={job_id}))
        elif job_id in self.forgotten:
            return None
        known = self.jobs.get(job_id)
        if known is not None and sequence < self._applied.get(job_id, 0):
            return known
        self._applied[job_id] = sequence
        if self._values is not None:
            observation = self._values.put_into(observation)
        now = self._clock.now()
        self.oddities.look_at(observation.job, now)
        if known is not None and not self._is_believed(known, observation):
            return known
        watch = self.watches[job_id.source].get(job_id)
        merged = merge(
            known,
            observation,
            now,
            doubt=watch.doubt if watch else None,
            last_line=watch.last_line if watch else None,
            made_here=made_here,
        )
        is_same = known is not None and same_facts(known, merged.job)
        if not is_same:
            # Tried before it counts: what can't be stored would keep all that came with it from being.
            job_values(merged.job)
        if known is None and observation.raw is None:
            self.on_new_job(merged.job)
        has_more = self._note_body(job_id, observation.raw)
        is_unwatched = watch is None and merged.doubt is None and not has_more
        if is_unwatched and is_same and merged.job.state.is_final:
            # Most of any list: jobs that are over and were seen so before.
            self._put(merged.job, loud=False)
            return merged.job
        return self._settle(known, merged, observation.raw, now, has_more=has_more)

    def _note_body(self, job_id: JobId, raw: bytes | None) -> bool:
        """Keep the selected job's answer; tells whether its log may have grown, which is news for whoever reads it."""
        if raw is None or job_id != self._selected:
            return False
        before, self._body = self._body, raw
        return raw != before and self._statuses[job_id.source].capabilities.logs

    def note_look(self, job_id: JobId, state: JobState) -> None:
        """Remember what a job's own look said, where there is a list that may say something else."""
        if self._statuses[job_id.source].capabilities.lists:
            self.hearsay.looked(job_id, state, self._clock.monotonic())

    def _is_believed(self, known: Job, observation: Observation) -> bool:
        """Whether an answer counts: a list's word that contradicts a job's own looks only has it looked at again."""
        job_id, state = known.id, observation.job.state
        if observation.raw is not None:
            self.note_look(job_id, state)
            return True
        verdict = self.hearsay.listed(job_id, state, self._clock.monotonic())
        if verdict is Verdict.DOUBTED:
            self.watch_once(job_id)
        return verdict is Verdict.BELIEVED

    def add_values(self, job_id: JobId, values: Mapping[str, str]) -> None:
        """Take in what an earlier answer about a job tells; what was found since is newer."""
        job = self.jobs.get(job_id)
        if job is not None:
            job = self.pending.jobs[job_id] = replace(job, handle={**values, **job.handle})
            self._put(job, loud=True)

    def miss(self, job_id: JobId, sequence: int) -> None:
        """The service said that there is no such job."""
        known = self.jobs.get(job_id)
        if known is None or sequence < self._applied.get(job_id, 0):
            return
        self._applied[job_id] = sequence
        now = self._clock.now()
        job = self._settle(known, missed(known, now), None, now)
        if job.state is JobState.LOST:
            self.note_look(job_id, job.state)

    def fail(self, job_id: JobId) -> None:
        """A look came to nothing: what is known may be out of date."""
        job = self.jobs.get(job_id)
        if job is not None and not job.stale and not job.state.is_final:
            self._put(replace(job, stale=True), loud=True)

    def fail_all(self, source: str) -> None:
        """No job of the source can be looked at."""
        for job_id in self.watches[source]:
            self.fail(job_id)

    def add_line(self, job_id: JobId, message: str) -> None:
        """Put something that was done to the job into its timeline."""
        job = self.jobs.get(job_id)
        if job is not None:
            line = Change(self._clock.now(), job.state, job.native_state, job.progress, message)
            self.pending.lines.append((job_id, line))

    def track(self, job_ids: Iterable[JobId], provider: str) -> None:
        """Watch jobs; those that were never heard of begin as unknown."""
        for job_id in job_ids:
            self.forgotten.discard(job_id)
            self.tracked.add(job_id)
            self.pending.absorb(Batch(track={job_id}))
            if job_id not in self.jobs:
                job = Job(job_id, provider, JobState.UNKNOWN, first_seen_at=self._clock.now())
                self._put(job, loud=True)
                self.pending.jobs[job_id] = job
            self._watch(self.jobs[job_id]).due = self._clock.monotonic()

    def forget(self, job_ids: Iterable[JobId]) -> None:
        """Neither watch nor show jobs any more."""
        gone = set(job_ids)
        for job_id in gone:
            self._drop(job_id)
        self.forgotten |= gone
        self.pending.absorb(Batch(forget=gone))

    def take_pending(self) -> Batch:
        """What is to be stored; the caller gives it back with `keep_pending` if that fails."""
        batch, self.pending = self.pending, Batch()
        return batch

    def keep_pending(self, batch: Batch) -> None:
        """Put a batch that couldn't be written before what came since."""
        batch.absorb(self.pending)
        # Lines are the only part that grows with time and not with the number of jobs.
        del batch.lines[:-10_000]
        self.pending = batch

    def watch_once(self, job_id: JobId) -> Watch | None:
        """Have one look taken at a job, for what a list doesn't tell or isn't believed."""
        job = self.jobs.get(job_id)
        if job is None:
            return None
        watch = self._watch(job)
        watch.wants_details = True
        watch.due = min(watch.due, self._clock.monotonic())
        return watch

    def watch_lost(self, source: str) -> list[Watch]:
        """Have one look taken at every lost job of a source; gives the watches, to be released."""
        lost = (job for job in self.jobs.values() if job.state is JobState.LOST and job.id.source == source)
        return [self._watch(job) for job in lost]

    def _settle(
        self, known: Job | None, merged: Merged, raw: bytes | None, now: datetime, *, has_more: bool = False
    ) -> Job:
        job, watch = merged.job, self._watch(merged.job)
        watch.doubt = merged.doubt
        if job.state is not JobState.LOST:
            watch.lost_at = None
        elif known is not None and known.state is not JobState.LOST:
            watch.lost_at = self._clock.monotonic()
        if merged.change is not None:
            watch.last_line = merged.change
            self.pending.lines.append((job.id, merged.change))
        if raw is not None:
            watch.wants_details = False
        if not job.state.is_final:
            moved = self._note_progress(watch, job, now)
            if moved or known is None or known.estimate is None or known.state is not job.state:
                job = self._estimated(job, watch, now)
            if job.state is not JobState.CANCELLING:
                watch.cancelling_since = None
            elif watch.cancelling_since is None:
                watch.cancelling_since = now
            since = stalled_since(
                job,
                watch.steps,
                now,
                history=self._histories.get((job.id.source, job.kind)),
                cancelling_since=watch.cancelling_since,
                look_s=watch.delay_s,
            )
            if since != job.stalled_since:
                job = replace(job, stalled_since=since)
        self._note_end(known, job)
        self._note_duration(known, job)
        loud = known is None or has_more or not same_facts(known, job)
        if loud or not job.state.is_final:
            self.pending.jobs[job.id] = job
        if loud and raw is not None:
            self.pending.bodies[job.id] = raw
        self._put(job, loud=loud)
        self._unwatch_if_over(watch, job)
        return job

    def _estimated(self, job: Job, watch: Watch, now: datetime) -> Job:
        guess = estimate(job, watch.steps, self._histories.get((job.id.source, job.kind), History()), now)
        return job if guess == job.estimate else replace(job, estimate=guess)

    def _note_progress(self, watch: Watch, job: Job, now: datetime) -> bool:
        """Keep the progress for the rate; tells whether it is another than before."""
        if job.progress is None or job.state is not JobState.RUNNING:
            watch.steps.clear()
            return False
        if watch.steps and job.progress < watch.steps[-1].progress:
            watch.steps.clear()
        if watch.steps and job.progress == watch.steps[-1].progress:
            return False
        watch.steps.append(Step(now, job.progress))
        return True

    def _note_end(self, known: Job | None, job: Job) -> None:
        # What is over at the first look did not end while anyone watched.
        if known is not None and known.observed_at and job.state.is_final and not known.state.is_final:
            self._ended[job.id] = job
        elif not job.state.is_final:
            self._ended.pop(job.id, None)

    def _note_duration(self, known: Job | None, job: Job) -> None:
        if job.state is not JobState.SUCCEEDED or (known is not None and known.state.is_final):
            return
        running_s = duration_s(job.started_at, job.finished_at)
        whole_s = duration_s(job.created_at, job.finished_at)
        if job.finished_at is None or (running_s is None and whole_s is None):
            return
        key = (job.id.source, job.kind)
        before = self._histories.get(key, History())
        self._histories[key] = History(
            before.running_s if running_s is None else (*before.running_s, running_s)[-_HISTORY:],
            before.whole_s if whole_s is None else (*before.whole_s, whole_s)[-_HISTORY:],
        )
        self.pending.durations.append(Duration(job.id, job.kind, job.finished_at, running_s, whole_s))

    def _watch(self, job: Job) -> Watch:
        watches = self.watches[job.id.source]
        watch = watches.get(job.id)
        if watch is None:
            now = self._clock.monotonic()
            watch = watches[job.id] = Watch(job.id, first_seen=now, due=now)
        return watch

    def _unwatch_if_over(self, watch: Watch, job: Job) -> None:
        """A job that is over needs no look, unless there is a doubt or it may come back."""
        if not job.state.is_final or watch.doubt is not None or watch.wants_details or watch.in_flight:
            return
        lost_s = None if watch.lost_at is None else self._clock.monotonic() - watch.lost_at
        if job.state is JobState.LOST and lost_s is not None and lost_s < _LOST_WATCHED_S:
            return
        self.watches[job.id.source].pop(job.id, None)

    def release(self, watch: Watch) -> None:
        """A look is over: forget the watch if its job needs no other one."""
        watch.in_flight = False
        job = self.jobs.get(watch.job_id)
        if job is not None:
            self._unwatch_if_over(watch, job)

    def _take_in(self, job: Job) -> None:
        if job.state.is_final:
            watch = self.watches[job.id.source].get(job.id)
            if watch is not None:
                self._unwatch_if_over(watch, job)
        else:
            watch = self._watch(job)
            job = self._estimated(job, watch, self._clock.now())
        self._put(job, loud=True)

    def _put(self, job: Job, *, loud: bool) -> None:
        self.jobs.put(job)
        self._looks.note(job)
        if loud:
            if not self._is_all_new:
                self._changed.add(job.id)
            self._removed.discard(job.id)
        self._touch(loud=loud)

    def _drop(self, job_id: JobId) -> None:
        self.tracked.discard(job_id)
        self.hearsay.forget(job_id)
        self._ended.pop(job_id, None)
        if not self.jobs.drop(job_id):
            return
        self.watches[job_id.source].pop(job_id, None)
        self._changed.discard(job_id)
        self._removed.add(job_id)
        self._touch()

    def _touch(self, *, loud: bool = True) -> None:
        self._dirty = True
        if loud:
            self.has_news.set()


def _is_newer(job: Job, known: Job, now: datetime) -> bool:
    """Whether another program's observation is; one that knows of no end may be from before it."""
    if job.observed_at is None:
        return False
    if known.observed_at is None or known.observed_at > now + CLOCK_SLACK:
        # One from a future that a wrong clock made up never blocks the present.
        return True
    is_over = known.state.is_final and known.state is not JobState.LOST
    return job.observed_at > known.observed_at + (LATE if is_over and not job.state.is_final else timedelta())
