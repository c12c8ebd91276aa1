"""`pvm show`: a saved plan in any format."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, output_options
from reconciler.cli.output import deliver
from reconciler.cli.plan import render_plan
from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.origin import Place
from reconciler.core.plan import Plan
from reconciler.core.plan_json import decode_plan
from reconciler.core.problem import InvalidInput, Problem


@click.command()
@click.argument(
    "file", metavar="PLAN", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@format_options("text", "json", "markdown")
@output_options
@click.pass_obj
def show(call: Call, file: Path) -> Exit:
    """Show a plan that `pvm plan --out` saved. No server is asked."""
    deliver(partial(render_plan, _read_plan(file), call), call)
    return Exit.OK


def _read_plan(file: Path) -> Plan:
    try:
        return decode_plan(parse_json(file.read_text(encoding="utf-8")))
    except JsonError as error:
        place = Place(str(file), error.line, error.column, error.line, error.column)
        problem = Problem("plan-not-json", f"the plan is not JSON: {error.message}", place)
        raise InvalidInput((problem,)) from error
    except UnicodeDecodeError as error:
        problem = Problem("plan-not-json", f"{file} is not UTF-8 text, so it is no plan")
        raise InvalidInput((problem,)) from error
