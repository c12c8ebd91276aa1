"""What `pvm device` commands share: what the device says of itself, and which server it asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import click

from reconciler.cli.call import Call
from reconciler.cli.session import environment
from reconciler.cli.settings import resolve_settings
from reconciler.core.project import Project, Scope
from reconciler.remote.device import DeviceRequest
from reconciler.sources.project import PROJECT_FILE, find_project
from reconciler.sources.repository import Repository, read_repository

Command = TypeVar("Command", bound=Callable[..., object])

_NO_PROJECT: Final = Project(name="", sources=(), scope=Scope({}))
_DETAILS: Final = {
    "app_version": ("appVersion", "VERSION", "The application's version, as 3.3.10197."),
    "manufacturer": ("manufacturer", "NAME", "Who made the device."),
    "model": ("model", "NAME", "The device's model."),
    "os_version": ("osVersion", "VERSION", "The system's version, as 13."),
    "os_build": ("osBuild", "TEXT", "The system's build."),
}
"""Option, its name on the wire, its placeholder and its help."""


def device_options(command: Command) -> Command:
    """What a device says of itself; reaches the command as keyword arguments."""
    for name, (_, metavar, text) in reversed(_DETAILS.items()):
        option = "--" + name.replace("_", "-")
        command = click.option(option, name, default="", metavar=metavar, help=text)(command)
    for option, text in (
        ("--device-id", "The device that asks."),
        ("--app-id", "The application that asks."),
    ):
        command = click.option(option, default="", metavar="ID", help=text)(command)
    return command


def repository_of(call: Call) -> Repository | None:
    """The project's files; None where no project is: a device needs none."""
    if not (Path(call.directory) / PROJECT_FILE).exists():
        return None
    return read_repository(find_project(Path(call.directory)), call.target)


def request_of(
    call: Call, repository: Repository | None, token: str, given: dict[str, str]
) -> DeviceRequest:
    """The request of a device; `given` are the values of `device_options`."""
    project = repository.project if repository else _NO_PROJECT
    target = resolve_settings(project, environment(), call).target
    root = Path(call.directory) if repository is None else find_project(Path(call.directory))
    return DeviceRequest(
        url=target.url or "",
        token=token,
        app_id=given["app_id"],
        device_id=given["device_id"],
        ca_path=root / target.ca if target.ca else None,
        timeout_seconds=target.limits.timeout_seconds,
        details={wire: given[name] for name, (wire, _, _) in _DETAILS.items()},
    )
