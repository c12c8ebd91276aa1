"""What an Extension Manager calls; it comes with its customer's key instead of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.server.api.answers import plain
from reconciler.server.api.bodies import BodyType, fit, require_json
from reconciler.server.api.call import Raw, world_of
from reconciler.server.api.description import answers, json_body, rows_of
from reconciler.server.api.device_rows import ObsoletedRow
from reconciler.server.api.devices import show_obsoleted
from reconciler.server.api.extension_manager_rows import (
    MOST_BYTES,
    DeviceTold,
    ExmSeatsRow,
    PoolRow,
    PushBody,
    PushedBody,
    PushRow,
    SignInBody,
    VisitBody,
)
from reconciler.server.api.queries import check_query, read_time
from reconciler.server.api.representation import time_text
from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, Use
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.features import Feature, read_feature
from reconciler.server.domain.licensing import Lot
from reconciler.server.domain.strict_json import read_object
from reconciler.server.usecases import extension_manager, obsolete
from reconciler.server.usecases.extension_manager import (
    Guest,
    Knock,
    PushedItem,
    Visit,
    admit,
)
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import present

PREFIX = "/exm/api/v1"
_UNNAMED = "Extension Manager"
PUSH = f"{PREFIX}/device-licenses"
router = APIRouter(prefix=PREFIX, tags=["extension-manager"])
_KEY = APIKeyHeader(
    name="X-Api-Key",
    scheme_name="extensionManager",
    description="The key in the customer's Extension Manager bootstrap; or `api_key` in the query.",
    auto_error=False,
)
_USES: Mapping[tuple[str, str], Use] = {
    ("ASSIGNED", "IN_USE"): Use.IN_USE,
    ("ASSIGNED", "NOT_IN_USE_HELD"): Use.HELD,
    ("UNASSIGNED", "NOT_IN_USE"): Use.RELEASED,
}
_SHOWN = {use: pair for pair, use in _USES.items()}


@dataclass(frozen=True, slots=True)
class ExmCall:
    """A call with a customer's key."""

    world: World
    guest: Guest


async def _exm_call(
    request: Request,
    in_header: Annotated[str | None, Depends(_KEY)],
    in_query: Annotated[
        str | None, Query(alias="api_key", description="Instead of X-Api-Key", max_length=256)
    ] = None,
) -> ExmCall:
    """Look at the key first, so a stranger learns nothing about the parameters."""
    key = in_query if in_header is None else in_header
    if in_query is not None and in_query != key:
        refuse("api_key", "the query and X-Api-Key bring different keys")
    world = world_of(request)
    network = request.client.host if request.client else ""
    guest = await run_in_threadpool(admit, world, Knock(key or "", network))
    check_query(request)
    return ExmCall(world, guest)


Keyed = Annotated[ExmCall, Depends(_exm_call)]


def show_pool(lot: Lot, now: datetime) -> dict[str, object]:
    """A lot as an Extension Manager is told."""
    return {
        "externalId": lot.external_id,
        "type": lot.type,
        "totalLicenses": lot.total,
        "expiration": time_text(lot.expiration),
        "state": lot.state(now),
        "totalUsed": lot.used,
        "usedInExm": lot.used_in_exm,
    }


def show_seats(seats: Sequence[Held], now: datetime) -> dict[str, object]:
    """What a device holds, as an Extension Manager is told."""
    return {"licenses": [_show_seat(held, now) for held in seats]}


def visit_of(told: DeviceTold, address: str | None = None) -> Visit:
    """The device that a body tells of; nobody but Voice signs in at an Extension Manager."""
    hardware = Hardware(told.manufacturer, told.model, told.os_version, told.os_build)
    contact = Contact(None, told.device_id, AppId.VOICE, told.app_version, hardware, address)
    return Visit(told.device_id, contact)


def features_of(names: Sequence[str]) -> tuple[Feature, ...]:
    """The features of codes or labels. Raises VALIDATION."""
    return tuple(read_feature(name) for name in names)


@router.get("/licenses", responses=answers() | rows_of(PoolRow))
def read_pool(
    call: Keyed,
    exm: Annotated[str, Query(description="What it calls itself", max_length=128)],
) -> Response:
    """The customer's lots of licenses; each call leaves an event."""
    lots = extension_manager.read_pool(call.world, call.guest.named(exm))
    now = present(call.world)
    return JSONResponse([show_pool(lot, now) for lot in lots])


@router.post(
    "/device-licenses",
    responses=answers(PushRow, tagged=False),
    openapi_extra=json_body(PushBody),
)
def push_seats(request: Request, call: Keyed, raw: Raw) -> Response:
    """Tell which device has which license; the newest word about a seat counts."""
    body = _read(request, PushBody, raw)
    admitted = call.guest.named(body.exm)
    items = [_item(body.exm, item) for item in body.items]
    results = extension_manager.push_seats(call.world, admitted, items)
    return plain(
        {"results": [{"index": index, "result": done} for index, done in enumerate(results)]}
    )


@router.post(
    "/device/signin",
    responses=answers(ExmSeatsRow, tagged=False),
    openapi_extra=json_body(SignInBody),
)
def sign_in(request: Request, call: Keyed, raw: Raw) -> Response:
    """A device takes an extension; it gets a license for each of its features, or none."""
    body = _read(request, SignInBody, raw)
    admitted = call.guest.named(body.exm)
    features = features_of(body.features)
    seats = extension_manager.sign_in(call.world, admitted, visit_of(body), features)
    return plain(show_seats(seats, present(call.world)))


@router.post(
    "/device/signout",
    responses=answers(ExmSeatsRow, tagged=False),
    openapi_extra=json_body(VisitBody),
)
def sign_out(request: Request, call: Keyed, raw: Raw) -> Response:
    """A device gives its extension back; standard licenses return, premium ones stay."""
    body = _read(request, VisitBody, raw)
    seats = extension_manager.sign_out(call.world, call.guest.named(body.exm), visit_of(body))
    return plain(show_seats(seats, present(call.world)))


@router.post(
    "/device/checkin",
    responses=answers(ExmSeatsRow, tagged=False),
    openapi_extra=json_body(VisitBody),
)
def check_in(request: Request, call: Keyed, raw: Raw) -> Response:
    """A device that is signed in is still there."""
    body = _read(request, VisitBody, raw)
    seats = extension_manager.check_in(call.world, call.guest.named(body.exm), visit_of(body))
    return plain(show_seats(seats, present(call.world)))


@router.delete("/device", responses=answers(ObsoletedRow, tagged=False))
def obsolete_device(
    call: Keyed,
    device_id: Annotated[str, Query(alias="deviceId", max_length=128)],
    exm: Annotated[str, Query(description="What it calls itself", max_length=128)] = _UNNAMED,
) -> Response:
    """A device is obsolete there, and so here: all its licenses come back."""
    name = call.guest.named(exm).name
    done = obsolete.obsolete_from_exm(call.world, call.guest.customer, name, device_id)
    return plain(show_obsoleted(done))


def _show_seat(held: Held, now: datetime) -> dict[str, object]:
    row, lot = held.assignment, held.lot
    assigned, use_status = _SHOWN[row.use]
    return {
        "feature": row.feature,
        "type": row.type,
        "externalId": lot.external_id,
        "expiration": time_text(lot.expiration),
        "state": lot.state(now),
        "license": assigned,
        "useStatus": use_status,
    }


def _item(exm: str, body: PushedBody) -> PushedItem:
    use = _USES.get((body.license, body.use_status))
    if use is None:
        refuse("useStatus", "does not go with this license")
    updated_at = read_time("updatedAt", body.updated_at)
    if updated_at is None:
        refuse("updatedAt", "is required")
    asker = Asker(body.device_id, body.app_version, Holder.EXM, exm)
    seat = PushedSeat(asker, read_feature(body.feature), body.external_id, use, updated_at)
    return PushedItem(seat, visit_of(body))


def _read(request: Request, model: type[BodyType], raw: bytes) -> BodyType:
    require_json(request)
    return fit(model, read_object(raw, MOST_BYTES).value)
