"""The README's table of keys, as the actions have it: `python -m tests.readme_keys` renews it."""

from __future__ import annotations

from pathlib import Path

from jobtui.app.actions import ACTIONS, Action, Where, in_lines, shown_key

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->"


def key_tables() -> str:
    """One table for each place where keys are heard, in the order of the actions."""
    return "\n".join(_table(where) for where in Where)


def renewed(readme: str) -> str:
    """The README with the tables of today between its two marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has lost {BEGIN.strip()} or {END}")
    return f"{before}{BEGIN}{key_tables()}{END}{after}"


def _table(where: Where) -> str:
    rows = [_row(line) for line in in_lines(action for action in ACTIONS if action.where is where)]
    return "\n".join([f"| {where.value} | does | in `[keys]` |", "|---|---|---|", *rows, ""])


def _row(actions: tuple[Action, ...]) -> str:
    keys = " ".join(f"`{shown_key(key)}`" for action in actions for key in action.keys) or "palette"
    words = actions[0].help if len(actions) == 1 else actions[0].together
    ids = " ".join(f"`{action.id}`" for action in actions)
    return f"| {keys} | {words} | {ids} |".replace("`|`", "`\\|`")


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
