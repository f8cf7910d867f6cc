"""A job in a command of the user's: in its variables, and in the fields that stand in braces. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from jobtui.core.errors import SettingsError, UsageError
from jobtui.core.jobs import Job
from jobtui.core.text import one_line
from jobtui.core.values import NO_PATHS, value_key, value_of

FIELDS = frozenset({"address", "source", "id", "name", "kind", "state", "native_state", "message", "error", "quiet"})
"""What may stand in braces, whatever the configuration looks up besides."""
_FIELD = re.compile(r"\{([a-z_]+)\}")
_HANDS_ON = re.compile(r"ssh|mosh|rsh|rsync|scp|su|tmux|screen|watch|script|parallel|xargs")
"""Programs that hand words to a shell, here or elsewhere."""
_INTERPRETER = re.compile(r"(a|ba|c|da|fi|k|tc|z)?sh|(node|perl|php|python|ruby)[0-9.]*")
_TAKES_CODE = re.compile(r"-[A-Za-z]*[ceE]|--(command|eval|print)(=.*)?", re.DOTALL)
"""The option by which an interpreter does."""
_MEANS_ITSELF = re.compile(r"[A-Za-z0-9@%+=:,./_-]*")


def job_environment(job: Job, paths: Mapping[str, str] = NO_PATHS, *, quiet: bool = False) -> dict[str, str]:
    """The job in variables; its text made harmless, as it may end on a terminal.

    Args:
        job: Which one.
        paths: What the configuration looks up in the answers about it, by name.
        quiet: Whether a bell would have kept quiet about it.
    """
    known = {
        "JOBTUI_QUIET": "1" if quiet else "",
        "JOBTUI_ADDRESS": str(job.id),
        "JOBTUI_SOURCE": job.id.source,
        "JOBTUI_ID": job.id.native,
        "JOBTUI_NAME": one_line(job.name),
        "JOBTUI_KIND": one_line(job.kind),
        "JOBTUI_STATE": job.state.value,
        "JOBTUI_NATIVE_STATE": one_line(job.native_state),
        "JOBTUI_MESSAGE": one_line(job.message),
        "JOBTUI_ERROR": one_line(job.error.title or job.error.detail) if job.error else "",
    }
    return {**known, **{variable_of(name): one_line(value_of(job, value_key(path))) for name, path in paths.items()}}


def variable_of(name: str) -> str:
    """The variable with what the configuration looks up by that name; never one of the settings'."""
    return f"JOBTUI_VALUE_{name.upper()}"


def job_fields(job: Job, paths: Mapping[str, str] = NO_PATHS) -> dict[str, str]:
    """What may stand in braces, by its name; what is looked up, by the name it is looked up by."""
    variables = job_environment(job)
    found = {name: one_line(value_of(job, value_key(path))) for name, path in paths.items()}
    return {**found, **{name.removeprefix("JOBTUI_").lower(): value for name, value in variables.items()}}


def words_of(template: str, place: str) -> list[str]:
    """A command in words, its fields still in braces. Raises `SettingsError` that names the place."""
    try:
        return shlex.split(template)
    except ValueError as error:
        raise SettingsError(f"{place} can't be read: {error}") from error


def fields_in(word: str) -> list[str]:
    """Names of what stands in braces in a word."""
    return _FIELD.findall(word)


def filled_in(word: str, fields: Mapping[str, str]) -> str:
    """A word with its fields' values; in one pass, so that a value that looks like a field stays what it is."""
    return _FIELD.sub(lambda match: fields.get(match[1], match[0]), word)


def is_for_a_shell(words: Sequence[str]) -> bool:
    """Whether a command hands words of its own to a shell, as `sh -c` and `ssh` do, or to another interpreter."""
    programs = [PurePath(word).name for word in words]
    has_code = any(_TAKES_CODE.fullmatch(word) for word in words)
    return any(_HANDS_ON.fullmatch(name) or (has_code and _INTERPRETER.fullmatch(name)) for name in programs)


def means_itself(value: str) -> bool:
    """Whether a value is nothing but itself to every shell."""
    return _MEANS_ITSELF.fullmatch(value) is not None


def shell_refusal(name: str, value: str) -> UsageError:
    """Says of a value that a shell would not take it as it is, and how a script gets it."""
    return refusal(name, value, "would mean something to a shell")


def refusal(name: str, value: str, reason: str) -> UsageError:
    """Says of a field why its value isn't filled in, and how a script gets it."""
    variable = f"JOBTUI_{name.upper()}" if name in FIELDS else variable_of(name)
    return UsageError(f"its {name}, {one_line(value, 80)}, {reason}", hint=f"${variable} holds it too.")
