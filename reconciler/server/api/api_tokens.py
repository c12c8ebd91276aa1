"""API tokens of machines over HTTP."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reconciler.server.api.answers import nothing, plain
from reconciler.server.api.bodies import ApiTokenBody, read_json
from reconciler.server.api.call import Raw, Signed
from reconciler.server.api.description import answers, json_body, rows_of
from reconciler.server.api.queries import Label, read_time
from reconciler.server.api.representation import optional_time, time_text
from reconciler.server.api.rows import ApiTokenRow, NewApiTokenRow
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.roles import Scope
from reconciler.server.domain.session import ApiToken
from reconciler.server.usecases import api_tokens

router = APIRouter(prefix="/admin/api/v1", tags=["auth-controller"])


def show(token: ApiToken) -> dict[str, object]:
    """An API token as it is answered; its text is nowhere."""
    return {
        "name": token.name,
        "scope": token.scope,
        "createdAt": time_text(token.created_at),
        "expiresAt": time_text(token.expires_at),
        "lastUsedAt": optional_time(token.last_used_at),
    }


@router.get("/api-tokens", responses=answers() | rows_of(ApiTokenRow))
def list_api_tokens(call: Signed) -> Response:
    """One's own API tokens."""
    return JSONResponse([show(row) for row in api_tokens.list_api_tokens(call.world, call.caller)])


@router.post(
    "/api-token",
    responses=answers(NewApiTokenRow, tagged=False),
    openapi_extra=json_body(ApiTokenBody),
)
def add_api_token(request: Request, call: Signed, name: Label, raw: Raw) -> Response:
    """Make an API token; its text is shown this once."""
    body = read_json(request, ApiTokenBody, raw)
    expires_at = read_time("expiresAt", body.expires_at)
    if expires_at is None:
        refuse("expiresAt", "is required")
    scope = Scope(body.scope)
    made = api_tokens.add_api_token(call.world, call.caller, name, scope, expires_at)
    return plain({**show(made.token), "token": made.secret})


@router.delete("/api-token", status_code=204, responses=answers())
def delete_api_token(call: Signed, name: Label) -> Response:
    """Revoke one of one's own API tokens at once."""
    api_tokens.delete_api_token(call.world, call.caller, name)
    return nothing()
