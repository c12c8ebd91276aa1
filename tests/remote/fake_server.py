"""A provisioning server in memory: it enforces what the real one enforces, and fails on request."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.project import Limits
from reconciler.core.values import JsonValue, json_equal
from reconciler.remote.access import Access, Credentials, Timing

ADMIN = "/admin/api/v1/"
EVERYTHING = ("etag", "ndjson", "changes", "events", "devices", "sources")
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


@dataclass(slots=True)
class FakeServer:
    """`rows` are the server's objects by singular path and folded name."""

    offers: Sequence[str] = EVERYTHING
    role: str = "Super-Admin"
    customer: str = "acme"
    page_size: int = 1000
    rows: dict[str, dict[str, dict[str, JsonValue]]] = field(
        default_factory=lambda: {path: {} for path in _PLURALS.values()}
    )
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    writes: int = 0

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
            response = self._answer(request, path, params)
            return response if fault is None else fault.reply(request)

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
        if name == "auth/me":
            customer = {"code": self.customer, "name": "ACME"} if self.customer else None
            return answer({"loginName": LOGIN_NAME, "role": self.role, "customer": customer})
        if name == "capabilities":
            return self._capabilities()
        if name in _PLURALS and request.method == "GET":
            return self._list(request, _PLURALS[name], params)
        if name not in self.rows:
            return problem(404, "NOT_FOUND")
        return self._single(request, name, params)

    def _log_in(self, request: httpx.Request) -> httpx.Response:
        body = parse_json(request.content.decode())
        if body != {"username": LOGIN_NAME, "password": PASSWORD}:
            return problem(401, "BAD_CREDENTIALS", "user name or password is wrong")
        token = f"session-{len(self.seen)}-secret"
        self.tokens.add(token)
        return answer({"accessToken": token, "tokenType": "Bearer", "expiresIn": 28800})

    def _capabilities(self) -> httpx.Response:
        limits: dict[str, JsonValue] = {"bodyBytes": 262144, "pageSize": self.page_size}
        return answer(
            {
                "version": "3.1.1",
                "profile": "3.1",
                "time": "2026-11-22T12:00:00Z",
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
        name = params["name"]
        key = name.lower() if path in ("token", "user") else name
        row = self.rows[path].get(key)
        if request.method == "GET":
            return answer(row) if row else problem(404, "NOT_FOUND")
        if not self._precondition_holds(request, row):
            return problem(412, "STALE_VERSION", "somebody else changed it")
        if request.method == "DELETE":
            if row is None:
                return problem(404, "NOT_FOUND")
            if path == "bootstrap" and self._used(name):
                return problem(409, "IN_USE", "a token refers to it")
            self.writes += 1
            del self.rows[path][key]
            return httpx.Response(204)
        return self._upsert(request, path, key, params)

    def _used(self, bootstrap: str) -> bool:
        return any(row["bootstrap"] == bootstrap for row in self.rows["token"].values())

    def _precondition_holds(
        self, request: httpx.Request, row: Mapping[str, JsonValue] | None
    ) -> bool:
        if "etag" not in self.offers:
            return True
        if request.headers.get("if-none-match") == "*" and row is not None:
            return False
        match = request.headers.get("if-match")
        return match is None or (row is not None and match == f'"{row["version"]}"')

    def _upsert(
        self, request: httpx.Request, path: str, key: str, params: Mapping[str, str]
    ) -> httpx.Response:
        name = params["name"]
        sent = parse_json(request.content.decode()) if request.content else {}
        fields: dict[str, JsonValue]
        if path == "bootstrap":
            fields = {"name": name, "parameters": sent}
        elif path == "token":
            fields = {"name": name, "description": ""}
            fields |= {one: params[one] for one in ("appId", "bootstrap", "description")}
            if params["bootstrap"] not in self.rows["bootstrap"]:
                return problem(404, "UNKNOWN_BOOTSTRAP", "there is no such bootstrap")
        else:
            assert isinstance(sent, Mapping)
            fields = {"loginName" if path == "user" else "name": name, **sent}
        before = self.rows[path].get(key)
        return self._store(path, key, before, fields)

    def _store(
        self,
        path: str,
        key: str,
        before: Mapping[str, JsonValue] | None,
        fields: dict[str, JsonValue],
    ) -> httpx.Response:
        if before is not None and all(json_equal(before[one], fields[one]) for one in fields):
            return answer(before, {"X-PVM-Result": "unchanged"})
        self.writes += 1
        last = before["version"] if before else 0
        assert isinstance(last, int)
        row: dict[str, JsonValue] = {**fields, "version": last + 1, "updatedBy": LOGIN_NAME}
        row["updatedAt"] = "2026-11-22T12:00:00Z"
        row |= {"deviceCount": 0} if path == "site" else {}
        row |= {"lastUsedAt": None, "useCount": 0} if path == "token" else {}
        self.rows[path][key] = row
        return answer(row, {"X-PVM-Result": "created" if before is None else "updated"})


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
    given: dict[str, object] = {
        "url": "http://127.0.0.1:1",
        "credentials": Credentials(LOGIN_NAME, PASSWORD),
        "limits": Limits(concurrency=4, requests_per_second=100_000, retries=3),
        "timing": (waits or Waits()).timing,
        **changes,
    }
    return Access(**given)  # type: ignore[arg-type] # each test names fields that exist
