"""The form that starts a job: where, what, and with which input; sent once, and there until that went well."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static, TextArea

from jobtui.app import payload as payloads
from jobtui.app.abridgement import Abridgement
from jobtui.app.inputs import Draft, Submission, known_submission
from jobtui.app.pager import edit_text, editor_command
from jobtui.app.screens.choosing import ChoiceField, SourceLine
from jobtui.app.screens.confirm import ConfirmScreen
from jobtui.app.screens.dialog import Dialog
from jobtui.app.screens.fields import NEEDED, Fields, about, label
from jobtui.app.screens.json_input import EMPTY, JsonInput
from jobtui.app.screens.targets import KnownTargets
from jobtui.core.errors import InvalidInput, JobtuiError, OutcomeUnknown, UsageError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.text import block, one_line
from jobtui.engine.port import EnginePort, SubmitRecord
from jobtui.engine.snapshot import SourceStatus
from jobtui.providers.base import Target

_MOST_DRAFTS = 20
_PATIENCE_S = 0.3
"""After which it is said that a source is still asked."""
_MAY_BE_TWO = "The first one may have made a job, which this doesn't replace: both would run, and cost."


class SubmitScreen(Dialog[JobId | None]):
    """Dismissed with the new job's id, or with nothing."""

    BINDINGS = [
        ("escape", "give_up", "Close"),
        # These are heard before the field that has the focus: there some go to the end of the line, or select.
        Binding("ctrl+s", "send", "Start", priority=True),
        Binding("ctrl+e", "edit", "Edit the JSON in $EDITOR", priority=True),
        Binding("ctrl+r", "earlier", "Earlier inputs and drafts", priority=True),
    ]
    AUTO_FOCUS = "#submit-target"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-medium")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (28, "-high")]

    def __init__(
        self,
        engine: EnginePort,
        sources: Sequence[SourceStatus],
        *,
        preferred: str = "",
        clone: Job | None = None,
        drafts: list[Draft] | None = None,
    ) -> None:
        """Begin with an empty form, or with what a job was started with.

        Args:
            engine: Whom to ask and to send.
            sources: Those that take new jobs.
            preferred: The source to begin with.
            clone: The job to start another one like.
            drafts: What was left unsent before, the latest first; what is left here is put there.
        """
        super().__init__(id="submit")
        self._engine = engine
        self._sources = {status.name: status for status in sources}
        self._clone = clone
        self._drafts = drafts if drafts is not None else []
        wanted = self._preferred = clone.id.source if clone else preferred
        self._source = wanted if wanted in self._sources else sources[0].name
        self._source_line = SourceLine(tuple(self._sources), self._source, id="submit-source")
        self._known = KnownTargets(engine)
        self._reading = ""
        """The source that is asked for its targets."""
        self._has_asked_elsewhere = False
        self._records: tuple[SubmitRecord, ...] = ()
        self._shown_target = ""
        self._taking = asyncio.Lock()
        self._filled = ("", EMPTY)
        self._origin: tuple[JobId, str] | None = None
        """The job whose input the form was filled with, and its target, as far as that is known."""
        self._default_text = EMPTY
        self._left_text: dict[tuple[str, str], tuple[str, Abridgement]] = {}
        self._left_source: dict[str, Draft] = {}
        self._waiting: dict[str, str] = {}
        self._sending = False
        self._doubtful: tuple[str, str, JsonObject] | None = None
        """What was sent last without an answer: source, target and input."""
        self._has_tried = False
        self._warned_of = ("", "")
        self._answer = ""
        self._note = ""
        self._noted_at = ("", "")
        self._refused: dict[str, str] = {}
        self._fields = Fields()
        self._target = ChoiceField(placeholder=self._hint(), id="submit-target")
        # Answers may come while the form closes, when nothing is found by its name any more.
        self._about = Static(markup=False, classes="note", id="submit-about")
        self._help = Static(markup=False, classes="note", id="submit-help")
        self._wrong = Static(markup=False, classes="wrong", id="submit-wrong")
        self._start = Button("Start", id="submit-send", variant="primary", compact=True)
        self._json = JsonInput(id="submit-json")

    def compose(self) -> ComposeResult:
        """Source, target, fields, JSON, what is wrong, and two buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Clone a job" if self._clone else "New job", "bold"))
            with VerticalScroll(id="submit-form", can_focus=False):
                with Horizontal(classes="row"):
                    yield Static(label("Source"), classes="name")
                    yield self._source_line
                with Horizontal(classes="row"):
                    yield Static(label("Target", NEEDED), classes="name")
                    with Vertical(classes="value"):
                        yield self._target
                        yield self._target.offers
                yield self._about
                yield self._fields
                yield Static("Input as JSON", markup=False, classes="label")
                yield self._json
            yield self._help
            yield self._wrong
            with Horizontal(classes="buttons"):
                keys = "Ctrl-S start · Ctrl-E editor · Ctrl-R earlier"
                yield Static(Content(keys), classes="note keys")
                yield Button("Close", id="submit-close", compact=True)
                yield self._start

    def on_mount(self) -> None:
        """Ask what can be started, and what was."""
        if self._clone is not None:
            self._target.put(_as_it_is(self._clone.kind))
            self._filled = (self._target.value, EMPTY)
            self._tell("Reading what the job was started with…")
        elif self._drafts:
            words = "1 draft is" if len(self._drafts) == 1 else f"{len(self._drafts)} drafts are"
            self._tell(f"{words} kept from before: Ctrl-R brings {'it' if len(self._drafts) == 1 else 'one'} back.")
        if self._preferred and self._preferred != self._source:
            self._tell(f"{self._preferred} takes no new jobs from here: {self._source} is chosen instead. {self._note}")
        self._read_source(self._source)

    # What can be started

    def _hint(self) -> str:
        return one_line(self._sources[self._source].capabilities.target_hint, 80)

    @property
    def _targets(self) -> Mapping[str, Target]:
        """What the chosen source told that can be started there."""
        return self._known.at(self._source)

    @on(SourceLine.Changed)
    async def _choose_source(self, event: SourceLine.Changed) -> None:
        if event.value == self._source:
            return
        before, target = self._draft(), self._target.value
        was_known = self._target_named(target) is not None
        self._left_source[self._source] = before
        restored = self._left_source.pop(event.value, None)
        if restored is not None:
            await self._go_to(restored)
        elif was_known:
            await self._go_to(Draft(event.value, "", EMPTY, Abridgement()))
        else:
            # Typed for a source that was about to be chosen.
            await self._go_to(Draft(event.value, before.target, before.text, before.abridged, before.waiting))

    async def _go_to(self, draft: Draft) -> None:
        """Show a form as it was left, at its source."""
        self._source = draft.source
        self._clone = None
        self._origin = None if draft.cloned_from is None else (draft.cloned_from, draft.target)
        with self.prevent(SourceLine.Changed):
            self._source_line.value = draft.source
        self._target.placeholder = self._hint()
        self._target.put(draft.target)
        self._shown_target = ""
        await self._fields.show(())
        self._waiting = dict(draft.waiting)
        self._set_text(draft.text, draft.abridged)
        # What was put there by itself may go by itself.
        self._default_text = EMPTY
        self._filled = (draft.target, draft.text)
        await self._take_target(draft.target, keep=draft.text != EMPTY)
        self._read_source(draft.source)

    @work(exclusive=True, group="targets")
    async def _read_source(self, source: str) -> None:
        """Learn the targets and the earlier submissions; without them the form still works by hand."""
        clone, self._clone = self._clone, None
        began: Submission | None = None
        notes: list[str] = []
        try:
            self._records = await self._engine.submissions(source)
            if clone is not None:
                began = await known_submission(self._engine, clone, self._records)
                if began.target:
                    # What the user starts from is there before the service says anything.
                    await self._fill(began.target, began.payload or {}, clone.id)
            if not self._known.has_told(source):
                self._reading = source
                self.set_timer(_PATIENCE_S, self._tell_about)
                await self._known.read(source)
        except JobtuiError as error:
            notes.append(f"What can be started at {source} is not known: {error}")
        self._reading = ""
        self._offer_targets()
        if clone is None or began is None or began.target:
            keep = clone is not None or self._json.text != self._default_text
            await self._take_target(self._target.value, keep=keep)
        else:
            await self._fill(self._known.that_made(clone), began.payload or {}, clone.id)
            if began.payload is None:
                why = f"can't be read now ({began.trouble})" if began.trouble else "isn't known here"
                tasks = f" Its tasks: {', '.join(task.id for task in clone.tasks)}." if clone.tasks else ""
                notes.append(f"What this job was started with {why}: fill it in.{tasks}")
        if notes:
            self._tell("\n".join(notes))

    def _offer_targets(self) -> None:
        started = [record.target for record in self._records if record.outcome != "refused"]
        self._target.choices = self._known.choices(self._source, started)

    @work(exclusive=True, group="elsewhere")
    async def _read_elsewhere(self) -> None:
        """Learn what the other sources can start, once something is typed: it may be theirs."""
        self._has_asked_elsewhere = True
        for source in self._sources:
            # What goes wrong is told where it is chosen.
            with suppress(JobtuiError):
                await self._known.read(source)
        self._offer_targets()
        self._tell_about()

    async def _fill(self, target: str, payload: JsonObject, origin: JobId | None) -> None:
        name = _as_it_is(target)
        self._keep_draft()
        self._origin = None if origin is None else (origin, target)
        self._note = ""
        self._target.put(name)
        self._shown_target = ""
        self._show_payload(payload)
        await self._take_target(name, keep=True)
        self._filled = (name, self._json.text)
        if name != target:
            self._tell(f"The target's name can't stand in its field: {one_line(target, 200)}")

    def _target_named(self, text: str) -> Target | None:
        return self._known.meant(self._source, text)

    @on(Input.Changed, "#submit-target")
    async def _retarget(self, event: Input.Changed) -> None:
        event.stop()
        self._forget_note()
        await self._take_target(event.value)
        if event.value.strip() and not self._has_asked_elsewhere:
            self._read_elsewhere()

    @on(ChoiceField.Taken)
    async def _take_offer(self, event: ChoiceField.Taken) -> None:
        if event.choice.source:
            draft = self._draft()
            self._left_source[self._source] = draft
            text = draft.text if draft.text != self._default_text else EMPTY
            await self._go_to(Draft(event.choice.source, event.choice.value, text, draft.abridged, draft.waiting))

    async def _take_target(self, name: str, *, keep: bool = False) -> None:
        """Show a known target's fields, and its defaults where the input says nothing; another has only the JSON."""
        # What the user types and what a service answers may each bring one.
        async with self._taking:
            target = self._target_named(name)
            if target is None or target.name != self._shown_target:
                before = self._targets.get(self._shown_target)
                if before is not None:
                    self._left_text[self._source, before.name] = (self._json.text, self._json.abridged)
                self._shown_target = target.name if target else ""
                await self._fields.show(target.parameters if target else ())
                if target is not None and not keep:
                    self._begin_input(target, before)
                self._fields_from_json()
        self._tell_about()

    def _begin_input(self, target: Target, before: Target | None) -> None:
        """The target's defaults, under what the user gave that isn't another target's alone."""
        if left := self._left_text.pop((self._source, target.name), None):
            self._set_text(*left)
            return
        is_untouched = self._json.text == self._default_text
        if is_untouched:
            self._show_payload(payloads.defaults(target.parameters))
            self._default_text = self._json.text
            self._filled = (self._filled[0], self._json.text)
            return
        try:
            payload = self._json.payload()
        except UsageError:
            return
        names = {parameter.name.partition(".")[0] for parameter in target.parameters}
        others = {parameter.name.partition(".")[0] for parameter in before.parameters} - names if before else set()
        payload = {key: value for key, value in payload.items() if key not in others}
        for parameter in target.parameters:
            if parameter.default and payloads.value_at(payload, parameter.name) is None:
                value = payloads.typed(parameter, parameter.default)
                payload = payloads.with_value(payload, parameter.name, value)
        self._show_payload(payload)

    def _tell_about(self) -> None:
        """Say what the target is, or that it is another source's, or that this isn't known yet."""
        text = self._target.value.strip()
        words = self._known.about(self._source, text)
        if not words and self._reading == self._source:
            words = f"Reading what can be started at {self._source}…"
        self._about.update(Content(one_line(words, 400)))
        is_elsewhere = self._target_named(text) is None and bool(self._known.elsewhere(self._source, text))
        self._about.set_class(is_elsewhere, "-warns")
        self._about.display = bool(words)

    # Fields and JSON say the same

    def _show_payload(self, payload: JsonObject) -> None:
        self._waiting = {}
        self._json.show(payload)
        self._fields_from_json()

    def _set_text(self, text: str, abridged: Abridgement) -> None:
        self._json.put(text, abridged)
        self._fields_from_json()

    @on(Fields.Typed)
    def _json_from_field(self, event: Fields.Typed) -> None:
        """Put what was typed into the JSON, as soon as that is JSON."""
        self._refused.pop(event.parameter.name, None)
        self._note = ""
        self._waiting[event.parameter.name] = event.text
        self._take_waiting()

    def _take_waiting(self) -> None:
        """Put what was typed into fields into the JSON."""
        self._waiting |= self._fields.untold()
        try:
            payload = self._json.shown()
            for name, text in self._waiting.items():
                row = self._fields.rows.get(name)
                if row is None:
                    continue
                if self._json.abridged.hides_around(payload, name):
                    payload = self._json.abridged.restore(payload)
                value = payloads.typed(row.parameter, text) if text else None
                payload = payloads.with_value(payload, name, value)
        except UsageError:
            self._check()
            return
        if self._waiting:
            self._waiting = {}
            self._json.change(payload)
        self._check()

    @on(TextArea.Changed, "#submit-json")
    def _take_json(self) -> None:
        self._json.make_visible()
        self._forget_note()
        self._fields_from_json()

    def _fields_from_json(self) -> None:
        """Show in the fields what the JSON says, as far as it is JSON and nothing waits to be put into it."""
        try:
            payload = self._json.shown()
        except UsageError:
            self._check()
            return
        for name, row in self._fields.rows.items():
            if row.field.value == row.known_text and name not in self._waiting:
                is_hidden = self._json.abridged.hides(payload, name)
                row.take("" if is_hidden else payloads.shown(payloads.value_at(payload, name)), is_hidden=is_hidden)
        self._check()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What is typed or pasted takes the place of an empty input, rather than standing beside it."""
        if event.widget is self._json and self._json.text == EMPTY:
            self._json.select_all()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Once the user is out of the JSON, what waits for it goes there."""
        if event.widget is self._json and self._waiting:
            self._take_waiting()

    # What is wrong

    def _check(self) -> None:
        """Tell what is wrong with what stands in the form now, and no longer with what stood there before."""
        troubles, broken = self._troubles()
        for name, row in self._fields.rows.items():
            trouble = self._refused.get(name) or troubles.get(name, "")
            is_half = row.field.has_focus and not row.was_left
            is_missing = not row.field.value
            row.tell(trouble if self._has_tried or not (is_half or is_missing) else "")
        if broken:
            waits = " The fields wait for that." if self._fields.rows else ""
            if self._waiting:
                waits = f" {', '.join(self._waiting)} is put into it then."
            words = f"{'Not sent: the' if self._has_tried else 'The'} input is {broken}. Mend it in the JSON.{waits}"
        elif self._has_tried and troubles:
            words = f"Not sent: {payloads.told(troubles)}"
        else:
            self._has_tried = False
            words = self._note or self._answer
        self._wrong.update(Content(block(words.strip(), 4_000)))
        self._wrong.set_class(bool(words.strip()), "-shown")

    def _troubles(self) -> tuple[dict[str, str], str]:
        """What stands against sending, by field; and what is wrong with the JSON where it is none."""
        try:
            payload = self._json.payload()
        except UsageError as error:
            return {}, str(error)
        troubles: dict[str, str] = {}
        text = self._target.value.strip()
        called = self._known.called(self._source, text)
        if not text:
            troubles["the target"] = payloads.MISSING
        elif text not in self._targets and len(called) > 1:
            troubles["the target"] = f"{len(called)} are called {text}, give one of {', '.join(called)}"
        target = self._target_named(text)
        return troubles | (payloads.problems(payload, target.parameters) if target else {}), ""

    def _tell(self, words: str) -> None:
        """Say something that holds until the user changes the form."""
        self._note, self._noted_at = words, (self._target.value, self._json.text)
        self._check()

    def _forget_note(self) -> None:
        # News of what was typed before may come only after it was judged.
        if (self._target.value, self._json.text) != self._noted_at:
            self._note = ""

    @on(ChoiceField.Entered)
    def _show_help(self, event: ChoiceField.Entered) -> None:
        row = self._fields.row_with_focus()
        self._help.update(Content(about(row.parameter) if row else ""))
        if not event.is_in:
            for row in self._fields.rows.values():
                row.was_left = row.was_left or (row.field is event.field and bool(row.field.value))
            self._check()

    # From elsewhere

    def action_edit(self) -> None:
        """Let the user write the JSON in an editor of theirs."""
        self._note = ""
        try:
            self._json.take(edit_text(self.app, editor_command(os.environ), self._json.whole_text()).rstrip())
        except JobtuiError as error:
            self._tell(f"{error}. {error.hint}")
        else:
            self._fields_from_json()
            self._take_waiting()
        self._json.focus()

    def action_earlier(self) -> None:
        """Take the input of something that was started before, or that was left unsent."""
        from jobtui.app.screens.earlier import EarlierScreen

        drafts = [draft for draft in self._drafts if draft.source in self._sources]
        if not self._records and not drafts:
            self._tell(f"Nothing was started at {self._source} from here before.")
            return

        def take(entry: SubmitRecord | Draft | None) -> None:
            if entry is not None:
                self.run_worker(self._take_earlier(entry), group="earlier", exclusive=True)

        self.app.push_screen(EarlierScreen(self._source, self._records, drafts), take)

    async def _take_earlier(self, entry: SubmitRecord | Draft) -> None:
        self._take_waiting()
        self._keep_draft()
        self._note = self._answer = ""
        self._has_tried = False
        if isinstance(entry, Draft):
            if entry in self._drafts:
                self._drafts.remove(entry)
            await self._go_to(entry)
            # Not sent yet: left again, it is kept again.
            self._filled = ("", "")
        else:
            await self._fill(entry.target, entry.payload, entry.job_id)

    # Drafts

    def _draft(self) -> Draft:
        target, waiting = self._target.value, dict(self._waiting)
        return Draft(self._source, target, self._json.text, self._json.abridged, waiting, self._cloned_from(target))

    def _cloned_from(self, text: str) -> JobId | None:
        """The job that is run once more; none where its input was taken for another target."""
        if self._origin is None:
            return None
        job_id, target = self._origin
        return job_id if job_id.source == self._source and target in {"", text.strip(), self._name_of(text)} else None

    def _name_of(self, text: str) -> str:
        found = self._target_named(text)
        return found.name if found else text.strip()

    def _keep_draft(self) -> bool:
        """Put what was changed aside, where it is found again; false where nothing was."""
        draft = self._draft()
        is_as_filled = (draft.target, draft.text) == self._filled and not draft.waiting
        if is_as_filled or (not draft.target.strip() and draft.text.strip() in {"", EMPTY} and not draft.waiting):
            return False
        if not any(draft.is_like(other) for other in self._drafts):
            self._drafts.insert(0, draft)
            del self._drafts[_MOST_DRAFTS:]
        return True

    # Sending

    @on(Button.Pressed, "#submit-close")
    def action_give_up(self) -> None:
        """Close without starting anything, and keep what was filled in; not while it is being sent."""
        if self._sending or (isinstance(self.focused, ChoiceField) and self.focused.close()):
            return
        self._take_waiting()
        if self._keep_draft():
            self.notify("Kept as a draft: Ctrl-R in the form brings it back.", markup=False)
        self.dismiss(None)

    @on(Button.Pressed, "#submit-send")
    def action_send(self) -> None:
        """Check what was filled in, and send it once."""
        if self._sending:
            return
        self._take_waiting()
        self._answer = self._note = ""
        self._refused = {}
        troubles, broken = self._troubles()
        self._has_tried = bool(troubles or broken)
        self._check()
        if broken:
            self.set_focus(self._json)
            return
        if troubles:
            row = self._fields.rows.get(next(iter(troubles)))
            self.set_focus(row.field if row else self._target)
            return
        text = self._target.value.strip()
        found = self._target_named(text)
        target, elsewhere = found.name if found else text, [] if found else self._known.elsewhere(self._source, text)
        if elsewhere and self._warned_of != (self._source, target):
            self._warned_of = (self._source, target)
            self._tell(
                f"Not sent: {target} is a target of {' and '.join(elsewhere)}, and not known at {self._source}.\n"
                f"Choose the source above, or send again to have {self._source} try it."
            )
            return
        payload = self._json.payload()
        if (self._source, target, payload) != self._doubtful:
            self._begin(target, payload)
            return
        # A key that is held down must not start, and pay for, a second job.
        question = ConfirmScreen("Start it a second time?", note=_MAY_BE_TWO, yes="Start it again")
        self.app.push_screen(question, lambda wanted: self._begin(target, payload) if wanted else None)

    def _begin(self, target: str, payload: JsonObject) -> None:
        self._sending = True
        self._show_button("Sending…", enabled=False)
        self.app.run_worker(self._send(target, payload), group="submit", name=f"starting {target} at {self._source}")

    async def _send(self, target: str, payload: JsonObject) -> None:
        """Send; runs as the app's worker, so that leaving asks before it is cut off."""
        again = "Start"
        try:
            cloned_from = self._cloned_from(target)
            made = await self._engine.submit(self._source, target, payload, cloned_from=cloned_from)
        except OutcomeUnknown as error:
            again = "Start again anyway…"
            self._doubtful = (self._source, target, payload)
            self._answer = (
                f"Outcome unknown: {error}\nA job may or may not have been made, so it is not sent again by itself. "
                f"{error.hint}"
            )
        except InvalidInput as error:
            details = "".join(f"\n  {wrong.name}: {wrong.reason}" for wrong in error.invalid_parameters)
            self._refused = {wrong.name: wrong.reason for wrong in error.invalid_parameters}
            self._answer = f"Turned down, no job was made: {error}{details}\n{error.hint}"
        except JobtuiError as error:
            self._answer = f"Not started: {error}\n{error.hint}"
        else:
            self.notify(f"Started {one_line(str(made.id), 200)}", markup=False)
            self.dismiss(made.id)
            return
        self._sending = False
        self._show_button(again, enabled=True)
        self._check()

    def _show_button(self, label: str, *, enabled: bool) -> None:
        self._start.disabled = not enabled
        self._start.label = Content(label)
        self._start.refresh(layout=True)


def _as_it_is(text: str) -> str:
    """The text where a field of one line shows all of it as it is, else nothing: what is sent is never a stand-in."""
    return text if one_line(text) == text else ""
