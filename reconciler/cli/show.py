"""`pvm show`: a saved plan in any format."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, output_options
from reconciler.cli.output import deliver
from reconciler.cli.plan import Manner, render_plan
from reconciler.cli.plan_file import PlanFile, check_plan, plan_in, read_json, target_of
from reconciler.cli.session import environment
from reconciler.cli.settings import digest_key
from reconciler.render.json import rows_text


@click.command()
@click.argument(
    "file", metavar="PLAN", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@format_options("text", "json", "ndjson", "markdown", "html", "github")
@output_options
@click.pass_obj
def show(call: Call, file: Path) -> Exit:
    """Show a plan that `pvm plan` or `pvm undo` saved with --out. No server is asked."""
    value = plan_in(read_json(file))
    key, _ = digest_key(target_of(value), environment())
    deliver(partial(_render, check_plan(file, value, call, key), call), call)
    return Exit.OK


def _render(saved: PlanFile, call: Call, format_: str) -> str:
    """As JSON exactly what was saved, signature and all."""
    if format_ == "json":
        return rows_text(saved.content)
    if format_ == "ndjson":
        from reconciler.render.ndjson import lines_text  # noqa: PLC0415 -- start-up time

        return lines_text("plan", saved.content)
    if format_ == "html":
        from reconciler.render.plan_html import plan_html  # noqa: PLC0415 -- start-up time

        return plan_html(saved.plan, digest=str(saved.content["digest"]))
    return render_plan(saved.plan, Manner(Path(call.directory), advise=False), call, format_)
