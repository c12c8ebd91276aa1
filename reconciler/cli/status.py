"""`pvm status`: how far files and server are apart, in one screen."""

from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session
from reconciler.cli.terminal import view
from reconciler.core.holdings import Standing
from reconciler.remote.connection import connect_reader
from reconciler.render.json import json_text
from reconciler.render.status import standing_json, standing_text
from reconciler.sources.commit_age import oldest_commit_after
from reconciler.workflow.status import find_standing


@click.command()
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def status(call: Call) -> Exit:
    """Show the last apply, what waits since when, drift, lease and lock in one screen."""
    session = open_session(call)
    with connect_reader(session.access) as reader:
        oldest = partial(oldest_commit_after, session.root)
        standing = find_standing(session.task, reader, oldest)
    deliver(partial(_render, standing, call), call)
    return Exit.OK


def _render(standing: Standing, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(standing_json(standing))
    return standing_text(standing, view(call))
