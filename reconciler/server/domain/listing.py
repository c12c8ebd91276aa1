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
_CURSOR = re.compile("[ad][0-9a-f]{32}")

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
    `until` is not; only lists by time know them. `after` is a cursor, as a page's `next` gave it.
    """

    page: int = 0
    size: int = 20
    sort: tuple[Sort, ...] = ()
    q: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    customer: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """What follows a page in an order that has cursors; `cursor` is None at the end."""

    cursor: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, from 0, and how many rows there are in all.

    `following` is None in lists and orders without cursors. For a page that was asked for by
    cursor nothing is counted again: `counted` is False, and `total` says nothing.
    """

    rows: tuple[Row, ...]
    page: int
    size: int
    total: int
    following: Following | None = None
    counted: bool = True

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size)


@dataclass(frozen=True, slots=True)
class ListFields:
    """What one list can be sorted and filtered by, and its order when none is asked for.

    `cursor` is the field in whose order, either way, pages may be asked for by cursor.
    """

    sortable: tuple[str, ...]
    filters: tuple[str, ...]
    default: tuple[Sort, ...]
    cursor: str | None = None

    def cursor_order(self, query: ListQuery) -> Sort | None:
        """The order of a query whose pages have cursors; None when it has none."""
        order = query.sort or self.default
        return order[0] if len(order) == 1 and order[0].field == self.cursor else None


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
    cursor="timestamp",
)
HISTORY = ListFields(
    ("timestamp", "action", "token", "appId", "deviceId", "result", "code"),
    ("action", "token", "appId", "deviceId", "result"),
    (Sort("timestamp", descending=True),),
    cursor="timestamp",
)
LICENSES = ListFields(
    (
        "state",
        "license",
        "source",
        "term",
        "quantity",
        "totalLicenses",
        "totalUsed",
        "available",
        "expiration",
        "updatedOn",
        "createdOn",
    ),
    ("state", "type", "source", "term"),
    (Sort("license"), Sort("expiration", descending=True)),
)
ASSIGNED = ListFields(
    (
        "license",
        "useStatus",
        "deviceId",
        "feature",
        "expiration",
        "appVersion",
        "updatedOn",
        "createdOn",
    ),
    ("license", "useStatus", "deviceId", "feature", "type", "aid"),
    (Sort("updatedOn", descending=True),),
)

DEVICES = ListFields(
    (
        "deviceId",
        "state",
        "platform",
        "manufacturer",
        "model",
        "osVersion",
        "osBuild",
        "site",
        "siteAssignedAt",
        "thirdParty",
        "updatedOn",
        "createdOn",
    ),
    ("state", "deviceId", "model", "site", "thirdParty"),
    (Sort("updatedOn", descending=True),),
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
    _check_cursor(query, fields)


def write_cursor(row_id: str, *, descending: bool) -> str:
    """The cursor behind the row of this id, in this order."""
    return ("d" if descending else "a") + row_id


def read_cursor(cursor: str) -> str:
    """The id of the row that a checked cursor stands behind."""
    return cursor[1:]


def _check_cursor(query: ListQuery, fields: ListFields) -> None:
    if query.after is None:
        return
    order = fields.cursor_order(query)
    if order is None:
        where = f"only when sorted by {fields.cursor}" if fields.cursor else "not in this list"
        refuse("after", f"pages follow by cursor {where}")
    if query.page:
        refuse("after", "take either page or after")
    if not _CURSOR.fullmatch(query.after):
        refuse("after", "must be what a page of this list gave as next")
    if query.after != write_cursor(read_cursor(query.after), descending=order.descending):
        refuse("after", "belongs to the opposite order")
