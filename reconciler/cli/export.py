"""`pvm export`: what is on the server, as documents."""

from pathlib import Path
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import (
    format_options,
    project_options,
    selection_options,
    selector_argument,
    server_options,
)
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session, selection_of
from reconciler.cli.terminal import write_note
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking
from reconciler.core.values import MASK
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader
from reconciler.render.documents import export_json, masked_objects
from reconciler.render.json import json_text
from reconciler.render.screen import counted
from reconciler.sources.writer import export_files, export_text, write_files
from reconciler.workflow.export import export_objects

_INSTEAD: Final = "${env:MASKED}"
"""Stands for a masked secret in YAML. Files refuse it, so that nobody applies the mask itself."""


@click.command()
@selector_argument
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write files there, one for each kind.",
)
@selection_options
@format_options("yaml", "json")
@server_options
@project_options
@click.pass_obj
def export(call: Call, out: Path | None) -> Exit:
    """Write what is on the server and in the project's scope as documents.

    On standard output secrets are masked; files get them as they are.
    """
    session = open_session(call, valid=False)
    with connect_reader(session.access) as reader:
        objects = export_objects(session.task.project, reader, selection_of(call))
    shown, hidden = masked_objects(objects, Masking(session.task.project.secrets))
    if out is not None:
        files = export_files(objects, KINDS)
        write_files(out, files, replace=False)
        write_note(f"wrote     {counted(len(files), 'file')} below {out}", call)
        if hidden:
            write_note(
                f"secrets   {_names(hidden)}: the files hold them, keep them out of Git", call
            )
    elif hidden:
        write_note(f"masked    secrets in {_names(hidden)}; --out DIR writes them to files", call)
    if out is None or call.reports:
        deliver(lambda format_: _render(shown, format_), call)
    return Exit.OK


def _names(hidden: tuple[Live, ...]) -> str:
    return counted(len(hidden), "object")


def _render(objects: tuple[Live, ...], format_: str) -> str:
    if format_ == "json":
        return json_text(export_json(objects, KINDS))
    return export_text(objects, KINDS).replace(MASK, _INSTEAD)
