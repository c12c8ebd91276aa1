"""What one transaction writes beside its rows: events and mails, numbered in their order."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.event import Event, EventType, Severity
from reconciler.server.domain.identifiers import CHANCE_BYTES, new_id
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.session import (
    INVITATION_LIFE,
    RESET_LIFE,
    SECRET_BYTES,
    encode_secret,
    hash_secret,
)
from reconciler.server.domain.user import User, UserStatus
from reconciler.server.usecases.mail import Envelope, Link, invitation, link_address, password_reset
from reconciler.server.usecases.ports import Reach, Tenant, Transaction, World
from reconciler.server.usecases.scope import present

_SEQUENCES = 2**32


@dataclass(frozen=True, slots=True)
class Fact:
    """What an event tells; user and time are the desk's."""

    type: EventType
    info: str
    target: str | None = None
    source: str | None = None
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A one-time link as it is stored."""

    hash: str
    user_id: str
    expires_at: datetime


@dataclass
class Desk:
    """One per transaction; `file` stores what gathered. `login` is who acts, None the system."""

    world: World
    tenant: Tenant
    login: str | None
    now: datetime
    events: list[Event] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    invitations: dict[str, tuple[Mail, StoredLink]] = field(default_factory=dict)
    links: list[StoredLink] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    """Users with another mail address."""

    @classmethod
    def open(cls, world: World, tenant: Tenant, login: str | None) -> "Desk":
        """A desk at the present."""
        return cls(world, tenant, login, present(world))

    def new_id(self) -> str:
        """An identifier that sorts after those before."""
        sequence = self.world.sequence() % _SEQUENCES
        return new_id(self.now, self.world.chance(CHANCE_BYTES), sequence)

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

    def invite(self, user: User) -> None:
        """Mail a new user a link to choose a password, in place of an earlier one's."""
        link, stored = self._new_link(user, INVITATION_LIFE)
        mail = invitation(self.envelope(user.email), user.login_name, link)
        self.invitations[user.id] = (mail, stored)

    def withdraw(self, user: User) -> None:
        """A user that is deleted again before the desk files is not invited."""
        self.invitations.pop(user.id, None)

    def mail_reset(self, user: User) -> None:
        """Mail a user a link to choose a new password."""
        link, stored = self._new_link(user, RESET_LIFE)
        self.mails.append(password_reset(self.envelope(user.email), user.login_name, link))
        self.links.append(stored)

    def mail_link(self, user: User) -> None:
        """An invitation while the user has no password, else a reset."""
        if user.status is UserStatus.INVITED:
            self.invite(user)
        else:
            self.mail_reset(user)

    def end_links(self, user: User) -> None:
        """Links that were mailed to an address work no more once it is not the user's."""
        self.moved.append(user.id)

    def file(self, tx: Transaction) -> None:
        """Store everything, after the rows that it refers to."""
        for user_id in self.moved:
            tx.credentials.end_links(user_id)
        invited = [stored for _, stored in self.invitations.values()]
        for stored in (*self.links, *invited):
            tx.credentials.add_link(stored.hash, stored.user_id, self.now, stored.expires_at)
        tx.outbox.add([*self.mails, *(mail for mail, _ in self.invitations.values())])
        tx.events.add(self.events)

    def _new_link(self, user: User, life: timedelta) -> tuple[Link, StoredLink]:
        secret = encode_secret(self.world.chance(SECRET_BYTES))
        expires_at = self.now + life
        link = Link(link_address(self.world.limits.public_url, secret), expires_at)
        return link, StoredLink(hash_secret(secret), user.id, expires_at)


def vendor_or(customer: CustomerRef | None) -> Tenant:
    """The tenant of a user's own rows."""
    return Reach.VENDOR if customer is None else customer
