"""What a request brings besides its own parameters: who calls, for whom, on what conditions.

Every dependency is a coroutine: a plain function would cost a switch to a thread each.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header
from fastapi.security import OAuth2PasswordBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from reconciler.server.api.answers import offers
from reconciler.server.api.conditions import TAGS, read_precondition
from reconciler.server.api.queries import CustomerCode, DryRun, check_query
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.write import ANY, Circumstances, Precondition, check_source
from reconciler.server.usecases.auth import authenticate
from reconciler.server.usecases.ports import World

LOGIN = "/admin/api/v1/auth/admin"
BEARER = OAuth2PasswordBearer(
    tokenUrl=LOGIN,
    scheme_name="portalUser",
    description="Sign in with a portal user's login name and password.",
    auto_error=False,
)


def world_of(request: Request) -> World:
    """The world that the composition root gave this application."""
    world: World = request.app.state.world
    return world


def request_id_of(request: Request) -> str:
    """The id that the envelope gave this request."""
    return str(request.state.request_id)


@dataclass(frozen=True, slots=True)
class Open:
    """A call that anybody may make; `peer` is the address it comes from."""

    world: World
    peer: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call by a signed-in user; `customer` is the code a vendor administrator names."""

    world: World
    caller: Caller
    customer: str | None


async def open_call(request: Request) -> Open:
    """Check the query; nobody has to be signed in."""
    check_query(request)
    return Open(world_of(request), request.client.host if request.client else "")


async def signed_call(
    request: Request,
    token: Annotated[str | None, Depends(BEARER)],
    customer: CustomerCode = None,
) -> Call:
    """Find the caller first, so a stranger learns nothing about the parameters."""
    world = world_of(request)
    caller = await run_in_threadpool(authenticate, world, token or "")
    if caller.customer is not None and customer not in (None, caller.customer.code):
        raise DomainError(ErrorCode.FORBIDDEN, "only vendor administrators name another customer")
    check_query(request)
    return Call(world, caller, customer)


Public = Annotated[Open, Depends(open_call)]
Signed = Annotated[Call, Depends(signed_call)]


async def read_body(request: Request) -> bytes:
    """The body as it came, within the limit of its address."""
    return await request.body()


Raw = Annotated[bytes, Depends(read_body)]


async def _precondition(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            description='Write only over this version: `"3"`, or over any: `*`',
            json_schema_extra={"pattern": TAGS},
        ),
    ] = None,
    if_none_match: Annotated[
        str | None,
        Header(description="`*`: only create", json_schema_extra={"pattern": r"^\s*\*\s*$"}),
    ] = None,
) -> Precondition:
    precondition = read_precondition(if_match, if_none_match)
    return precondition if offers(request, "etag") else ANY


async def _circumstances(
    request: Request,
    call: Signed,
    precondition: Annotated[Precondition, Depends(_precondition)],
    source: Annotated[
        str | None,
        Header(
            alias="X-PVM-Source",
            description="Where it is declared: `<repository>@<commit> <path>:<line>`",
        ),
    ] = None,
    *,
    dry_run: DryRun = False,
) -> Circumstances:
    kept = check_source(source) if offers(request, "sources") else None
    return Circumstances(call.customer, precondition, kept, dry_run=dry_run)


Meant = Annotated[Circumstances, Depends(_circumstances)]
