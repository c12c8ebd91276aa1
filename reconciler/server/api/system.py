"""Version, health and what this server offers."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import plain
from reconciler.server.api.call import Public, Signed
from reconciler.server.api.description import answers
from reconciler.server.api.representation import time_text
from reconciler.server.api.rows import CapabilityRow, HealthRow, VersionRow
from reconciler.server.domain.customer import DEFAULT_PROFILE
from reconciler.version import __version__

router = APIRouter(prefix="/admin/api/v1", tags=["system-controller"])


@router.get("/version", responses=answers(VersionRow, tagged=False))
def read_version(call: Public) -> Response:  # noqa: ARG001 - it checks the query
    """The software version."""
    return plain({"version": __version__, "profile": DEFAULT_PROFILE})


@router.get("/health", responses=answers(HealthRow, tagged=False))
def read_health(call: Public) -> Response:
    """Whether the database answers; when it does not, the error is a 500 like any other."""
    call.world.store.ping()
    return plain({"status": "UP"}, HTTPStatus.OK)


@router.get("/capabilities", responses=answers(CapabilityRow, tagged=False))
def read_capabilities(request: Request, call: Signed) -> Response:
    """What this server offers beyond the calls of the guides, and the sizes it takes."""
    limits = call.world.limits
    return plain(
        {
            "version": __version__,
            "profile": DEFAULT_PROFILE,
            "time": time_text(call.world.clock()),
            "capabilities": request.app.state.capabilities,
            "limits": {
                "bodyBytes": limits.bootstrap_bytes,
                "changeOperations": limits.change_operations,
                "changeBytes": limits.change_bytes,
                "pageSize": limits.page_size,
            },
        }
    )
