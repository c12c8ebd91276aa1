"""Events over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.server.api.answers import require_offered
from reconciler.server.api.call import Call, Signed
from reconciler.server.api.description import answers, list_of, texts
from reconciler.server.api.lists import Listing, Source, Timing, answer, owned_columns
from reconciler.server.api.representation import time_text
from reconciler.server.api.rows import EventRow
from reconciler.server.domain.event import Event, Severity
from reconciler.server.usecases import events

router = APIRouter(prefix="/admin/api/v1", tags=["report-controller"])


COLUMNS = ("timestamp", "userLogin", "type", "severity", "info", "target", "source")


@dataclass(frozen=True, slots=True)
class _Filters:
    user: str | None
    kind: str | None
    severity: Severity | None


async def _filters(
    user: Annotated[str | None, Query(description="Login name")] = None,
    kind: Annotated[str | None, Query(alias="type")] = None,
    severity: Annotated[Severity | None, Query()] = None,
) -> _Filters:
    return _Filters(user, kind, severity)


def show(call: Call, event: Event) -> dict[str, object]:
    """An event as it is answered."""
    owner = {} if call.caller.customer else {"customer": event.customer}
    return {
        "timestamp": time_text(event.timestamp),
        **owner,
        "userLogin": event.user_login,
        "type": event.type,
        "severity": event.severity,
        "info": event.info,
        "target": event.target,
        "source": event.source,
    }


@router.get("/events", responses=list_of(EventRow, table=True))
def list_events(
    request: Request,
    call: Signed,
    asked: Listing,
    timing: Timing,
    filters: Annotated[_Filters, Depends(_filters)],
) -> Response:
    """What users did, newest first: paged, or the whole list as NDJSON or CSV."""
    require_offered(request, "events")
    exact = {"user": filters.user, "type": filters.kind, "severity": filters.severity}
    query = timing.narrow(asked.query(call.customer, exact))
    source = Source(
        lambda: events.list_events(call.world, call.caller, query),
        lambda: events.stream_events(call.world, call.caller, query),
        lambda row: show(call, row),
        owned_columns(call, COLUMNS),
    )
    return answer(asked, source)


@router.get("/events/types", responses=answers() | texts())
def list_event_types(request: Request, call: Signed) -> Response:
    """Every event type there is."""
    require_offered(request, "events")
    return JSONResponse(events.list_event_types(call.caller))


@router.get("/events/users", responses=answers() | texts())
def list_event_users(request: Request, call: Signed) -> Response:
    """The login names that occur in events."""
    require_offered(request, "events")
    return JSONResponse(events.list_event_users(call.world, call.caller, call.customer))
