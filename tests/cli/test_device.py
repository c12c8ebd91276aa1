"""`pvm device` against the real server: one device's life."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Ran, Run
from tests.live_server import RunningServer, running_server

PTT = ("--app-id", "WFC_PRO_ANDROID", "--app-version", "3.3.10223")
VOICE = ("--app-id", "WFC_VOICE_ANDROID", "--app-version", "9.0.22405")
ZEBRA = ("--manufacturer", "Zebra Technologies", "--model", "TC52", "--os-version", "11")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def env(server: RunningServer) -> Mapping[str, str]:
    """A device has an address and nothing else."""
    return {"PVM_URL": server.url}


@pytest.fixture
def admin(server: RunningServer) -> Iterator[httpx.Client]:
    user = server.user("Super-Admin")
    with httpx.Client(base_url=f"{server.url}/admin/api/v1") as client:
        body = {"username": user.login, "password": user.password}
        secret = client.post("/auth/admin", json=body).json()["accessToken"]
        client.headers["authorization"] = f"Bearer {secret}"
        yield client


def value(ran: Ran) -> Any:  # noqa: ANN401 -- whatever the server answered
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.requirement("D-09", "D-11", "D-12")
def test_a_device_registers_checks_in_and_gets_a_license(
    pvm: Run, env: Mapping[str, str], admin: httpx.Client
) -> None:
    it = ("--device-id", "TC52_55550001", *ZEBRA, "-o", "json")
    registered = value(pvm("device", "register", "PTT-site-1095", *it, *PTT, env=env))
    assert (registered["site"], registered["pttPro"]) == ("site-1095", "PROVISIONED")

    asked = ("license", "Direct-Access-Token", "--feature", "LOCAL", "--feature", "MITEL")
    licensed = value(pvm("device", *asked, *it, *VOICE, env=env))
    assert {row["feature"] for row in licensed["licenses"]} == {"LOCAL", "MITEL"}

    checked_in = value(pvm("device", "checkin", *it, env=env))
    assert len(checked_in["licenses"]) == 2

    assert value(pvm("device", "return-license", "Direct-Access-Token", *it, *VOICE, env=env)) == {
        "returned": True
    }
    assert value(pvm("device", "checkin", *it, env=env))["licenses"] == []
    row = admin.get("/device", params={"deviceId": "TC52_55550001"}).json()
    assert (row["model"], row["site"], row["state"]) == ("TC52", "site-1095", "ACTIVE")
    actions = admin.get("/history", params={"deviceId": "TC52_55550001"}).json()["content"]
    assert [one["action"] for one in actions].count("CHECKIN") == 2


def test_a_site_can_be_named_and_the_answer_is_text_by_default(
    pvm: Run, env: Mapping[str, str]
) -> None:
    it = ("--device-id", "TC52_55550002", *ZEBRA, *PTT)
    ran = pvm("device", "register", "PTT-site-1095", "--site", "site-2001", *it, env=env)
    assert ran.code == 0, ran.err
    assert {"site": "site-2001", "state": "ACTIVE"}.items() <= dict(
        line.split(maxsplit=1) for line in ran.out.splitlines()
    ).items()


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("register", "PTT-site-1094", "--app-version", "3.3.10196"), 77, "VERSION_TOO_OLD"),
        (("register", "nobody"), 1, "pvm export"),
        (("register", "PTT-site-1094", "--site", "nowhere"), 1, "UNKNOWN_SITE"),
        (("checkin", "--device-id", "TC52_0"), 1, "UNKNOWN_DEVICE"),
        (("license", "Direct-Access-Token", "--feature", "FAX"), 1, "VALIDATION"),
        (("register", "Direct-Access-Token"), 77, "--app-id"),
    ],
    ids=["old", "token", "site", "device", "feature", "app"],
)
def test_a_refusal_says_which_call_and_what_to_do(
    pvm: Run, env: Mapping[str, str], args: tuple[str, ...], code: int, told: str
) -> None:
    voice = VOICE if args[0] == "license" else PTT
    ran = pvm("device", *args[:1], "--device-id", "TC52_5555", *ZEBRA, *voice, *args[1:], env=env)
    assert (ran.code, ran.out) == (code, "")
    assert "/client/api/v1/" in ran.err
    assert told in ran.err


@pytest.mark.parametrize("command", ["register", "checkin", "license", "return-license"])
def test_without_a_device_id_no_server_is_asked(pvm: Run, command: str) -> None:
    more = ("--feature", "LOCAL") if command == "license" else ()
    ran = pvm("device", command, "T", *more, env={"PVM_URL": "http://127.0.0.1:9"})
    assert ran.code == 64
    assert "--device-id" in ran.err


@pytest.mark.requirement("B-06")
def test_what_is_converted_is_stored_and_delivered(
    pvm: Run, env: Mapping[str, str], admin: httpx.Client, tmp_path: Path
) -> None:
    xml = '<voice v="2"><line>0421</line><line/><wifi ssid="a">\u00fc &lt;b&gt;</wifi></voice>'
    file = tmp_path / "voice.xml"
    file.write_text(xml, encoding="utf-8")
    raw = {"content-type": "application/json"}
    refused = admin.post("/bootstrap?name=voice", content=xml.encode(), headers=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "MALFORMED_JSON")

    body = pvm("convert", str(file)).out
    stored = admin.post("/bootstrap?name=voice", content=body.encode(), headers=raw)
    assert stored.status_code == 200, stored.text
    token = {"name": "Voice-XML", "appId": "WFC_VOICE_ANDROID", "bootstrap": "voice"}
    admin.post("/token", params=token)

    assert value(pvm("device", "fetch", "Voice-XML", env=env)) == {
        "@v": "2",
        "line": ["0421", ""],
        "wifi": {"@ssid": "a", "#text": "\u00fc <b>"},
    }
