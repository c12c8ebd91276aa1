"""What a device does beside fetching: register, check in, ask for licenses, give them back."""

from functools import partial

import click

from reconciler.cli.call import Call
from reconciler.cli.device_request import device_options, repository_of, request_of
from reconciler.cli.exits import Exit
from reconciler.cli.options import format_options, project_options, server_options
from reconciler.cli.output import deliver
from reconciler.core.problem import Misuse
from reconciler.core.values import JsonValue
from reconciler.remote import device as remote
from reconciler.remote.device import DeviceRequest
from reconciler.render.device import answer_text
from reconciler.render.json import json_text

_REASONS = ("INITIAL", "INTERVAL", "TOKEN_SCAN", "REBOOT", "EXPIRED")


@click.command()
@click.argument("token")
@click.option("--site", default="", metavar="NAME", help="Where; else the bootstrap's own site.")
@device_options
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def register(call: Call, /, token: str, site: str, **given: str) -> Exit:
    """Register the device at a site.

    PTT Pro then knows it there, as far as the customer has PTT Pro entered automatically.
    """
    return _tell(remote.register(_request(call, token, given), site), call)


@click.command()
@click.argument("token", required=False, default="")
@device_options
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def checkin(call: Call, /, token: str, **given: str) -> Exit:
    """Check in. A device that is known needs no TOKEN."""
    return _tell(remote.check_in(_request(call, token, given)), call)


@click.command("license")
@click.argument("token", required=False, default="")
@click.option(
    "--feature",
    "features",
    multiple=True,
    required=True,
    metavar="NAME",
    help="A phone system of the client, as CUCM_STANDARD; repeatable.",
)
@click.option(
    "--reason",
    type=click.Choice(_REASONS),
    default="INITIAL",
    show_default=True,
    help="Why the client asks.",
)
@device_options
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def license_(
    call: Call, /, token: str, features: tuple[str, ...], reason: str, **given: str
) -> Exit:
    """Ask for a Voice license of each feature. A device that is known needs no TOKEN."""
    request = _request(call, token, given)
    return _tell(remote.ask_licenses(request, features, reason), call)


@click.command("return-license")
@click.argument("token")
@device_options
@format_options("text", "json")
@server_options
@project_options
@click.pass_obj
def return_license(call: Call, /, token: str, **given: str) -> Exit:
    """Give back the standard licenses that the server gave the device."""
    remote.return_licenses(_request(call, token, given))
    return _tell({"returned": True}, call)


def _request(call: Call, token: str, given: dict[str, str]) -> DeviceRequest:
    """Raises Misuse without a device id, which every call but a fetch needs."""
    if not given["device_id"]:
        message = "which device is it?"
        raise Misuse(message, "give --device-id, as TC52_18304522512397")
    return request_of(call, repository_of(call), token, given)


def _tell(answer: JsonValue, call: Call) -> Exit:
    deliver(partial(_render, answer), call)
    return Exit.OK


def _render(answer: JsonValue, format_: str) -> str:
    return json_text(answer) if format_ == "json" else answer_text(answer)
