"""An application over a real database, with two customers and a user of every role."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from reconciler.server.api.application import Shape, build, wrap
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.limits import Limits
from reconciler.server.settings import OFFERED
from reconciler.server.store.passwords import Argon2Hasher, Cost
from reconciler.server.usecases.first_start import create_first_administrator
from reconciler.server.usecases.ports import Reach, Store, Transaction, World
from tests.server.api.asgi import Answer, Client, sent

PASSWORD = "correct horse battery 9"
ACME = "acme"
GLOBEX = "globex"
VENDOR = "admin"
LOGINS = {
    "User": "acme-user",
    "Admin": "acme-admin",
    "Super-Admin": "acme-super",
    "Vendor-Admin": VENDOR,
    "other tenant": "globex-super",
}


@dataclass(slots=True)
class Clock:
    """A clock that moves only when a test moves it."""

    moment: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(slots=True)
class Chance:
    """Bytes that never repeat and are the same in every run."""

    count: int = 0

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size, "big") if size > 8 else self.count.to_bytes(8)[-size:]


@dataclass(slots=True)
class Deployment:
    """What a test talks to; `tokens` are sessions by login name, made when first asked for."""

    client: Client
    app: FastAPI
    world: World
    clock: Clock
    chance: Chance
    tokens: dict[str, str]

    def log_in(self, login: str, password: str = PASSWORD) -> Answer:
        body = {"username": login, "password": password}
        return self.client.request("POST", "/admin/api/v1/auth/admin", sent(json_body=body))

    def token(self, login: str) -> str:
        if login not in self.tokens:
            self.tokens[login] = self.log_in(login).json()["accessToken"]
        return self.tokens[login]

    def call(  # noqa: PLR0913 - the parts of a request, all optional
        self,
        method: str,
        path: str,
        *,
        by: str | None = LOGINS["Super-Admin"],
        query: Mapping[str, str] | str = "",
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call below /admin/api/v1, by the session of a login name."""
        token = None if by is None else self.token(by)
        what = sent(query=query, token=token, json_body=body, headers=headers)
        return self.client.request(method, f"/admin/api/v1/{path}", what)

    def put_bootstrap(self, name: str, value: object, by: str = LOGINS["Super-Admin"]) -> Answer:
        return self.call("POST", "bootstrap", by=by, query={"name": name}, body=value)

    def put_token(self, name: str, **given: str) -> Answer:
        query = {"name": name, "appId": "WFC_PRO_ANDROID", **given}
        return self.call("POST", "token", query=query)


@dataclass(frozen=True, slots=True)
class Seed:
    """What a database holds that was filled before: its sessions, and the chance used up."""

    tokens: Mapping[str, str]
    chances: int


def fill(store: Store) -> Seed:
    """Put two customers and a user of each role into an empty, migrated database."""
    with deployed(store, Seed({}, 0)) as deployment:
        deployment.clock.advance(seconds=-1)  # before everything that a test does
        create_first_administrator(deployment.world, PASSWORD)
        _add_customer(deployment, ACME)
        _add_customer(deployment, GLOBEX)
        for role in ("User", "Admin"):
            _add_user(deployment, LOGINS[role], role)
        for login in LOGINS.values():
            deployment.token(login)
        return Seed(dict(deployment.tokens), deployment.chance.count)


@contextmanager
def deployed(
    store: Store, seed: Seed, *, capabilities: tuple[str, ...] = OFFERED
) -> Iterator[Deployment]:
    """An application over a database that `fill` has filled."""
    clock, chance = Clock(), Chance(seed.chances)
    hasher = Argon2Hasher(Cost(memory_kib=64, passes=1, at_once=2))
    world = World(store, clock, chance, hasher, Limits())
    app = build(world, Shape(capabilities))
    with Client(wrap(app, world, lambda: 0.0)) as client:
        yield Deployment(client, app, world, clock, chance, dict(seed.tokens))


def customer_body(code: str) -> dict[str, Any]:
    """A customer with everything switched on."""
    return {
        "name": f"{code.capitalize()} Ltd",
        "voice": True,
        "extensionManager": True,
        "pttPro": True,
        "superAdmin": {
            "loginName": f"{code}-super",
            "userName": f"{code} chief",
            "email": f"chief@{code}.example",
            "password": PASSWORD,
        },
    }


def _add_customer(deployment: Deployment, code: str) -> None:
    body = customer_body(code)
    answer = deployment.call("POST", "customer", by=VENDOR, query={"name": code}, body=body)
    assert answer.status == 200, answer.body


def _add_user(deployment: Deployment, login: str, role: str) -> None:
    body = {"role": role, "userName": login, "email": f"{login}@acme.example"}
    answer = deployment.call("POST", "user", query={"name": login}, body=body)
    assert answer.status == 200, answer.body
    world = deployment.world
    with world.store.read(Reach.VENDOR) as transaction:
        customer = transaction.customers.find(ACME)
    assert customer is not None
    tenant = CustomerRef(customer.id, customer.code, customer.content.name)
    hashed = world.hasher.hash(PASSWORD)

    def set_password(transaction: Transaction) -> None:
        user = transaction.users.find([login])[login]
        transaction.users.set_password(user.id, hashed, world.clock())

    world.store.write(tenant, set_password)
