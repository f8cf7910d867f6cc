"""The palette: an action is found by its name, and by the words of what it does."""

from __future__ import annotations

from operator import itemgetter

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits
from textual.content import Content
from textual.markup import escape
from textual.system_commands import SystemCommandsProvider

from jobtui.app.screens.dialog import AnsweredOnce


class Palette(CommandPalette, AnsweredOnce[None]):
    """Textual's, which is over once it was answered; the methods with an underscore are private to Textual."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close, once."""
        self._stop_busy_countdown()
        self._stop_no_matches_countdown()
        return super().dismiss(result)

    def _watch__list_visible(self) -> None:
        if not self._is_over:
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        if not self._is_over:
            await super()._watch__show_busy()


class ActionsProvider(SystemCommandsProvider):
    """Finds Refresh by typing source, Export CSV by save."""

    async def discover(self) -> Hits:
        """All of them by name; what the user wrote into the configuration is no markup."""
        for name, description, callback, *_ in sorted(self.app.get_system_commands(self.screen), key=itemgetter(0)):
            yield DiscoveryHit(Content(name), callback, text=name, help=escape(description))

    async def search(self, query: str) -> Hits:
        """Those whose name matches, and below them those whose description holds all words typed."""
        matcher = self.matcher(query)
        words = query.casefold().split()
        for name, description, callback, *_ in self.app.get_system_commands(self.screen):
            score = matcher.match(name)
            if score > 0:
                yield Hit(1 + score, matcher.highlight(name), callback, help=escape(description))
            elif words and all(word in description.casefold() for word in words):
                yield Hit(0.5, Content(name), callback, text=name, help=escape(description))
