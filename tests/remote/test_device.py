import httpx
import pytest

from reconciler.core.ports import Denied, Rejected, RemoteFailure, Unreachable
from reconciler.core.problem import Misuse
from reconciler.remote.device import DeviceRequest, fetch_bootstrap
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
