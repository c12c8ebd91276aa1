"""What a change set needs to know: read at once, decided one by one, stored at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import KindName, Operation
from reconciler.server.domain.event import EventType
from reconciler.server.domain.names import fold
from reconciler.server.domain.site import Site
from reconciler.server.domain.token import Token, TokenContent
from reconciler.server.domain.user import User, UserContent
from reconciler.server.domain.write import Result
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Tenant, Transaction
from reconciler.server.usecases.push_to_talk import empty_site
from reconciler.server.usecases.shelf import Shelf

_SUFFIX = {Result.CREATED: "ADD", Result.UPDATED: "UPDATE", Result.DELETED: "DELETE"}
_PREFIX = {
    KindName.BOOTSTRAP: "BOOTSTRAP",
    KindName.TOKEN: "TOKEN",
    KindName.SITE: "SITE",
    KindName.PORTAL_USER: "USER",
}

Row = Bootstrap | Token | Site | User


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one operation; the row as stored, or as it was before its deletion."""

    result: Result
    row: Row


@dataclass
class People:
    """What is known of users beyond those named: who else has names, addresses and power."""

    logins: frozenset[str]
    emails: dict[str, str]
    super_admins: set[str]


@dataclass
class Batch:
    """The state that decisions read and change."""

    caller: Caller
    tenant: Tenant
    desk: Desk
    bootstraps: Shelf[Bootstrap]
    tokens: Shelf[Token]
    sites: Shelf[Site]
    users: Shelf[User]
    deliveries: dict[str, set[str]]
    foreign_tokens: frozenset[str]
    people: People
    ptt_pro: bool
    emptied: list[str] = field(default_factory=list)
    """Sites whose devices leave them."""

    @property
    def customer_code(self) -> str:
        """The code of the customer that rows belong to; the vendor has users only."""
        return self.tenant.code if isinstance(self.tenant, CustomerRef) else ""

    def record(self, operation: Operation, outcome: Outcome) -> Outcome:
        """Note an effective write; what changed nothing leaves no event."""
        if outcome.result is not Result.UNCHANGED:
            kind = EventType(f"{_PREFIX[operation.kind]}_{_SUFFIX[outcome.result]}")
            info = f"{operation.kind} {operation.name} {outcome.result}"
            self.desk.note(Fact(kind, info, operation.name, operation.source))
        return outcome

    def store(self, tx: Transaction) -> None:
        """Write everything that was decided, so that no statement breaks a reference.

        Users go first, because a later one may take a deleted one's address.
        """
        self.tokens.clear_renewed(tx.tokens)
        self.users.clear_renewed(tx.users)
        self.users.delete_gone(tx.users)
        self.sites.store_kept(tx.sites)
        self.bootstraps.store_kept(tx.bootstraps)
        self.tokens.store_kept(tx.tokens)
        self.users.store_kept(tx.users)
        self.tokens.delete_gone(tx.tokens)
        self.bootstraps.delete_gone(tx.bootstraps)
        for name in self.emptied:
            empty_site(tx, self.desk, name)
        self.sites.delete_gone(tx.sites)
        self.desk.file(tx)


def read_batch(
    tx: Transaction, desk: Desk, caller: Caller, operations: Sequence[Operation]
) -> Batch:
    """Read everything that deciding these operations needs."""
    of_kind: dict[KindName, list[Operation]] = defaultdict(list)
    for operation in operations:
        of_kind[operation.kind].append(operation)
    tokens = _tokens(tx, of_kind)
    delivered = [op.content.bootstrap for op in operations if isinstance(op.content, TokenContent)]
    bootstraps = _keys(op.name for op in of_kind[KindName.BOOTSTRAP]) | _keys(delivered)
    unknown = [key for key in _folded(of_kind[KindName.TOKEN]) if key not in tokens]
    deliveries: dict[str, set[str]] = defaultdict(set)
    for key, token in tokens.items():
        deliveries[token.bootstrap].add(key)
    return Batch(
        caller=caller,
        tenant=desk.tenant,
        desk=desk,
        bootstraps=Shelf(tx.bootstraps.find(list(bootstraps)) if bootstraps else {}),
        tokens=Shelf(tokens),
        sites=Shelf(
            tx.sites.find(list(_keys(op.name for op in of_kind[KindName.SITE])))
            if KindName.SITE in of_kind
            else {}
        ),
        users=Shelf(
            tx.users.find(_folded(of_kind[KindName.PORTAL_USER]))
            if KindName.PORTAL_USER in of_kind
            else {}
        ),
        deliveries=deliveries,
        foreign_tokens=frozenset(tx.tokens.taken_elsewhere(unknown) if unknown else ()),
        people=_people(tx, of_kind[KindName.PORTAL_USER]),
        ptt_pro=KindName.SITE in of_kind and _has_ptt_pro(tx, desk.tenant),
    )


def _tokens(tx: Transaction, of_kind: dict[KindName, list[Operation]]) -> dict[str, Token]:
    """The tokens named, and those that keep a bootstrap from being deleted."""
    found = dict(
        tx.tokens.find(_folded(of_kind[KindName.TOKEN])) if of_kind[KindName.TOKEN] else {}
    )
    doomed = [op.name for op in of_kind[KindName.BOOTSTRAP] if op.content is None]
    if doomed:
        found |= {fold(token.name): token for token in tx.tokens.of_bootstraps(doomed)}
    return found


def _people(tx: Transaction, operations: Sequence[Operation]) -> People:
    if not operations:
        return People(frozenset(), {}, set())
    emails = [fold(op.content.email) for op in operations if isinstance(op.content, UserContent)]
    return People(
        logins=frozenset(tx.users.logins_taken(_folded(operations))),
        emails=dict(tx.users.emails_taken(emails)),
        super_admins=set(tx.users.super_admins()),
    )


def _has_ptt_pro(tx: Transaction, tenant: Tenant) -> bool:
    customer = tx.customers.find(tenant.code) if isinstance(tenant, CustomerRef) else None
    return customer is not None and customer.content.ptt_pro


def _keys(names: Iterable[str]) -> dict[str, None]:
    """Each name once, in order."""
    return dict.fromkeys(names)


def _folded(operations: Sequence[Operation]) -> list[str]:
    return list(_keys(fold(op.name) for op in operations))
