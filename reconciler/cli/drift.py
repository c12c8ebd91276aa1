"""`pvm drift`: where the server differs from the files."""

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_drift
from reconciler.cli.options import (
    format_options,
    project_options,
    selection_options,
    selector_argument,
    server_options,
)
from reconciler.cli.output import deliver, refuse_formats
from reconciler.cli.session import open_session, selection_of
from reconciler.cli.terminal import view
from reconciler.remote.connection import connect_reader
from reconciler.render.drift import drift_markdown, drift_text
from reconciler.render.json import json_text
from reconciler.render.result_json import drift_json
from reconciler.workflow.drift import inspect_drift


@click.command()
@selector_argument
@click.option("--unmanaged", is_flag=True, help="Objects that nothing declares count as drift.")
@click.option("--adopt", is_flag=True, help="Edit the files so that they say the same.")
@selection_options
@format_options("text", "json", "ndjson", "markdown", "html", "junit", "github")
@server_options
@project_options
@click.pass_obj
def drift(call: Call, *, unmanaged: bool, adopt: bool) -> Exit:
    """Show what was changed on the server since the last apply: exit code 3 if anything was.

    With --adopt the files are edited, never the server; what can't be adopted is left and told.
    """
    if adopt:
        refuse_formats(call, "pvm drift --adopt", ("text", "json", "markdown"))
    session = open_session(call)
    with connect_reader(session.access) as reader:
        found, prepared = inspect_drift(session.task, reader, selection_of(call))
    if adopt and not found.stops:
        from reconciler.cli import adoption  # noqa: PLC0415 -- looking needs none of it

        code = adoption.adopt_drift(call, session, found, prepared)
        more = adoption.add_unmanaged(call, session, found, prepared) if unmanaged else Exit.OK
        return code or more

    def render(format_: str) -> str:
        if format_ == "text":
            return drift_text(found, view(call))
        if format_ == "json":
            return json_text(drift_json(found))
        if format_ == "markdown":
            return drift_markdown(found)
        from reconciler.cli.formats import format_drift  # noqa: PLC0415 -- start-up time

        return format_drift(found, format_, session.root, unmanaged=unmanaged)

    deliver(render, call)
    return of_drift(found, unmanaged=unmanaged)
