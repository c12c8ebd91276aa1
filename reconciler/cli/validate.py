"""`pvm validate`: every problem of the files, with position and fix."""

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_problems
from reconciler.cli.options import format_options, project_options
from reconciler.cli.output import deliver
from reconciler.cli.terminal import width
from reconciler.core.problem import InvalidInput, Problem
from reconciler.render.json import json_text
from reconciler.render.problems import problems_json, problems_text, verdict_text
from reconciler.sources.project import find_project
from reconciler.sources.repository import read_repository


@click.command()
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@format_options("text", "json")
@project_options
@click.pass_obj
def validate(call: Call, paths: tuple[Path, ...]) -> Exit:
    """Check the files; no server is asked.

    All files are read, since they refer to each other; with PATH only the problems there are told.
    """
    root = find_project(Path(call.directory))
    try:
        repository = read_repository(root)
        problems, objects = repository.problems, len(repository.declared)
    except InvalidInput as invalid:
        problems, objects = invalid.problems, 0
    problems = _below(problems, [path.resolve() for path in paths], root)

    def render(format_: str) -> str:
        if format_ == "json":
            return json_text(problems_json(problems, objects))
        verdict = verdict_text(problems, objects)
        return f"{problems_text(problems, width=width())}\n\n{verdict}" if problems else verdict

    deliver(render, call)
    return of_problems(problems)


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
