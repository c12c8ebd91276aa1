"""`pvm schema`: the JSON Schemas, for editors and other tools."""

import json

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.suggestions import suggest_schemas
from reconciler.cli.terminal import write_result
from reconciler.core.problem import Misuse
from reconciler.sources.draft_07 import draft_07
from reconciler.sources.schema import load_schema, schema_names, schema_text


@click.command()
@click.argument("name", required=False, shell_complete=suggest_schemas)
@click.option(
    "--draft-07",
    "older",
    is_flag=True,
    help="In the older draft that every editor knows, as one file without references to others.",
)
@click.pass_obj
def schema(call: Call, name: str | None, *, older: bool) -> Exit:
    """Print a JSON Schema; without NAME, list the names."""
    names = schema_names()
    if name is None:
        write_result("\n".join(names), call)
        return Exit.OK
    if name not in names:
        message = f'there is no schema "{name}"'
        raise Misuse(message, f"there is: {', '.join(names)}")
    write_result(_converted(name) if older else schema_text(name), call)
    return Exit.OK


def _converted(name: str) -> str:
    return json.dumps(draft_07(name, load_schema), indent=2, ensure_ascii=False)
