"""`pvm fmt`: the files in their canonical form."""

from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit, of_formatting
from reconciler.cli.options import format_options, project_options
from reconciler.cli.output import deliver
from reconciler.cli.terminal import width
from reconciler.render.formatting import formatting_json, formatting_text
from reconciler.render.json import json_text
from reconciler.sources.formatting import format_project
from reconciler.sources.project import find_project


@click.command()
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--check", is_flag=True, help="Write nothing; list what would change: exit code 2 if anything."
)
@format_options("text", "json")
@project_options
@click.pass_obj
def fmt(call: Call, paths: tuple[Path, ...], *, check: bool) -> Exit:
    """Write the files in their canonical form; no server is asked.

    Fields stand in the order of their kind, quotes where they are needed, the rows of fleets in the
    order of their key. Comments stay, and what the files say. With PATH only the files there.
    """
    root = find_project(Path(call.directory))
    found = format_project(root, [path.resolve() for path in paths], write=not check)

    def render(format_: str) -> str:
        if format_ == "json":
            return json_text(formatting_json(found, written=not check))
        return formatting_text(found, written=not check, width=width())

    deliver(render, call)
    return of_formatting(found, written=not check)
