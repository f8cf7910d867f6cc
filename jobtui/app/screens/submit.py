"""The form that starts a job: where, what, and with which input; sent once, and there until that went well."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Select, Static, TextArea

from jobtui.app import payload as payloads
from jobtui.app.abridgement import MOST_CHARACTERS, Abridgement
from jobtui.app.inputs import known_submission
from jobtui.app.pager import edit_text, editor_command
from jobtui.app.screens.dialog import Dialog
from jobtui.core.errors import InvalidInput, JobtuiError, OutcomeUnknown, UsageError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.text import block, one_line
from jobtui.engine.port import EnginePort, SubmitRecord
from jobtui.engine.snapshot import SourceStatus
from jobtui.providers.base import Target, TargetParameter

_MOST_SUGGESTED = 200
_ELSEWHERE = "stands in the JSON: too long for here, or not all of it can be seen"


class SubmitScreen(Dialog[JobId | None]):
    """Dismissed with the new job's id, or with nothing."""

    BINDINGS = [
        ("escape", "give_up", "Close"),
        ("ctrl+s", "send", "Start"),
        # Heard before the field that has the focus: there it would go to the end of the line.
        Binding("ctrl+e", "edit", "Edit", priority=True),
        Binding("ctrl+r", "earlier", "Earlier", priority=True),
    ]
    AUTO_FOCUS = "#submit-target"

    def __init__(
        self, engine: EnginePort, sources: Sequence[SourceStatus], *, preferred: str = "", clone: Job | None = None
    ) -> None:
        super().__init__(id="submit")
        self._engine = engine
        self._sources = {status.name: status for status in sources}
        self._clone = clone
        wanted = clone.id.source if clone else preferred
        self._source = wanted if wanted in self._sources else sources[0].name
        self._targets: dict[str, Target] = {}
        self._records: tuple[SubmitRecord, ...] = ()
        self._parameters: tuple[TargetParameter, ...] = ()
        self._fields: dict[str, Input] = {}
        self._shown_target = ""
        self._prefilled = clone is not None
        self._sending = False
        self._json_is_wrong = False
        self._abridged = Abridgement()
        self._draft = ("", "")
        self._target = Input(placeholder=self._hint(), id="submit-target", compact=True)
        self._target.cursor_blink = False
        self._json = TextArea("{}", id="submit-json", compact=True, show_line_numbers=False, tab_behavior="focus")
        self._json.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Source, target, fields, JSON, what is wrong, and two buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Clone a job" if self._clone else "New job", "bold"))
            with VerticalScroll(id="submit-form", can_focus=False):
                yield Static("Source", markup=False, classes="label")
                yield Select(
                    [(Content(one_line(name, 60)), name) for name in self._sources],
                    value=self._source,
                    allow_blank=False,
                    compact=True,
                    id="submit-source",
                )
                yield Static("Target", markup=False, classes="label")
                yield self._target
                yield Static(markup=False, classes="note", id="submit-about")
                yield Vertical(id="submit-fields")
                yield Static("Input as JSON", markup=False, classes="label")
                yield self._json
                yield Static(
                    Content("Ctrl-E edits it in $EDITOR, Ctrl-R takes an earlier input, Ctrl-S starts the job"),
                    classes="note",
                )
            yield Static(markup=False, classes="wrong", id="submit-wrong")
            with Horizontal(classes="buttons"):
                yield Button("Close", id="submit-close", compact=True)
                yield Button("Start", id="submit-send", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Ask what can be started, and what was."""
        if self._clone is not None:
            self._target.value = _as_it_is(self._clone.kind)
        self._read_source(self._source)

    # What can be started

    def _hint(self) -> str:
        return one_line(self._sources[self._source].capabilities.target_hint, 80)

    @on(Select.Changed, "#submit-source")
    def _choose_source(self, event: Select.Changed) -> None:
        source = str(event.value)
        if source != self._source:
            self._source = source
            self._prefilled = False
            self._target.placeholder = self._hint()
            self._target.value = ""
            self._read_source(source)

    @work(exclusive=True, group="targets")
    async def _read_source(self, source: str) -> None:
        """Learn the targets and the earlier submissions; without them the form still works by hand."""
        targets: tuple[Target, ...] = ()
        records: tuple[SubmitRecord, ...] = ()
        try:
            targets = await self._engine.targets(source)
            records = await self._engine.submissions(source)
        except JobtuiError as error:
            self._say(f"What can be started is not known: {error}")
        if source != self._source:
            return
        self._records = records
        self._targets = {target.name: target for target in targets}
        names = dict.fromkeys([*self._targets, *(record.target for record in records)])
        self._target.suggester = SuggestFromList(_seen(names)[:_MOST_SUGGESTED], case_sensitive=True)
        self._tell_about(names)
        if self._clone is not None and self._clone.id.source == source and self._prefilled:
            await self._prefill(self._clone, records)
        else:
            self._take_target(self._target.value)

    async def _prefill(self, job: Job, records: Sequence[SubmitRecord]) -> None:
        target, found = await known_submission(self._engine, job, records)
        self._fill(target or self._target_of(job), found or {})
        if found is None:
            self._say("What this job was started with isn't known here: fill it in.")

    def _target_of(self, job: Job) -> str:
        """The target that makes jobs of this kind: the kind is what the service calls it."""
        for target in self._targets.values():
            if job.kind and job.kind in (target.name, target.label):
                return target.name
        # A family of targets, such as all of one vendor's: none of them would be a guess.
        family = [name for name in self._targets if name.startswith(f"{job.kind}/")] if job.kind else []
        if family:
            return family[0] if len(family) == 1 else ""
        return job.kind

    def _fill(self, target: str, payload: JsonObject) -> None:
        name = _as_it_is(target)
        with self.prevent(Input.Changed):
            self._target.value = name
        self._shown_target = ""
        self._take_target(name)
        self._show_payload(payload)
        if name != target:
            self._say(f"The target's name can't stand in its field: {one_line(target, 200)}")

    def _show_payload(self, payload: JsonObject) -> None:
        """Put the payload into the form; of a long one, words for its long parts."""
        self._abridged = Abridgement()
        self._json.text = payloads.written(self._abridged.shorten(payload))

    def _payload(self) -> JsonObject:
        """What the form holds, whole. Raises `UsageError` where that is no JSON object."""
        return self._abridged.restore(payloads.parse_payload(self._json.text))

    @on(Input.Changed, "#submit-target")
    def _retarget(self, event: Input.Changed) -> None:
        event.stop()
        self._take_target(event.value)

    def _take_target(self, name: str) -> None:
        """Show a known target's fields, with its defaults; another name keeps only the JSON."""
        target = self._targets.get(name)
        if target is None:
            if self._shown_target:
                self._show_fields(())
            self._shown_target = ""
            return
        if target.name == self._shown_target:
            return
        self._shown_target = target.name
        self._show_fields(target.parameters)
        if not self._prefilled:
            try:
                self._show_payload(payloads.defaults(target.parameters))
            except UsageError as error:
                self._say(f"The service's own default doesn't fit: {error}")
        about = " · ".join(part for part in (target.label, target.description) if part)
        self.query_one("#submit-about", Static).update(Content(one_line(about, 400)))

    def _tell_about(self, names: dict[str, None]) -> None:
        if names:
            known = ", ".join(one_line(name, 60) for name in list(names)[:4])
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            self.query_one("#submit-about", Static).update(Content(f"Known: {known}{more} (→ completes)"))

    def _show_fields(self, parameters: tuple[TargetParameter, ...]) -> None:
        self._parameters = parameters
        box = self.query_one("#submit-fields", Vertical)
        box.remove_children()
        self._fields = {}
        for number, parameter in enumerate(parameters):
            needed = "" if not parameter.required else " (needed)"
            about = f"  {one_line(parameter.description, 200)}" if parameter.description else ""
            label = Content.assemble(
                one_line(parameter.name, 80), (needed, "$text-warning"), (about, "$foreground 60%")
            )
            field = Input(
                placeholder=one_line(_expected(parameter), 120),
                suggester=SuggestFromList(_seen(parameter.choices)) if parameter.choices else None,
                compact=True,
                classes="submit-field",
                name=str(number),
            )
            field.cursor_blink = False
            self._fields[parameter.name] = field
            box.mount(Static(label, classes="label"), field)
        self.call_after_refresh(self._fields_from_json)

    # Fields and JSON say the same

    @on(Input.Changed, ".submit-field")
    def _json_from_field(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.name is None or event.input not in self._fields.values():
            return
        parameter = self._parameters[int(event.input.name)]
        try:
            value = payloads.typed(parameter, event.value) if event.value else None
            payload = payloads.parse_payload(self._json.text)
            if self._abridged.hides_around(payload, parameter.name):
                payload = self._abridged.restore(payload)
            payload = payloads.with_value(payload, parameter.name, value)
        except UsageError as error:
            self._say(str(error))
            self._json_is_wrong = True
            return
        if self._json_is_wrong:
            self._say("")
        with self.prevent(TextArea.Changed):
            self._json.text = payloads.written(self._abridged.shorten(payload))

    @on(TextArea.Changed, "#submit-json")
    def _fields_from_json(self) -> None:
        self._make_visible()
        try:
            payload = payloads.parse_payload(self._json.text)
        except UsageError as error:
            self._say(str(error))
            self._json_is_wrong = True
            return
        if self._json_is_wrong:
            self._say("")
        with self.prevent(Input.Changed):
            for parameter in self._parameters:
                field = self._fields[parameter.name]
                if not field.has_focus:
                    hidden = self._abridged.hides(payload, parameter.name)
                    value = None if hidden else payloads.value_at(payload, parameter.name)
                    field.value = _as_it_is(payloads.shown(value))
                    hidden = hidden or field.value != payloads.shown(value)
                    field.placeholder = _ELSEWHERE if hidden else one_line(_expected(parameter), 120)

    def _make_visible(self) -> None:
        """Spell what was pasted into the JSON and can't be seen there."""
        text = self._json.text
        visible = payloads.visible(text)
        if visible != text:
            row, column = self._json.cursor_location
            column = len(payloads.visible(self._json.document.get_line(row)[:column]))
            with self.prevent(TextArea.Changed):
                self._json.text = visible
            self._json.move_cursor((row, column))

    # From elsewhere

    def action_edit(self) -> None:
        """Let the user write the JSON in an editor of theirs."""
        try:
            self._take_text(edit_text(self.app, editor_command(os.environ), self._whole_text()).rstrip())
        except JobtuiError as error:
            self._say(f"{error}. {error.hint}")
        self._json.focus()

    def _whole_text(self) -> str:
        """The JSON without anything left out, as far as it is JSON."""
        text = self._json.text
        if text == self._draft[0]:
            return self._draft[1]
        try:
            payload = payloads.parse_payload(text)
            whole = self._abridged.restore(payload)
        except UsageError:
            return text
        return text if whole == payload else payloads.written(whole)

    def _take_text(self, text: str) -> None:
        """Show what an editor left; what is too long for that stays aside."""
        text = payloads.visible(text)
        if len(text) <= MOST_CHARACTERS:
            self._json.text = text
            return
        try:
            payload = self._abridged.restore(payloads.parse_payload(text))
        except UsageError as error:
            # Cut off, it is no JSON either, so it can't be sent by mistake.
            self._draft = (f"{text[:500]}\n… {len(text):,} characters: Ctrl-E goes on with them", text)
            with self.prevent(TextArea.Changed):
                self._json.text = self._draft[0]
            self._say(str(error))
            return
        self._show_payload(payload)

    def action_earlier(self) -> None:
        """Take the input of something that was started before."""
        from jobtui.app.screens.earlier import EarlierScreen

        if not self._records:
            self._say(f"Nothing was started at {self._source} from here before.")
            return

        def take(record: SubmitRecord | None) -> None:
            if record is not None:
                self._fill(record.target, record.payload)

        self.app.push_screen(EarlierScreen(self._source, self._records), take)

    # Sending

    @on(Button.Pressed, "#submit-close")
    def action_give_up(self) -> None:
        """Close without starting anything; not while it is being sent."""
        if not self._sending:
            self.dismiss(None)

    @on(Button.Pressed, "#submit-send")
    def action_send(self) -> None:
        """Check what was filled in, and send it once."""
        if self._sending:
            return
        target = self._target.value.strip()
        try:
            payload = self._payload()
        except UsageError as error:
            self._say(f"The input is {error}")
            return
        wrong = [] if target else ["the target is missing"]
        wrong += payloads.problems(payload, self._parameters)
        if wrong:
            self._say("Not sent: " + "; ".join(wrong))
            return
        self._sending = True
        self._say("")
        self._show_button("Sending…", enabled=False)
        self.app.run_worker(self._send(target, payload), group="submit", name=f"starting {target} at {self._source}")

    async def _send(self, target: str, payload: JsonObject) -> None:
        """Send; runs as the app's worker, so that leaving asks before it is cut off."""
        again = "Start"
        try:
            made = await self._engine.submit(self._source, target, payload)
        except OutcomeUnknown as error:
            again = "Start again anyway"
            self._say(
                f"Outcome unknown: {error}\nA job may or may not have been made. It is not sent again by itself: "
                f"look at the service first. {error.hint}"
            )
        except InvalidInput as error:
            details = "".join(f"\n  {wrong.name}: {wrong.reason}" for wrong in error.invalid_parameters)
            self._say(f"Turned down, no job was made: {error}{details}\n{error.hint}")
        except JobtuiError as error:
            self._say(f"Not started: {error}\n{error.hint}")
        else:
            self.notify(f"Started {one_line(str(made.id), 200)}", markup=False)
            self.dismiss(made.id)
            return
        self._sending = False
        self._show_button(again, enabled=True)

    def _show_button(self, label: str, *, enabled: bool) -> None:
        button = self.query_one("#submit-send", Button)
        button.disabled = not enabled
        button.label = Content(label)
        button.refresh(layout=True)

    def _say(self, words: str) -> None:
        self._json_is_wrong = False
        line = self.query_one("#submit-wrong", Static)
        line.update(Content(block(words.strip(), 4_000)))
        line.set_class(bool(words.strip()), "-shown")


def _as_it_is(text: str) -> str:
    """The text where a field of one line shows all of it as it is, else nothing: what is sent is never a stand-in."""
    return text if one_line(text) == text else ""


def _seen(words: Iterable[str]) -> list[str]:
    return [word for word in words if _as_it_is(word)]


def _expected(parameter: TargetParameter) -> str:
    """What may be typed into a field."""
    choices = ", ".join(parameter.choices)
    return f"{choices} or another" if choices and parameter.open_choices else choices or parameter.type
