"""`pvm plan`: what apply would change."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

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
    wait_options,
)
from reconciler.cli.output import deliver, replace_file
from reconciler.cli.session import open_session, plan_options_of
from reconciler.cli.suggestions import suggest_files
from reconciler.cli.terminal import view, write_note
from reconciler.core.plan import Plan
from reconciler.core.plan_json import encode_plan
from reconciler.remote.connection import connect_reader
from reconciler.render.json import rows_text
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.pace import Pace
from reconciler.workflow.waiting import await_others

_DIGITS: Final = 12
"""Of a digest, where people only tell two plans apart."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is shown, whatever the format."""

    root: Path
    """The folder of the project."""
    key: bytes | None = None
    """What signs its JSON form."""
    advise: bool = True
    """Whether the text ends with the command to go on with."""


@click.command()
@selector_argument
@click.option(
    "--out",
    metavar="FILE",
    callback=parse_output_file,
    shell_complete=suggest_files,
    help="Save the plan, for `pvm apply`.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="2: changes, 3: drift, 4: both or a guard left some out, 6: a guard stops all.",
)
@wait_options
@plan_options
@selection_options
@format_options("text", "json", "ndjson", "markdown", "html", "github")
@server_options
@project_options
@click.pass_obj
def plan(call: Call, out: Path | None, *, detailed_exitcode: bool) -> Exit:
    """Show what apply would change. Nothing is written to the server."""
    session = open_session(call)
    with connect_reader(session.access) as reader:
        await_others(session.task, reader, call.lock_timeout_seconds, Pace())
        made = plan_changes(session.task, reader, plan_options_of(call))
    made = _with_end(made, call)
    key = session.task.key
    manner = Manner(session.root, key, advise=out is None)
    deliver(partial(render_plan, made, manner, call), call)
    if out is not None:
        write_note(_save(made, out, key), call)
    return of_plan(made, detailed=detailed_exitcode)


def _with_end(made: Plan, call: Call) -> Plan:
    if call.max_age_seconds is None:
        return made
    expires = made.header.created + timedelta(seconds=call.max_age_seconds)
    return replace(made, header=replace(made.header, expires=expires))


def _save(made: Plan, file: Path, key: bytes | None) -> str:
    encoded = encode_plan(made, key)
    replace_file(file, rows_text(encoded))
    shown = str(encoded["digest"])[: len("sha256:") + _DIGITS]
    signed = "" if key is not None else " · not signed, there is no PVM_DIGEST_KEY"
    lines = [f"saved     {file} {shown}… · no secret values inside{signed}"]
    if not made.stops and (made.steps or made.records):
        lines.append(f"next      pvm apply {file}")
    return "\n".join(lines)


def render_plan(made: Plan, manner: Manner, call: Call, format_: str) -> str:
    """A plan in one of the formats of `plan`, `show` and `undo`; as JSON signed with the key."""
    if format_ == "text":
        return plan_text(made, view(call), advise=manner.advise)
    if format_ == "json":
        return rows_text(encode_plan(made, manner.key))
    if format_ == "markdown":
        return plan_markdown(made)
    from reconciler.cli.formats import format_plan  # noqa: PLC0415 -- start-up time

    return format_plan(made, format_, manner.root, manner.key)
