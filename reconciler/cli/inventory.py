"""`pvm inventory`: what this project owns on the server, and after its loss."""

import sys
from functools import partial
from pathlib import Path
from secrets import token_bytes

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.customer import refuse_other_customer
from reconciler.cli.exits import Exit
from reconciler.cli.local_state import keep_shards, seen_from_here
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session
from reconciler.cli.terminal import view, write_error, write_note
from reconciler.core.holdings import Holdings, Repair
from reconciler.core.problem import Misuse
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.render.inventory import (
    holdings_json,
    holdings_text,
    repair_json,
    repair_text,
)
from reconciler.render.json import json_text
from reconciler.workflow.holdings import find_holdings
from reconciler.workflow.pace import Pace
from reconciler.workflow.rebuild import Examined, examine
from reconciler.workflow.rebuild import rebuild as rebuild_inventory


@click.group()
def inventory() -> None:
    """Show what this project owns on the server; rebuild that after its loss."""


@inventory.command()
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def show(call: Call) -> Exit:
    """Show what is recorded, and what is wrong with it.

    Lists shards, entries, protected objects, those of other projects, and damage.
    """
    session = open_session(call, valid=False)
    with connect_reader(session.access) as reader:
        holdings = find_holdings(session.task, reader)
    deliver(partial(_render_holdings, holdings, call), call)
    return Exit.OK


@inventory.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def rebuild(call: Call, *, yes: bool) -> Exit:
    """Make a lost or damaged inventory whole again.

    It also signs one with a new PVM_DIGEST_KEY. Entries that can be trusted stay. What is declared
    becomes ours again where the server has it exactly so; what differs has to be adopted. No
    object is changed.
    """
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "there is no terminal to ask on"
        raise Misuse(message, "look at `pvm inventory show`, then run it again with --yes")
    session = open_session(call)
    with connect_reader(session.access) as reader:
        refused = refuse_other_customer(call, session, reader)
        if refused is not None:
            return refused
        examined = examine(session.task, reader)
    repair = examined.repair
    if repair.is_needed:
        write_note(repair_text(repair, view(call), done=False) + "\n", call)
        if not yes and not click.confirm(f"Rebuild it on {repair.header.target}?", err=True):
            write_error("nothing was written", call)
            return Exit.FAILED
        _keep(examined, session.root, call)
        with connect_writer(session.access) as writer:
            repair = rebuild_inventory(examined, session.task, writer, token_bytes, Pace())
    deliver(partial(_render_repair, repair, call), call)
    return Exit.OK


def _keep(examined: Examined, root: Path, call: Call) -> None:
    """Leave a copy of what is about to be overwritten."""
    if examined.damaged:
        path = keep_shards(root, now(), examined.damaged)
        write_note(f"what is replaced was kept in {seen_from_here(path)}", call)


def _render_holdings(holdings: Holdings, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(holdings_json(holdings))
    return holdings_text(holdings, view(call))


def _render_repair(repair: Repair, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(repair_json(repair))
    return repair_text(repair, view(call), done=True)
