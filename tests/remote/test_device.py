import json
from collections.abc import Callable

import httpx
import pytest

from reconciler.core.ports import Denied, Rejected, RemoteFailure, Unreachable
from reconciler.core.problem import Misuse
from reconciler.remote import device
from reconciler.remote.device import DeviceRequest, fetch_bootstrap
from reconciler.remote.wire import admits_devices
from tests.remote.fake_server import Reply, fails, html, problem

ASKED = DeviceRequest("http://127.0.0.1:1", "STORE-1", "WFC_PRO_ANDROID")
TEXT = '{"b": 1.50,\n "a": [true, 1], "ü": 18446744073709551616}'


def fetch(reply: Reply, request: DeviceRequest = ASKED) -> str:
    return fetch_bootstrap(request, httpx.MockTransport(reply))


@pytest.mark.requirement("D-07")
def test_a_device_gets_the_parameters_character_for_character() -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(
            200, headers={"content-type": "application/json"}, content=TEXT.encode()
        )

    assert fetch(reply) == TEXT
    (request,) = seen
    assert request.url.path == "/client/api/v1/bootstrap"
    assert dict(request.url.params) == {"appId": "WFC_PRO_ANDROID"}
    assert request.headers["x-pvm-token"] == "STORE-1"
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda _: problem(404, "UNKNOWN_TOKEN"), Rejected),
        (lambda _: problem(403, "APP_MISMATCH"), Denied),
        (lambda _: problem(503, "UPSTREAM"), Unreachable),
        (fails(httpx.ConnectError), Unreachable),
        (html(200), Rejected),
    ],
)
def test_a_device_is_told_what_went_wrong(reply: Reply, error: type[RemoteFailure]) -> None:
    with pytest.raises(error, match="GET /client/api/v1/bootstrap"):
        fetch(reply)


def test_an_unusable_address_is_misuse() -> None:
    with pytest.raises(Misuse):
        fetch_bootstrap(DeviceRequest("nowhere", "T"))


DETAILS = {"appVersion": "3.3.10197", "manufacturer": "Zebra", "model": "TC52", "osVersion": ""}
WHOLE = DeviceRequest(
    "http://127.0.0.1:1", "STORE-1", "WFC_PRO_ANDROID", "TC52_1830", details=DETAILS
)
SAID: dict[str, object] = {
    "appId": "WFC_PRO_ANDROID",
    "deviceId": "TC52_1830",
    "appVersion": "3.3.10197",
    "manufacturer": "Zebra",
    "model": "TC52",
}
CALLS: dict[str, Callable[[DeviceRequest, httpx.BaseTransport], object]] = {
    "POST /client/api/v1/register": lambda asked, net: device.register(asked, "site-1", net),
    "POST /client/api/v1/checkin": device.check_in,
    "POST /client/api/v1/license": lambda asked, net: device.ask_licenses(
        asked, ("LOCAL", "MITEL"), "REBOOT", net
    ),
    "DELETE /client/api/v1/license": device.return_licenses,
}
MORE: dict[str, dict[str, object]] = {
    "POST /client/api/v1/register": {"site": "site-1"},
    "POST /client/api/v1/checkin": {},
    "POST /client/api/v1/license": {"features": ["LOCAL", "MITEL"], "reason": "REBOOT"},
}


def answering(seen: list[httpx.Request], status: int = 200) -> httpx.MockTransport:
    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if status == 204:
            return httpx.Response(204)
        return httpx.Response(status, json={"state": "ACTIVE"})

    return httpx.MockTransport(reply)


@pytest.mark.parametrize("call", list(MORE))
def test_a_device_says_what_it_is_and_leaves_out_what_is_empty(call: str) -> None:
    seen: list[httpx.Request] = []
    assert CALLS[call](WHOLE, answering(seen)) == {"state": "ACTIVE"}
    (request,) = seen
    assert f"{request.method} {request.url.path}" == call
    assert json.loads(request.content) == {**SAID, **MORE[call]}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-pvm-token"] == "STORE-1"
    assert "authorization" not in request.headers


def test_licenses_are_given_back_without_a_body() -> None:
    seen: list[httpx.Request] = []
    device.return_licenses(WHOLE, answering(seen, 204))
    (request,) = seen
    assert (request.method, request.url.path, request.content) == (
        "DELETE",
        "/client/api/v1/license",
        b"",
    )
    assert dict(request.url.params) == {
        "appId": "WFC_PRO_ANDROID",
        "deviceId": "TC52_1830",
        "appVersion": "3.3.10197",
    }


def test_a_known_device_needs_no_token() -> None:
    seen: list[httpx.Request] = []
    device.check_in(DeviceRequest("http://127.0.0.1:1", "", device_id="TC52_1"), answering(seen))
    assert "x-pvm-token" not in seen[0].headers
    assert json.loads(seen[0].content) == {"deviceId": "TC52_1"}


@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize(
    ("status", "code", "error", "fix"),
    [
        (403, "VERSION_TOO_OLD", Denied, "--app-version"),
        (404, "UNKNOWN_TOKEN", Rejected, "pvm export"),
        (409, "SITE_CONFLICT", Rejected, "by hand"),
        (409, "NO_LICENSE_AVAILABLE", Rejected, "no seat"),
        (409, "SOMETHING_NEW", Rejected, ""),
        (503, "UPSTREAM", Unreachable, ""),
    ],
)
def test_a_refusal_names_the_call_and_what_to_do(
    call: str, status: int, code: str, error: type[RemoteFailure], fix: str
) -> None:
    with pytest.raises(error, match=f"{call}: {status} {code}") as refusal:
        CALLS[call](WHOLE, httpx.MockTransport(lambda _: problem(status, code)))
    assert fix in refusal.value.fix
    assert bool(fix) == bool(refusal.value.fix)


def test_nothing_but_the_five_calls_can_leave() -> None:
    paths = ("bootstrap", "register", "checkin", "license", "tokens", "")
    bases = ("/client/api/v1", "/admin/api/v1", "")
    admitted = {
        f"{method} {base}/{path}"
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        for base in bases
        for path in paths
        if admits_devices(method, f"{base}/{path}")
    }
    assert admitted == {"GET /client/api/v1/bootstrap", *CALLS}
