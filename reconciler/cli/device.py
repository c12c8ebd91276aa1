"""`pvm device`: act as a device, over a connection that knows device paths only."""

from functools import partial
from pathlib import Path

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.cli.session import environment
from reconciler.cli.settings import resolve_settings
from reconciler.cli.terminal import write_note
from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.ports import Rejected
from reconciler.core.project import Project, Scope
from reconciler.core.secrets import mask
from reconciler.core.values import JsonValue
from reconciler.remote.device import DeviceRequest, fetch_bootstrap
from reconciler.render.json import json_text
from reconciler.render.screen import printable
from reconciler.sources.project import PROJECT_FILE, find_project
from reconciler.sources.repository import read_repository
from reconciler.workflow.difference import masking_of

_NO_PROJECT = Project(name="", sources=(), scope=Scope({}))


@click.group()
def device() -> None:
    """Act as a device: what would this token deliver?"""


@device.command()
@click.argument("token")
@click.option("--app-id", default="", metavar="ID", help="The application that asks.")
@click.option("--device-id", default="", metavar="ID", help="The device that asks.")
@format_options("json", "text")
@server_options
@project_options
@click.pass_obj
def fetch(call: Call, token: str, app_id: str, device_id: str) -> Exit:
    """Fetch the bootstrap of TOKEN as a device does; secrets are masked.

    Without a pvm.yaml the address comes from PVM_URL alone.
    """
    root = (
        find_project(Path(call.directory))
        if (Path(call.directory) / PROJECT_FILE).exists()
        else None
    )
    repository = read_repository(root) if root else None
    project = repository.project if repository else _NO_PROJECT
    target = resolve_settings(project, environment(), call).target
    request = DeviceRequest(
        url=target.url or "",
        token=token,
        app_id=app_id,
        device_id=device_id,
        ca_path=(root or Path()) / target.ca if target.ca else None,
        timeout_seconds=target.limits.timeout_seconds,
    )
    masking = masking_of(project, repository.declared if repository else ())
    bootstrap, masked = mask(_parse(fetch_bootstrap(request)), masking)
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
