"""A provisioning server in memory: it enforces what the real one enforces, and fails on request.

It can have less than the real one (`offers`, `missing`, `versions`), keep another form than was
sent (`normalise`), and let somebody else act around each write (`person`).
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.project import Limits
from reconciler.core.values import JsonValue, json_equal
from reconciler.remote.access import Access, Credentials, Timing
from tests.remote.fake_change import Change, Fields, RefusedChangeError, change_of
from tests.remote.fake_reports import Form, Rows, events_body, footprints_body

ADMIN = "/admin/api/v1/"
EVERYTHING = ("etag", "ndjson", "changes", "events", "devices", "sources", "invitations")
LOGIN_NAME, PASSWORD = "ada", "correct horse battery staple"
_PLURALS = {"sites": "site", "bootstraps": "bootstrap", "tokens": "token", "users": "user"}


Reply = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True)
class Fault:
    """What the next matching request meets instead of the server.

    With `after` the server does its work first, and then the reply is replaced.
    """

    method: str
    path: str
    reply: Reply
    after: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def as_sent(_: str, fields: Fields) -> Fields:
    """Keep what was sent."""
    return fields


def nobody(_: int, __: str) -> None:
    """Be alone with the server."""


@dataclass(slots=True)
class FakeServer:
    """`rows` are the server's objects by singular path and folded name."""

    offers: Sequence[str] = EVERYTHING
    missing: Collection[str] = ()
    """Of `capabilities`, `account`, `lists`, `reads`: addresses that it does not know."""
    versions: bool = True
    """Whether its rows have one."""
    role: str = "Super-Admin"
    customer: str = "acme"
    page_size: int = 1000
    limits: Mapping[str, int] = field(default_factory=dict)
    normalise: Callable[[str, Fields], Fields] = as_sent
    """From a singular path and the fields of a row to what is kept."""
    person: Callable[[int, str], None] = nobody
    """Told before and after each write request: its number from 1, and `before` or `after`."""
    clock: Callable[[], datetime] = lambda: datetime(2026, 11, 22, 12, tzinfo=UTC)
    footprints: Sequence[JsonValue] | None = ()
    """What devices depend on; `None`: it does not know the question."""
    happened: Sequence[JsonValue] | None = ()
    """Its events, the newest first; `None`: it does not know the question."""
    rows: dict[str, dict[str, dict[str, JsonValue]]] = field(
        default_factory=lambda: {path: {} for path in _PLURALS.values()}
    )
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    writes: int = 0
    """Changes that had an effect."""
    asked: int = 0
    """Write requests so far."""

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            path = request.url.path
            params = dict(request.url.params)
            self.seen.append(
                Seen(request.method, path, params, dict(request.headers), request.content)
            )
            fault = self._fault(request.method, path)
            if fault is not None and not fault.after:
                return fault.reply(request)
            response = self._between_people(request, path, params)
            return response if fault is None else fault.reply(request)

    def _between_people(
        self, request: httpx.Request, path: str, params: Mapping[str, str]
    ) -> httpx.Response:
        if request.method == "GET" or path == f"{ADMIN}auth/admin":
            return self._answer(request, path, params)
        self.asked += 1
        number = self.asked
        self.person(number, "before")
        response = self._answer(request, path, params)
        self.person(number, "after")
        return response

    def _fault(self, method: str, path: str) -> Fault | None:
        for number, fault in enumerate(self.faults):
            if fault.method == method and path == ADMIN + fault.path:
                return self.faults.pop(number)
        return None

    def _answer(
        self, request: httpx.Request, path: str, params: Mapping[str, str]
    ) -> httpx.Response:
        if (request.method, path) == ("POST", f"{ADMIN}auth/admin"):
            return self._log_in(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self.tokens:
            return problem(401, "UNAUTHENTICATED")
        return self._answer_known(request, path.removeprefix(ADMIN), params)

    def _answer_known(
        self, request: httpx.Request, name: str, params: Mapping[str, str]
    ) -> httpx.Response:
        if name in self._unknown(request.method):
            return problem(404, "NOT_FOUND")
        questions: dict[str, Callable[[], httpx.Response]] = {
            "auth/me": self._account,
            "capabilities": self._capabilities,
            "devices/footprints": partial(_report, footprints_body, self.footprints, params),
            "events": partial(_report, events_body, self.happened, params),
        }
        if name in questions:
            return questions[name]()
        if name == "changes" and request.method == "POST":
            return self._set(request)
        if name in _PLURALS and request.method == "GET":
            return self._list(request, _PLURALS[name], params)
        if name not in self.rows:
            return problem(404, "NOT_FOUND")
        return self._single(request, name, params)

    def _unknown(self, method: str) -> set[str]:
        reports = {"changes": "changes", "devices": "devices/footprints", "events": "events"}
        unknown = {path for offer, path in reports.items() if offer not in self.offers}
        if "account" in self.missing:
            unknown.add("auth/me")
        if "capabilities" in self.missing:
            unknown.add("capabilities")
        if "lists" in self.missing:
            unknown |= set(_PLURALS)
        if "reads" in self.missing and method == "GET":
            unknown |= set(_PLURALS.values())
        return unknown

    def _log_in(self, request: httpx.Request) -> httpx.Response:
        body = parse_json(request.content.decode())
        if body != {"username": LOGIN_NAME, "password": PASSWORD}:
            return problem(401, "BAD_CREDENTIALS", "user name or password is wrong")
        token = f"session-{len(self.seen)}-secret"
        self.tokens.add(token)
        return answer({"accessToken": token, "tokenType": "Bearer", "expiresIn": 28800})

    def _account(self) -> httpx.Response:
        customer: Fields | None = {"code": self.customer, "name": "A"} if self.customer else None
        return answer({"loginName": LOGIN_NAME, "role": self.role, "customer": customer})

    def _capabilities(self) -> httpx.Response:
        limits: Fields = {"bodyBytes": 262144, "pageSize": self.page_size, **self.limits}
        return answer(
            {
                "version": "3.1.1",
                "profile": "3.1",
                "time": self.clock().isoformat(),
                "capabilities": list(self.offers),
                "limits": limits,
            }
        )

    def _list(self, request: httpx.Request, path: str, params: Mapping[str, str]) -> httpx.Response:
        rows = [row for _, row in sorted(self.rows[path].items())]
        if request.headers["accept"] == "application/x-ndjson" and "ndjson" in self.offers:
            text = "".join(dump_json(row) + "\n" for row in rows)
            return httpx.Response(
                200, headers={"content-type": "application/x-ndjson"}, content=text.encode()
            )
        size, page = int(params.get("size", "20")), int(params.get("page", "0"))
        if size > self.page_size:
            return problem(400, "VALIDATION")
        content: list[JsonValue] = list(rows[page * size : (page + 1) * size])
        pages = -(-len(rows) // size)
        return answer(
            {
                "content": content,
                "page": page,
                "size": size,
                "totalElements": len(rows),
                "totalPages": pages,
            }
        )

    def _single(
        self, request: httpx.Request, path: str, params: Mapping[str, str]
    ) -> httpx.Response:
        change = self._change(request, path, params)
        if request.method == "GET":
            found = self.rows[path].get(change.key)
            return answer(found, self._tag(found)) if found else problem(404, "NOT_FOUND")
        try:
            result, row = self._do(change)
        except RefusedChangeError as refused:
            return problem(refused.status, refused.code, refused.detail)
        if row is None:
            return httpx.Response(204)
        return answer(row, {"X-PVM-Result": result} | self._tag(row))

    def _tag(self, row: Mapping[str, JsonValue]) -> dict[str, str]:
        return {"ETag": f'"{row["version"]}"'} if "etag" in self.offers else {}

    def _change(self, request: httpx.Request, path: str, params: Mapping[str, str]) -> Change:
        match, absent = None, False
        if "etag" in self.offers:
            given = request.headers.get("if-match")
            match = given.strip('"') if given else None
            absent = request.headers.get("if-none-match") == "*"
        if request.method != "POST":
            return Change(path, params["name"], None, match, absent)
        sent = parse_json(request.content.decode()) if request.content else {}
        assert isinstance(sent, dict)
        if path == "token":
            sent = {one: params[one] for one in ("appId", "bootstrap", "description")}
        return Change(path, params["name"], sent, match, absent)

    def _set(self, request: httpx.Request) -> httpx.Response:
        body = parse_json(request.content.decode())
        assert isinstance(body, Mapping)
        operations = body["operations"]
        assert isinstance(operations, list)
        if len(operations) > self.limits.get("changeOperations", len(operations)):
            return problem(413, "TOO_LARGE", "too many operations")
        if len(request.content) > self.limits.get("changeBytes", len(request.content)):
            return problem(413, "TOO_LARGE", "too many bytes")
        before, writes = {path: dict(rows) for path, rows in self.rows.items()}, self.writes
        results: list[JsonValue] = []
        for index, operation in enumerate(operations):
            try:
                result, row = self._do(change_of(operation))
            except RefusedChangeError as refused:
                self.rows, self.writes = before, writes
                return _problem_at(index, refused)
            version = None if row is None else row.get("version")
            results.append({"index": index, "result": result, "version": version})
        return answer({"results": results})

    def _do(self, change: Change) -> tuple[str, Mapping[str, JsonValue] | None]:
        """The result and the row. Raises `RefusedChangeError`."""
        row = self.rows[change.path].get(change.key)
        if change.fields is None and row is None:
            raise RefusedChangeError(404, "NOT_FOUND")
        if change.absent and row is not None:
            raise RefusedChangeError(412, "STALE_VERSION", "it exists already")
        if change.match is not None and (row is None or str(row["version"]) != change.match):
            raise RefusedChangeError(412, "STALE_VERSION", "somebody else changed it")
        if change.fields is not None:
            return self._store(change, row, self._row(change, change.fields))
        if change.path == "bootstrap" and self._used(change.name):
            raise RefusedChangeError(409, "IN_USE", "a token refers to it")
        self.writes += 1
        del self.rows[change.path][change.key]
        return "deleted", None

    def _used(self, bootstrap: str) -> bool:
        return any(row["bootstrap"] == bootstrap for row in self.rows["token"].values())

    def _row(self, change: Change, sent: Fields) -> Fields:
        if change.path == "bootstrap":
            fields: Fields = {"name": change.name, "parameters": sent}
        elif change.path == "token":
            fields = {"name": change.name, "description": "", **sent}
            if sent["bootstrap"] not in self.rows["bootstrap"]:
                raise RefusedChangeError(404, "UNKNOWN_BOOTSTRAP", "there is no such bootstrap")
        else:
            fields = {"loginName" if change.path == "user" else "name": change.name, **sent}
        return self.normalise(change.path, fields)

    def _store(
        self, change: Change, before: Mapping[str, JsonValue] | None, fields: Fields
    ) -> tuple[str, Mapping[str, JsonValue]]:
        if before is not None and all(json_equal(before[one], fields[one]) for one in fields):
            return "unchanged", before
        self.writes += 1
        row: Fields = {**fields, "updatedBy": LOGIN_NAME, "updatedAt": "2026-11-22T12:00:00Z"}
        if self.versions:
            last = before["version"] if before else 0
            assert isinstance(last, int)
            row["version"] = last + 1
        row |= {"deviceCount": 0} if change.path == "site" else {}
        row |= {"lastUsedAt": None, "useCount": 0} if change.path == "token" else {}
        self.rows[change.path][change.key] = row
        return "created" if before is None else "updated", row


def _report(form: Form, rows: Rows | None, params: Mapping[str, str]) -> httpx.Response:
    return problem(404, "NOT_FOUND") if rows is None else answer(form(rows, params))


def _problem_at(index: int, refused: RefusedChangeError) -> httpx.Response:
    detail = f"operation {index}: {refused.detail}"
    error: Fields = {"field": "", "message": refused.detail, "index": index}
    value: Fields = {"status": refused.status, "code": refused.code, "detail": detail}
    value["errors"] = [error]
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(refused.status, headers=headers, content=dump_json(value).encode())


def answer(value: JsonValue, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """A success with JSON."""
    content = dump_json(value).encode()
    return httpx.Response(
        200, headers={"content-type": "application/json", **(headers or {})}, content=content
    )


def problem(
    status: int, code: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """A refusal as the real server words it."""
    value: dict[str, JsonValue] = {"status": status, "code": code, "detail": detail}
    return httpx.Response(
        status,
        headers={"content-type": "application/problem+json", **(headers or {})},
        content=dump_json(value).encode(),
    )


def html(status: int) -> Reply:
    """A proxy that answers in the server's place."""
    return lambda _: httpx.Response(
        status, headers={"content-type": "text/html"}, content=b"<h1>Welcome to the hotel</h1>"
    )


def fails(error: type[httpx.TransportError]) -> Reply:
    """No answer at all."""

    def reply(request: httpx.Request) -> httpx.Response:
        message = "on purpose"
        raise error(message, request=request)

    return reply


@dataclass(slots=True)
class Waits:
    """A clock that moves only when somebody waits, and remembers for how long."""

    seconds: list[float] = field(default_factory=list)
    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.now += seconds

    @property
    def timing(self) -> Timing:
        return Timing(now=lambda: self.now, sleep=self.sleep, chance=lambda: 1.0)


def access(waits: Waits | None = None, **changes: object) -> Access:
    """Access to a fake server that waits for nobody."""
    given: dict[str, Any] = {
        "url": "http://127.0.0.1:1",
        "credentials": Credentials(LOGIN_NAME, PASSWORD),
        "limits": Limits(concurrency=4, requests_per_second=100_000, retries=3),
        "timing": (waits or Waits()).timing,
        **changes,
    }
    return Access(**given)
