from collections.abc import Callable

import httpx
import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json
from reconciler.core.origin import Origin
from reconciler.core.ports import RemoteFailure, SetRefused
from reconciler.core.resource import Desired
from reconciler.core.values import MASK, JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_writer
from reconciler.remote.discretion import hiding
from tests.remote.fake_server import FakeServer, Fault, access, problem
from tests.remote.sets import put

BOOTSTRAP, SITE = KINDS["Bootstrap"], KINDS["Site"]
SECRET = 'hun"ter2-canary'
VALUE: dict[str, JsonValue] = {"wifi": [{"psk": SECRET, "ssid": "abc"}], "pin": 1234}
HERE = Origin("a.yaml", 0, 1)


def echo(status: int, index: bool) -> Callable[[httpx.Request], httpx.Response]:  # noqa: FBT001 -- a table's column
    """Refuses, and repeats what it was sent: as it is, as JSON, and where a long text is cut."""

    def reply(_: httpx.Request) -> httpx.Response:
        detail = f"{SECRET} or {dump_json(SECRET)} " + "x" * 440 + SECRET * 9
        if not index:
            return problem(status, "ECHO", detail)
        errors: list[JsonValue] = [{"message": f"no {SECRET}", "index": n} for n in range(2)]
        body = dump_json({"code": "ECHO", "detail": detail, "errors": errors}).encode()
        headers = {"content-type": "application/problem+json"}
        return httpx.Response(status, headers=headers, content=body)

    return reply


def told(caught: RemoteFailure) -> str:
    reasons = caught.reasons.values() if isinstance(caught, SetRefused) else ()
    return " ".join(map(str, [caught, caught.__cause__, *reasons]))


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("status", [400, 403, 409, 412, 500])
def test_no_refusal_of_a_write_repeats_what_a_bootstrap_holds(status: int, *, index: bool) -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "bootstrap", echo(status, index))] * 9
    server.faults += [Fault("POST", "changes", echo(status, index))] * 9
    one = put("b", VALUE)
    with connect_writer(access(), server.transport) as writer:
        with pytest.raises(RemoteFailure) as single:
            writer.upsert(BOOTSTRAP, one.desired, None)
        with pytest.raises(RemoteFailure) as whole:
            writer.change_set([one, put("c", VALUE)])
    for caught in (single.value, whole.value):
        text = told(caught)
        assert "ECHO" in text
        assert MASK in text
        for part in (SECRET, dump_json(SECRET)[1:-1], "hun", "canary"):
            assert part not in text


def test_a_text_within_another_is_hidden_with_it() -> None:
    hide = hiding([(BOOTSTRAP, put("b", {"a": "long", "b": "longer"}).desired)])
    assert hide("longer than long") == f"{MASK} than {MASK}"


def test_names_and_short_words_stay() -> None:
    site = Desired(ResourceId("Site", "s"), {"proServerName": "dev03b"}, HERE)
    hide = hiding([(SITE, site), (BOOTSTRAP, put("b", {"a": "no", "b": 1234}).desired)])
    assert hide("no server dev03b, line 1234") == "no server dev03b, line 1234"
