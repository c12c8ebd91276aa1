"""Licenses over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import plain
from reconciler.server.api.bodies import Body, read_json
from reconciler.server.api.call import Call, Raw, Signed
from reconciler.server.api.description import answers, json_body, list_of
from reconciler.server.api.license_rows import AssignedRow, LotRow, MigrationRow, SyncRow
from reconciler.server.api.lists import Listing, Source, answer, by_wire_name
from reconciler.server.api.representation import time_text
from reconciler.server.domain.assignments import Use, short_version
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import Lot, LotSource, LotState, mask_external_id
from reconciler.server.usecases import licenses
from reconciler.server.usecases.license_migration import migrate_licenses
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.license_sync import Synced, sync_on_demand
from reconciler.server.usecases.licenses import License, UseStatus
from reconciler.server.usecases.scope import present

router = APIRouter(prefix="/admin/api/v1", tags=["license-controller"])
_USE_STATUS: Mapping[Use, UseStatus] = {
    Use.IN_USE: UseStatus.IN_USE,
    Use.HELD: UseStatus.NOT_IN_USE_HELD,
    Use.RELEASED: UseStatus.NOT_IN_USE,
}


class MigrationBody(Body):
    """Activation ids, each with its key in the new licensing system."""

    map: dict[str, str] = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class _Kind:
    type: LicenseType | None
    source: LotSource | None
    state: LotState | None
    term: str | None


async def _kind(
    kind: Annotated[LicenseType | None, Query(alias="type")] = None,
    source: Annotated[LotSource | None, Query()] = None,
    state: Annotated[LotState | None, Query()] = None,
    term: Annotated[str | None, Query()] = None,
) -> _Kind:
    return _Kind(kind, source, state, term)


@dataclass(frozen=True, slots=True)
class _Use:
    license: License | None
    use_status: UseStatus | None
    type: LicenseType | None


async def _use(
    assigned: Annotated[License | None, Query(alias="license")] = None,
    use_status: Annotated[UseStatus | None, Query(alias="useStatus")] = None,
    kind: Annotated[LicenseType | None, Query(alias="type")] = None,
) -> _Use:
    return _Use(assigned, use_status, kind)


@dataclass(frozen=True, slots=True)
class _Seat:
    device_id: str | None
    feature: str | None
    aid: str | None


async def _seat(
    device_id: Annotated[
        str | None, Query(alias="deviceId", description="Part of a device id")
    ] = None,
    feature: Annotated[str | None, Query(description="Code or label")] = None,
    aid: Annotated[str | None, Query(description="As shown, or the whole one")] = None,
) -> _Seat:
    return _Seat(device_id, feature, aid)


def show_lot(call: Call, lot: Lot, now: datetime) -> dict[str, object]:
    """A lot as it is answered."""
    owner = {} if call.caller.customer else {"customer": lot.customer}
    base = lot.base_expiration
    return {
        **owner,
        "state": lot.state(now),
        "license": lot.type,
        "aidMasked": mask_external_id(lot.external_id),
        "term": lot.term,
        "source": lot.source,
        "quantity": lot.quantity,
        "overagePercent": lot.overage_percent,
        "totalLicenses": lot.total,
        "totalUsed": lot.used,
        "usedInExm": lot.used_in_exm,
        "available": lot.available,
        "baseExpiration": None if base is None else time_text(base),
        "graceDays": lot.grace_days,
        "expiration": time_text(lot.expiration),
        "updatedOn": time_text(lot.last_verified_at),
        "createdOn": time_text(lot.created_at),
    }


def show_assigned(call: Call, held: Held) -> dict[str, object]:
    """An assignment as it is answered."""
    row, lot = held.assignment, held.lot
    owner = {} if call.caller.customer else {"customer": row.customer}
    released = row.released_at
    return {
        **owner,
        "license": License.ASSIGNED if row.use.assigned else License.UNASSIGNED,
        "useStatus": _USE_STATUS[row.use],
        "deviceId": row.device_id,
        "feature": row.feature,
        "type": row.type,
        "expiration": time_text(lot.expiration),
        "aidMasked": mask_external_id(lot.external_id),
        "appVersion": short_version(row.app_version),
        "holder": row.holder,
        "exm": row.exm,
        "releasedOn": None if released is None else time_text(released),
        "releaseReason": row.release_reason,
        "updatedOn": time_text(row.last_contact_at),
        "createdOn": time_text(row.first_assigned_at),
    }


@router.get("/licenses", responses=list_of(LotRow))
def list_licenses(call: Signed, asked: Listing, kind: Annotated[_Kind, Depends(_kind)]) -> Response:
    """Every lot of licenses, paged, or as NDJSON the whole list."""
    query, now = asked.query(call.customer, by_wire_name(kind)), present(call.world)
    return answer(
        asked,
        Source(
            lambda: licenses.list_licenses(call.world, call.caller, query, now),
            lambda: licenses.stream_licenses(call.world, call.caller, query, now),
            lambda lot: show_lot(call, lot, now),
        ),
    )


@router.get("/licenses/assigned", responses=list_of(AssignedRow))
def list_assigned(
    call: Signed,
    asked: Listing,
    use: Annotated[_Use, Depends(_use)],
    seat: Annotated[_Seat, Depends(_seat)],
) -> Response:
    """Which device holds, or held, what; paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, by_wire_name(use) | by_wire_name(seat))
    source = Source(
        lambda: licenses.list_assigned(call.world, call.caller, query),
        lambda: licenses.stream_assigned(call.world, call.caller, query),
        lambda held: show_assigned(call, held),
    )
    return answer(asked, source)


@router.post("/license/sync", responses=answers(SyncRow, tagged=False))
def sync_licenses(call: Signed) -> Response:
    """Take over at once what a customer, or every customer, has bought."""
    done = sync_on_demand(call.world, call.caller, call.customer)
    total = sum(done.values(), Synced())
    return plain({"customers": len(done), **asdict(total)})


@router.post(
    "/license/migrate",
    responses=answers(MigrationRow, tagged=False),
    openapi_extra=json_body(MigrationBody),
)
def migrate(request: Request, call: Signed, raw: Raw) -> Response:
    """Give lots their keys in the new licensing system; devices notice nothing."""
    body = read_json(request, MigrationBody, raw)
    moved = migrate_licenses(call.world, call.caller, body.map, call.customer)
    return plain({"migrated": moved})
