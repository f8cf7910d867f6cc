"""The palette's search: an action is found by its name, and by the words of what it does."""

from __future__ import annotations

from textual.command import Hit, Hits
from textual.system_commands import SystemCommandsProvider


class ActionsProvider(SystemCommandsProvider):
    """Finds Refresh by typing source, Export CSV by save."""

    async def search(self, query: str) -> Hits:
        """Those whose name matches, and below them those whose description holds all words typed."""
        matcher = self.matcher(query)
        words = query.casefold().split()
        for name, description, callback, *_ in self.app.get_system_commands(self.screen):
            score = matcher.match(name)
            if score > 0:
                yield Hit(1 + score, matcher.highlight(name), callback, help=description)
            elif words and all(word in description.casefold() for word in words):
                yield Hit(0.5, name, callback, help=description)
