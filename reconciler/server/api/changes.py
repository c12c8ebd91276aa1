"""Change sets over HTTP."""

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.server.api.answers import require_offered
from reconciler.server.api.bodies import ChangeSet, require_json
from reconciler.server.api.call import Raw, Signed
from reconciler.server.api.description import answers, json_body
from reconciler.server.api.queries import DryRun, Silent
from reconciler.server.api.rows import ChangeResultRow
from reconciler.server.domain.change_set_json import read_change_set
from reconciler.server.usecases import changes

PATH = "/admin/api/v1/changes"
router = APIRouter(tags=["change-controller"])


@router.post(
    PATH, responses=answers(ChangeResultRow, tagged=False), openapi_extra=json_body(ChangeSet)
)
def apply_changes(
    request: Request, call: Signed, raw: Raw, *, dry_run: DryRun = False, silent: Silent = False
) -> Response:
    """Do every operation in its order, in one transaction, or none."""
    require_offered(request, "changes")
    require_json(request)
    change_set = read_change_set(raw, call.world.limits)
    if dry_run:
        change_set = replace(change_set, dry_run=True)
    if silent:
        unheard = tuple(replace(one, invites=False) for one in change_set.operations)
        change_set = replace(change_set, operations=unheard)
    results = changes.apply_changes(call.world, call.caller, change_set, call.customer)
    rows = [{"index": row.index, "result": row.result, "version": row.version} for row in results]
    return JSONResponse({"results": rows})
