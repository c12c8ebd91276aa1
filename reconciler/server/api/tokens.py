"""Tokens over HTTP, with their QR images and intents."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import found, nothing, plain, written
from reconciler.server.api.call import Call, Meant, Signed
from reconciler.server.api.description import IMAGE, answers, list_of
from reconciler.server.api.lists import Listing, Source, answer, by_wire_name
from reconciler.server.api.qr import MEDIA_TYPES
from reconciler.server.api.queries import QrContent, QrFormat, Scale, TokenName
from reconciler.server.api.representation import Document, optional_time, time_text
from reconciler.server.api.rows import IntentRow, TokenRow
from reconciler.server.domain.app_ids import adb_command, check_app_id, intent_uri
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.token import Token, TokenContent
from reconciler.server.usecases import tokens
from reconciler.server.usecases.qr import draw_qr

_BASE = "/admin/api/v1"
router = APIRouter(prefix=_BASE, tags=["tokens-controller"])


@dataclass(frozen=True, slots=True)
class _Given:
    """What the guides' call says of a token."""

    app_id: str
    bootstrap: str
    description: str


async def _given(
    app_id: Annotated[str, Query(alias="appId", max_length=64)],
    bootstrap: Annotated[str, Query(max_length=128)],
    description: Annotated[str, Query(max_length=512)] = "",
) -> _Given:
    return _Given(app_id, bootstrap, description)


@dataclass(frozen=True, slots=True)
class _Filters:
    name: str | None
    app_id: str | None
    bootstrap: str | None
    description: str | None


async def _filters(
    name: Annotated[str | None, Query()] = None,
    app_id: Annotated[str | None, Query(alias="appId")] = None,
    bootstrap: Annotated[str | None, Query()] = None,
    description: Annotated[str | None, Query()] = None,
) -> _Filters:
    return _Filters(name, app_id, bootstrap, description)


def show(call: Call, token: Token) -> dict[str, object]:
    """A token as it is answered, with what a device would receive."""
    owner = {} if call.caller.customer else {"customer": token.customer}
    intent = intent_uri(token.app_id, token.name)
    return {
        "name": token.name,
        **owner,
        "appId": token.app_id,
        "bootstrap": token.bootstrap,
        "description": token.description,
        "parameters": Document(token.text),
        "qrCode": f"{_BASE}/token/qr?name={quote(token.name)}",
        "intent": intent,
        "adb": None if intent is None else adb_command(intent),
        "source": token.source,
        "createdAt": time_text(token.created_at),
        "updatedAt": time_text(token.updated_at),
        "updatedBy": token.updated_by,
        "lastUsedAt": optional_time(token.last_used_at),
        "useCount": token.use_count,
        "version": token.version,
    }


@router.post("/token", responses=answers(TokenRow))
def put_token(
    request: Request,
    call: Signed,
    meant: Meant,
    name: TokenName,
    given: Annotated[_Given, Depends(_given)],
) -> Response:
    """Create or replace a token; there is no body."""
    content = TokenContent(check_app_id(given.app_id), given.bootstrap, given.description)
    done = tokens.put_token(call.world, call.caller, name, content, meant)
    return written(request, done.result, show(call, done.row), done.row.version)


@router.get("/token", responses=answers(TokenRow))
def get_token(request: Request, call: Signed, name: TokenName) -> Response:
    """One token by name, in any letter case."""
    row = tokens.get_token(call.world, call.caller, name, call.customer)
    return found(request, show(call, row), row.version)


@router.delete("/token", status_code=204, responses=answers())
def delete_token(call: Signed, meant: Meant, name: TokenName) -> Response:
    """Delete a token; devices that use it are refused from now on."""
    tokens.delete_token(call.world, call.caller, name, meant)
    return nothing()


@router.get("/tokens", responses=list_of(TokenRow))
def list_tokens(
    call: Signed, asked: Listing, filters: Annotated[_Filters, Depends(_filters)]
) -> Response:
    """Every token, paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, by_wire_name(filters))
    source = Source(
        lambda: tokens.list_tokens(call.world, call.caller, query),
        lambda: tokens.stream_tokens(call.world, call.caller, query),
        lambda row: show(call, row),
    )
    return answer(asked, source)


@router.get("/token/qr", responses=IMAGE)
def get_qr(
    call: Signed,
    name: TokenName,
    form: Annotated[QrFormat, Query(alias="format")] = "png",
    content: QrContent = "token",
    scale: Annotated[Scale, Query(description="Pixels a module")] = 8,
) -> Response:
    """The QR image that a device scans: the token's text, or the address of its intent."""
    token = tokens.get_token(call.world, call.caller, name, call.customer)
    text = token.name if content == "token" else _intent(token)
    return Response(draw_qr(text, form, scale), media_type=MEDIA_TYPES[form])


@router.get("/token/intent", responses=answers(IntentRow, tagged=False))
def get_intent(call: Signed, name: TokenName) -> Response:
    """How an Android device takes the token without a camera."""
    uri = _intent(tokens.get_token(call.world, call.caller, name, call.customer))
    return plain({"uri": uri, "adb": adb_command(uri)})


def _intent(token: Token) -> str:
    uri = intent_uri(token.app_id, token.name)
    if uri is None:
        message = f"{token.app_id} takes its token by QR code only; it has no intent"
        raise DomainError(ErrorCode.NO_INTENT, message)
    return uri
