"""What use cases need of the outside: storage, time, chance and password hashing.

`Store.read` and `Store.write` open one transaction for one customer. `Everyone` is the vendor's
reading of all customers; no write has it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import count
from typing import Protocol, TypeVar

from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.event import Event
from reconciler.server.domain.footprint import Use
from reconciler.server.domain.limits import Limits
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.session import ApiToken
from reconciler.server.domain.site import Site
from reconciler.server.domain.token import Token
from reconciler.server.domain.user import User
from reconciler.server.usecases.device_ports import (
    Devices,
    History,
    PttProEntries,
    TokenRequests,
)
from reconciler.server.usecases.gauges import Gauges
from reconciler.server.usecases.job_ports import Jobs, Simulated
from reconciler.server.usecases.license_ports import Assignments, ExtensionManagers, Lots, Snapshots
from reconciler.server.usecases.partner_ports import Partners, Simulation

Row = TypeVar("Row")
Answer = TypeVar("Answer")


class Reach(Enum):
    """The two reaches that are no customer's."""

    EVERYONE = "every customer; reading only"
    VENDOR = "what belongs to no customer"


Tenant = CustomerRef | Reach
"""Whose rows a transaction sees. A write takes a customer or VENDOR."""


class StaleWriteError(Exception):
    """A row changed between its reading and its writing; the transaction is rolled back."""


class Declared(Protocol[Row]):
    """Rows of one kind that callers declare; keys are names, folded where case is irrelevant."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Row]:
        """The rows that exist, by key."""

    def holders(self, key: str) -> Sequence[CustomerRef]:
        """The customers that have a row of this key."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Store new rows. Raises StaleWriteError when one exists meanwhile."""

    def update(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Replace rows of exactly these stored versions. Raises StaleWriteError otherwise."""

    def delete(self, rows: Sequence[Row]) -> None:
        """Remove rows of exactly these versions. Raises StaleWriteError otherwise."""

    def page(self, query: ListQuery) -> Page[Row]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[Row]:
        """Every row that fits, in order, without holding them all."""


class Tokens(Declared[Token], Protocol):
    """Tokens also know where their names are taken and which bootstraps they deliver."""

    def taken_elsewhere(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of the keys that another customer has."""

    def stamp_uses(self, uses: Mapping[str, int], now: datetime) -> None:
        """Count uses by key; no part of the version."""

    def of_bootstraps(self, names: Sequence[str]) -> Sequence[Token]:
        """The tokens that deliver any of these bootstraps, by name."""

    def uses(self, since: datetime) -> Sequence[Use]:
        """Each device with each token that exists and served it from `since` on, once."""


class Users(Declared[User], Protocol):
    """Users also have passwords; login names and addresses are unique on the whole server."""

    def by_id(self, user_id: str) -> User | None:
        """The user of this id, within the transaction's reach."""

    def by_email(self, email: str) -> User | None:
        """The user of a mail address, within the transaction's reach."""

    def home(self, user_id: str) -> CustomerRef | None:
        """The customer of a user within the transaction's reach; None for the vendor's."""

    def logins_taken(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of the folded login names that exist anywhere on the server."""

    def emails_taken(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The user's id of each folded address that exists anywhere on the server."""

    def super_admins(self) -> Sequence[str]:
        """The ids of this customer's Super-Admins who are people and not disabled."""

    def password_hash(self, user_id: str) -> str | None:
        """The stored hash; None while invited."""

    def set_password(self, user_id: str, password_hash: str, now: datetime) -> None:
        """Store a hash, make the user ACTIVE, and drop every one-time link to it."""

    def replace_hash(self, user_id: str, password_hash: str) -> None:
        """Store the same password's hash with today's cost; no part of the version."""

    def stamp_login(self, user_id: str, now: datetime) -> None:
        """Note a log-in; no part of the version."""

    def any_exists(self) -> bool:
        """Whether the server has any user at all."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A session or API token to store; `name` is None for a session."""

    hash: str
    user_id: str
    scope: str
    created_at: datetime
    expires_at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A stored credential with its user as they are now."""

    caller: Caller
    expires_at: datetime
    last_used_at: datetime | None
    active: bool


class Credentials(Protocol):
    """Sessions, API tokens and one-time links; only hashes are stored."""

    def find(self, secret_hash: str) -> SignedIn | None:
        """Who comes with this credential."""

    def add(self, credential: Credential) -> None:
        """Store a session or API token."""

    def end(self, secret_hash: str) -> None:
        """Drop one."""

    def end_sessions(self, user_id: str, keep: str | None = None) -> None:
        """Drop a user's sessions, but not the one whose hash is `keep`, nor API tokens."""

    def end_expired(self, now: datetime) -> None:
        """Drop what is past its end."""

    def stamp_use(self, secret_hash: str, now: datetime) -> None:
        """Note the use of an API token."""

    def api_tokens(self, user_id: str) -> Sequence[ApiToken]:
        """A user's API tokens, by name."""

    def end_api_token(self, user_id: str, name: str) -> bool:
        """Drop one by name; False when there was none."""

    def add_link(self, link_hash: str, user_id: str, now: datetime, expires_at: datetime) -> None:
        """Store a one-time link; the user's earlier ones die."""

    def end_links(self, user_id: str) -> None:
        """Drop a user's one-time links."""

    def read_link(self, link_hash: str, now: datetime) -> str | None:
        """The user's id of a link that still works."""

    def take_link(self, link_hash: str, now: datetime) -> str | None:
        """The user's id of a link that still works; it works no second time."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often something was tried in vain, and when last."""

    count: int = 0
    last_at: datetime | None = None


class Throttles(Protocol):
    """Counters of vain tries."""

    def read(self, keys: Sequence[str]) -> Mapping[str, Tries]:
        """A counter for each key, locked until the transaction ends."""

    def put(self, key: str, tries: Tries) -> None:
        """Store a counter."""

    def clear(self, keys: Sequence[str]) -> None:
        """Forget counters."""

    def forget(self, before: datetime) -> int:
        """Forget counters that last moved before; how many there were."""


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail in the outbox: whose it is, None for the vendor's, and how often it failed."""

    mail: Mail
    customer: CustomerRef | None
    tries: int
    sent_at: datetime | None = None


class Outbox(Protocol):
    """Mails that wait for being sent."""

    def add(self, mails: Sequence[Mail]) -> None:
        """Queue mails in this transaction."""

    def waiting(self) -> Sequence[Mail]:
        """What waits, oldest first."""

    def due(self, now: datetime, since: datetime, limit: int) -> Sequence[WaitingMail]:
        """What waits, was made after `since` and is to be tried now; the oldest first."""

    def latest(self, limit: int) -> Sequence[WaitingMail]:
        """What was made last, sent or not, the newest first."""

    def mark_sent(self, mail_id: str, now: datetime, *, keep: bool) -> None:
        """Note that a mail has gone; its text and files go with it unless they are kept."""

    def postpone(self, mail_id: str, tries: int, next_at: datetime) -> None:
        """Note how often a mail failed, and when it is tried again."""

    def forget(self, before: datetime) -> int:
        """Drop mails that were made before, sent or not; how many there were."""


class Events(Protocol):
    """The record of what happened; append-only."""

    def add(self, events: Sequence[Event]) -> None:
        """Append, in this order."""

    def page(self, query: ListQuery) -> Page[Event]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[Event]:
        """Every event that fits, in order, without holding them all."""

    def users(self) -> Sequence[str]:
        """The login names that occur, sorted."""


class Customers(Protocol):
    """Customers; a reference table that every transaction may read."""

    def find(self, code: str) -> Customer | None:
        """The customer of this code."""

    def by_name(self, name: str) -> Customer | None:
        """The customer of this display name."""

    def by_exm_key(self, key_hash: str) -> Customer | None:
        """The customer whose Extension Manager has the key of this hash."""

    def insert(self, customer: Customer, exm_key_hash: str | None) -> None:
        """Store a new customer. Raises StaleWriteError when it exists meanwhile."""

    def update(self, customer: Customer, exm_key_hash: str | None) -> None:
        """Replace one; None keeps the key. Raises StaleWriteError when it changed meanwhile."""

    def delete(self, customer: Customer) -> None:
        """Remove a customer with everything but its events."""

    def page(self, query: ListQuery) -> Page[Customer]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[Customer]:
        """Every customer that fits, in order."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of one tenant: everything in it happens, or nothing."""

    bootstraps: Declared[Bootstrap]
    tokens: Tokens
    sites: Declared[Site]
    users: Users
    credentials: Credentials
    throttles: Throttles
    outbox: Outbox
    events: Events
    customers: Customers
    devices: Devices
    ptt_pro: PttProEntries
    history: History
    token_requests: TokenRequests
    extension_managers: ExtensionManagers
    lots: Lots
    assignments: Assignments
    snapshots: Snapshots
    jobs: Jobs
    simulated: Simulated
    within: Callable[[CustomerRef], "Transaction"]
    """The same transaction, for another customer: how the vendor's fills a new one.

    The other customer's writes wait too, when those of the transaction's own do.
    """


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a token delivers to a device."""

    customer: CustomerRef
    token: str
    app_id: str
    text: str = field(repr=False)
    sha256: str


class Store(Protocol):
    """A database."""

    def read(self, tenant: Tenant) -> AbstractContextManager[Transaction]:
        """A consistent snapshot; writing in it fails."""

    def write(
        self, tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool = True
    ) -> Answer:
        """Do `work` in one transaction; `alone` keeps other such writes of the tenant waiting.

        The database may ask for another try, so `work` may run more than once.

        Raises:
            StaleWriteError: again and again, someone else changed the same rows.
        """

    def deliver(self, token_key: str) -> Delivery | None:
        """What a device gets for a folded token: one keyed look-up over all customers."""

    def deliveries(self, token_keys: Sequence[str]) -> Mapping[str, Delivery]:
        """As `deliver`, for many; unknown ones are missing."""

    def ping(self) -> None:
        """Read something. Raises when the database does not answer."""

    def gauges(self, now: datetime) -> Gauges:
        """What monitoring counts."""


class Hasher(Protocol):
    """Slow password hashing."""

    def hash(self, password: str) -> str:
        """The text to store."""

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; None takes as long and never fits."""

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything a use case may reach. `clock` gives UTC, `chance` so many random bytes.

    `sequence` counts on, so that what one millisecond brings forth keeps its order.
    """

    store: Store
    clock: Callable[[], datetime]
    chance: Callable[[int], bytes]
    hasher: Hasher
    limits: Limits = field(default_factory=Limits)
    sequence: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    partners: Partners = field(default_factory=Partners)
    simulation: Simulation | None = None
    """Only of a server that simulates its partners."""
