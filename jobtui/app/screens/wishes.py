"""What a user can ask of jobs: each wish is a key's action, a question where it can't be undone, and a worker.

Effects are not shown here: they come back from the engine as an ordinary snapshot.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import work

from jobtui.app.actions import named
from jobtui.app.clipboard import CopiesText
from jobtui.app.columns import known_columns
from jobtui.app.display import count_words
from jobtui.app.options import AppOptions
from jobtui.app.panes.job_list import JobList
from jobtui.app.places import PaintedScreen
from jobtui.core.errors import JobtuiError, ProviderError, ProviderRefused, RateLimited, SignInRefused, Unreachable
from jobtui.core.jobs import Job, JobId
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.engine.snapshot import Health, Snapshot, SourceStatus

if TYPE_CHECKING:
    from jobtui.engine.port import EnginePort

NO_JOB = "No job is selected."
"""What a key says that has nothing to act on."""
_BEING_ASKED = "Its service is being asked to cancel it already, and has not answered yet."
_PATIENCE_S = 1.0
"""After which it is said that an answer is waited for."""
_MOST_REFUSALS = 3
"""So many are told one by one: a source that is down refuses them all."""


class WishScreen(PaintedScreen[None]):
    """The half of the main screen that asks the engine."""

    def __init__(self, engine: EnginePort, options: AppOptions) -> None:
        super().__init__(id="main")
        self.engine = engine
        self.options = options
        self.snapshot: Snapshot = engine.snapshot
        self.jobs = JobList(options.clock, known_columns(options.json_columns))
        self._is_automatic = True
        self._being_cancelled: set[JobId] = set()
        """Those whose service was asked, and has not answered yet."""

    # What is meant

    def status_of(self, source: str) -> SourceStatus:
        """The source's status; an empty one where it is no longer configured."""
        for status in self.snapshot.sources:
            if status.name == source:
                return status
        return SourceStatus(source, "", detail="not configured")

    def wanted_jobs(self) -> list[Job]:
        """The marked jobs, else the one under the cursor."""
        return [job for job_id in self.jobs.targets if (job := self.snapshot.jobs.get(job_id)) is not None]

    def tell(self, words: str, *, bad: bool = False) -> None:
        """Say something on the screen for a few seconds."""
        self.notify(one_line(words, 600), severity="error" if bad else "information", markup=False)

    def tell_error(self, error: JobtuiError, about: str = "") -> None:
        """Say what went wrong and what can be done."""
        prefix = f"{about}: " if about else ""
        self.tell(f"{prefix}{error.in_full}", bad=True)

    def _split_hidden(self, jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
        hidden = frozenset(self.jobs.hidden_marked)
        return [job for job in jobs if job.id not in hidden], [job for job in jobs if job.id in hidden]

    # Cancel and stop watching

    def action_cancel(self) -> None:
        """Ask, then cancel the marked jobs or the current one."""
        jobs = self.wanted_jobs()
        live = [job for job in jobs if not job.state.is_final and job.id not in self._being_cancelled]
        if not live:
            asked = any(job.id in self._being_cancelled for job in jobs)
            self.tell(_BEING_ASKED if asked else "Nothing to cancel: over already." if jobs else NO_JOB)
            return
        unable = [job for job in live if not self.status_of(job.id.source).capabilities.cancels]
        read_only = [job for job in live if job not in unable and self.status_of(job.id.source).read_only]
        able = [job for job in live if job not in unable and job not in read_only]
        if able:
            self._confirm_cancel(able, skipped=[job for job in jobs if job not in able])
        elif unable:
            self._offer_to_forget(unable)
        else:
            source = read_only[0].id.source
            self.tell(f"{source} is read-only in the configuration: nothing is cancelled there.", bad=True)

    def _confirm_cancel(self, jobs: list[Job], *, skipped: list[Job]) -> None:
        left = [f"{one_line(str(job.id), 200)}: {self._why_not_cancelled(job)}" for job in skipped]
        one = len(jobs) == 1
        question = f"Cancel this job at {jobs[0].id.source}?" if one else f"Cancel {len(jobs)} jobs?"
        yes = "Cancel it" if one else "Cancel them"
        self.ask_about(question, self._cancel, jobs, verb="Cancel", left=left, yes=yes)

    def _why_not_cancelled(self, job: Job) -> str:
        status = self.status_of(job.id.source)
        if job.state.is_final:
            return f"{job.state.value} already"
        if job.id in self._being_cancelled:
            return "being asked already"
        return "its source is read-only" if status.capabilities.cancels else "its service has no way to cancel"

    def ask(
        self,
        question: str,
        act: Callable[[], object],
        jobs: Sequence[Job] = (),
        *,
        hidden: Sequence[Job] = (),
        left: Sequence[str] = (),
        note: str = "",
        yes: str,
    ) -> None:
        """Ask as `ConfirmScreen` does, and act on a Yes."""
        from jobtui.app.screens.confirm import ConfirmScreen

        def take(answer: bool | None) -> None:
            if answer:
                act()

        self.app.push_screen(ConfirmScreen(question, jobs, hidden=hidden, left=left, note=note, yes=yes), take)

    def ask_about(
        self,
        question: str,
        act: Callable[[Sequence[Job]], object],
        jobs: Sequence[Job],
        *,
        verb: str,
        left: Sequence[str] = (),
        note: str = "",
        yes: str,
    ) -> None:
        """Ask about jobs, and a second time where some of them can't be seen; act on those that are meant."""
        shown, hidden = self._split_hidden(jobs)

        def take(meant: Sequence[Job] | None) -> None:
            if meant:
                act(meant)

        def go_on() -> None:
            from jobtui.app.screens.unseen import UnseenScreen

            if hidden:
                self.app.push_screen(UnseenScreen(verb, shown, hidden), take)
            else:
                act(jobs)

        self.ask(question, go_on, shown, hidden=hidden, left=left, note=note, yes=yes)

    @work(group="cancel")
    async def _cancel(self, jobs: Sequence[Job]) -> None:
        # While the question stood there, some may have ended.
        live = [job.id for job in jobs if not self._is_over(job.id)]
        if not live:
            self.tell("Nothing to cancel: over meanwhile.")
            return
        self._being_cancelled.update(live)
        # Hidden by the filter, and not meant by the answer: nothing is done to them.
        spared = frozenset(self.jobs.hidden_marked).difference(job.id for job in jobs)
        patience = asyncio.create_task(self._tell_of_waiting(len(live)))
        try:
            replies = await asyncio.gather(*(self._cancel_one(job_id) for job_id in live))
        finally:
            patience.cancel()
            self._being_cancelled.difference_update(live)
        accepted = replies.count("")
        refusals = [words for words in replies if words]
        for words in refusals[:_MOST_REFUSALS]:
            self.tell(words, bad=True)
        if len(refusals) > _MOST_REFUSALS:
            self.tell(f"Nor were {count_words(len(refusals) - _MOST_REFUSALS, 'other job')} cancelled.", bad=True)
        if accepted:
            self.tell(f"Asked to cancel {count_words(accepted, 'job')}.")
            self.jobs.clear_marks(but=spared)

    async def _tell_of_waiting(self, count: int) -> None:
        await self.options.clock.sleep(_PATIENCE_S)
        self.tell(f"Asking for {count_words(count, 'job')} to be cancelled: no answer yet.")

    def _is_over(self, job_id: JobId) -> bool:
        job = self.snapshot.jobs.get(job_id)
        return job is not None and job.state.is_final

    async def _cancel_one(self, job_id: JobId) -> str:
        """Ask for one job to end; why it doesn't, or nothing."""
        try:
            reply = await self.engine.cancel(job_id)
        except JobtuiError as error:
            if _leaves_open(error):
                return f"Whether {job_id} is cancelled is not known, its state will tell: {error.in_full}"
            return f"{job_id} was not cancelled: {error.in_full}"
        return "" if reply.accepted else f"{job_id} was not cancelled: {reply.reason or 'the service declined'}."

    def _offer_to_forget(self, jobs: list[Job]) -> None:
        why = self.status_of(jobs[0].id.source).capabilities.why_no_cancel or "This service has no way to cancel a job."
        self.ask_about(
            "It can't be cancelled. Stop watching instead?",
            self._forget,
            jobs,
            verb="Stop watching",
            note=f"{one_line(why, 300)} The job goes on, and may still cost.",
            yes="Stop watching",
        )

    def action_forget(self) -> None:
        """Ask, then stop watching the marked jobs or the current one."""
        jobs = self.wanted_jobs()
        if not jobs:
            self.tell(NO_JOB)
            return
        listed = any(self.status_of(job.id.source).capabilities.lists for job in jobs)
        note = "The jobs themselves go on."
        if listed:
            note += " Where the service lists its jobs, they stay away until they are tracked again."
        question = f"Stop watching {count_words(len(jobs), 'job')}?"
        self.ask_about(question, self._forget, jobs, verb="Stop watching", note=note, yes="Stop watching")

    @work(group="forget")
    async def _forget(self, jobs: Sequence[Job]) -> None:
        try:
            await self.engine.forget([job.id for job in jobs])
        except JobtuiError as error:
            self.tell_error(error)
            return
        self.tell(f"No longer watching {count_words(len(jobs), 'job')}.")

    # Refresh and sign in

    def action_refresh(self) -> None:
        """Ask the current job's source now; all where none is selected."""
        self._refresh(self.jobs.current.source if self.jobs.current else None)

    def action_refresh_all(self) -> None:
        """Ask all sources now."""
        self._refresh(None)

    @work(group="refresh", exclusive=True)
    async def _refresh(self, source: str | None) -> None:
        try:
            await self.engine.refresh(source)
        except JobtuiError as error:
            self.tell_error(error, source or "")
            return
        asked = [status for status in self.engine.snapshot.sources if source in (None, status.name)]
        silent = ", ".join(status.name for status in asked if status.health not in (Health.OK, Health.STARTING))
        words = f"Asked {source or 'all sources'} just now"
        more = f"; no good answer from {silent}: {named('sources', self.options.keys)} tells more" if silent else ""
        self.tell(f"{words}{more}.", bad=bool(silent))

    def action_automatic(self) -> None:
        """Poll by itself, or only by hand."""
        # Not after the snapshot, which comes later than a second press.
        self._is_automatic = not self._is_automatic
        self.engine.set_automatic(self._is_automatic)
        keys = self.options.keys
        by_hand = (
            f"Refreshing only by hand: {named('refresh', keys)} asks one source, {named('refresh-all', keys)} all."
        )
        self.tell("Refreshing by itself." if self._is_automatic else by_hand)

    def action_sign_in(self) -> None:
        """Sign in again wherever that was refused, else at the current job's source."""
        current = self.jobs.current
        sources = [status.name for status in self.snapshot.sources if status.health is Health.SIGNED_OUT]
        wanted = sources or ([current.source] if current is not None else [])
        if wanted:
            self._sign_in(wanted)
        else:
            self.tell("No source is signed out, and no job is selected.")

    @work(group="sign-in", exclusive=True)
    async def _sign_in(self, sources: Sequence[str]) -> None:
        await asyncio.gather(*(self._sign_in_at(source) for source in sources))

    async def _sign_in_at(self, source: str) -> None:
        try:
            check = await self.engine.sign_in(source)
        except SignInRefused as error:
            self.tell(f"{source}: {error.in_full} {named('sign-in', self.options.keys)} signs in again.", bad=True)
            return
        except JobtuiError as error:
            self.tell_error(error, source)
            return
        self.tell(f"{source}: signed in. {check.detail}".strip())

    # Compare

    def action_compare(self) -> None:
        """Show the two marked jobs side by side."""
        jobs = self.wanted_jobs()
        if len(self.jobs.marked) != 2 or len(jobs) != 2:
            self.tell(f"Mark two jobs to compare them; {len(self.jobs.marked) or 'none'} marked now.")
            return
        from jobtui.app.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(self.engine, jobs[0], jobs[1], self.options.clock))

    # Copy, link, payload

    def action_copy(self) -> None:
        """Send the addresses of the marked jobs, or of the current one, to the clipboard."""
        addresses = [str(job_id) for job_id in self.jobs.targets]
        if not addresses:
            self.tell(NO_JOB)
            return
        shown = addresses[0] if len(addresses) == 1 else f"{len(addresses)} addresses"
        self._send_to_clipboard("\n".join(addresses), shown)

    def action_copy_curl(self) -> None:
        """Send a curl line for the current job to the clipboard."""
        if self.jobs.current is None:
            self.tell(NO_JOB)
            return
        try:
            line = self.engine.curl(self.jobs.current)
        except JobtuiError as error:
            self.tell_error(error, str(self.jobs.current))
            return
        self._send_to_clipboard(line, line, self.jobs.current)

    def action_link(self) -> None:
        """Send the current job's link to the clipboard, and show it: there may be no browser where this runs."""
        if self.jobs.current is None:
            self.tell(NO_JOB)
            return
        try:
            link = self.engine.link(self.jobs.current)
        except JobtuiError as error:
            self.tell_error(error, str(self.jobs.current))
            return
        if link:
            self._send_to_clipboard(link, link, self.jobs.current)
        else:
            self.tell(f"{self.jobs.current} has no link.")

    @work(group="clipboard", exclusive=True)
    async def _send_to_clipboard(self, text: str, shown: str, about: JobId | None = None) -> None:
        how = await self.app.copy_text(text) if isinstance(self.app, CopiesText) else ""
        if how:
            self.tell(f"{how}: {shown}")
        else:
            self._save_text(text, about)

    @work(group="download", name="a long text is being saved in place of the clipboard")
    async def _save_text(self, text: str, about: JobId | None) -> None:
        """Leave in a file what no terminal takes, named for the job that it is about."""
        from jobtui.app.transfers import file_name
        from jobtui.core.results import Artifact, Text
        from jobtui.engine.downloads import Downloader

        words = f"Too long for a terminal's clipboard, {len(text):,} characters"
        try:
            artifact = Artifact("clipboard.txt", "text/plain", Text(text))
            if about is not None:
                artifact = replace(artifact, name=file_name(about, artifact))
            saved = await Downloader(self.options.clock).save(artifact, self.options.download_dir.expanduser())
        except JobtuiError as error:
            self.tell_error(error, words)
            return
        self.tell(f"{words}: saved as {saved.path}")

    def action_payload(self) -> None:
        """Show the last answer about the current job in the user's pager or editor."""
        if self.jobs.current is None:
            self.tell(NO_JOB)
            return
        self._show_payload(self.jobs.current)

    @work(group="payload", exclusive=True)
    async def _show_payload(self, job_id: JobId) -> None:
        from jobtui.app.pager import pager_command, readable, show_in_pager

        try:
            body = await self.engine.raw_body(job_id)
            show_in_pager(self.app, pager_command(os.environ), readable(body))
        except JobtuiError as error:
            self.tell_error(error, str(job_id))


def _leaves_open(error: JobtuiError) -> bool:
    """Whether the service may have done what was asked, though it didn't say so."""
    if isinstance(error, Unreachable):
        return error.request_sent
    return isinstance(error, ProviderError) and not isinstance(error, ProviderRefused | RateLimited)
