"""`pvm undo`: the plan that takes an apply back."""

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
    server_options,
)
from reconciler.cli.output import deliver, replace_file
from reconciler.cli.plan import Manner, render_plan
from reconciler.cli.plan_file import read_json
from reconciler.cli.session import open_session, plan_options_of
from reconciler.cli.suggestions import suggest_files
from reconciler.cli.terminal import write_note
from reconciler.core.plan import Plan
from reconciler.core.undo import Undo
from reconciler.core.undo_json import decode_undo, encode_undo_plan
from reconciler.remote.connection import connect_reader
from reconciler.render.json import rows_text
from reconciler.workflow.undo import plan_undo


@click.command()
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--out",
    metavar="FILE",
    callback=parse_output_file,
    shell_complete=suggest_files,
    help="Save the plan, for `pvm apply`.",
)
@plan_options
@format_options("text", "json", "ndjson", "markdown", "html", "github")
@server_options
@project_options
@click.pass_obj
def undo(call: Call, file: Path, out: Path | None) -> Exit:
    """Show what takes an apply back; FILE is what it wrote into .pvm/undo.

    Nothing is written to the server: save the plan with --out, and apply that.
    """
    session = open_session(call)
    before = decode_undo(read_json(file), session.task.key)
    with connect_reader(session.access) as reader:
        plan = plan_undo(before, session.task, reader, plan_options_of(call))
    manner = Manner(session.root, session.task.key, advise=False)
    deliver(partial(render_plan, plan, manner, call), call)
    if out is not None:
        replace_file(out, rows_text(encode_undo_plan(before, plan, session.task.key)))
    write_note(_advice(before, plan, out), call)
    return of_plan(plan, detailed=False)


def _advice(before: Undo, plan: Plan, out: Path | None) -> str:
    """What to do next, on the server and in Git."""
    if not plan.steps:
        return f"nothing of apply #{before.number} can be taken back"
    target = out if out is not None else "undo-plan.json"
    lines = [] if out is not None else [f"save it with: --out {target}"]
    lines.append(f"take it back with: pvm apply {target}")
    if before.commit is not None:
        lines.append(f"and in Git with: git revert {before.commit[:12]}")
    lines.append("until Git follows, pvm plan leaves these objects alone")
    return "\n".join(lines)
