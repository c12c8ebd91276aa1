"""`pvm validate`: every problem of the files, with position and fix."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit, of_problems
from reconciler.cli.options import format_options, project_options, target_option
from reconciler.cli.output import deliver
from reconciler.cli.settings import known_target
from reconciler.cli.terminal import width
from reconciler.core.expiry import exception_problems, hold_problems
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.resource import Desired
from reconciler.render.json import json_text
from reconciler.render.problems import problems_json, problems_text, verdict_text
from reconciler.sources.expiry import near_exemptions
from reconciler.sources.project import find_project
from reconciler.sources.repository import Repository, read_repository


@click.command()
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@format_options("text", "json", "ndjson", "junit", "sarif", "github")
@target_option
@project_options
@click.pass_obj
def validate(call: Call, paths: tuple[Path, ...]) -> Exit:
    """Check the files; no server is asked.

    All files are read, since they refer to each other; with PATH only the problems there are told.
    Without --target they have to be right for every target.
    """
    root = find_project(Path(call.directory))
    declared: tuple[Desired, ...] = ()
    try:
        repository = read_repository(root, call.target)
        known_target(repository.project, call.target)
        ended = _ended(root, repository)
        problems, declared = (*repository.problems, *ended), repository.declared
    except InvalidInput as invalid:
        problems = invalid.problems
    problems = _below(problems, [path.resolve() for path in paths], root)

    def render(format_: str) -> str:
        if format_ == "text":
            verdict = verdict_text(problems, len(declared))
            told = problems_text(problems, width=width())
            return f"{told}\n\n{verdict}" if problems else verdict
        if format_ == "json":
            return json_text(problems_json(problems, len(declared)))
        from reconciler.cli.formats import format_problems  # noqa: PLC0415 -- start-up time

        files = {one.origin.file for one in declared}
        return format_problems(problems, len(declared), files, format_, root)

    deliver(render, call)
    return of_problems(problems)


def _ended(root: Path, repository: Repository) -> Iterator[Problem]:
    """Holds and exceptions whose day has passed, or is near."""
    today = now().date()
    yield from hold_problems(repository.project, today)
    exemptions = near_exemptions(root, repository, today)
    yield from exception_problems(exemptions, repository.project, today)


def _below(problems: tuple[Problem, ...], paths: Sequence[Path], root: Path) -> tuple[Problem, ...]:
    """The problems in these files and folders; those without a place always count."""
    if not paths:
        return problems
    return tuple(
        problem
        for problem in problems
        if problem.place is None
        or any((root / problem.place.file).resolve().is_relative_to(path) for path in paths)
    )
