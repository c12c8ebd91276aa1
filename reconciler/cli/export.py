"""`pvm export`: what is on the server, as documents."""

from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.local_state import keep_secrets, seen_from_here
from reconciler.cli.options import (
    format_options,
    project_options,
    selection_options,
    selector_argument,
    server_options,
)
from reconciler.cli.output import deliver
from reconciler.cli.session import Session, open_session, selection_of
from reconciler.cli.terminal import write_note
from reconciler.core.extraction import Extraction, extract_secrets, masked_again
from reconciler.core.problem import Misuse
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.core.template import MASKED
from reconciler.core.values import MASK
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader
from reconciler.render.documents import export_json
from reconciler.render.json import json_text
from reconciler.render.ndjson import lines_text
from reconciler.render.screen import counted
from reconciler.sources.writer import export_files, export_text, write_files
from reconciler.workflow.difference import masking_of
from reconciler.workflow.export import export_objects


@click.command()
@selector_argument
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write files there, one for each kind.",
)
@click.option("--factor", is_flag=True, help="Find layers and fleets; needs --out.")
@selection_options
@format_options("yaml", "json", "ndjson")
@server_options
@project_options
@click.pass_obj
def export(call: Call, out: Path | None, *, factor: bool) -> Exit:
    """Write what is on the server and in the project's scope as documents.

    Secrets become ${env:NAME}. Their values go, with --out, into .pvm/secrets of the project.
    """
    if factor and out is None:
        message = "--factor writes several files"
        raise Misuse(message, "say where to write them: --out DIR")
    session = open_session(call, valid=False)
    task = session.task
    with connect_reader(session.access) as reader:
        objects = export_objects(task.project, reader, selection_of(call))
    masking = masking_of(task.project, task.declared)
    found = extract_secrets(objects, KINDS, masking, shared=factor)
    if out is not None:
        files = factored(found, masking, call) if factor else export_files(found.objects, KINDS)
        _write(found, (out, files), session, call)
    elif found.variables or found.left:
        write_note("secrets   left out; --out DIR keeps their values as well", call)
    if out is None or call.reports:
        shown = tuple(masked_again(item, masking)[0] for item in found.objects)
        deliver(lambda format_: _render(shown, format_), call)
    return Exit.OK


def factored(found: Extraction, masking: Masking, call: Call) -> Mapping[str, str]:
    """Layers and fleets, and what there is of them."""
    from reconciler.sources.factored import factored_files  # noqa: PLC0415 -- start-up time

    made = factored_files(found.objects, KINDS, masking)
    if made.fleets:
        layers, fleets = counted(made.layers, "layer"), counted(made.fleets, "fleet")
        rows, rest = counted(made.rows, "row"), counted(made.documents, "object")
        stand = "stands by itself" if made.documents == 1 else "stand by themselves"
        write_note(f"factored  {layers}, {fleets} with {rows}; {rest} {stand}", call)
    else:
        write_note("factored  nothing that would be shorter than the documents themselves", call)
    return made.files


def _write(
    found: Extraction, where: tuple[Path, Mapping[str, str]], session: Session, call: Call
) -> None:
    """Files and secrets, or neither."""
    out, files = where
    kept = None
    if found.variables:
        kept = keep_secrets(session.root, session.task.created, found.variables)
    try:
        write_files(out, files, replace=False)
    except Misuse:
        if kept is not None:
            kept.unlink()
        raise
    write_note(f"wrote     {counted(len(files), 'file')} below {out}", call)
    for folder in _unread(out, files, session):
        write_note(f"unread    pvm.yaml does not read {folder}: add it to `sources`", call)
    if kept is not None:
        values = counted(len(found.variables), "value")
        write_note(f"secrets   {values} in {seen_from_here(kept)}; Git ignores it", call)
    if found.left:
        names = counted(len(found.left), "object")
        write_note(
            f"secrets   {names} with some that no reference can stand for: the files hold them, "
            "keep them out of Git",
            call,
        )


def _unread(out: Path, files: Mapping[str, str], session: Session) -> list[str]:
    """Folders of the project with new files that none of its sources covers."""
    root = session.root.resolve()
    sources = [(root / source).resolve() for source in session.task.project.sources]
    folders = {(out / path).resolve().parent for path in files}
    return sorted(
        folder.relative_to(root).as_posix()
        for folder in folders
        if folder.is_relative_to(root) and not any(map(folder.is_relative_to, sources))
    )


def _render(objects: tuple[Desired, ...], format_: str) -> str:
    if format_ == "json":
        return json_text(export_json(objects, KINDS))
    if format_ == "ndjson":
        return lines_text("export", export_json(objects, KINDS))
    return export_text(objects, KINDS).replace(MASK, MASKED)
