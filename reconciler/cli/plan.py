"""`pvm plan`: what apply would change."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_plan
from reconciler.cli.options import (
    format_options,
    parse_output_file,
    plan_options,
    project_options,
    selection_options,
    selector_argument,
    server_options,
)
from reconciler.cli.output import deliver, replace_file
from reconciler.cli.session import open_session, plan_options_of
from reconciler.cli.terminal import view, write_note
from reconciler.core.plan import Plan
from reconciler.core.plan_json import encode_plan
from reconciler.remote.connection import connect_reader
from reconciler.render.json import json_text
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text
from reconciler.workflow.plan import plan_changes


@click.command()
@selector_argument
@click.option(
    "--out", metavar="FILE", callback=parse_output_file, help="Save the plan, for `pvm show`."
)
@click.option("--detailed-exitcode", is_flag=True, help="2: changes, 4: a guard left some out.")
@plan_options
@selection_options
@format_options("text", "json", "markdown")
@server_options
@project_options
@click.pass_obj
def plan(call: Call, out: Path | None, *, detailed_exitcode: bool) -> Exit:
    """Show what apply would change. Nothing is written to the server."""
    session = open_session(call)
    with connect_reader(session.access) as reader:
        made = plan_changes(session.task, reader, plan_options_of(call))
    deliver(partial(render_plan, made, call), call)
    if out is not None:
        replace_file(out, json_text(encode_plan(made)))
        write_note(f"saved     {out} · no secret values inside", call)
    return of_plan(made, detailed=detailed_exitcode)


def render_plan(made: Plan, call: Call, format_: str) -> str:
    """A plan in one of the formats of `plan` and `show`."""
    if format_ == "json":
        return json_text(encode_plan(made))
    return plan_markdown(made) if format_ == "markdown" else plan_text(made, view(call))
