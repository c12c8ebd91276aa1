"""`pvm show`: a saved plan in any format."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, output_options
from reconciler.cli.output import deliver
from reconciler.cli.plan import render_plan
from reconciler.cli.plan_file import read_plan


@click.command()
@click.argument(
    "file", metavar="PLAN", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@format_options("text", "json", "markdown")
@output_options
@click.pass_obj
def show(call: Call, file: Path) -> Exit:
    """Show a plan that `pvm plan --out` saved. No server is asked."""
    deliver(partial(render_plan, read_plan(file, call), call), call)
    return Exit.OK
