"""A server whose partners are another server's simulators, both as operators run them."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.live_server import RunningServer, running_server

PASSWORD = "seven calm herons"
CUSTOMER = "acme"
DEVICE = "TC52_18304522512397"


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one server with one credential."""

    server: RunningServer
    headers: Mapping[str, str]

    def __call__(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> tuple[int, Any]:
        url = f"{self.server.url}{path}?{urlencode(query or {})}"
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", **self.headers}
        request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


def vendor_of(server: RunningServer, login: str, password: str) -> Caller:
    stranger = Caller(server, {})
    body = {"username": login, "password": password}
    _, answer = stranger("POST", "/admin/api/v1/auth/admin", body=body)
    return Caller(server, {"authorization": f"Bearer {answer['accessToken']}"})


@contextmanager
def serving() -> Iterator[tuple[Caller, Caller]]:
    """The vendor's caller at the server with simulators, and at the one that uses them."""
    with running_server() as partners:
        user = partners.user("Vendor-Admin")
        there = vendor_of(partners, user.login, user.password)
        made = {"scope": "write", "expiresAt": _next_month(there)}
        _, token = there("POST", "/admin/api/v1/api-token", {"name": "partner"}, made)
        environment = {
            "PVM_ADMIN_PASSWORD": PASSWORD,
            "PVM_SERVER_PTT_PRO_URL": f"{partners.url}/sim/pttpro",
            "PVM_SERVER_PTT_PRO_TOKEN": token["token"],
            "PVM_SERVER_LICENSING_URL": f"{partners.url}/sim/licensing",
            "PVM_SERVER_LICENSING_TOKEN": token["token"],
        }
        with running_server(demo=False, environment=environment) as server:
            here = vendor_of(server, "admin", PASSWORD)
            _found(here)
            yield there, here
            assert token["token"] not in server.log + server.printed


def _next_month(there: Caller) -> str:
    """A day after the server's own, whatever the clock says."""
    _, clock = there("GET", "/sim/clock")
    year, month, _ = clock["now"].split("T")[0].split("-")
    number = int(year) * 12 + int(month)
    return f"{number // 12}-{number % 12 + 1:02d}-28T00:00:00Z"


def _found(here: Caller) -> None:
    """A customer with a site, a bootstrap and a token."""
    body = {
        "name": "Acme",
        "voice": True,
        "extensionManager": True,
        "pttPro": True,
        "superAdmin": {"loginName": "chief", "userName": "C", "email": "c@example.com"},
    }
    where = {"customer": CUSTOMER}
    admin = "/admin/api/v1"
    assert here("POST", f"{admin}/customer", {"name": CUSTOMER}, body)[0] == 200
    site = {"proServerName": "dev03b"}
    assert here("POST", f"{admin}/site", {"name": "site-1", **where}, site)[0] == 200
    named = {"name": "site-1", **where}
    assert here("POST", f"{admin}/bootstrap", named, {"site": "site-1"})[0] == 200
    token = {"name": "PTT-1", "appId": "WFC_PRO_ANDROID", "bootstrap": "site-1", **where}
    assert here("POST", f"{admin}/token", token)[0] == 200


def _register(here: Caller) -> tuple[int, Any]:
    device = Caller(here.server, {"x-pvm-token": "PTT-1"})
    body = {
        "deviceId": DEVICE,
        "appId": "WFC_PRO_ANDROID",
        "appVersion": "3.3.10197",
        "osVersion": "Android 11",
        "manufacturer": "Zebra",
    }
    return device("POST", "/client/api/v1/register", body=body)


def _run(here: Caller, job: str) -> Any:  # noqa: ANN401 - any JSON
    status, run = here("POST", "/admin/api/v1/job/run", {"name": job})
    assert status == 200, run
    return run


@pytest.mark.requirement("L-01")
@pytest.mark.requirement("S-06")
def test_partners_are_reached_over_the_network_and_their_outages_survived() -> None:
    with serving() as (there, here):
        assert _run(here, "license-sync")["summary"] == {"added": 3, "customers": 1, "verified": 3}
        _, lots = here("GET", "/admin/api/v1/licenses")
        assert lots["totalElements"] == 3
        _outages(there, here)
        _key_stays_out_of_the_log(here)


def _outages(there: Caller, here: Caller) -> None:
    def table() -> Any:  # noqa: ANN401 - any JSON
        query = {"server": "dev03b"}
        return there("GET", "/sim/pttpro/devices", query)[1]["devices"]

    for mood in ("down", "wrong"):
        for partner in ("pttpro", "licensing"):
            there("POST", f"/sim/{partner}/mood", body={"mood": mood})
        status, answer = _register(here)
        assert (status, answer["pttPro"]) == (200, "QUEUED")
        assert _run(here, "license-sync")["result"] == "FAILED"
        assert table() == {}
    there("POST", "/sim/pttpro/mood", body={"mood": "well"})
    there("POST", "/sim/licensing/mood", body={"mood": "well"})
    status, answer = _register(here)
    assert (status, answer["pttPro"], table()) == (200, "PROVISIONED", {DEVICE: "site-1"})
    assert _run(here, "license-sync")["summary"] == {"customers": 1, "verified": 3}
    _, lots = here("GET", "/admin/api/v1/licenses")
    assert {lot["state"] for lot in lots["content"]} == {"ACTIVE"}


def _key_stays_out_of_the_log(here: Caller) -> None:
    device = Caller(here.server, {"x-pvm-token": "Extension-Manager-Token"})
    _, parameters = device("GET", "/client/api/v1/bootstrap")
    key = parse_qs(urlsplit(parameters["var_location"]).query)["api_key"][0]
    stranger = Caller(here.server, {})
    query = {"exm": "Ext1", "api_key": key}
    assert stranger("GET", "/exm/api/v1/licenses", query)[0] == 200
    assert stranger("GET", "/exm/api/v1/licenses", query | {"x": key})[0] == 400
    assert stranger("GET", "/exm/api/v1/licenses", query | {"api_key": f"{key}x"})[0] == 401
    assert key not in here.server.log
