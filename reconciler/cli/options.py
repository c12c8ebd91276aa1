"""The options that commands share: stored in the `Call`, so that a command lists only its own."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import click

from reconciler.cli.call import Call
from reconciler.cli.output import Report
from reconciler.cli.suggestions import SUGGESTIONS
from reconciler.kinds import parse_ack, parse_selector

Command = TypeVar("Command", bound=Callable[..., object])
Parse = Callable[[str], object]

_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})(ms|s|m|h)")
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{4,64}")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def project_options(command: Command) -> Command:
    """`-C` and how much to say: every command that reads a project."""
    command = click.option(
        "-C",
        "directory",
        metavar="DIR",
        help="Folder of the project (default: here).",
        expose_value=False,
        callback=_store,
        shell_complete=SUGGESTIONS["directory"],
    )(command)
    return output_options(command)


def output_options(command: Command) -> Command:
    """How much to say, and in which colour."""
    for names, text in (
        (("-q", "--quiet"), "Print only the result and errors."),
        (("--no-color",), "No colour; NO_COLOR in the environment does the same."),
    ):
        command = click.option(
            *names, is_flag=True, help=text, expose_value=False, callback=_store
        )(command)
    return click.option(
        "-v",
        "--verbose",
        "verbosity",
        count=True,
        help="Shorten nothing; -vv adds the traceback of a failure.",
        expose_value=False,
        callback=_store,
    )(command)


def server_options(command: Command) -> Command:
    """Which server, and how hard it may be worked."""
    command = _parsed("--timeout", "timeout_seconds", "DURATION", parse_duration)(
        "Longest wait for an answer: 15s, 2m."
    )(command)
    for name, field, most, text in (
        ("--rps", "requests_per_second", 10_000, "Requests in a second, at most."),
        ("--concurrency", "concurrency", 64, "Requests at a time, at most."),
    ):
        command = click.option(
            name,
            field,
            metavar="N",
            type=click.IntRange(1, most),
            help=text,
            expose_value=False,
            callback=_store,
        )(command)
    return target_option(command)


def target_option(command: Command) -> Command:
    """Which target: for commands that ask no server, but fill in its variables."""
    return click.option(
        "--target",
        metavar="NAME",
        help="The target of pvm.yaml to work with.",
        expose_value=False,
        callback=_store,
        shell_complete=SUGGESTIONS["target"],
    )(command)


def selection_options(command: Command) -> Command:
    """A part of the project."""
    command = _parsed("--exclude", "exclude", "KIND/GLOB", parse_selector, multiple=True)(
        "Leave these objects out; repeatable."
    )(command)
    return _parsed("--select", "select", "KIND/GLOB", parse_selector, multiple=True)(
        "Only these objects, as 'token/STORE-*'; repeatable."
    )(command)


def selector_argument(command: Command) -> Command:
    """`[SELECTOR]...`: the same as `--select`."""
    return click.argument(
        "selectors",
        nargs=-1,
        metavar="[KIND/GLOB]...",
        expose_value=False,
        callback=partial(_parse_and_store, parse=parse_selector),
        shell_complete=SUGGESTIONS["selectors"],
    )(command)


def plan_options(command: Command) -> Command:
    """What `plan` and `apply` have in common: how the plan is made."""
    command = _parsed("--max-age", "max_age_seconds", "DURATION", parse_duration)(
        "How long a saved plan may be applied (default: 24h)."
    )(command)
    command = click.option(
        "--ack",
        "acks",
        metavar="SORT[.KIND]=N",
        multiple=True,
        help="Let so many changes pass a guard, as deletes.Token=12, or rollback=COMMIT; "
        "repeatable.",
        expose_value=False,
        callback=_store_acks,
    )(command)
    command = _parsed("--on-conflict", "conflicts", "SIDE[:KIND/GLOB]", parse_side, multiple=True)(
        "Where both sides changed: 'ours' is Git's, 'theirs' the server's; repeatable."
    )(command)
    command = click.option(
        "--revert-drift",
        "revert",
        metavar="[KIND/GLOB]",
        is_flag=False,
        flag_value="*",
        multiple=True,
        help="Take back what was changed on the server, of all or of these objects; repeatable.",
        expose_value=False,
        callback=partial(_parse_and_store, parse=parse_selector),
        shell_complete=SUGGESTIONS["revert"],
    )(command)
    return click.option(
        "--prune/--no-prune",
        default=None,
        help="Delete what this project owns and declares no more, or never delete "
        "(default: pvm.yaml).",
        expose_value=False,
        callback=_store,
    )(command)


def apply_options(command: Command) -> Command:
    """What only `apply` has: how the plan is executed."""
    for names, text in (
        ("--rehearse", "Apply to a copy of the server on this machine; the server stays as it is."),
        ("--no-invitations", "Create users without a mail to them, as after the loss of a server."),
        ("--allow-dirty", "Apply uncommitted changes too, without being asked."),
    ):
        command = click.option(names, is_flag=True, help=text, expose_value=False, callback=_store)(
            command
        )
    return click.option(
        "--wave",
        metavar="N",
        type=click.IntRange(1),
        help="Only this wave of the plan.",
        expose_value=False,
        callback=_store,
    )(command)


def wait_options(command: Command) -> Command:
    """What `plan` and `apply` do about another apply."""
    return _parsed("--lock-timeout", "lock_timeout_seconds", "DURATION", parse_wait)(
        "How long to wait while another apply runs (default: 0s)."
    )(command)


_IMPORT_TEXTS: Final = (
    ("--key", "COLUMN", "Header of the column that tells stores apart."),
    ("--key-pattern", "REGEX", "What keys may be, as '^[0-9]{4}$' (default: as they are)."),
    ("--name", "NAME", "Name of the fleet (default: that of the file)."),
    ("--site", "PATTERN", "Name of each store's site, as 'site-${store}'."),
    ("--pro-server", "PATTERN", "PTT Pro server of the sites (default: the column server)."),
    ("--bootstrap", "PATTERN", "Name of each store's bootstrap, as 'store-${store}'."),
    ("--token", "PATTERN", "Name of each store's token, as 'STORE-${store}'."),
    ("--app-id", "APPID", "Application that the tokens are for, as WFC_PRO_ANDROID."),
    ("--description", "PATTERN", "Description of the tokens, as '${city}'."),
)


def import_options(command: Command) -> Command:
    """What only `import` has; handed to the command."""
    command = click.option("--force", is_flag=True, help="Write over files that exist.")(command)
    command = click.option(
        "--out",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the fleet (default: fleets, or the first source of pvm.yaml).",
    )(command)
    for name, field, metavar, text in (
        ("--extends", "extends", "LAYER", "Layer that the bootstraps extend; repeatable."),
        (
            "--map",
            "mapping",
            "HEADER=COLUMN",
            "Name of a column; without COLUMN it is left out; repeatable.",
        ),
    ):
        command = click.option(name, field, metavar=metavar, multiple=True, help=text)(command)
    for option, metavar, text in reversed(_IMPORT_TEXTS):
        command = click.option(option, metavar=metavar, default="", help=text)(command)
    return command


def format_options(*formats: str) -> Callable[[Command], Command]:
    """`-o` and `--report` with the formats that the command has, its default first."""

    def decorate(command: Command) -> Command:
        parse = partial(parse_report, formats=formats)
        command = _parsed("--report", "reports", "FORMAT=PATH", parse, multiple=True)(
            "Write the result to a file as well; repeatable."
        )(command)
        return click.option(
            "-o",
            "format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="Format of the result.",
            expose_value=False,
            callback=_store,
        )(command)

    return decorate


def parse_duration(text: str) -> float:
    """Seconds of `15s`, `2m`, `1h`; raises ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        message = f"{text!r} is no duration; write it like 15s, 2m or 1h"
        raise ValueError(message)
    return int(found[1]) * _SECONDS[found[2]]


def parse_wait(text: str) -> float:
    """As `parse_duration`, and `0s`."""
    return 0.0 if text == "0s" else parse_duration(text)


def parse_side(text: str) -> tuple[str, tuple[str, str]]:
    """`ours:token/STORE-*` is `("ours", ("Token", "STORE-*"))`; `theirs` alone is for all objects.

    Raises:
        ValueError: Another side.
        Misuse: No such kind.
    """
    side, colon, selector = text.partition(":")
    if side not in ("ours", "theirs"):
        message = f"{text!r} is neither ours (Git wins) nor theirs (the server wins)"
        raise ValueError(message)
    return side, parse_selector(selector) if colon else ("*", "*")


def parse_report(text: str, formats: tuple[str, ...]) -> Report:
    """A format and a file of `json=plan.json`; raises ValueError."""
    format_, equals, path = text.partition("=")
    if not equals or not path:
        message = f"{text!r} is not FORMAT=PATH, as json=plan.json"
    elif format_ not in formats:
        message = f"{format_!r} is not one of {', '.join(map(repr, formats))}"
    else:
        return Report(format_, _output_file(path))
    raise ValueError(message)


def parse_output_file(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> Path | None:
    """Refuse a file that could not be written before the work starts."""
    try:
        return None if value is None else _output_file(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _output_file(text: str) -> Path:
    """Raises ValueError where nothing can be written: a long run must not end without its result.

    A file is made anew in its folder; a pipe or a device is written to.
    """
    path = Path(text)
    place = path if path.exists() and not path.is_file() else path.resolve().parent
    if path.is_dir():
        message = f"{text!r} is a folder"
    elif not path.parent.is_dir():
        message = f"the folder of {text!r} does not exist"
    elif not os.access(place, os.W_OK):
        message = f"{text!r} may not be written"
    else:
        return path
    raise ValueError(message)


def _parsed(
    name: str, field: str, metavar: str, parse: Parse, *, multiple: bool = False
) -> Callable[[str], Callable[[Command], Command]]:
    def with_help(text: str) -> Callable[[Command], Command]:
        return click.option(
            name,
            field,
            metavar=metavar,
            multiple=multiple,
            help=text,
            expose_value=False,
            callback=partial(_parse_and_store, parse=parse),
            shell_complete=SUGGESTIONS.get(field),
        )

    return with_help


def _parse_and_store(
    context: click.Context, parameter: click.Parameter, value: object, *, parse: Parse
) -> None:
    try:
        if isinstance(value, tuple):
            _store(context, parameter, tuple(parse(text) for text in value))
        elif isinstance(value, str):
            _store(context, parameter, parse(value))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _store_acks(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    call = context.find_object(Call)
    if call is None:
        return
    for text in value:
        sort, _, commit = text.partition("=")
        if sort != "rollback":
            call.acks += (parse_ack(text),)
        elif _COMMIT.fullmatch(commit):
            call.rollback = commit
        else:
            message = f"{text!r} names no commit; write rollback= and its hexadecimal digits"
            raise click.BadParameter(message, context, parameter)


def _store(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Leave what was not given as `Call` has it."""
    call = context.find_object(Call)
    if value is not None and call is not None and parameter.name is not None:
        setattr(call, parameter.name, value)
