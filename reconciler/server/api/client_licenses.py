"""A device's licenses over HTTP: asking for them, and giving them back."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import nothing, plain
from reconciler.server.api.bodies import read_json
from reconciler.server.api.call import Public, Raw
from reconciler.server.api.clients import LONGEST, PREFIX, Caller, ContactBody, read_contact
from reconciler.server.api.description import answers, json_body
from reconciler.server.api.license_rows import LicensedRow
from reconciler.server.api.representation import time_text
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.licensing import Reason, mask_external_id
from reconciler.server.usecases.license_grants import request_licenses, return_licenses
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.scope import present

router = APIRouter(prefix=PREFIX, tags=["client"])


class LicenseBody(ContactBody):
    """The phone systems that are set up in the client, and why it asks."""

    features: list[str] = Field(max_length=LONGEST, examples=[["CUCM_STANDARD"]])
    reason: str = Field(default=str(Reason.INITIAL), max_length=LONGEST)


def show_license(held: Held, now: datetime) -> dict[str, object]:
    """A license as its device is told; it may have expired meanwhile (Q-43)."""
    return {
        "feature": held.assignment.feature,
        "type": held.assignment.type,
        "aidMasked": mask_external_id(held.lot.external_id),
        "expiration": time_text(held.lot.expiration),
        "state": held.lot.state(now),
    }


@router.post(
    "/license", responses=answers(LicensedRow, tagged=False), openapi_extra=json_body(LicenseBody)
)
def post_license(request: Request, call: Public, place: Caller, raw: Raw) -> Response:
    """A license for each phone system named, or none at all; what the device has it keeps."""
    body = read_json(request, LicenseBody, raw)
    contact = read_contact(body, place)
    done = request_licenses(call.world, contact, body.features, body.reason)
    now = present(call.world)
    return plain(
        {
            "licenses": [show_license(held, now) for held in done.licenses],
            "nextCheckSeconds": done.next_check_seconds,
        }
    )


@router.delete("/license", status_code=204, responses=answers())
def delete_license(
    call: Public,
    place: Caller,
    device_id: Annotated[str | None, Query(alias="deviceId", max_length=LONGEST)] = None,
    app_id: Annotated[str | None, Query(alias="appId", max_length=LONGEST)] = None,
    app_version: Annotated[str, Query(alias="appVersion", max_length=LONGEST)] = "",
) -> Response:
    """Give back the standard licenses that this server gave the device."""
    peer = place.peer or None
    contact = Contact(place.token, device_id, app_id, app_version, remote_address=peer)
    return_licenses(call.world, contact)
    return nothing()
