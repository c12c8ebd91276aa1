"""Devices over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import plain, require_offered
from reconciler.server.api.bodies import Body, fit, require_json
from reconciler.server.api.call import Call, Raw, Signed
from reconciler.server.api.description import answers, json_body, list_of
from reconciler.server.api.device_rows import (
    DeviceDetailRow,
    DeviceRow,
    ManyObsoletedRow,
    ObsoletedRow,
    show,
)
from reconciler.server.api.licenses import show_assigned
from reconciler.server.api.lists import Listing, Source, answer, by_wire_name
from reconciler.server.api.queries import DeviceId, Force, read_time
from reconciler.server.domain.assignments import Assignment
from reconciler.server.domain.device import Device, DeviceState
from reconciler.server.domain.strict_json import read_object
from reconciler.server.usecases import devices, obsolete

MANY = "/admin/api/v1/devices/obsolete"
MANY_BYTES = 512 * 1024
router = APIRouter(prefix="/admin/api/v1", tags=["admin-controller"])


class ObsoleteBody(Body):
    """The devices to obsolete; one that cannot be is told on its own."""

    device_ids: list[str] = Field(min_length=1, max_length=obsolete.MOST_DEVICES)


@dataclass(frozen=True, slots=True)
class _Filters:
    state: DeviceState | None
    device_id: str | None
    model: str | None
    site: str | None
    third_party: Literal["true", "false"] | None


async def _filters(
    state: Annotated[DeviceState | None, Query()] = None,
    device_id: Annotated[str | None, Query(alias="deviceId", description="Part of it")] = None,
    model: Annotated[str | None, Query()] = None,
    site: Annotated[str | None, Query()] = None,
    third_party: Annotated[Literal["true", "false"] | None, Query(alias="thirdParty")] = None,
) -> _Filters:
    return _Filters(state, device_id, model, site, third_party)


@dataclass(frozen=True, slots=True)
class _Window:
    since: str | None
    until: str | None


async def _window(
    since: Annotated[
        str | None, Query(alias="updatedAfter", description="Last contact, UTC, included")
    ] = None,
    until: Annotated[
        str | None, Query(alias="updatedBefore", description="Last contact, UTC, not included")
    ] = None,
) -> _Window:
    return _Window(since, until)


@router.get("/devices", responses=list_of(DeviceRow))
def list_devices(
    request: Request,
    call: Signed,
    asked: Listing,
    filters: Annotated[_Filters, Depends(_filters)],
    window: Annotated[_Window, Depends(_window)],
) -> Response:
    """Every device, the latest contact first, paged, or as NDJSON the whole list."""
    require_offered(request, "devices")
    query = replace(
        asked.query(call.customer, by_wire_name(filters)),
        since=read_time("updatedAfter", window.since),
        until=read_time("updatedBefore", window.until),
    )
    source = Source(
        lambda: devices.list_devices(call.world, call.caller, query),
        lambda: devices.stream_devices(call.world, call.caller, query),
        lambda row: _show(call, row),
    )
    return answer(asked, source)


@router.get("/device", responses=answers(DeviceDetailRow, tagged=False))
def get_device(request: Request, call: Signed, device_id: DeviceId) -> Response:
    """One device with every license that it has or had."""
    require_offered(request, "devices")
    found = devices.get_device(call.world, call.caller, device_id, call.customer)
    assignments = [show_assigned(call, held) for held in found.assignments]
    return plain({**_show(call, found.device), "assignments": assignments})


@router.delete("/device", responses=answers(ObsoletedRow, tagged=False))
def delete_device(
    request: Request, call: Signed, device_id: DeviceId, *, force: Force = False
) -> Response:
    """Obsolete a device: out of PTT Pro, its licenses back to the pool; its row stays."""
    require_offered(request, "devices")
    done = obsolete.obsolete_device(call.world, call.caller, device_id, call.customer, force=force)
    return plain(show_obsoleted(done))


@router.post(
    "/devices/obsolete",
    responses=answers(ManyObsoletedRow, tagged=False),
    openapi_extra=json_body(ObsoleteBody),
)
def obsolete_devices(request: Request, call: Signed, raw: Raw, *, force: Force = False) -> Response:
    """Obsolete many devices, each for itself; asked again, nothing changes."""
    require_offered(request, "devices")
    require_json(request)
    body = fit(ObsoleteBody, read_object(raw, MANY_BYTES).value)
    done = obsolete.obsolete_devices(
        call.world, call.caller, body.device_ids, call.customer, force=force
    )
    return plain({"results": [_show_one(row) for row in done]})


def _show(call: Call, device: Device) -> dict[str, object]:
    return show(device, owned=call.caller.customer is not None)


def _show_one(row: obsolete.ManyObsoleted) -> Mapping[str, object]:
    outcome = row.outcome
    if isinstance(outcome, obsolete.Obsoleted):
        return show_obsoleted(outcome)
    return {"deviceId": row.device_id, "code": outcome.code, "detail": outcome.detail}


def show_obsoleted(done: obsolete.Obsoleted) -> dict[str, object]:
    """What became of a device, as it is answered."""
    return {
        "deviceId": done.device_id,
        "state": DeviceState.INACTIVE,
        "released": _seats(done.released),
        "retainedByExm": _seats(done.retained),
        "pttPro": done.ptt_pro,
    }


def _seats(rows: Sequence[Assignment]) -> list[dict[str, object]]:
    return [{"feature": row.feature, "type": row.type} for row in rows]
