"""What can be started at each source, as far as the sources have told, and which of it a user means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jobtui.app.screens.choosing import Choice
from jobtui.core.jobs import Job
from jobtui.core.matching import likeliest
from jobtui.engine.port import EnginePort
from jobtui.providers.base import Target

_MOST_ALIKE = 2


class KnownTargets:
    """The sources' targets; each source is asked once."""

    def __init__(self, engine: EnginePort) -> None:
        self._engine = engine
        self._by_source: dict[str, dict[str, Target]] = {}

    async def read(self, source: str) -> None:
        """Ask a source, unless it has told already. Raises `JobtuiError`."""
        if source not in self._by_source:
            self._by_source[source] = {target.name: target for target in await self._engine.targets(source)}

    def has_told(self, source: str) -> bool:
        """Whether what can be started there is known, be it nothing."""
        return source in self._by_source

    def at(self, source: str) -> Mapping[str, Target]:
        """What the source told, by name."""
        return self._by_source.get(source, {})

    def meant(self, source: str, text: str) -> Target | None:
        """The source's target of that name, or what people call so where only one is called so."""
        text = text.strip()
        if found := self.at(source).get(text):
            return found
        called = self.called(source, text)
        return self.at(source)[called[0]] if len(called) == 1 else None

    def called(self, source: str, text: str) -> list[str]:
        """The names of the source's targets that people call so."""
        return [target.name for target in self.at(source).values() if text and target.label == text]

    def elsewhere(self, source: str, name: str) -> list[str]:
        """The other sources that have a target of that name."""
        return [other for other, targets in self._by_source.items() if other != source and name in targets]

    def that_made(self, job: Job) -> str:
        """The target that makes jobs of this kind: the kind is what the service calls it."""
        targets = self.at(job.id.source)
        for target in targets.values():
            if job.kind and job.kind in (target.name, target.label):
                return target.name
        # A family of targets, such as all of one vendor's: none of them would be a guess.
        family = [name for name in targets if name.startswith(f"{job.kind}/")] if job.kind else []
        if family:
            return family[0] if len(family) == 1 else ""
        return job.kind

    def choices(self, source: str, started: Iterable[str]) -> tuple[Choice, ...]:
        """What to offer at a source: its own, what was started there before, and the others'."""
        own = [Choice(target.name, target.label) for target in self.at(source).values()]
        names = {name for target in self.at(source).values() for name in (target.name, target.label)}
        before = dict.fromkeys(name for name in started if name not in names)
        return (*own, *(Choice(name, "started before") for name in before), *self._others(source))

    def about(self, source: str, text: str) -> str:
        """What is to be known of a target; of one that the source doesn't tell of, what is like it elsewhere."""
        text = text.strip()
        target = self.meant(source, text)
        if target is not None:
            name = target.name if target.name != text else ""
            return " · ".join(part for part in (name, target.label, target.description) if part)
        if elsewhere := self.elsewhere(source, text):
            return f"{' and '.join(elsewhere)} has this target, {source} doesn't: Enter takes it there"
        if not text or not self.at(source):
            return ""
        like = likeliest(text, self._others(source), lambda choice: (choice.value, choice.note))[:_MOST_ALIKE]
        similar = ", ".join(f"{choice.value} at {choice.source}" for choice in like)
        return f"{source} tells of no such target: it is sent as it is typed" + (
            f" · there is {similar}" if similar else ""
        )

    def _others(self, source: str) -> list[Choice]:
        return [
            Choice(target.name, target.label, other)
            for other, targets in self._by_source.items()
            if other != source
            for target in targets.values()
            if target.name not in self.at(source)
        ]
