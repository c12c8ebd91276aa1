"""Failures that a command may end with: each told in one place and turned into its code."""

import traceback
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_remote_failure
from reconciler.cli.settings import NoCredentials
from reconciler.cli.terminal import width, write_error
from reconciler.core.inventory import LeaseLost, Locked
from reconciler.core.plan import Stopped
from reconciler.core.plan_age import Expired
from reconciler.core.ports import Denied, RemoteFailure, Stale, Unreachable
from reconciler.core.problem import InvalidInput, Misuse, Problem
from reconciler.render.problems import problems_text

EXPECTED: Final = (
    click.ClickException,
    click.Abort,
    InvalidInput,
    Misuse,
    NoCredentials,
    Expired,
    Stopped,
    LeaseLost,
    Locked,
    RemoteFailure,
    OSError,
)
"""Everything else is a bug of pvm."""

_MISSING: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)


def report_failure(failure: BaseException, call: Call) -> Exit:
    """Tell what went wrong on standard error; returns the exit code."""
    if isinstance(failure, click.exceptions.NoArgsIsHelpError):
        click.echo(failure.format_message(), err=True)
        return Exit.USAGE
    code, problems = _explain(failure)
    if problems:
        write_error(problems_text(problems, width=width()), call)
    if call.verbosity > 1:
        write_error(trace_text(failure), call)
    return code


def report_bug(error: BaseException, call: Call) -> None:
    """Tell of an exception nobody expected; the interpreter then exits with 1."""
    if call.verbosity > 1:
        write_error(trace_text(error), call)
    problem = Problem(
        code="internal",
        message=f"pvm met a situation it does not know: {type(error).__name__}",
        help="this is a bug in pvm; run the command again with -vv and report what it prints",
    )
    write_error(problems_text((problem,), width=width()), call)


def trace_text(error: BaseException) -> str:
    """Where it happened, with the errors behind it.

    The errors' own messages are left out: those of libraries quote the text they stumbled over.
    """
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{trace_text(behind)}\n\nwhich led to:\n\n" if behind is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{frames}{type(error).__name__}"


def _explain(failure: BaseException) -> tuple[Exit, tuple[Problem, ...]]:
    match failure:
        case InvalidInput():
            explained = Exit.INVALID, failure.problems
        case Misuse():
            explained = Exit.USAGE, (Problem("usage", failure.message, help=failure.fix),)
        case Stopped():
            told = tuple(Problem(one.guard, one.reason, help=one.fix) for one in failure.stops)
            explained = Exit.STOPPED, told
        case Expired():
            explained = Exit.STALE, (failure.problem,)
        case Locked() | LeaseLost():
            explained = _lock_failure(failure)
        case NoCredentials():
            explained = Exit.DENIED, (Problem("credentials", failure.message, help=failure.fix),)
        case RemoteFailure():
            explained = of_remote_failure(failure), (_remote_problem(failure),)
        case click.ClickException():
            explained = Exit.USAGE, (_usage_problem(failure),)
        case OSError():
            explained = _file_failure(failure)
        case _:
            explained = Exit.INTERRUPTED, (Problem("interrupted", "interrupted"),)
    return explained


def _lock_failure(failure: Locked | LeaseLost) -> tuple[Exit, tuple[Problem, ...]]:
    if isinstance(failure, LeaseLost):
        message = f"another apply may write now: {failure.reason}"
        problem = Problem("lease-lost", message, help="run the command again")
        return Exit.PARTLY_APPLIED, (problem,)
    until = f"{failure.until:%Y-%m-%d %H:%M:%S}Z"
    if failure.reason:
        message = f"{failure.holder} locked this project until {until}: {failure.reason}"
        fix = "wait, or run `pvm unlock` once the reason is gone"
    else:
        message = f"{failure.holder} is applying; its lease ends {until}"
        fix = "run the command again later, or wait for it with --lock-timeout 10m"
    return Exit.LOCKED, (Problem("locked", message, help=fix),)


def _remote_problem(failure: RemoteFailure) -> Problem:
    if isinstance(failure, Unreachable):
        code, fix = "unreachable", "`pvm doctor` checks address, TLS and credentials one by one"
    elif isinstance(failure, Denied):
        code, fix = "denied", "`pvm doctor` shows which account the credentials belong to"
    elif isinstance(failure, Stale):
        code, fix = "stale", "somebody changed the server meanwhile; run the command again"
    else:
        code, fix = "refused", ""
    message = f"{failure.request}: {failure.message}"
    return Problem(code=code, message=message, help=failure.fix or fix)


def _usage_problem(failure: click.ClickException) -> Problem:
    context = failure.ctx if isinstance(failure, click.UsageError) else None
    path = context.command_path if context is not None else "pvm"
    return Problem(
        code="usage", message=failure.format_message(), help=f"`{path} --help` lists what there is"
    )


def _file_failure(failure: OSError) -> tuple[Exit, tuple[Problem, ...]]:
    what = failure.strerror or type(failure).__name__
    where = f"{failure.filename}: " if failure.filename is not None else ""
    code = Exit.USAGE if isinstance(failure, _MISSING) else Exit.FAILED
    return code, (Problem(code="file", message=f"{where}{what}"),)
