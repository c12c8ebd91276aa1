"""`pvm apply`: make the server what the files say."""

import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.call import Call
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit, Interruption, of_receipt
from reconciler.cli.failures import report_failure
from reconciler.cli.interrupts import interrupts
from reconciler.cli.local_state import JournalFile
from reconciler.cli.options import (
    apply_options,
    format_options,
    plan_options,
    project_options,
    selection_options,
    server_options,
    wait_options,
)
from reconciler.cli.output import deliver, refuse_formats, write_reports
from reconciler.cli.plan_file import read_json, read_plan, refuse_options
from reconciler.cli.progress import shown_progress
from reconciler.cli.session import Session, open_session, plan_options_of, refuse_dirty
from reconciler.cli.terminal import view, write_error, write_note
from reconciler.core.change import Create
from reconciler.core.plan import Plan
from reconciler.core.ports import Writer
from reconciler.core.problem import Misuse
from reconciler.core.receipt import Receipt
from reconciler.core.rehearsal import Rehearsal
from reconciler.core.undo import Undo
from reconciler.core.undo_json import decode_undo_plan, is_undo_plan
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.render.json import json_text
from reconciler.render.plan_text import plan_text
from reconciler.render.receipt import receipt_text
from reconciler.render.rehearsal import rehearsal_text
from reconciler.render.result_json import receipt_json
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.pace import Pace
from reconciler.workflow.task import Task
from reconciler.workflow.undo import undo_task
from reconciler.workflow.waiting import await_others

if TYPE_CHECKING:
    from reconciler.cli.event_lines import EventLines

_MARK_BYTES: Final = 3


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be applied."""

    plan: Plan
    task: Task
    undo: Undo | None = None


@click.command()
@click.argument(
    "file",
    metavar="[PLAN]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@apply_options
@wait_options
@plan_options
@selection_options
@format_options("text", "json", "ndjson", "markdown", "html", "junit")
@server_options
@project_options
@click.pass_obj
def apply(call: Call, file: Path | None, *, yes: bool) -> Exit:
    """Do what a saved PLAN says; without one plan, ask, and do it. Elsewhere it needs --yes.

    Run it again after any failure: what is done stays done.
    """
    asks = file is None and not yes and not call.rehearse
    if asks and not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "there is no terminal to ask on"
        raise Misuse(message, "look at `pvm plan`, then run `pvm apply --yes`")
    if call.rehearse:
        refuse_formats(call, "pvm apply --rehearse", ("text", "json"))
    session = open_session(call)
    if call.rehearse:
        return _rehearse(_errand(file, session, call), session, call)
    refuse_dirty(call, session)
    errand = _errand(file, session, call)
    if not errand.plan.stops and asks and _is_something(errand.plan):
        write_error(_preview(errand.plan, call), call)
        if not click.confirm(f"Apply this to {errand.plan.header.target}?", err=True):
            write_error("nothing was written", call)
            return Exit.FAILED
    elif errand.plan.stops or _is_something(errand.plan):
        write_note(_preview(errand.plan, call), call)
    lines = _event_lines(errand.plan, session, call)
    receipt, stopped_by = _execute(errand, session, call, lines)
    code = of_receipt(receipt, stopped_by)
    try:
        _tell(receipt, call, lines)
    except OSError as failure:
        report_failure(failure, call)
        return code or (Exit.PARTLY_APPLIED if receipt.outcomes else Exit.FAILED)
    return code


def _event_lines(plan: Plan, session: Session, call: Call) -> "EventLines | None":
    """What tells of each event, if somebody asked for it; the plan is told already."""
    if "ndjson" not in {call.format, *(report.format for report in call.reports)}:
        return None
    from reconciler.cli.event_lines import EventLines  # noqa: PLC0415 -- start-up time

    lines = EventLines(call, now)
    lines.begin(plan, session)
    return lines


def _tell(receipt: Receipt, call: Call, lines: "EventLines | None") -> None:
    if lines is None:
        deliver(partial(_render, receipt, call), call)
        return
    lines.end(receipt)

    def render(format_: str) -> str:
        return lines.text if format_ == "ndjson" else _render(receipt, call, format_)

    if call.format == "ndjson":
        write_reports(render, call)
    else:
        deliver(render, call)


def _is_something(plan: Plan) -> bool:
    return bool(plan.steps or plan.records)


def _errand(file: Path | None, session: Session, call: Call) -> Errand:
    """The saved plan with what it restores, if it restores something, or a plan made now."""
    task, options = session.task, plan_options_of(call)
    if file is None:
        with connect_reader(session.access) as reader:
            await_others(task, reader, call.lock_timeout_seconds, Pace())
            return Errand(plan_changes(task, reader, options), task)
    content = read_json(file)
    refuse_options(options, undoes=is_undo_plan(content))
    if not is_undo_plan(content):
        return Errand(read_plan(file, call, task.key), task)
    undo, plan = decode_undo_plan(content, task.key)
    with connect_reader(session.access) as reader:
        undoing = undo_task(undo, task, reader)
    return Errand(plan, undoing.task, undo=undo)


def _preview(plan: Plan, call: Call) -> str:
    return plan_text(plan, view(call), advise=False) + "\n"


def _execute(
    errand: Errand, session: Session, call: Call, lines: "EventLines | None"
) -> tuple[Receipt, Interruption]:
    """The only place that asks for a connection that can write."""
    if errand.plan.stops:
        moment = now()
        return Receipt(errand.plan, (), moment, moment), Interruption.INTERRUPT
    with (
        _journal(errand.plan, session.root) as journal,
        connect_writer(session.access) as writer,
        shown_progress(len(errand.plan.steps), call) as tell,
        interrupts(call) as received,
    ):
        _refuse_loud(errand.plan, writer, call)
        age = call.max_age_seconds
        run = Run(
            received.event,
            now,
            tell,
            chance=token_bytes,
            lock_wait_seconds=call.lock_timeout_seconds,
            wave=call.wave,
            max_age=None if age is None else timedelta(seconds=age),
            undo=errand.undo,
        )
        if journal is not None:
            run = replace(run, journal=lines.noting_in(journal) if lines else journal)
        return apply_plan(errand.plan, errand.task, writer, run), received.first


def _refuse_loud(plan: Plan, writer: Writer, call: Call) -> None:
    """Raises `Misuse` where a server can't create accounts silently, and some are to be created."""
    created = [s.change.id for s in plan.steps if isinstance(s.change, Create)]
    invited = sum(KINDS[id_.kind].invites for id_ in created)
    if call.no_invitations and invited and "invitations" not in writer.capabilities().offers:
        message = f"this server mails each new user, and the plan creates {invited}"
        raise Misuse(message, "leave out --no-invitations, or --exclude 'user/*'")


def _journal(plan: Plan, root: Path) -> JournalFile | nullcontext[None]:
    """Where this machine keeps what the apply did; nothing for an apply that does nothing."""
    if not (plan.steps or plan.records):
        return nullcontext()
    return JournalFile(root, now, token_hex(_MARK_BYTES))


def _rehearse(errand: Errand, session: Session, call: Call) -> Exit:
    """The same on a copy of the server."""
    from reconciler.cli.rehearsal import of_rehearsal, rehearse_plan  # noqa: PLC0415 -- start-up time

    with (
        connect_reader(session.access) as reader,
        shown_progress(len(errand.plan.steps), call) as tell,
    ):
        rehearsal = rehearse_plan(errand.plan, errand.task, reader, tell)
    deliver(partial(_render_rehearsal, rehearsal, call), call)
    return of_rehearsal(rehearsal)


def _render(receipt: Receipt, call: Call, format_: str) -> str:
    if format_ == "text":
        return receipt_text(receipt, view(call))
    if format_ == "json":
        return json_text(receipt_json(receipt))
    from reconciler.cli.formats import format_receipt  # noqa: PLC0415 -- start-up time

    return format_receipt(receipt, format_)


def _render_rehearsal(rehearsal: Rehearsal, call: Call, format_: str) -> str:
    """As JSON the receipt of the copy."""
    if format_ == "json":
        return json_text(receipt_json(rehearsal.receipt))
    return rehearsal_text(rehearsal, view(call))
