"""`pvm explain`: where each value of one object comes from."""

from collections.abc import Callable
from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import open_session
from reconciler.cli.suggestions import suggest_objects
from reconciler.cli.terminal import view
from reconciler.core.explanation import Explanation
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.problem import Misuse
from reconciler.core.secrets import Masking
from reconciler.kinds import KINDS, find_kind
from reconciler.remote.connection import connect_reader
from reconciler.render.explanation import explanation_text
from reconciler.render.explanation_json import explanation_json
from reconciler.render.json import json_text
from reconciler.sources.authors import authors_of
from reconciler.sources.files import Files
from reconciler.sources.locate import Locator
from reconciler.workflow.explain import Question, explain_object


@click.command()
@click.argument("object_", metavar="KIND/NAME[/POINTER]", shell_complete=suggest_objects)
@click.option("--offline", is_flag=True, help="Do not ask the server.")
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def explain(call: Call, object_: str, *, offline: bool) -> Exit:
    """Show where each value of an object comes from, and what the server has.

    Each layer, line and exception that says something about a value is told with its place and
    its last author in Git; the last one has the say. The server is asked too, unless --offline is
    given.
    """
    id_, pointer = parse_object(object_)
    session = open_session(call, online=not offline)
    repository = session.repository
    question = Question(
        id_,
        pointer,
        _locate(Locator(Files(session.root), Masking(repository.project.secrets)), id_),
        repository.heritage,
        partial(authors_of, session.root),
    )
    if offline:
        found = explain_object(session.task, question, None)
    else:
        with connect_reader(session.access) as reader:
            found = explain_object(session.task, question, reader)
    deliver(partial(_render, found, call), call)
    return Exit.OK


def _locate(locator: Locator, id_: ResourceId) -> Callable[[Origin], Place | None]:
    """Only where the fields are known can one be missing: parameters are read as they are."""
    return locator.written if KINDS[id_.kind].value_field is None else locator.place


def parse_object(text: str) -> tuple[ResourceId, str]:
    """`token/STORE-1/description` as an object and a JSON Pointer; raises `Misuse`."""
    noun, _, rest = text.partition("/")
    name, slash, pointer = rest.partition("/")
    kind = find_kind(noun)
    if kind is None or not name:
        message = f'"{text}" is not KIND/NAME'
        raise Misuse(message, "write for example bootstrap/store-0421 or token/STORE-1/description")
    return ResourceId(kind.name, name), f"{slash}{pointer}"


def _render(found: Explanation, call: Call, format_: str) -> str:
    if format_ == "json":
        return json_text(explanation_json(found))
    return explanation_text(found, view(call))
