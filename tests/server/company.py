"""A world for use cases: two customers with a user of every role, on a database of the test's."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.limits import Limits
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Circumstances
from reconciler.server.store.database import migrate
from reconciler.server.store.passwords import Argon2Hasher, Cost
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.customers import (
    CustomerOrder,
    FirstAdministrator,
    put_customer,
)
from reconciler.server.usecases.first_start import FIRST_LOGIN, create_first_administrator
from reconciler.server.usecases.ports import Reach, Store, World
from reconciler.server.usecases.users import put_user
from tests.databases import opened

PASSWORD = "nine lovely turnips"
ACME = "acme"
GLOBEX = "globex"
HOME = "192.0.2.7"
_NUMBERS = count()
_CHEAP = Cost(memory_kib=64, passes=1, at_once=4)


@dataclass
class Clock:
    """A clock that a test moves."""

    moment: datetime = datetime(2026, 3, 1, 12, 30, 0, 123_456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class Chance:
    """Bytes that never repeat, not even between two worlds; safe among threads."""

    numbers: Iterator[int] = field(default=_NUMBERS)

    def __call__(self, size: int) -> bytes:
        seed = next(self.numbers).to_bytes(8, "big")
        return hashlib.shake_256(seed).digest(size)


@dataclass
class CountingHasher(Argon2Hasher):
    """Counts how often a password was compared: each time costs an attacker's victim."""

    verified: int = 0
    meanwhile: Callable[[], object] | None = None
    """Happens once, just before the next password is hashed."""

    def __post_init__(self) -> None:
        super().__init__(_CHEAP)

    def hash(self, password: str) -> str:
        happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening()
        return super().hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified += 1
        return super().verify(password_hash, password)


@dataclass
class Company:
    """Everything that a test of a use case talks to."""

    world: World
    clock: Clock
    hasher: CountingHasher

    def caller(self, login: str) -> Caller:
        """A signed-in user."""
        return authenticate(self.world, self.secret(login))

    def secret(self, login: str, password: str = PASSWORD) -> str:
        """A new session's text."""
        return log_in(self.world, Attempt(login, password, HOME)).secret

    def of(self, role: Role, code: str = ACME) -> Caller:
        """The customer's user of this role, or the vendor's administrator."""
        return self.caller(FIRST_LOGIN if role is Role.VENDOR_ADMIN else login_of(role, code))

    @property
    def vendor(self) -> Caller:
        return self.of(Role.VENDOR_ADMIN)

    @property
    def chief(self) -> Caller:
        return self.of(Role.SUPER_ADMIN)

    @property
    def stranger(self) -> Caller:
        """A Super-Admin of another customer."""
        return self.of(Role.SUPER_ADMIN, GLOBEX)

    @property
    def mails(self) -> list[Mail]:
        """The outbox, oldest first."""
        with self.world.store.read(Reach.EVERYONE) as tx:
            return list(tx.outbox.waiting())

    def mails_to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == address]


def login_of(role: Role, code: str = ACME) -> str:
    return f"{code}-{role.lower()}"


def email_of(login: str) -> str:
    return f"{login}@example.com"


def world_over(store: Store, limits: Limits | None = None) -> Company:
    """A company on whatever the database holds."""
    clock, hasher = Clock(), CountingHasher()
    limits = limits or Limits(public_url="https://pvm.example")
    return Company(World(store, clock, Chance(), hasher, limits), clock, hasher)


def found(url: str) -> None:
    """Fill an empty database with two customers that have everything switched on."""
    migrate(url)
    with opened(url) as database:
        company = world_over(database)
        company.clock.advance(timedelta(seconds=-1))  # before everything that a test does
        assert create_first_administrator(company.world, PASSWORD) is not None
        vendor = company.vendor
        for code in (ACME, GLOBEX):
            login = login_of(Role.SUPER_ADMIN, code)
            first = FirstAdministrator(login, "The Chief", email_of(login), PASSWORD)
            put_customer(company.world, vendor, code, CustomerOrder(content(code), first), ONCE)
            for role in (Role.ADMIN, Role.USER):
                login = login_of(role, code)
                user = UserContent(role, "A Person", email_of(login), PASSWORD)
                put_user(company.world, vendor, login, user, Circumstances(customer=code))


def content(code: str = ACME) -> CustomerContent:
    return CustomerContent(
        name=f"{code.capitalize()} Ltd", voice=True, extension_manager=True, ptt_pro=True
    )


ONCE = Circumstances()


@contextmanager
def as_it_was(company: Company) -> Iterator[None]:
    """Nothing that a customer owns changes meanwhile, and no event is added."""
    before = snapshot(company)
    yield
    assert snapshot(company) == before


def snapshot(company: Company) -> tuple[object, ...]:
    """Every row that callers declare, and every event but those of log-ins."""
    query = ListQuery()
    with company.world.store.read(Reach.EVERYONE) as tx:
        rows = [list(store.stream(query)) for store in (tx.bootstraps, tx.tokens, tx.sites)]
        users = [(u.login_name, u.role, u.email, u.version) for u in tx.users.stream(query)]
        events = [e.id for e in tx.events.stream(query) if not e.type.startswith("LOG")]
    return (*rows, users, events)
