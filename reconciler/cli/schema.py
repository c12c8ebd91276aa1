"""`pvm schema`: the JSON Schemas, for editors and other tools."""

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.terminal import write_result
from reconciler.core.problem import Misuse
from reconciler.sources.schema import schema_names, schema_text


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def schema(call: Call, name: str | None) -> Exit:
    """Print a JSON Schema; without NAME, list the names."""
    names = schema_names()
    if name is None:
        write_result("\n".join(names), call)
        return Exit.OK
    if name not in names:
        message = f'there is no schema "{name}"'
        raise Misuse(message, f"there is: {', '.join(names)}")
    write_result(schema_text(name), call)
    return Exit.OK
