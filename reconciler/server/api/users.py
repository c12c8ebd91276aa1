"""Portal users over HTTP."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import found, nothing, written
from reconciler.server.api.bodies import UserBody, read_json
from reconciler.server.api.call import Call, Meant, Raw, Signed
from reconciler.server.api.description import answers, json_body, list_of
from reconciler.server.api.lists import Listing, Source, answer, by_wire_name
from reconciler.server.api.queries import LoginName, Silent
from reconciler.server.api.representation import optional_time, time_text
from reconciler.server.api.rows import UserRow
from reconciler.server.domain.user import User, UserContent, check_role
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases import users

router = APIRouter(prefix="/admin/api/v1", tags=["user-controller"])


@dataclass(frozen=True, slots=True)
class _Filters:
    role: str | None
    user_name: str | None
    login_name: str | None
    email: str | None
    status: str | None


async def _filters(
    role: Annotated[str | None, Query()] = None,
    user_name: Annotated[str | None, Query(alias="userName")] = None,
    login_name: Annotated[str | None, Query(alias="loginName")] = None,
    email: Annotated[str | None, Query()] = None,
    status: Annotated[str | None, Query()] = None,
) -> _Filters:
    return _Filters(role, user_name, login_name, email, status)


async def _user_meant(meant: Meant, *, silent: Silent = False) -> Circumstances:
    return replace(meant, invites=not silent)


UserMeant = Annotated[Circumstances, Depends(_user_meant)]


def show(call: Call, user: User) -> dict[str, object]:
    """A user as it is answered; never with anything of the password."""
    owner = {} if call.caller.customer else {"customer": user.customer}
    return {
        "loginName": user.login_name,
        **owner,
        "userName": user.user_name,
        "role": user.role,
        "email": user.email,
        "status": user.status,
        "serviceAccount": user.service_account,
        "lastLoginAt": optional_time(user.last_login_at),
        "source": user.source,
        "createdAt": time_text(user.created_at),
        "updatedAt": time_text(user.updated_at),
        "version": user.version,
    }


@router.post("/user", responses=answers(UserRow), openapi_extra=json_body(UserBody))
def put_user(
    request: Request, call: Signed, meant: UserMeant, name: LoginName, raw: Raw
) -> Response:
    """Create or replace a portal user; a new one is invited by mail, unless silently."""
    body = read_json(request, UserBody, raw)
    role = check_role(body.role)
    content = UserContent(role, body.user_name, body.email, service_account=body.service_account)
    done = users.put_user(call.world, call.caller, name, content, meant)
    return written(request, done.result, show(call, done.row), done.row.version)


@router.get("/user", responses=answers(UserRow))
def get_user(request: Request, call: Signed, name: LoginName) -> Response:
    """One portal user by login name, in any letter case."""
    row = users.get_user(call.world, call.caller, name, call.customer)
    return found(request, show(call, row), row.version)


@router.delete("/user", status_code=204, responses=answers())
def delete_user(call: Signed, meant: Meant, name: LoginName) -> Response:
    """Delete a portal user, whose sessions end at once."""
    users.delete_user(call.world, call.caller, name, meant)
    return nothing()


@router.post("/user/password-reset", status_code=202, responses=answers())
def send_password_reset(call: Signed, name: LoginName) -> Response:
    """Mail the user a link to set a password."""
    users.send_password_reset(call.world, call.caller, name, call.customer)
    return Response(status_code=HTTPStatus.ACCEPTED)


@router.get("/users", responses=list_of(UserRow))
def list_users(
    call: Signed, asked: Listing, filters: Annotated[_Filters, Depends(_filters)]
) -> Response:
    """Every portal user, paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, by_wire_name(filters))
    source = Source(
        lambda: users.list_users(call.world, call.caller, query),
        lambda: users.stream_users(call.world, call.caller, query),
        lambda row: show(call, row),
    )
    return answer(asked, source)
