"""The `jobtui` command: arguments, and which verb they go to."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, NoReturn

from jobtui import __version__
from jobtui.cli import exit_codes, output
from jobtui.core.errors import JobtuiError, SettingsError, UsageError
from jobtui.core.spans import parse_span

_DESCRIPTION = "Watch, read and steer asynchronous jobs on remote HTTP APIs. Without a verb: the screen."
_EPILOG = """\
A JOB is SOURCE:ID, for example graph:1964. A filter is words and terms such as state:failed, source:graph, age<2h,
progress>0.5, -state:succeeded, "two words", all of which must hold.

exit codes: 0 done; 1 a job that was waited for, or whose result was wanted, did not succeed; 2 usage or configuration;
3 a service or the network refused or failed; 4 no such job; 124 `wait` timed out; 130 interrupted; 143 terminated
"""


_A_JOB = "SOURCE:ID, for example graph:1964"
_A_SOURCE = "a source's name in the configuration"
_RECORDING = "write all that is asked and answered to a new file, without secrets"


class _Parser(argparse.ArgumentParser):
    """argparse with the errors of the rest of the program, and without options that are cut short."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - argparse's own, handed on
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        output.say(f"jobtui: {_without_choices(message)}")
        output.say(f"  `{self.prog} --help` tells more.")
        raise SystemExit(exit_codes.USAGE)


class _NotSo(Exception):
    """The arguments aren't those of the screen."""


class _Trying(_Parser):
    """A parser whose errors are for another one to tell."""

    def error(self, message: str) -> NoReturn:
        raise _NotSo(message)


def _without_choices(message: str) -> str:
    """The complaint about a verb without the list of all of them, but with the one that was probably meant."""
    wrong = re.fullmatch(r"argument VERB: invalid choice: '(.*)' \(choose from (.*)\)", message, re.DOTALL)
    if wrong is None:
        return message
    # Late: who spells them right doesn't wait for it.
    import difflib

    near = difflib.get_close_matches(wrong[1], re.findall(r"[a-z]+", wrong[2]), n=1)
    return f"there is no verb {wrong[1]!r}" + (f"; did you mean {near[0]}?" if near else "")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        argv: Arguments without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    try:
        _keep_output_writable()
        given = sys.argv[1:] if argv is None else list(argv)
        if given[:1] == ["__complete"]:
            return _complete(given[1:])
        arguments = _with_values_joined(given)
        options = _for_the_screen(arguments) or _parsed(arguments)
        if options.record is not None and not options.asks:
            options.parser.error("there is nothing to record: no service is asked")
        return _run(options)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else exit_codes.USAGE
        return code or _hand_over()
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED


def _for_the_screen(arguments: Sequence[str]) -> argparse.Namespace | None:
    """The options where there is no verb: building all verbs' parsers takes longer than reading the first jobs."""
    try:
        options, unknown = _with_options(_Trying(add_help=False)).parse_known_args(arguments)
    except _NotSo:
        return None
    return None if unknown else options


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    options, unknown = build_parser().parse_known_args(arguments)
    if unknown:
        # By the verb's own parser, whose help tells what it takes.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}{_misplaced(arguments, unknown)}")
    return options


def _misplaced(arguments: Sequence[str], unknown: Sequence[str]) -> str:
    """A word on an option that stands before its verb: only after it the verb's own are known."""
    first = next((index for index, word in enumerate(arguments) if not word.startswith("-")), 0)
    return "; a verb's options stand after it" if set(arguments[:first]) & set(unknown) else ""


def _complete(words: Sequence[str]) -> int:
    """Answer the shell's Tab; apart from the other verbs, since what is typed so far makes no sense yet."""
    from jobtui.cli.completing import complete

    try:
        code = complete(build_parser(), words)
        output.flush()
    except BrokenPipeError:
        output.give_up()
        return exit_codes.DONE
    return code


def _run(options: argparse.Namespace) -> int:
    module, _, function = options.verb.partition(":")
    try:
        # First of all: what a verb has done can't be told any more where there is nowhere to.
        output.require_open()
        code: int = getattr(import_module(f"jobtui.cli.{module}"), function)(options)
        return _hand_over() or code
    except SettingsError as error:
        output.complain(_placed(error, options.config))
        return exit_codes.USAGE
    except JobtuiError as error:
        output.complain(error)
        return exit_codes.code_of(error)
    except exit_codes.Terminated as ended:
        return ended.code
    except BrokenPipeError:
        # The reader has what it wanted (`jobtui list | head`).
        output.give_up()
        return exit_codes.DONE
    finally:
        if getattr(options, "recorder", None) is not None:
            import_module("jobtui.cli.session").end_recording(options)


def _placed(error: SettingsError, config: str | None) -> SettingsError:
    """The error with the file that its key stands in, where that can be told."""
    from jobtui.settings.paths import config_path, placed

    try:
        return SettingsError(placed(str(error), config_path(config, os.environ), os.environ), hint=error.hint)
    except SettingsError:
        return error


def _hand_over() -> int:
    """Write what is left, and give the exit code for that.

    That nobody reads it any more changes nothing about what became of the verb.
    """
    try:
        output.flush()
    except BrokenPipeError:
        output.give_up()
    except UsageError as error:
        output.complain(error)
        return exit_codes.USAGE
    return exit_codes.DONE


def _with_values_joined(argv: Sequence[str]) -> list[str]:
    """`--filter -state:failed` as one argument: argparse would take the value for an option."""
    joined: list[str] = []
    for argument in argv:
        is_value = argument.startswith("-") and not argument.startswith("--")
        if joined and joined[-1] in {"--filter", "--param", "--input"} and is_value:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _keep_output_writable() -> None:
    """Where the locale can't write a character, write its escape rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(errors="backslashreplace")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    common = _Parser(add_help=False)
    common.add_argument(
        "--config", type=_named, metavar="FILE", default=argparse.SUPPRESS, help="another configuration file"
    )
    recorded = _Parser(add_help=False)
    recorded.add_argument("--record", type=_named, metavar="FILE", default=argparse.SUPPRESS, help=_RECORDING)
    as_json = _Parser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON")

    parser = _Parser(
        prog="jobtui",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"jobtui {__version__}")
    _with_options(parser)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", parser_class=_Parser)

    def verb(name: str, runs: str, summary: str, *, json: bool = False, asks: bool = False) -> argparse.ArgumentParser:
        parents = [common, *([recorded] if asks else []), *([as_json] if json else [])]
        added: argparse.ArgumentParser = verbs.add_parser(name, help=summary, description=summary, parents=parents)
        added.set_defaults(verb=runs, parser=added, asks=asks)
        return added

    demo = verb("demo", "demo:demo", "start demo services on this machine and open the screen on them", asks=True)
    demo.add_argument("--serve", action="store_true", help="only serve: print the configuration, then run on")
    demo.add_argument("--port", type=_port, default=0, metavar="N", help="use port N and the three after it")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="let jobs live X times faster")
    demo.add_argument("--jobs", type=_count, default=25, metavar="N", help="graph jobs at the start (25)")
    for flag in ("--no-mouse", "--slow-line"):
        demo.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    again = verb("replay", "replay:replay", "open the screen on a recording instead of the services")
    again.add_argument("file", type=_named, metavar="FILE", help="what `jobtui --record FILE` has written")
    again.add_argument("--serve", action="store_true", help="only serve: print the configuration, then run on")
    again.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="X times as fast as it was recorded")
    for flag in ("--no-mouse", "--slow-line"):
        again.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    verb("sources", "sources:sources", "sign in at each source and tell how it does", json=True, asks=True)

    listing = verb("list", "jobs:list_jobs", "list jobs, asking the services first", json=True, asks=True)
    listing.add_argument("--source", metavar="S", action="append", help="only this source; may be repeated")
    listing.add_argument("--filter", metavar="EXPR", default="", help="only jobs that match: state:failed age<2h")
    listing.add_argument("--cached", action="store_true", help="ask nobody, show what is known")

    show = verb("show", "jobs:show", "show one job with its tasks and its timeline", json=True, asks=True)
    show.add_argument("job", metavar="JOB", help=_A_JOB)
    show.add_argument("--raw", action="store_true", help="print the service's own answer")

    submit = verb("submit", "submitting:submit", "start a job", json=True, asks=True)
    submit.add_argument("source", metavar="SOURCE", help=_A_SOURCE)
    submit.add_argument(
        "target",
        metavar="TARGET",
        help="a workflow's id or name (fraud_rank), topic/task (geostatistics/kriging), or a vendor's path "
        "(minimax/v1/video_generation)",
    )
    submit.add_argument("--input", metavar="JSON|@FILE|-", default="", help="the payload; - is stdin")
    submit.add_argument("--param", metavar="K=V", action="append", default=[], help="one value; dots in K nest")
    submit.add_argument("--wait", action="store_true", help="wait until the job is over")

    sent = verb("submissions", "submitting:submissions", "tell what was sent from here, and what came of it", json=True)
    sent.add_argument("source", metavar="SOURCE", nargs="?", help="only what was sent there")

    track = verb("track", "jobs:track", "watch jobs that were made elsewhere", json=True, asks=True)
    track.add_argument("source", metavar="SOURCE", help=_A_SOURCE)
    track.add_argument("ids", metavar="ID", nargs="+", help="what the service calls a job, or its address")

    forget = verb("forget", "jobs:forget", "stop watching jobs; they themselves go on", json=True)
    forget.add_argument("jobs", metavar="JOB", nargs="*", help=_A_JOB)
    forget.add_argument(
        "--older-than",
        type=_span,
        metavar="SPAN",
        help="all jobs that ended so long ago: 30d",
    )

    wait = verb("wait", "waiting:wait", "wait until jobs are over", json=True, asks=True)
    wait.add_argument("jobs", metavar="JOB", nargs="+", help=_A_JOB)
    wait.add_argument("--any", action="store_true", help="until one of them is over")
    wait.add_argument("--timeout", type=_seconds, metavar="S", help="seconds at most; then the exit code is 124")

    watch = verb("watch", "waiting:watch", "print a line for each change, until interrupted", json=True, asks=True)
    watch.add_argument("--source", metavar="S", action="append", help="only this source; may be repeated")
    watch.add_argument("--filter", metavar="EXPR", default="", help="only jobs that match: state:failed age<2h")

    cancel = verb("cancel", "cancelling:cancel", "ask services to end jobs", json=True, asks=True)
    cancel.add_argument("jobs", metavar="JOB", nargs="+", help=_A_JOB)
    cancel.add_argument("--yes", action="store_true", help="don't ask")

    result = verb("result", "results:result", "show or save what a job left", json=True, asks=True)
    result.add_argument("job", metavar="JOB", help=_A_JOB)
    result.add_argument("--task", metavar="T", help="only this task's part, by id or name")
    result.add_argument("--limit", type=_count_from_one, metavar="N", help="rows at most, per table (200; saved, all)")
    result.add_argument("--format", choices=("table", "json", "csv"), default="table", help="how to show it (table)")
    result.add_argument("--output", type=_named, metavar="DIR", help="save every artifact there and print the paths")

    clean = verb("clean", "cleaning:clean", "delete what cut downloads left in the download folder", json=True)
    clean.add_argument("folder", type=_named, metavar="DIR", nargs="?", help="another folder")

    config = verb("config", "configuring:path", "look at the configuration, check it, or begin one")
    parts = config.add_subparsers(metavar="path|show|check|schema|init", required=True, parser_class=_Parser)
    for name, summary in (
        ("path", "print where the file is"),
        ("show", "print each value with its origin, secrets hidden"),
        ("check", "read everything, secrets too, and say what can't be used"),
        ("schema", "print the JSON schema"),
        ("init", "write a file to start from; never overwrites"),
    ):
        part = parts.add_parser(name, help=summary, description=summary, parents=[common, as_json])
        part.set_defaults(verb=f"configuring:{name}")

    web = verb("web", "web:web", "open the screen in a browser, on this machine alone unless told otherwise")
    web.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (127.0.0.1)")
    web.add_argument("--port", type=_any_port, default=8000, metavar="N", help="on which port (8000)")

    shells = verb("completion", "completing:completion", "print a script by which a shell completes jobtui's words")
    shells.add_argument("shell", choices=("bash", "zsh", "fish"), help="its first line says where it belongs")

    verb(
        "doctor", "doctor:doctor", "probe terminal, store and sources, and say what will not work", json=True, asks=True
    )
    return parser


def _with_options(parser: _Parser) -> _Parser:
    """The parser with the settings that may stand before a verb, or without one."""
    parser.add_argument("--config", type=_named, metavar="FILE", help="another configuration file")
    parser.add_argument("--record", type=_named, metavar="FILE", help=_RECORDING)
    parser.add_argument("--source", metavar="S", action="append", dest="only", help="open the screen on this source")
    parser.add_argument("--theme", help="any Textual theme")
    parser.add_argument("--download-dir", type=_named, metavar="DIR", help="where the screen saves results")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--slow-line", action="store_true", help="send less to the terminal")
    parser.set_defaults(verb="screen:open_screen", parser=parser, asks=True)
    return parser


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number") from None


def _speed(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not a speed above 0 and up to 10000")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than no time")
    return value


def _span(text: str) -> timedelta:
    try:
        return parse_span(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(error.in_full) from None


def _port(text: str) -> int:
    value = _whole(text)
    if not 1 <= value <= 65532:
        raise argparse.ArgumentTypeError(f"{text} is not a port with three more after it")
    return value


def _any_port(text: str) -> int:
    value = _whole(text)
    if not 1 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return value


def _count(text: str) -> int:
    value = _whole(text)
    if not 0 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 100000")
    return value


def _count_from_one(text: str) -> int:
    value = _whole(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 1000000")
    return value
