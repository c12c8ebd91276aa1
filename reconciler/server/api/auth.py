"""Signing in and out, and one's own account."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import nothing, plain
from reconciler.server.api.bodies import (
    FORM,
    Forgot,
    Login,
    LoginForm,
    PasswordChange,
    Reset,
    fit,
    media_type,
    read_form,
    read_json,
)
from reconciler.server.api.call import Public, Raw, Signed
from reconciler.server.api.description import answers, form_or_json, json_body
from reconciler.server.api.representation import optional_time, time_text
from reconciler.server.api.rows import AccountRow, SignedInRow
from reconciler.server.usecases import account, auth

router = APIRouter(prefix="/admin/api/v1/auth", tags=["auth-controller"])


@router.post(
    "/admin",
    responses=answers(SignedInRow, tagged=False),
    openapi_extra=form_or_json(LoginForm, Login),
)
def log_in(request: Request, call: Public, raw: Raw) -> Response:
    """Sign in; the form variant is for Swagger's Authorize dialog, whose client header is empty."""
    form = media_type(request) == FORM
    given = _form_login(raw) if form else read_json(request, Login, raw)
    attempt = auth.Attempt(given.username, given.password, call.peer)
    session = auth.log_in(call.world, attempt)
    row: dict[str, object] = {
        "accessToken": session.secret,
        "tokenType": "Bearer",
        "expiresIn": session.expires_in_seconds,
    }
    if form:
        row |= {"access_token": session.secret, "token_type": "Bearer"}
    return plain(row)


def _form_login(raw: bytes) -> LoginForm:
    return fit(LoginForm, read_form(raw))


@router.post("/logout", status_code=204, responses=answers())
def log_out(call: Signed) -> Response:
    """End this session."""
    auth.log_out(call.world, call.caller)
    return nothing()


@router.get("/me", responses=answers(AccountRow, tagged=False))
def read_me(call: Signed) -> Response:
    """Who is signed in, for which customer, and what that allows."""
    user = account.read_account(call.world, call.caller)
    customer = call.caller.customer
    return plain(
        {
            "loginName": user.login_name,
            "userName": user.user_name,
            "role": user.role,
            "email": user.email,
            "status": user.status,
            "lastLoginAt": optional_time(user.last_login_at),
            "createdAt": time_text(user.created_at),
            "scope": call.caller.scope,
            "customer": customer and {"code": customer.code, "name": customer.name},
            "permissions": call.caller.permissions,
        }
    )


@router.post(
    "/password/forgot", status_code=202, responses=answers(), openapi_extra=json_body(Forgot)
)
def forgot_password(request: Request, call: Public, raw: Raw) -> Response:
    """Mail a link to a registered address; the answer never says whether it is one."""
    body = read_json(request, Forgot, raw)
    account.request_reset(call.world, body.email, call.peer)
    return Response(status_code=HTTPStatus.ACCEPTED)


@router.post(
    "/password/reset", status_code=204, responses=answers(), openapi_extra=json_body(Reset)
)
def reset_password(request: Request, call: Public, raw: Raw) -> Response:
    """Set a password by a mailed link, which works once."""
    body = read_json(request, Reset, raw)
    account.reset_password(call.world, body.token, body.new_password, call.peer)
    return nothing()


@router.post(
    "/password", status_code=204, responses=answers(), openapi_extra=json_body(PasswordChange)
)
def change_password(request: Request, call: Signed, raw: Raw) -> Response:
    """Change one's own password."""
    body = read_json(request, PasswordChange, raw)
    peer = request.client.host if request.client else ""
    change = account.NewPassword(body.old_password, body.new_password, peer)
    account.change_password(call.world, call.caller, change)
    return nothing()
