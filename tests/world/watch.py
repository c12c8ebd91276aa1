"""Looking at every request that passes: what it writes, and how the server is afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from reconciler.core.json_text import parse_json
from reconciler.kinds import KINDS
from tests.world.transport import Seen

_KIND_OF_PATH = {f"/admin/api/v1/{kind.path}": name for name, kind in KINDS.items()}
_CHANGES = "/admin/api/v1/changes"


class Attempt(NamedTuple):
    """A write that the client asked for, whatever came of it."""

    sort: str
    """`upsert` or `delete`."""
    kind: str
    name: str


def attempts(seen: Seen) -> Iterator[Attempt]:
    """Every write in a request; raises AssertionError for one that is no known sort of write."""
    if not seen.writes:
        return
    if seen.path == _CHANGES:
        body = parse_json(seen.body.decode())
        assert isinstance(body, dict)
        operations = body["operations"]
        assert isinstance(operations, list)
        for one in operations:
            assert isinstance(one, dict)
            yield Attempt(str(one["op"]), str(one["kind"]), str(one["name"]))
        return
    assert seen.path in _KIND_OF_PATH, f"{seen.method} {seen.path} is no write of an object"
    sort = "delete" if seen.method == "DELETE" else "upsert"
    yield Attempt(sort, _KIND_OF_PATH[seen.path], seen.params["name"])


@dataclass(slots=True)
class Watched(httpx.BaseTransport):
    """Calls `after` once the server has answered, before the client hears of it."""

    inner: httpx.BaseTransport
    after: Callable[[], None]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        self.after()
        return response


@dataclass(slots=True)
class CutOff(httpx.BaseTransport):
    """From request `number` (0 is the first) on, nobody answers.

    With `arrives` the first of them still reaches the server, and its answer gets lost.
    """

    inner: httpx.BaseTransport
    number: int
    arrives: bool = False
    count: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        if self.count <= self.number:
            return self.inner.handle_request(request)
        if self.arrives and self.count == self.number + 1:
            self.inner.handle_request(request)
        message = "cut off"
        raise httpx.ReadError(message, request=request)
