"""Customers over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import found, nothing, written
from reconciler.server.api.bodies import CustomerBody, read_json
from reconciler.server.api.call import Meant, Raw, Signed
from reconciler.server.api.description import answers, json_body, list_of
from reconciler.server.api.lists import Listing, Source, answer
from reconciler.server.api.queries import Code
from reconciler.server.api.representation import time_text
from reconciler.server.api.rows import CustomerRow
from reconciler.server.domain.customer import Customer, CustomerContent, FlagOverrides
from reconciler.server.usecases import customers
from reconciler.server.usecases.customers import CustomerOrder
from reconciler.server.usecases.setup import FirstAdministrator

router = APIRouter(prefix="/admin/api/v1", tags=["customer-controller"])


def show(customer: Customer) -> dict[str, object]:
    """A customer as it is answered: all of it, because no secret is part of it."""
    settings = asdict(customer.content)
    del settings["flag_overrides"]
    return {
        "code": customer.code,
        **_camel(settings),
        "flags": _camel(asdict(customer.flags)),
        "flagOverrides": _camel(customer.content.flag_overrides.given()),
        "createdAt": time_text(customer.created_at),
        "updatedAt": time_text(customer.updated_at),
        "version": customer.version,
    }


def _camel(fields: Mapping[str, object]) -> dict[str, object]:
    return {to_camel(name): value for name, value in fields.items()}


@router.get("/customer", responses=answers(CustomerRow))
def get_customer(request: Request, call: Signed) -> Response:
    """One's own customer; a vendor administrator names one."""
    row = customers.read_customer(call.world, call.caller, call.customer)
    return found(request, show(row), row.version)


@router.post("/customer", responses=answers(CustomerRow), openapi_extra=json_body(CustomerBody))
def put_customer(request: Request, call: Signed, meant: Meant, name: Code, raw: Raw) -> Response:
    """Create or replace a customer; a new one gets its starter pairs and first Super-Admin."""
    body = read_json(request, CustomerBody, raw)
    settings = body.model_dump(exclude={"super_admin", "flags"})
    overrides = FlagOverrides(**body.flags.model_dump())
    content = CustomerContent(**settings, flag_overrides=overrides)
    first = body.super_admin
    administrator = None if first is None else FirstAdministrator(**first.model_dump())
    order = CustomerOrder(content, administrator)
    done = customers.put_customer(call.world, call.caller, name, order, meant)
    return written(request, done.result, show(done.row), done.row.version)


@router.delete("/customer", status_code=204, responses=answers())
def delete_customer(call: Signed, meant: Meant, name: Code) -> Response:
    """Delete a customer with everything that belongs to it."""
    customers.delete_customer(call.world, call.caller, name, meant)
    return nothing()


@router.get("/customers", responses=list_of(CustomerRow))
def list_customers(
    call: Signed,
    asked: Listing,
    code: Annotated[str | None, Query()] = None,
    name: Annotated[str | None, Query()] = None,
    profile: Annotated[str | None, Query()] = None,
) -> Response:
    """Every customer, paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, {"code": code, "name": name, "profile": profile})
    source = Source(
        lambda: customers.list_customers(call.world, call.caller, query),
        lambda: customers.stream_customers(call.world, call.caller, query),
        show,
    )
    return answer(asked, source)
