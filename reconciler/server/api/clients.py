"""What every device call shares: its token, and what the device says of itself."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query
from pydantic import Field

from reconciler.server.api.bodies import Body
from reconciler.server.api.call import Public
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.errors import refuse

PREFIX = "/client/api/v1"
LONGEST = 256
"""Characters of any text here; what may be kept of it is the domain's to say."""


class ContactBody(Body):
    """What a device says of itself; the token may stand in X-PVM-Token or the query instead."""

    token: str | None = Field(default=None, max_length=LONGEST)
    device_id: str | None = Field(default=None, max_length=LONGEST)
    app_id: str | None = Field(default=None, max_length=LONGEST)
    app_version: str = Field(default="", max_length=LONGEST)
    manufacturer: str = Field(default="", max_length=LONGEST)
    model: str = Field(default="", max_length=LONGEST)
    os_version: str = Field(default="", max_length=LONGEST)
    os_build: str = Field(default="", max_length=LONGEST)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call came from, and the token that stood outside its body."""

    token: str | None
    peer: str


async def read_place(
    call: Public,
    in_query: Annotated[str | None, Query(alias="token", max_length=LONGEST)] = None,
    in_header: Annotated[str | None, Header(alias="X-PVM-Token", max_length=LONGEST)] = None,
) -> Place:
    """The token of the query or the header. Raises VALIDATION when they differ."""
    return Place(_same(in_query, in_header), call.peer)


Caller = Annotated[Place, Depends(read_place)]


def read_contact(body: ContactBody, place: Place) -> Contact:
    """The contact that a POST is. Raises VALIDATION when its tokens differ."""
    hardware = Hardware(body.manufacturer, body.model, body.os_version, body.os_build)
    return Contact(
        token=_same(body.token, place.token),
        device_id=body.device_id,
        app_id=body.app_id,
        app_version=body.app_version,
        hardware=hardware,
        remote_address=place.peer or None,
    )


def _same(one: str | None, other: str | None) -> str | None:
    if one is not None and other is not None and one != other:
        refuse("token", "the token is given twice and differs")
    return other if one is None else one
