"""The server for reading. Nothing here, nor below it, can write."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from reconciler.core.kind import Kind
from reconciler.core.ports import Account, Capabilities, Rejected
from reconciler.core.problem import Misuse
from reconciler.core.reach import Footprint
from reconciler.core.resource import Live
from reconciler.core.trail import Trail
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.access import Access
from reconciler.remote.answer import (
    Answer,
    Refused,
    check_media_type,
    is_missing,
    json_of,
    moment_of,
)
from reconciler.remote.endpoints import (
    ACCOUNT,
    CAPABILITIES,
    EVENTS,
    FOOTPRINTS,
    Endpoints,
    endpoints_of,
)
from reconciler.remote.listing import Page, lines_of, page_of, parse_line
from reconciler.remote.observation import footprints_of, trail_of
from reconciler.remote.rows import RowReader, row_reader
from reconciler.remote.session import Session
from reconciler.remote.wire import JSON, ReadWire, Request, object_of

NDJSON: Final = "application/x-ndjson"
VENDOR_ROLE: Final = "Vendor-Admin"

_NO_PARAMS: Final[Mapping[str, str]] = MappingProxyType({})

_PAGE_SIZE: Final = 1000
_LISTING_TRIES: Final = 3
_NOTHING_OFFERED: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
)
"""How servers that know no capabilities answer the question."""


class ServerReader:
    """Implements `core.ports.Observer`; safe to share between threads."""

    def __init__(self, wire: ReadWire, session: Session, access: Access) -> None:
        self._wire = wire
        self._session = session
        self._access = access
        self._lock = threading.RLock()
        self._capabilities: Capabilities | None = None
        self._account: Account | None = None
        self._asked_account = False

    def capabilities(self) -> Capabilities:
        """What the server offers; nothing where it does not know the question."""
        with self._lock:
            if self._capabilities is None:
                answer = self._ask(CAPABILITIES, _offers_nothing)
                self._capabilities = _capabilities(_content(answer), self._by_map())
            return self._capabilities

    def account(self) -> Account | None:
        """Who we are; a vendor administrator counts as belonging to the target's customer."""
        with self._lock:
            if not self._asked_account:
                answer = self._ask(ACCOUNT, is_missing)
                if answer.status == HTTPStatus.OK:
                    self._account = _account(_content(answer), self._access.customer)
                self._asked_account = True
            return self._account

    def now(self) -> datetime:
        """The server's own clock, else the one its answers are dated by, else ours."""
        answer = self._ask(CAPABILITIES, _offers_nothing)
        told = moment_of(_content(answer).get("time"), answer)
        return told or self._access.timing.utc()

    def lists(self, kind: Kind) -> bool:
        """By the endpoint map."""
        return bool(self._endpoints(kind).list)

    def reads(self, kind: Kind) -> bool:
        """By the endpoint map."""
        return bool(self._endpoints(kind).get)

    def fetch(self, kind: Kind) -> list[Live]:
        """The whole list: streamed as lines where the server offers it, else page by page."""
        endpoints = self._endpoints(kind)
        if not endpoints.list:
            raise _switched_off(kind, "list")
        read = row_reader(kind, endpoints)
        if "ndjson" in self.capabilities().offers:
            found = self._stream(endpoints, read)
            if found is not None:
                return found
        return self._pages(kind, endpoints, read)

    def find(self, kind: Kind, name: str) -> Live | None:
        """One object by its name."""
        endpoints = self._endpoints(kind)
        if not endpoints.get:
            if not endpoints.list:
                raise _switched_off(kind, "get")
            key = kind.key(name)
            return next((one for one in self.fetch(kind) if kind.key(one.id.name) == key), None)
        read = row_reader(kind, endpoints)
        params = {"name": name, **self.scope()}

        def attempt(bearer: str) -> Live | None:
            try:
                answer = self._wire.get(Request(endpoints.get, params, headers(bearer)))
            except Refused as refused:
                if is_missing(refused.answer):
                    return None
                raise
            return read(json_of(answer))

        return self._session.perform(_get(endpoints.get), attempt)

    def footprints(self, since: datetime) -> Sequence[Footprint] | None:
        """In one request."""
        if "devices" not in self.capabilities().offers:
            return None
        params = {"usedAfter": _utc_text(since), **self.scope()}
        return footprints_of(self._ask(FOOTPRINTS, _offers_nothing, params))

    def trail(self, since: datetime) -> Trail | None:
        """Page by page, the newest first."""
        if "events" not in self.capabilities().offers:
            return None
        params = {"from": _utc_text(since), "size": str(_PAGE_SIZE), **self.scope()}
        return trail_of(lambda more: self._ask(EVENTS, _offers_nothing, {**params, **more}))

    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        return self._wire.sent()

    def scope(self) -> dict[str, str]:
        """Parameters that keep a vendor administrator's calls to one customer.

        Raises:
            Misuse: A vendor administrator, and the target names no customer: equal names of
                different customers could not be told apart.
        """
        account = self.account()
        if account is None or account.role != VENDOR_ROLE:
            return {}
        if not account.customer:
            message = f"{account.login} is a vendor administrator and sees every customer"
            raise Misuse(message, "name one with `customer` below the target in pvm.yaml")
        return {"customer": account.customer}

    def _endpoints(self, kind: Kind) -> Endpoints:
        return endpoints_of(kind, self._access.endpoints)

    def _by_map(self) -> frozenset[str]:
        """What every kind has by the endpoint map."""
        reads = all(map(self.reads, KINDS.values()))
        lists = all(map(self.lists, KINDS.values()))
        return frozenset({"reads"} if reads else ()) | frozenset({"lists"} if lists else ())

    def _ask(
        self, path: str, unknown: Callable[[Answer], bool], params: Mapping[str, str] = _NO_PARAMS
    ) -> Answer:
        """The answer, also a refusal that only means that the address is unknown."""

        def attempt(bearer: str) -> Answer:
            try:
                answer = self._wire.get(Request(path, params, headers(bearer)))
            except Refused as refused:
                if unknown(refused.answer):
                    return refused.answer
                raise
            json_of(answer)
            return answer

        return self._session.perform(_get(path), attempt)

    def _stream(self, endpoints: Endpoints, read: RowReader) -> list[Live] | None:
        """`None` when it is a page after all, or could be cut off without anybody noticing."""
        params = self.scope()

        def attempt(bearer: str) -> list[Live] | None:
            request = Request(endpoints.list, params, headers(bearer, NDJSON))
            with self._wire.stream(request) as (answer, chunks):
                if not {"transfer-encoding", "content-length"} & answer.headers.keys():
                    return None
                if answer.media_type == JSON:
                    return None
                check_media_type(answer, NDJSON)
                return [read(parse_line(line)) for line in lines_of(chunks)]

        return self._session.perform(_get(endpoints.list), attempt)

    def _pages(self, kind: Kind, endpoints: Endpoints, read: RowReader) -> list[Live]:
        """All pages of a list that did not change meanwhile."""
        for _ in range(_LISTING_TRIES):
            found: dict[str, Live] = {}
            totals = set()
            for page in self._each_page(endpoints):
                totals.add(page.total)
                for live in map(read, page.rows):
                    found[kind.key(live.id.name)] = live
            if totals == {len(found)}:
                return list(found.values())
        message = "the list changed each time while its pages were read; try again"
        raise Rejected(_get(endpoints.list), message)

    def _each_page(self, endpoints: Endpoints) -> Iterator[Page]:
        limits = self.capabilities().limits or {}
        size = min(_PAGE_SIZE, limits.get("pageSize", _PAGE_SIZE))
        number = 0
        while True:
            page = self._page(endpoints, number, size)
            yield page
            number += 1
            if endpoints.paging == "none" or not page.rows or number * size >= page.total:
                return

    def _page(self, endpoints: Endpoints, number: int, size: int) -> Page:
        params = self.scope()
        if endpoints.paging == "page":
            params |= {"page": str(number), "size": str(size), "sort": f"{endpoints.name},asc"}

        def attempt(bearer: str) -> Page:
            answer = self._wire.get(Request(endpoints.list, params, headers(bearer)))
            return page_of(json_of(answer), endpoints, number)

        return self._session.perform(_get(endpoints.list), attempt)


def headers(bearer: str, accept: str = JSON) -> dict[str, str]:
    """What every request says about itself."""
    return {"Accept": accept, "Authorization": f"Bearer {bearer}"}


def _get(path: str) -> str:
    return f"GET {path}"


def _offers_nothing(answer: Answer) -> bool:
    return answer.status in _NOTHING_OFFERED


def _content(answer: Answer) -> Mapping[str, JsonValue]:
    """Of a success; nothing of a refusal."""
    return object_of(json_of(answer)) if answer.status == HTTPStatus.OK else {}


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _switched_off(kind: Kind, which: str) -> Misuse:
    message = f"this server has no way to {which} {kind.noun}s, says `endpoints` in pvm.yaml"
    return Misuse(message, f"give {kind.name} a `{which}` path, or take it out of the scope")


def _capabilities(value: Mapping[str, JsonValue], by_map: frozenset[str]) -> Capabilities:
    offers, limits = value.get("capabilities"), object_of(value.get("limits"))
    told = frozenset(map(str, offers)) if isinstance(offers, list) else frozenset()
    return Capabilities(
        version=_text(value.get("version")),
        profile=_text(value.get("profile")),
        time=_text(value.get("time")),
        offers=by_map | (told - {"lists", "reads"}),
        limits={
            name: number
            for name, number in limits.items()
            if isinstance(number, int) and not isinstance(number, bool) and number > 0
        },
    )


def _account(value: Mapping[str, JsonValue], customer: str | None) -> Account:
    login, role = _text(value.get("loginName")), _text(value.get("role"))
    if not login or not role:
        message = "the answer does not say who we are (loginName, role)"
        raise Rejected(_get(ACCOUNT), message)
    own = value.get("customer")
    code = _text(own.get("code")) if isinstance(own, Mapping) else _text(own)
    if role == VENDOR_ROLE and customer:
        code = customer.lower()
    return Account(login, role, code)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
