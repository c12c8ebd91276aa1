"""What one transaction writes beside its rows: events and mails, numbered in their order."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.event import Event, EventType, Severity
from reconciler.server.domain.identifiers import CHANCE_BYTES, new_id
from reconciler.server.domain.session import SECRET_BYTES, encode_secret, hash_secret
from reconciler.server.domain.user import User
from reconciler.server.usecases.mail import Envelope, Link, link_address
from reconciler.server.usecases.ports import Mail, Reach, Tenant, Transaction, World
from reconciler.server.usecases.scope import present


@dataclass(frozen=True, slots=True)
class Fact:
    """What an event tells; user and time are the desk's."""

    type: EventType
    info: str
    target: str | None = None
    source: str | None = None
    severity: Severity = Severity.INFO


@dataclass
class Desk:
    """One per transaction; `file` stores what gathered. `login` is who acts, None the system."""

    world: World
    tenant: Tenant
    login: str | None
    now: datetime
    events: list[Event] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    links: list[tuple[str, str, datetime]] = field(default_factory=list)
    _count: int = 0

    @classmethod
    def open(cls, world: World, tenant: Tenant, login: str | None) -> "Desk":
        """A desk at the present."""
        return cls(world, tenant, login, present(world))

    def new_id(self) -> str:
        """An identifier that sorts after those before."""
        self._count += 1
        return new_id(self.now, self.world.chance(CHANCE_BYTES), self._count)

    def note(self, fact: Fact) -> None:
        """Record what happened."""
        code = self.tenant.code if isinstance(self.tenant, CustomerRef) else None
        self.events.append(
            Event(
                id=self.new_id(),
                timestamp=self.now,
                customer=code,
                user_login=self.login,
                type=fact.type,
                severity=fact.severity,
                info=fact.info,
                target=fact.target,
                source=fact.source,
            )
        )

    def envelope(self, to: str) -> Envelope:
        """A mail's outside."""
        return Envelope(self.new_id(), to, self.now)

    def one_time_link(self, user: User, life: timedelta) -> Link:
        """A link that lets a user choose a password; stored when the desk files."""
        secret = encode_secret(self.world.chance(SECRET_BYTES))
        expires_at = self.now + life
        self.links.append((hash_secret(secret), user.id, expires_at))
        return Link(link_address(self.world.limits.public_url, secret), expires_at)

    def file(self, tx: Transaction) -> None:
        """Store everything, after the rows that it refers to."""
        for link_hash, user_id, expires_at in self.links:
            tx.credentials.add_link(link_hash, user_id, self.now, expires_at)
        tx.outbox.add(self.mails)
        tx.events.add(self.events)


def vendor_or(customer: CustomerRef | None) -> Tenant:
    """The tenant of a user's own rows."""
    return Reach.VENDOR if customer is None else customer
