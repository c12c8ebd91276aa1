"""`pvm apply`: make the server what the files say."""

import sys
from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit, Interruption, of_receipt
from reconciler.cli.interrupts import interrupts
from reconciler.cli.options import (
    format_options,
    plan_options,
    project_options,
    selection_options,
    selector_argument,
    server_options,
)
from reconciler.cli.output import deliver
from reconciler.cli.progress import shown_progress
from reconciler.cli.session import Session, open_session, plan_options_of
from reconciler.cli.terminal import view, write_error, write_note
from reconciler.core.plan import Plan
from reconciler.core.problem import Misuse
from reconciler.core.receipt import Receipt
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.render.json import json_text
from reconciler.render.plan_text import plan_text
from reconciler.render.receipt import receipt_text
from reconciler.render.result_json import receipt_json
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.plan import plan_changes


@click.command()
@selector_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@plan_options
@selection_options
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def apply(call: Call, *, yes: bool) -> Exit:
    """Plan, ask, and do it. Without a terminal it needs --yes.

    Run it again after any failure: what is done stays done.
    """
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "there is no terminal to ask on"
        raise Misuse(message, "look at `pvm plan`, then run `pvm apply --yes`")
    session = open_session(call)
    with connect_reader(session.access) as reader:
        plan = plan_changes(session.task, reader, plan_options_of(call))
    if not plan.steps or plan.stops:
        moment = now()
        receipt, stopped_by = Receipt(plan, (), moment, moment), Interruption.INTERRUPT
        if plan.stops:
            write_note(_preview(plan, call), call)
    elif yes or _confirmed(plan, call):
        if yes:
            write_note(_preview(plan, call), call)
        receipt, stopped_by = _execute(plan, session, call)
    else:
        write_error("nothing was written", call)
        return Exit.FAILED
    deliver(partial(_render, receipt, call), call)
    return of_receipt(receipt, stopped_by)


def _confirmed(plan: Plan, call: Call) -> bool:
    write_error(_preview(plan, call), call)
    return click.confirm(f"Apply this to {plan.header.target}?", err=True)


def _preview(plan: Plan, call: Call) -> str:
    return plan_text(plan, view(call), advise=False) + "\n"


def _execute(plan: Plan, session: Session, call: Call) -> tuple[Receipt, Interruption]:
    """The only place that asks for a connection that can write."""
    with (
        connect_writer(session.access) as writer,
        shown_progress(len(plan.steps), call) as tell,
        interrupts(call) as received,
    ):
        run = Run(received.event, now, tell)
        return apply_plan(plan, session.task, writer, run), received.first


def _render(receipt: Receipt, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(receipt_json(receipt))
    return receipt_text(receipt, view(call))
