"""`pvm init`: a new project, empty or with what a server has already."""

import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit
from reconciler.cli.export import factored
from reconciler.cli.local_state import keep_secrets, make_local_folder, seen_from_here
from reconciler.cli.new_steps import next_steps
from reconciler.cli.options import project_options
from reconciler.cli.session import access_of, environment
from reconciler.cli.settings import DEFAULT_TARGET, resolve_settings
from reconciler.cli.terminal import write_note, write_result
from reconciler.core.extraction import Extraction, extract_secrets
from reconciler.core.problem import Misuse, Problem
from reconciler.core.project import Project, Selection
from reconciler.core.secrets import Masking
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader
from reconciler.render.screen import counted
from reconciler.sources.formatting import format_project
from reconciler.sources.new_project import (
    GIT_KEEP,
    Answers,
    Forge,
    NewFile,
    files_of,
    git_top,
    likely_forge,
    new_project,
    project_text,
)
from reconciler.sources.project import PROJECT_FILE
from reconciler.sources.writer import export_files, write_files
from reconciler.workflow.export import export_objects

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,38}[A-Za-z0-9._-])?")
_NOTHING: Final = Extraction((), {}, ())


@dataclass(frozen=True, slots=True)
class _Found:
    """What a server has, as files."""

    answers: Answers
    files: Mapping[str, str]
    extraction: Extraction = _NOTHING


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--name", metavar="NAME", help="The project's name (default: the folder's).")
@click.option("--url", metavar="URL", help="The server's address (default: PVM_URL, each time).")
@click.option("--customer", metavar="CODE", help="The customer whose server it has to be.")
@click.option("--from-server", is_flag=True, help="Write what is on the server as documents too.")
@click.option(
    "--factor/--no-factor",
    default=True,
    show_default=True,
    help="With --from-server: find layers and fleets.",
)
@click.option(
    "--ci",
    type=click.Choice([one.value for one in Forge]),
    help="Whose checks of pull requests to write (default: by Git's remote).",
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@project_options
@click.pass_obj
def init(call: Call, /, folder: str, **given: str | bool | None) -> Exit:
    """Start a project: pvm.yaml, folders, schemas for editors, checks for CI and commits.

    Nothing is overwritten: files that are there already are named and left as they are.
    """
    root = Path(call.directory, folder).resolve()
    if root.exists() and not root.is_dir():
        message = f"{root} is not a folder"
        raise Misuse(message, "name a folder, or one that is not there yet")
    if given["from_server"] and (root / PROJECT_FILE).exists():
        message = f"there is a {PROJECT_FILE} in {root} already; nothing was written"
        raise Misuse(message, "write what the server has with: pvm export --factor --out DIR")
    answers = _answers(root, given)
    project = _checked(answers)
    found = _Found(answers, {})
    if given["from_server"]:
        found = _fetched(root, answers, project, call, factor=bool(given["factor"]))
    top = git_top(root)
    forge = Forge(str(given["ci"])) if given["ci"] else likely_forge(top)
    files, note = files_of(root, top, forge, project_text(found.answers))
    kept = _write(root, top, files, found, call)
    if note:
        write_note(f"ci        {note}", call)
    write_result(next_steps(root, kept, found.answers, found.extraction.objects), call)
    return Exit.OK


def _answers(root: Path, given: Mapping[str, str | bool | None]) -> Answers:
    """What was asked, or given, or follows from the folder."""
    for field in ("name", "url", "customer"):
        if given[field] == "":
            message = f"--{field} is empty"
            raise Misuse(message, "give it a value, or leave it out")
    asks = not given["yes"] and sys.stdin.isatty() and sys.stderr.isatty()
    name, url, customer = (str(given[field] or "") for field in ("name", "url", "customer"))
    likely = root.name if _NAME.fullmatch(root.name) else ""
    if asks and not name:
        name = click.prompt("Name of the project", default=likely or None, err=True)
    if asks and not url:
        text = "Address of the server (empty: PVM_URL says it)"
        url = click.prompt(text, default="", show_default=False, err=True)
    if asks and not customer:
        text = "Customer whose server it has to be (empty: any)"
        customer = click.prompt(text, default="", show_default=False, err=True)
    if not (name or likely):
        message = "the folder's name can't be a project's"
        raise Misuse(message, "give one: --name NAME")
    return Answers(name or likely, secrets.token_hex(8), url.rstrip("/"), customer)


def _checked(answers: Answers) -> Project:
    """The project of these answers; raises `Misuse`."""
    project = new_project(project_text(answers))
    if isinstance(project, Problem):
        option = project.pointer.rpartition("/")[2] if project.pointer else "name"
        message = f"--{option} does not fit: {project.message}"
        raise Misuse(message, project.help or "give a shorter one")
    return project


def _fetched(root: Path, answers: Answers, project: Project, call: Call, *, factor: bool) -> _Found:
    """What is in scope, as files, and whose server it is."""
    if not answers.url and environment().find(DEFAULT_TARGET, "URL") is None:
        message = "there is no address of a server to read from"
        raise Misuse(message, "give it: --url URL, or set PVM_URL")
    settings = resolve_settings(project, environment(), call)
    with connect_reader(access_of(settings, root, answers.name)) as reader:
        account = reader.account()
        _refuse_other(answers.customer, (account.customer or "") if account else "")
        objects = export_objects(project, reader, Selection())
    customer = answers.customer or (account.customer or "" if account else "")
    masking = Masking(project.secrets)
    extraction = extract_secrets(objects, KINDS, masking, shared=factor)
    files = (
        factored(extraction, masking, call) if factor else export_files(extraction.objects, KINDS)
    )
    return _Found(replace(answers, customer=customer), files, extraction)


def _refuse_other(wanted: str, found: str) -> None:
    """Objects of another customer than the one that was named are not fetched."""
    if wanted and wanted.lower() != found.lower():
        told = f'"{found}"' if found else "no customer"
        message = f'--customer says "{wanted}", the server says {told}'
        raise Misuse(message, "use the credentials of that customer, or correct the option")


def _write(
    root: Path, top: Path, files: Sequence[NewFile], found: _Found, call: Call
) -> Path | None:
    """Write what is not there yet; returns the file of secrets, if there are any.

    Raises:
        Misuse: Documents would be overwritten, or nothing can be written here.
    """
    filled = {(root / path).parent for path in found.files}
    files = [one for one in files if one.path.name != GIT_KEEP or one.path.parent not in filled]
    there = [one.path for one in files if one.path.exists()]
    new = [one for one in files if one.path not in there]
    new += (NewFile(root / path, text) for path, text in found.files.items())
    texts = {one.path.relative_to(top).as_posix(): one.text for one in new}
    kept: Path | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        make_local_folder(root)
        if found.extraction.variables:
            kept = keep_secrets(root, now(), found.extraction.variables)
        write_files(top, texts, replace=False)
        if found.files:
            format_project(root, [root / path for path in found.files], write=True)
        for one in new:
            if one.is_program:
                one.path.chmod(0o755)
    except Misuse:
        if kept is not None:
            kept.unlink()
        raise
    write_note(f"wrote     {counted(len(new), 'file')} below {seen_from_here(root)}", call)
    if there:
        names = ", ".join(path.relative_to(top).as_posix() for path in there)
        write_note(f"left      {names}: there already", call)
    if kept is not None:
        values = counted(len(found.extraction.variables), "value")
        write_note(f"secrets   {values} in {seen_from_here(kept)}; Git ignores it", call)
    return kept
