"""What the command line and the settings tell the app, without it knowing either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from jobtui.app.background import AUTO
from jobtui.app.quiet import QuietRules
from jobtui.core.clock import Clock, SystemClock
from jobtui.core.text import one_line


class UserCommand(Struct, frozen=True):
    """A command of the user's own, for the marked jobs or the current one."""

    name: str
    """Of its table in the configuration."""
    run: str
    """Program and arguments, with fields of a job in braces."""
    keys: str = ""
    """As in `[keys]`; empty for what only the palette offers."""
    label: str = ""
    has_screen: bool = False
    """Whether it gets the terminal until it ends."""
    sources: tuple[str, ...] = ()
    """Whose jobs it is for; empty for all."""
    asks: bool = False
    """Whether there is a question before it."""

    @property
    def title(self) -> str:
        """What it is called wherever it is told of."""
        return one_line(self.label or self.name, 40)

    def is_for(self, source: str) -> bool:
        """Whether it is meant for the source's jobs."""
        return not self.sources or source in self.sources


class AppOptions(Struct, frozen=True):
    """How one run of the app is to behave."""

    theme: str = AUTO
    """Name of a Textual theme, or "auto" for a dark or a light one, as the terminal's background is."""
    download_dir: Path = Path("~/Downloads")
    auto_download: frozenset[str] = frozenset()
    """Sources whose results are saved by themselves."""
    notify: tuple[str, ...] = ("bell",)
    """What happens when a watched job ends: any of "bell", "osc9", "osc777"."""
    quiet: QuietRules = field(default_factory=QuietRules)
    """When that is silent."""
    on_finish: str = ""
    """A command of the user's, run without a shell when a watched job ends; empty for none."""
    clipboard: str = "osc52"
    """How is copied: "auto", "osc52" or "native", as `app.clipboard.chosen_tool` takes them."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by action id that replace the action's own; "none" takes the key away."""
    commands: tuple[UserCommand, ...] = ()
    """What the user added to the actions."""
    columns: tuple[str, ...] = ()
    """Keys of the list's columns, in order; empty for the usual ones."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Filters to choose from, by their names."""
    view_file: Path | None = None
    """Where what was chosen for the list is kept; `None` forgets it."""
    title: str = "jobtui"
    label: Callable[[], str] = str
    """Gives what the screen says of the run beside its title: "demo" where no services of the user's are behind it."""
    mouse: bool = True
    slow_line: bool | None = None
    """Send less: news once a second, ages that stand still until something else changes, 256 colours.

    `None` does so where the terminal takes long to answer.
    """
    config_path: str = ""
    """Where a configuration would be read from, for the welcome screen."""
    config_example: str = ""
    """A configuration to start from, for the welcome screen."""
    write_config: Callable[[], None] | None = None
    """Puts a first configuration there, over nothing that is there; `None` where none can be.

    Raises `SettingsError`.
    """
    clock: Clock = field(default_factory=SystemClock)
    json_columns: Mapping[str, str] = field(default_factory=dict)
    """Paths into services' answers that are columns, too, by their names."""
