"""`jobtui completion`, and the hidden `jobtui __complete` that its scripts ask at each Tab.

What may follow is read off the parser, so that no script names verbs and options a second time; jobs come from the
store and sources from an outline of the settings, without loading what takes long.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence

from jobtui.cli import exit_codes, output
from jobtui.core.errors import JobtuiError
from jobtui.engine.store.first_rows import first_rows
from jobtui.settings.outline import outline
from jobtui.settings.paths import STORE_NAME, config_path, data_dir

_MOST_JOBS = 500
_FOR_UNFINISHED = frozenset({"cancel", "wait"})
# An id comes from a service and a shell takes the word as it is: what means something to a shell is not offered.
_HARMLESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@%+,-]*")

_BASH = """\
# bash completion of jobtui: eval "$(jobtui completion bash)" in ~/.bashrc
_jobtui() {
    local line="${COMP_LINE:0:COMP_POINT}" breaks="${COMP_WORDBREAKS//[!:=]/}" current prefix i
    mapfile -t COMPREPLY < <(jobtui __complete --line "$line" 2>/dev/null)
    current="${line##*[[:space:]]}"
    if [[ -n $breaks && $current == *["$breaks"]* ]]; then
        prefix="${current%"${current##*["$breaks"]}"}"
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]="${COMPREPLY[i]#"$prefix"}"
        done
    fi
}
complete -o default -F _jobtui jobtui
"""
_ZSH = """\
#compdef jobtui
# zsh completion of jobtui: eval "$(jobtui completion zsh)" in ~/.zshrc, after compinit
_jobtui() {
    local -a found
    found=("${(@f)$(jobtui __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[1]}" ]]; then
        compadd -a found
    else
        _files
    fi
}
if [[ $funcstack[1] == _jobtui ]]; then
    # Loaded by zsh itself, from a file _jobtui in $fpath, for a Tab that waits for its answer.
    _jobtui "$@"
else
    compdef _jobtui jobtui
fi
"""
_FISH = """\
# fish completion of jobtui: jobtui completion fish > ~/.config/fish/completions/jobtui.fish
function __jobtui_complete
    set -l done (commandline -opc)
    set -l found (jobtui __complete $done[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c jobtui -f -a '(__jobtui_complete)'
"""
SCRIPTS: Mapping[str, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script for each shell."""


def completion(options: Namespace) -> int:
    """`jobtui completion`."""
    output.lines(SCRIPTS[options.shell])
    return exit_codes.DONE


def complete(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """Print what the last word may become, a line each; nothing where files are meant, or nothing is known.

    Args:
        parser: The whole command line's.
        words: What follows the program's name so far, or `--line` and the line as it was typed.
    """
    words = _typed(words[1]) if words[:1] == ["--line"] and len(words) == 2 else list(words)
    for candidate in candidates(parser, words, _sources, _addresses):
        output.line(candidate)
    return exit_codes.DONE


def candidates(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    sources: Callable[[str | None], Sequence[str]],
    addresses: Callable[[bool], Sequence[str]],
) -> list[str]:
    """What the last word may become.

    Args:
        parser: The whole command line's.
        words: All words after the program's name, the one being typed last.
        sources: Names of the configured sources, given the configuration that the line names.
        addresses: Addresses of known jobs, only of unfinished ones where true.
    """
    *before, current = _apart(words) or [""]
    prefix = f"{before[-1]}=" if words and words[-1] != current else ""
    verb, config = "", None
    option: argparse.Action | None = None
    place = 0
    for word in before:
        if option is not None:
            config = word if option.dest == "config" else config
            option = None
        elif word.startswith("-") and len(word) > 1:
            action = _options(parser).get(word)
            option = action if action is not None and action.nargs != 0 else None
        else:
            chosen = _subparsers(parser).get(word)
            if chosen is not None:
                verb, parser, place = verb or word, chosen, 0
            else:
                place += 1
    if option is None and current.startswith("-"):
        found: Sequence[str] = [name for name, action in _options(parser).items() if action.help != argparse.SUPPRESS]
    else:
        wanted = option if option is not None else _positional(parser, place)
        if wanted is None:
            return []
        if wanted.choices is not None:
            found = [str(choice) for choice in wanted.choices]
        elif wanted.metavar in {"S", "SOURCE"}:
            found = sources(config)
        elif wanted.metavar == "JOB":
            found = addresses(verb in _FOR_UNFINISHED)
        else:
            return []
    fitting = (name for name in found if name.startswith(current) and (name[0] == "-" or _HARMLESS.fullmatch(name)))
    return [f"{prefix}{name}" for name in fitting]


def _apart(words: Sequence[str]) -> list[str]:
    """The words with `--option=value` as two."""
    apart: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        apart += [name, value] if equals and name.startswith("--") else [word]
    return apart


def _typed(line: str) -> list[str]:
    """The words of a line that may not be whole yet."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return [*words[1:], ""] if line[-1:].isspace() else words[1:]


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return {name: action for action in _actions(parser) for name in action.option_strings if name.startswith("--")}


def _subparsers(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    return next((action.choices for action in _actions(parser) if isinstance(action.choices, dict)), {})


def _positional(parser: argparse.ArgumentParser, place: int) -> argparse.Action | None:
    """The argument at a place; one that takes any number is the last."""
    positional = [action for action in _actions(parser) if not action.option_strings]
    if place < len(positional):
        return positional[place]
    return positional[-1] if positional and positional[-1].nargs in {"*", "+"} else None


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    # argparse has no other way to ask a parser what it takes.
    yield from parser._actions  # noqa: SLF001


def _sources(config: str | None) -> Sequence[str]:
    try:
        return [source.name for source in outline(config_path(config, os.environ), os.environ, {}).sources]
    except JobtuiError:
        return []


def _addresses(unfinished: bool) -> Sequence[str]:
    jobs = first_rows(data_dir(os.environ) / STORE_NAME, _MOST_JOBS).jobs
    return [str(job_id) for job_id, job in jobs.items() if not (unfinished and job.state.is_final)]
