"""`pvm render`: the objects that the files declare, after layers and fleets."""

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import (
    format_options,
    project_options,
    selection_options,
    selector_argument,
    target_option,
)
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session, selection_of
from reconciler.core.extraction import masked_again
from reconciler.core.resource import Desired
from reconciler.core.template import MASKED
from reconciler.core.values import MASK
from reconciler.kinds import KINDS
from reconciler.render.documents import export_json
from reconciler.render.json import json_text
from reconciler.render.ndjson import lines_text
from reconciler.sources.writer import export_text
from reconciler.workflow.difference import masking_of
from reconciler.workflow.render import render_objects


@click.command()
@selector_argument
@selection_options
@format_options("yaml", "json", "ndjson")
@target_option
@project_options
@click.pass_obj
def render(call: Call) -> Exit:
    """Show the objects that the files declare, after layers and fleets; no server is asked.

    References to secrets stay references; other secrets are masked.
    """
    task = open_session(call, online=False).task
    masking = masking_of(task.project, task.declared)
    found = render_objects(task.declared, selection_of(call))
    shown = tuple(masked_again(item, masking)[0] for item in found)
    deliver(lambda format_: _render(shown, format_), call)
    return Exit.OK


def _render(objects: tuple[Desired, ...], format_: str) -> str:
    if format_ == "json":
        return json_text(export_json(objects, KINDS))
    if format_ == "ndjson":
        return lines_text("export", export_json(objects, KINDS))
    return export_text(objects, KINDS).replace(MASK, MASKED)
