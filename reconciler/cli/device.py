"""`pvm device`: act as a device, over a connection that knows device paths only."""

from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.device_calls import checkin, license_, register, return_license
from reconciler.cli.device_request import device_options, repository_of, request_of
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.terminal import write_note
from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.ports import Rejected
from reconciler.core.project import Project, Scope
from reconciler.core.secrets import mask
from reconciler.core.values import JsonValue
from reconciler.remote.device import fetch_bootstrap
from reconciler.render.json import json_text
from reconciler.render.screen import printable
from reconciler.workflow.difference import masking_of

_NO_PROJECT = Project(name="", sources=(), scope=Scope({}))


@click.group()
def device() -> None:
    """Act as a device: what would this token deliver?

    A project is not needed: without a pvm.yaml the address comes from PVM_URL alone. Each call
    leaves a row in the server's history, as a real device's does.
    """


@device.command()
@click.argument("token")
@device_options
@format_options("json", "text")
@server_options
@project_options
@click.pass_obj
def fetch(call: Call, /, token: str, **given: str) -> Exit:
    """Fetch the bootstrap of TOKEN. Secrets are masked; a device gets them as they are."""
    repository = repository_of(call)
    text = fetch_bootstrap(request_of(call, repository, token, given))
    project = repository.project if repository else _NO_PROJECT
    masking = masking_of(project, repository.declared if repository else ())
    bootstrap, masked = mask(_parse(text), masking)
    if masked:
        write_note("masked    secrets in this bootstrap; a device gets them as they are", call)
    deliver(partial(_render, bootstrap), call)
    return Exit.OK


def _parse(text: str) -> JsonValue:
    try:
        return parse_json(text)
    except JsonError as error:
        request = "GET /client/api/v1/bootstrap"
        message = f"the server delivered no JSON (line {error.line}): {error.message}"
        raise Rejected(request, message) from error


def _render(bootstrap: JsonValue, format_: str) -> str:
    text = json_text(bootstrap)
    return text if format_ == "json" else "\n".join(map(printable, text.split("\n")))


for _command in (register, checkin, license_, return_license):
    device.add_command(_command)
