"""`pvm lock` and `pvm unlock`: the emergency stop of every apply of a project."""

from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_bytes
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.customer import refuse_other_customer
from reconciler.cli.exits import Exit
from reconciler.cli.options import (
    format_options,
    parse_duration,
    project_options,
    server_options,
)
from reconciler.cli.output import deliver
from reconciler.cli.session import Session, open_session
from reconciler.core.inventory import Lock
from reconciler.core.plan import Stopped
from reconciler.core.plan_guards import damage_stops
from reconciler.core.ports import Writer
from reconciler.core.problem import Misuse
from reconciler.core.stock import head_address
from reconciler.remote.connection import connect_writer
from reconciler.render.inventory import lock_json, lock_text
from reconciler.render.json import json_text
from reconciler.workflow.inventory import Keeper, binding_of, read_inventory

_FORMS: Final = "a duration (30m, 2h) or a time in UTC (2026-11-30T18:00Z)"


@click.command()
@click.option(
    "--until",
    metavar="TIME",
    required=True,
    help="When the lock ends by itself: 30m, 2h, 2026-11-30T18:00Z.",
)
@click.option("--reason", metavar="TEXT", required=True, help="What everybody is told who applies.")
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def lock(call: Call, until: str, reason: str) -> Exit:
    """Let nobody apply this project until TIME; an apply that runs stops within 15 s."""
    wanted = _parse(until)
    if not reason.strip():
        message = "--reason says nothing"
        raise Misuse(message, "tell the others why, as --reason 'INC-4417: scanners fail'")
    session = open_session(call, valid=False)
    with connect_writer(session.access) as writer:
        refused = refuse_other_customer(call, session, writer)
        if refused is not None:
            return refused
        moment = writer.now()
        end = wanted if isinstance(wanted, datetime) else moment + wanted
        if end <= moment:
            message = f"{until} is over: the server's clock says {moment:%Y-%m-%dT%H:%M:%SZ}"
            raise Misuse(message, f"give --until {_FORMS}")
        _keeper(session, writer).lock(end, reason)
    made = Lock(end, reason, session.task.run)
    deliver(partial(_render, session, made), call)
    return Exit.OK


@click.command()
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def unlock(call: Call) -> Exit:
    """Take back `pvm lock`; without a lock there is nothing to do."""
    session = open_session(call, valid=False)
    with connect_writer(session.access) as writer:
        refused = refuse_other_customer(call, session, writer)
        if refused is not None:
            return refused
        _keeper(session, writer).unlock()
    deliver(partial(_render, session, None), call)
    return Exit.OK


def _keeper(session: Session, writer: Writer) -> Keeper:
    """Only the head has to be sound: an emergency does not wait for a repair.

    Raises `Stopped`.
    """
    task = session.task
    held = read_inventory(task, writer, None, ())
    head = head_address(binding_of(task)).name
    damages = [damage for damage in held.inventory.damages if damage.shard == head]
    if damages:
        raise Stopped(damage_stops(damages))
    return Keeper(held, task, writer, token_bytes)


def _render(session: Session, made: Lock | None, format_: str) -> str:
    header = session.task.header(None)
    return json_text(lock_json(header, made)) if format_ == "json" else lock_text(header, made)


def _parse(text: str) -> datetime | timedelta:
    """Raises `Misuse`."""
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{text!r} is no time"
        raise Misuse(message, f"give --until {_FORMS}")
    return moment.astimezone(UTC)
