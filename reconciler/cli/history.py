"""`pvm history`: the applies that the server remembers."""

from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session
from reconciler.cli.terminal import view
from reconciler.core.inventory import Inventory
from reconciler.core.plan import Header
from reconciler.remote.connection import connect_reader
from reconciler.render.inventory import history_json, history_text
from reconciler.render.json import json_text
from reconciler.workflow.inventory import read_inventory


@click.command()
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def history(call: Call) -> Exit:
    """List the last 20 applies of this project: commit, who, when, how much."""
    session = open_session(call, valid=False)
    with connect_reader(session.access) as reader:
        header = session.task.header(reader.account())
        inventory = read_inventory(session.task, reader, None, ()).inventory
    deliver(partial(_render, header, inventory, call), call)
    return Exit.OK


def _render(header: Header, inventory: Inventory, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(history_json(header, inventory))
    return history_text(header, inventory, view(call))
