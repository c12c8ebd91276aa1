"""Lists: which page, in which order, of which rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from reconciler.server.domain.errors import refuse

LARGEST_PAGE = 1000
_LONGEST_SEARCH = 256
_MOST_SORTS = 5
_UNSEARCHABLE = re.compile("[\0\ud800-\udfff]")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key; `field` is the API's name."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list call asks for. Field names are the API's; `filters` are exact values.

    `q` is a substring, whatever its case, of the visible text columns. `since` is inclusive,
    `until` is not; only events know them.
    """

    page: int = 0
    size: int = 20
    sort: tuple[Sort, ...] = ()
    q: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, from 0, and how many rows there are in all."""

    rows: tuple[Row, ...]
    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size)


@dataclass(frozen=True, slots=True)
class ListFields:
    """What one list can be sorted and filtered by, and its order when none is asked for."""

    sortable: tuple[str, ...]
    filters: tuple[str, ...]
    default: tuple[Sort, ...]


BOOTSTRAPS = ListFields(
    ("name", "createdAt", "updatedAt", "updatedBy", "version"), ("name",), (Sort("name"),)
)
TOKENS = ListFields(
    (
        "name",
        "appId",
        "bootstrap",
        "description",
        "createdAt",
        "updatedAt",
        "lastUsedAt",
        "useCount",
        "version",
    ),
    ("name", "appId", "bootstrap", "description"),
    (Sort("name"),),
)
SITES = ListFields(
    ("name", "proServerName", "createdAt", "updatedAt", "updatedBy", "version"),
    ("name", "proServerName"),
    (Sort("name"),),
)
USERS = ListFields(
    (
        "loginName",
        "userName",
        "role",
        "email",
        "status",
        "lastLoginAt",
        "createdAt",
        "updatedAt",
        "version",
    ),
    ("role", "userName", "loginName", "email", "status"),
    (Sort("loginName"),),
)
CUSTOMERS = ListFields(
    ("code", "name", "profile", "createdAt", "updatedAt", "version"),
    ("code", "name", "profile"),
    (Sort("code"),),
)
EVENTS = ListFields(
    ("timestamp", "user", "type", "severity"),
    ("user", "type", "severity"),
    (Sort("timestamp", descending=True),),
)
HISTORY = ListFields(
    ("timestamp", "action", "token", "appId", "deviceId", "result", "code"),
    ("action", "token", "appId", "deviceId", "result"),
    (Sort("timestamp", descending=True),),
)


def check_query(query: ListQuery, fields: ListFields) -> None:
    """Refuse pages, fields and searches that this list does not have.

    Raises:
        DomainError: VALIDATION, naming the parameter and what it may be.
    """
    if query.page < 0:
        refuse("page", "must be 0 or more")
    if not 1 <= query.size <= LARGEST_PAGE:
        refuse("size", f"must be from 1 to {LARGEST_PAGE}")
    if len(query.q) > _LONGEST_SEARCH:
        refuse("q", f"must have at most {_LONGEST_SEARCH} characters")
    if len(query.sort) > _MOST_SORTS:
        refuse("sort", f"at most {_MOST_SORTS} sort keys")
    if any(sort.field not in fields.sortable for sort in query.sort):
        refuse("sort", f"unknown field; known: {', '.join(fields.sortable)}")
    for name, value in query.filters.items():
        if name not in fields.filters:
            refuse("filter", f"unknown field; known: {', '.join(fields.filters)}")
        if _UNSEARCHABLE.search(value):
            refuse(name, "must be text")
    if _UNSEARCHABLE.search(query.q):
        refuse("q", "must be text")
