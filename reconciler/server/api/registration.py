"""A device registers at a site, and checks in."""

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import plain
from reconciler.server.api.bodies import read_json
from reconciler.server.api.call import Public, Raw
from reconciler.server.api.client_licenses import show_license
from reconciler.server.api.clients import LONGEST, PREFIX, Caller, ContactBody, read_contact
from reconciler.server.api.description import answers, json_body
from reconciler.server.api.device_rows import CheckinRow, RegistrationRow
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.registration import register
from reconciler.server.usecases.scope import present

router = APIRouter(prefix=PREFIX, tags=["client"])


class RegistrationBody(ContactBody):
    """The site, by default the one that the token's bootstrap names."""

    site: str | None = Field(default=None, max_length=LONGEST)


@router.post(
    "/register",
    responses=answers(RegistrationRow, tagged=False),
    openapi_extra=json_body(RegistrationBody),
)
def post_registration(request: Request, call: Public, place: Caller, raw: Raw) -> Response:
    """Register a device at a site, where PTT Pro then knows it."""
    body = read_json(request, RegistrationBody, raw)
    done = register(call.world, read_contact(body, place), body.site)
    device = done.device
    return plain(
        {
            "deviceId": device.device_id,
            "site": device.site,
            "state": device.state,
            "pttPro": done.ptt_pro,
        }
    )


@router.post(
    "/checkin", responses=answers(CheckinRow, tagged=False), openapi_extra=json_body(ContactBody)
)
def post_checkin(request: Request, call: Public, place: Caller, raw: Raw) -> Response:
    """Say that the device is still there; a device that is known needs no token."""
    body = read_json(request, ContactBody, raw)
    done = check_in(call.world, read_contact(body, place))
    now = present(call.world)
    return plain(
        {
            "nextCheckinSeconds": done.next_checkin_seconds,
            "licenses": [show_license(held, now) for held in done.licenses],
        }
    )
