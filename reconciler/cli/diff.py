"""`pvm diff`: what a pull request changes, from Git alone."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_revisions
from reconciler.cli.options import format_options, project_options, target_option
from reconciler.cli.output import deliver
from reconciler.cli.session import refuse_errors
from reconciler.cli.settings import known_target, only_target
from reconciler.cli.terminal import view, write_note
from reconciler.core.revisions import Revision, RevisionDiff, diff_revisions
from reconciler.kinds import KINDS
from reconciler.render.json import rows_text
from reconciler.render.revisions import revisions_json, revisions_markdown, revisions_text
from reconciler.render.screen import counted
from reconciler.sources.files import Files
from reconciler.sources.past_repository import (
    PastProject,
    PastRepository,
    open_past,
    placed_in,
    read_past,
)
from reconciler.sources.project import find_project
from reconciler.sources.provenance import FileProvenance


@click.command()
@click.argument("base")
@click.argument("head", default="HEAD", required=False)
@click.option("--merge-base", is_flag=True, help="Compare with where HEAD left BASE.")
@click.option("--detailed-exitcode", is_flag=True, help="2: something changes.")
@format_options("text", "json", "ndjson", "markdown", "html", "github")
@target_option
@project_options
@click.pass_obj
def diff(call: Call, base: str, head: str, *, merge_base: bool, detailed_exitcode: bool) -> Exit:
    """Show what changes between two commits, object by object. No server is asked.

    HEAD is the commit at hand unless another is named; what no commit holds is left out. Secrets
    are not looked up, and no program but git is run: files of strangers do no harm.
    """
    root = find_project(Path(call.directory))
    with open_past(root) as past:
        new = past.commit(head)
        old = past.commit(base)
        if merge_base:
            old = past.merge_base(old, new)
        sides = read_past(past, old, call.target), read_past(past, new, call.target)
        _choose_target(sides, call)
        _check(sides, past, call, named=head != "HEAD")
        provenance = FileProvenance(sides[1].files or Files(root), sides[0].files)
        found = diff_revisions(*_revisions(sides, (base, head)), KINDS, provenance)
    deliver(partial(_render, found, root, call), call)
    return of_revisions(found, detailed=detailed_exitcode)


def _choose_target(sides: tuple[PastProject, PastProject], call: Call) -> None:
    """One target of several only where something depends on it; raises `Misuse`."""
    projects = [side.project for side in sides if side.project is not None]
    if call.target is None:
        for side in sides:
            if side.project is not None and side.varies:
                only_target(side.project)
    elif projects and not any(call.target in project.targets for project in projects):
        known_target(projects[-1], call.target)


def _check(
    sides: tuple[PastProject, PastProject], past: PastRepository, call: Call, *, named: bool
) -> None:
    """Errors of both sides at once; warnings only of the newer one."""
    before, after = sides
    errors = placed_in(before.errors, before.commit)
    problems = placed_in(after.problems, after.commit) if named else after.problems
    refuse_errors((*errors, *problems), call)
    left = 0 if named else past.uncommitted(after.project)
    if left:
        write_note(f"left out  {counted(left, 'file')} with changes that no commit holds", call)


def _revisions(
    sides: tuple[PastProject, PastProject], names: tuple[str, str]
) -> tuple[Revision, Revision]:
    before, after = (
        Revision(name, side.commit, side.project, side.declared)
        for side, name in zip(sides, names, strict=True)
    )
    return before, after


def _render(found: RevisionDiff, root: Path, call: Call, format_: str) -> str:
    if format_ == "text":
        return revisions_text(found, view(call))
    if format_ == "json":
        return rows_text(revisions_json(found))
    if format_ == "markdown":
        return revisions_markdown(found)
    from reconciler.cli.formats import format_revisions  # noqa: PLC0415 -- start-up time

    return format_revisions(found, format_, root)
