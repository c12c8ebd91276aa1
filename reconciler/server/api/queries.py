"""Query parameters: read strictly, because a framework's defaults accept almost anything.

Unknown and repeated names are refused; numbers are plain digits; booleans are `true` or `false`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import Query
from fastapi.dependencies.models import Dependant
from fastapi.params import Query as QueryParameter
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError, refuse
from reconciler.server.domain.listing import LARGEST_PAGE

REPEATABLE = frozenset({"sort"})
_MOST_PARAMETERS = 100
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)", re.ASCII
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def _plain_number(value: object) -> object:
    """Digits only: `1_000`, ` 7`, `1.0` and other scripts' digits are refused."""
    if isinstance(value, str):
        if not _DIGITS.fullmatch(value):
            message = "must be a whole number written in digits"
            raise ValueError(message)
        return int(value)
    return value


def _plain_boolean(value: object) -> object:
    if isinstance(value, str):
        if value not in ("true", "false"):
            message = 'must be "true" or "false"'
            raise ValueError(message)
        return value == "true"
    return value


# The bounds stand before the validator, or the OpenAPI document would not show them.
PageNumber = Annotated[int, Field(ge=0), BeforeValidator(_plain_number)]
PageSize = Annotated[int, Field(ge=1, le=LARGEST_PAGE), BeforeValidator(_plain_number)]
Scale = Annotated[int, Field(ge=1, le=40), BeforeValidator(_plain_number)]
Switch = Annotated[
    bool, BeforeValidator(_plain_boolean), WithJsonSchema({"type": "boolean", "default": False})
]


def _name(description: str, pattern: str) -> QueryParameter:
    """The pattern is for readers of the document; the domain's own message is clearer."""
    shown = {"pattern": pattern}
    parameter: QueryParameter = Query(
        description=description, max_length=128, json_schema_extra=shown
    )
    return parameter


Label = Annotated[
    str, _name("The object's name", "^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?$")
]
TokenName = Annotated[str, _name("The token, in any case", "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
LoginName = Annotated[str, _name("Login name, in any case", "^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
Code = Annotated[str, _name("The customer's code", "^[a-z0-9][a-z0-9-]{0,39}$")]
CustomerCode = Annotated[
    str | None,
    Query(alias="customer", description="Vendor administrators: the customer meant", max_length=40),
]
DryRun = Annotated[Switch, Query(alias="dryRun", description="Check only, store nothing")]
Silent = Annotated[Switch, Query(description="Mail no invitation to a new user")]
Force = Annotated[Switch, Query(description="Do it in spite of what stands in the way")]
DeviceId = Annotated[
    str, Query(alias="deviceId", description="Such as TC52_18304522512397", max_length=256)
]
QrFormat = Literal["png", "svg"]
QrContent = Literal["token", "uri"]


def read_time(field: str, text: str | None) -> datetime | None:
    """A moment in ISO 8601 that names its zone.

    Raises:
        DomainError: VALIDATION.
    """
    if text is None:
        return None
    if not _TIME.fullmatch(text):
        refuse(field, "must be a UTC time such as 2026-03-01T12:00:00Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        refuse(field, "is no time of the calendar")


def read_day(field: str, text: str | None) -> date | None:
    """A day of the calendar.

    Raises:
        DomainError: VALIDATION.
    """
    if text is None:
        return None
    if not _DAY.fullmatch(text):
        refuse(field, "must be a day such as 2026-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(field, "is no day of the calendar")


def check_query(request: Request) -> None:
    """Refuse names that the operation does not have, and names given twice.

    Raises:
        DomainError: VALIDATION; `errors` name the parameters, values are not repeated.
    """
    read_query(request, _names(request.scope["route"].dependant))


def read_query(request: Request, known: frozenset[str]) -> Mapping[str, str]:
    """The values of known parameters; of those that may be repeated, the last. Raises as above."""
    found: dict[str, str] = {}
    errors: list[FieldError] = []
    query = request.scope["query_string"].decode("latin-1")
    if query.count("&") > _MOST_PARAMETERS:
        raise DomainError(ErrorCode.VALIDATION, "the query has too many parameters")
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            errors.append(FieldError(_shown(name), f"unknown parameter; known: {_listed(known)}"))
        elif name in found and name not in REPEATABLE:
            errors.append(FieldError(name, "given more than once"))
        found[name] = value
    if errors:
        raise DomainError(
            ErrorCode.VALIDATION, "the query does not fit this operation", errors=tuple(errors)
        )
    return found


def _names(dependant: Dependant) -> frozenset[str]:
    own = {parameter.alias for parameter in dependant.query_params}
    return frozenset(own.union(*(_names(part) for part in dependant.dependencies)))


def _shown(name: str) -> str:
    """A stranger's parameter name, only when it is harmless to repeat."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,39}", name, re.ASCII) else "(query)"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
