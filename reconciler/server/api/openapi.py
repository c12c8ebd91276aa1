"""The OpenAPI document: what the framework finds, plus the models that handlers read themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from reconciler.server.api import (
    bodies,
    client_licenses,
    clients,
    device_rows,
    devices,
    extension_manager_rows,
    job_rows,
    license_rows,
    licenses,
    registration,
    report_rows,
    rows,
)
from reconciler.server.api.description import page_name
from reconciler.version import __version__

_REFERENCE = "#/components/schemas/{model}"
_LISTED: tuple[type[rows.Row], ...] = (
    rows.BootstrapRow,
    rows.TokenRow,
    rows.SiteRow,
    rows.UserRow,
    rows.CustomerRow,
    rows.EventRow,
    report_rows.HistoryRow,
    license_rows.LotRow,
    license_rows.AssignedRow,
    device_rows.DeviceRow,
    device_rows.SiteDeviceRow,
)
_FOLLOWED: tuple[type[rows.Row], ...] = (rows.EventRow, report_rows.HistoryRow)
"""Lists whose pages may be asked for by cursor."""
_ANSWERED: tuple[type[rows.Row], ...] = (
    rows.ProblemRow,
    rows.SignedInRow,
    rows.AccountRow,
    rows.IntentRow,
    rows.VersionRow,
    rows.HealthRow,
    rows.CapabilityRow,
    rows.ApiTokenRow,
    rows.NewApiTokenRow,
    rows.ChangeResultRow,
    device_rows.DeviceDetailRow,
    device_rows.SiteSyncRow,
    device_rows.FootprintsRow,
    device_rows.ObsoletedRow,
    device_rows.ManyObsoletedRow,
    device_rows.RegistrationRow,
    device_rows.CheckinRow,
    license_rows.SyncRow,
    license_rows.MigrationRow,
    license_rows.LicensedRow,
    report_rows.LicenseChartRow,
    report_rows.TokenChartRow,
    job_rows.JobRow,
    job_rows.JobRunRow,
    extension_manager_rows.PoolRow,
    extension_manager_rows.PushRow,
    extension_manager_rows.ExmSeatsRow,
)
_READ: tuple[type[BaseModel], ...] = (
    bodies.Login,
    bodies.LoginForm,
    bodies.Forgot,
    bodies.Reset,
    bodies.PasswordChange,
    bodies.UserBody,
    bodies.SiteBody,
    bodies.CustomerBody,
    bodies.ApiTokenBody,
    bodies.ChangeSet,
    licenses.MigrationBody,
    client_licenses.LicenseBody,
    clients.ContactBody,
    registration.RegistrationBody,
    devices.ObsoleteBody,
    extension_manager_rows.PushBody,
    extension_manager_rows.SignInBody,
    extension_manager_rows.VisitBody,
)


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of every address that stands in it."""
    document = get_openapi(
        title=app.title,
        version=__version__,
        openapi_version="3.1.0",
        description="Bootstraps, tokens, sites, users and customers of the provisioning server.",
        routes=app.routes,
    )
    for operations in document["paths"].values():
        for operation in operations.values():
            # Every refusal is the one problem document, whatever the framework would answer.
            operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _sendable(parameter["schema"])
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(_schemas())
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _sendable(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter may be left out, but no address or header can carry a null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **choices[0]} if len(choices) == 1 else schema


def _schemas() -> dict[str, Any]:
    read: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in _READ]
    answered: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in (*_LISTED, *_ANSWERED)
    ]
    found: dict[str, Any] = {}
    for group in (read, answered):
        _, definitions = models_json_schema(group, ref_template=_REFERENCE)
        found.update(definitions["$defs"])
    found.update({page_name(model): _page(model) for model in _LISTED})
    return found


def _page(model: type[rows.Row]) -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    properties: dict[str, dict[str, Any]] = {
        "content": {"type": "array", "items": {"$ref": _REFERENCE.format(model=model.__name__)}},
        "page": count,
        "size": count,
        "totalElements": count,
        "totalPages": count,
    }
    required = sorted(properties)
    if model in _FOLLOWED:
        properties["next"] = {
            "type": ["string", "null"],
            "description": "For `after`; null at the end, absent unless sorted by timestamp. "
            "A page asked for with `after` has no number and no totals.",
        }
        required = ["content", "size"]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
