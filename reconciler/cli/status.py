"""`pvm status`: how far files and server are apart, in one screen."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import (
    format_options,
    parse_output_file,
    project_options,
    server_options,
)
from reconciler.cli.output import deliver, replace_file
from reconciler.cli.session import open_session
from reconciler.cli.terminal import view
from reconciler.core.holdings import Standing
from reconciler.remote.connection import connect_reader
from reconciler.render.json import json_text
from reconciler.render.metrics import failure_metrics, standing_metrics
from reconciler.render.status import standing_json, standing_text
from reconciler.sources.commit_age import oldest_commit_after
from reconciler.workflow.status import find_standing
from reconciler.workflow.task import Task


@click.command()
@click.option(
    "--metrics",
    metavar="FILE",
    callback=parse_output_file,
    help="Write a Prometheus text file too; also when the server can't be reached.",
)
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def status(call: Call, metrics: Path | None) -> Exit:
    """Show the last apply, what waits since when, drift, lease and lock in one screen."""
    session = open_session(call)
    standing: Standing | None = None
    try:
        with connect_reader(session.access) as reader:
            oldest = partial(oldest_commit_after, session.root)
            standing = find_standing(session.task, reader, oldest)
    finally:
        if metrics is not None:
            replace_file(metrics, _metrics(standing, session.task))
    deliver(partial(_render, standing, call), call)
    return Exit.OK


def _metrics(standing: Standing | None, task: Task) -> str:
    """Also after a failure, whatever it was: old numbers must not pass for new ones."""
    if standing is None:
        return failure_metrics(task.project.name, task.target.name, task.created)
    return standing_metrics(standing)


def _render(standing: Standing, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(standing_json(standing))
    return standing_text(standing, view(call))
