"""A day in the life: a customer, its configuration, 200 devices, 31 days, and what reports show.

Everything goes over HTTP to a server of its own, and over `pvm` from files, as people do it.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.cli.conftest import Run, pvm
from tests.databases import postgres_server
from tests.live_server import RunningServer, running_server

Json: TypeAlias = Any
ADMIN = "/admin/api/v1"
VENDOR = ("admin", "a lovely turnip for all")
CHIEF = ("acme-chief", "nine lovely parsnips")
STORES = 8
EACH = 40
VOICE, CENTRAL = "WFC_VOICE_ANDROID", "WFC_CENTRAL_SERVICE_ANDROID"
PTT, PROFILE, IOS = "WFC_PRO_ANDROID", "WFC_PC_ANDROID", "WFC_PRO_IOS"
VERSIONS = {
    VOICE: "9.0.22405",
    CENTRAL: "1.0.1",
    PTT: "3.3.10197",
    PROFILE: "2.0.20207",
    IOS: "1.0.11086",
}
SERVER = "dev03b"
JOBS = (
    "pvm-license-release",
    "exm-license-release",
    "pttpro-removal",
    "pttpro-retry",
    "license-snapshot",
)


@dataclass
class Story:
    """The server, and who speaks to it."""

    server: RunningServer
    tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """The answer's JSON; an error fails the test with what the server said."""
        data = None if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json"} if data else {}
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.server.url}{path}", data, {**given, **(headers or {})}, method=method
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
                text = answer.read()
        except urllib.error.HTTPError as error:
            message = f"{method} {path}: {error.code} {error.read().decode()}"
            raise AssertionError(message) from error
        return json.loads(text) if text else None

    def by(self, who: tuple[str, str], method: str, path: str, body: object = None) -> Json:
        """A call of a portal user, who signs in first."""
        if who[0] not in self.tokens:
            login = {"username": who[0], "password": who[1]}
            answer = self.call("POST", f"{ADMIN}/auth/admin", login)
            self.tokens[who[0]] = answer["accessToken"]
        bearer = {"authorization": f"Bearer {self.tokens[who[0]]}"}
        return self.call(method, path, body, bearer)

    def vendor(self, method: str, path: str, body: object = None) -> Json:
        return self.by(VENDOR, method, path, body)

    def chief(self, method: str, path: str, body: object = None) -> Json:
        return self.by(CHIEF, method, path, body)

    def pass_days(self, days: int) -> None:
        """Time goes by, the night's jobs run, sessions end."""
        self.vendor("POST", "/sim/clock", {"advanceSeconds": days * 86_400})
        self.tokens.clear()
        for job in JOBS:
            self.run_job(job)

    def run_job(self, name: str) -> None:
        """Run a job to its end, after the server's own run of it if there is one."""
        while True:
            try:
                run = self.vendor("POST", f"{ADMIN}/job/run?{urlencode({'name': name})}")
            except AssertionError as error:
                if "JOB_RUNNING" not in str(error):
                    raise
            else:
                assert run["result"] == "OK", run
                return

    def total(self, path: str, **filters: str) -> int:
        query = urlencode({"size": 1, **filters})
        return int(self.chief("GET", f"{ADMIN}/{path}?{query}")["totalElements"])

    def used(self, kind: str) -> int:
        lots = self.chief("GET", f"{ADMIN}/licenses")["content"]
        return sum(lot["totalUsed"] for lot in lots if lot["license"].upper() == kind)


__all__ = ["pvm"]


@pytest.fixture(params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest) -> Iterator[Story]:
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            url = stack.enter_context(stack.enter_context(postgres_server()).database())
        environment = {"PVM_ADMIN_PASSWORD": VENDOR[1], "PVM_SERVER_SIM": "true"}
        server = running_server(url, demo=False, environment=environment)
        yield Story(stack.enter_context(server))


@dataclass(frozen=True)
class Client:
    """One device with one application."""

    app: str
    number: int

    @property
    def store(self) -> int:
        return self.number % STORES + 1

    @property
    def told(self) -> dict[str, str]:
        model = "iPhone12,1" if self.app == IOS else "TC52"
        return {
            "appId": self.app,
            "deviceId": f"{model}_{self.app[4:7]}{self.number:04}",
            "appVersion": VERSIONS[self.app],
            "manufacturer": "Apple" if self.app == IOS else "Zebra Technologies",
            "model": model,
            "osVersion": "17.1" if self.app == IOS else "11",
        }

    @property
    def token(self) -> str:
        names = {PTT: "PTT", IOS: "IOS", PROFILE: "PROFILE", CENTRAL: "CENTRAL"}
        if self.app == VOICE:
            return "Direct-Access-Token"
        return f"{names[self.app]}-{self.store:04}" if self.app in (PTT, IOS) else names[self.app]


CLIENTS = [Client(app, number) for app in VERSIONS for number in range(EACH)]


def clients(app: str) -> list[Client]:
    return [client for client in CLIENTS if client.app == app]


@pytest.mark.requirement("A-18", "I-05", "L-01", "M-02")
def test_a_day_in_the_life(story: Story, pvm: Run, tmp_path: Path) -> None:
    create_customer(story)
    configure(story, pvm, tmp_path)
    devices_come(story)
    extension_manager_works(story)
    a_month_passes(story)
    reports_show_it(story)


def create_customer(story: Story) -> None:
    """The vendor sells and sets up; the first Super-Admin chooses a password by mail."""
    bought = [
        {"externalId": "a1b2-c3d4-e5f6-0001", "type": "STANDARD", "quantity": 60},
        {"externalId": "a1b2-c3d4-e5f6-0002", "type": "PREMIUM", "quantity": 8},
    ]
    sold = {"entitlements": [{**lot, "expiration": "2036-01-01T00:00:00Z"} for lot in bought]}
    story.vendor("POST", "/sim/licensing/entitlements?customer=acme", sold)
    chief = {"loginName": CHIEF[0], "userName": "The Chief", "email": "chief@acme.example"}
    body = {
        "name": "Acme Stores",
        "voice": True,
        "extensionManager": True,
        "pttPro": True,
        "pttProServerName": SERVER,
        "superAdmin": chief,
    }
    story.vendor("POST", f"{ADMIN}/customer?name=acme", body)
    mails = story.vendor("GET", "/sim/outbox")["mails"]
    welcome = next(mail for mail in mails if mail["kind"] == "WELCOME")
    for token in ("Direct-Access-Token", "Extension-Manager-Token"):
        assert token in welcome["body"]
        assert f"{token}.png" in [file["name"] for file in welcome["attachments"]]
    invitation = next(mail for mail in mails if mail["kind"] == "INVITE")
    (link,) = re.findall(r"https?://\S+", invitation["body"])
    secret = parse_qs(urlsplit(link).query)["token"][0]
    reset = {"token": secret, "newPassword": CHIEF[1]}
    story.call("POST", f"{ADMIN}/auth/password/reset", reset)
    story.vendor("POST", f"{ADMIN}/license/sync?customer=acme")
    found = {
        lot["license"].upper(): lot for lot in story.chief("GET", f"{ADMIN}/licenses")["content"]
    }
    assert {kind: lot["available"] for kind, lot in found.items()} == {"STANDARD": 60, "PREMIUM": 8}
    assert "e5f6-0001" in found["STANDARD"]["aidMasked"]
    assert "a1b2" not in json.dumps(found)


def configure(story: Story, pvm: Run, root: Path) -> None:
    """The chief's stores stand in a list; one apply, and the second plan is empty."""
    (root / "stores").mkdir()
    (root / "pvm.yaml").write_text(
        "kind: Project\nname: acme\nsources: [stores]\n"
        'scope: {sites: ["*"], bootstraps: ["store-*", "shared-*"], tokens: ["*-*", "P*", "C*"]}\n'
        "safety: {deletes: {count: 0}}\n"
    )
    (root / "stores/stores.csv").write_text(
        "store\n" + "".join(f"{number:04}\n" for number in range(1, STORES + 1))
    )
    (root / "stores/stores.yaml").write_text(STORES_YAML)
    env = {"PVM_URL": story.server.url, "PVM_USERNAME": CHIEF[0], "PVM_PASSWORD": CHIEF[1]}
    applied = pvm("apply", "--yes", "-C", str(root), env=env)
    assert applied.code == 0, applied.all
    again = pvm("plan", "--detailed-exitcode", "-C", str(root), env=env)
    assert again.code == 0, again.all


STORES_YAML = """\
kind: Fleet
name: stores
rows: [stores.csv]
key: store
columns: {store: {pattern: "^[0-9]{4}$"}}
documents:
  site: {kind: Site, name: "site-${store}", proServerName: dev03b}
  settings: {kind: Bootstrap, name: "store-${store}", parameters: {site: "site-${store}"}}
  ptt: {kind: Token, name: "PTT-${store}", appId: WFC_PRO_ANDROID, bootstrap: "store-${store}"}
  ios: {kind: Token, name: "IOS-${store}", appId: WFC_PRO_IOS, bootstrap: "store-${store}"}
---
kind: Bootstrap
name: shared-profile
parameters: {sfs_url: "https://profiles.acme.example"}
---
kind: Token
name: PROFILE
appId: WFC_PC_ANDROID
bootstrap: shared-profile
---
kind: Token
name: CENTRAL
appId: WFC_CENTRAL_SERVICE_ANDROID
bootstrap: shared-profile
"""


def devices_come(story: Story) -> None:
    """Every device fetches; push-to-talk registers, Voice takes licenses."""
    for client in CLIENTS:
        query = urlencode({"token": client.token, **client.told})
        found = story.call("GET", f"/client/api/v1/bootstrap?{query}")
        if client.app in (PTT, IOS):
            assert found == {"site": f"site-{client.store:04}"}
            answer = post(story, "register", client)
            assert answer["pttPro"] == "PROVISIONED"
    for client in clients(VOICE):
        premium = client.number < 8
        feature = "CUCM_PREMIUM" if premium else "CUCM_STANDARD"
        (license_,) = post(story, "license", client, features=[feature])["licenses"]
        assert license_["state"] == "ACTIVE"
    assert story.used("PREMIUM") == 8
    assert story.used("STANDARD") == EACH - 8
    assert story.total("devices") == len(CLIENTS)
    assert len(entered(story)) == 2 * EACH


def post(story: Story, path: str, client: Client, **more: object) -> Json:
    body = {"token": client.token, **client.told, **more}
    return story.call("POST", f"/client/api/v1/{path}", body)


def entered(story: Story) -> Mapping[str, str]:
    """PTT Pro's own table."""
    query = urlencode({"server": SERVER})
    found = story.vendor("GET", f"/sim/pttpro/devices?{query}")["devices"]
    assert isinstance(found, dict)
    return found


def extension_manager_works(story: Story) -> None:
    """Ten devices sign in there, five sign out again: their seats are free for others."""
    bootstrap = story.chief("GET", f"{ADMIN}/bootstrap?name=Extension-Manager-Bootstrap")
    key = parse_qs(urlsplit(bootstrap["parameters"]["var_location"]).query)["api_key"][0]
    headers = {"x-api-key": key}
    before = story.used("STANDARD")
    for number in range(10):
        body = {"exm": "Ext1", "deviceId": f"EC50_{number:04}", "features": ["MITEL"]}
        body |= {"appVersion": VERSIONS[VOICE], "manufacturer": "Zebra Technologies"}
        story.call("POST", "/exm/api/v1/device/signin", body, headers)
    assert story.used("STANDARD") == before + 10
    for number in range(5):
        body = {"exm": "Ext1", "deviceId": f"EC50_{number:04}"}
        story.call("POST", "/exm/api/v1/device/signout", body, headers)
    assert story.used("STANDARD") == before + 5
    pool = story.call("GET", "/exm/api/v1/licenses?exm=Ext1", headers=headers)
    assert {lot["type"]: lot["usedInExm"] for lot in pool} == {"STANDARD": 5, "PREMIUM": 0}


def a_month_passes(story: Story) -> None:
    """Half of the devices check in after 20 days; after 31 the others have lost what time takes."""
    story.pass_days(20)
    for client in CLIENTS:
        if client.number % 2 == 0:
            post(story, "checkin", client)
    story.pass_days(11)
    kept = [client for client in clients(VOICE) if client.number % 2 == 0 and client.number >= 8]
    assert story.used("STANDARD") == len(kept)
    assert story.used("PREMIUM") == 8
    assert len(entered(story)) == EACH
    assert story.total("devices", state="ACTIVE") == len(CLIENTS) + 10


def reports_show_it(story: Story) -> None:
    """History has every call, events what the system did, the dashboard each day."""
    assert story.total("history", action="BOOTSTRAP") == len(CLIENTS)
    assert story.total("history", action="REGISTER") == 2 * EACH
    assert story.total("history", action="LICENSE") >= EACH
    assert story.total("history", action="CHECKIN") == len(CLIENTS) // 2
    assert story.total("history", result="FAILED") == 0
    assert story.total("events", type="LICENSE_SYNC_GET") >= 1
    assert story.total("events", type="LICENSE_RELEASED") >= 1
    released = story.total("licenses/assigned", license="UNASSIGNED")
    assert released == story.total("licenses/assigned") - story.total(
        "licenses/assigned", license="ASSIGNED"
    )
    asked = story.chief("GET", f"{ADMIN}/dashboard/tokens?range=3m")
    assert {line: sum(n for _, n in days) for line, days in asked["series"].items() if days} == {
        **dict.fromkeys(VERSIONS, EACH),
        "PTT-Win": 0,
    }
    seats = story.chief("GET", f"{ADMIN}/dashboard/licenses?range=3m")["series"]
    assert [n for _, n in seats["premiumUsed"] if n is not None][-1] == 8
    assert [n for _, n in seats["standardTotal"] if n is not None][-1] == 60
    sites = story.chief("GET", f"{ADMIN}/sites")["content"]
    assert sum(site["deviceCount"] for site in sites) == EACH
