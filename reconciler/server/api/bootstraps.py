"""Bootstraps over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import found, nothing, written
from reconciler.server.api.bodies import require_json
from reconciler.server.api.call import Call, Meant, Raw, Signed
from reconciler.server.api.description import DOCUMENT, answers, list_of
from reconciler.server.api.lists import Listing, Source, answer
from reconciler.server.api.queries import Label
from reconciler.server.api.representation import Document, time_text
from reconciler.server.api.rows import BootstrapRow
from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.usecases import bootstraps

router = APIRouter(prefix="/admin/api/v1", tags=["bootstrap-controller"])


def show(call: Call, bootstrap: Bootstrap) -> dict[str, object]:
    """A bootstrap as it is answered; the vendor, who sees many customers, also sees whose it is."""
    owner = {} if call.caller.customer else {"customer": bootstrap.customer}
    return {
        "name": bootstrap.name,
        **owner,
        "parameters": Document(bootstrap.text),
        "tokens": bootstrap.tokens,
        "source": bootstrap.source,
        "createdAt": time_text(bootstrap.created_at),
        "updatedAt": time_text(bootstrap.updated_at),
        "updatedBy": bootstrap.updated_by,
        "version": bootstrap.version,
    }


@router.post("/bootstrap", responses=answers(BootstrapRow), openapi_extra=DOCUMENT)
def put_bootstrap(request: Request, call: Signed, meant: Meant, name: Label, raw: Raw) -> Response:
    """Create or replace a bootstrap; the body is its parameters."""
    require_json(request)
    done = bootstraps.put_bootstrap(call.world, call.caller, name, raw, meant)
    return written(request, done.result, show(call, done.row), done.row.version)


@router.get("/bootstrap", responses=answers(BootstrapRow))
def get_bootstrap(request: Request, call: Signed, name: Label) -> Response:
    """One bootstrap by name."""
    row = bootstraps.get_bootstrap(call.world, call.caller, name, call.customer)
    return found(request, show(call, row), row.version)


@router.delete("/bootstrap", status_code=204, responses=answers())
def delete_bootstrap(call: Signed, meant: Meant, name: Label) -> Response:
    """Delete a bootstrap that no token delivers any more."""
    bootstraps.delete_bootstrap(call.world, call.caller, name, meant)
    return nothing()


@router.get("/bootstraps", responses=list_of(BootstrapRow))
def list_bootstraps(
    call: Signed, asked: Listing, name: Annotated[str | None, Query()] = None
) -> Response:
    """Every bootstrap, paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, {"name": name})
    source = Source(
        lambda: bootstraps.list_bootstraps(call.world, call.caller, query),
        lambda: bootstraps.stream_bootstraps(call.world, call.caller, query),
        lambda row: show(call, row),
    )
    return answer(asked, source)
