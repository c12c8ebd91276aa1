"""What customers bought, as the licensing system tells it (L-01 to L-03, L-20)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import Lot, LotSource, is_external_id
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.license_seats import note_overcommit
from reconciler.server.usecases.partner_ports import Entitlement, LicensingSystem, PartnerError
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import missing, present, reach, write

_Key = tuple[str, LicenseType]
_TERM = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{0,64}")


@dataclass(frozen=True, slots=True)
class Synced:
    """Counts of lots: seen in the licensing system, new among them, and no longer seen.

    `overcommitted`: those that became too small for the seats in use.
    """

    verified: int = 0
    added: int = 0
    missing: int = 0
    overcommitted: int = 0

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(
            self.verified + other.verified,
            self.added + other.added,
            self.missing + other.missing,
            self.overcommitted + other.overcommitted,
        )


def sync(world: World, customer: CustomerRef, login: str | None = None) -> Synced:
    """Take over what the customer bought; `login` is who asked, None the nightly job.

    A lot that is not told any more stays, no longer valid, with the time of its last
    verification (L-20). Assignments stay as they are (L-19, Q-44).

    Raises:
        PartnerError: the licensing system is not there, is down, or tells nonsense; then nothing
            is changed.
    """
    system = world.partners.licensing
    if system is None:
        message = "no licensing system is connected"
        raise PartnerError(message)
    asked_at = present(world)
    told = _told(system, customer)
    return write(
        world, customer, lambda tx: _Sync(world, customer, asked_at).store(tx, told, login)
    )


def sync_on_demand(world: World, caller: Caller, code: str | None) -> Mapping[str, Synced]:
    """The vendor's synchronisation by hand, of one customer or of all with Voice (L-03).

    Returns what was found for each. The others are done even when one fails.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND; UPSTREAM when any could not be synchronised.
    """
    caller.require(Permission.WRITE_LICENSES)
    done: dict[str, Synced] = {}
    failed: list[str] = []
    for customer in _meant(world, caller, code):
        try:
            done[customer.code] = sync(world, customer, caller.login_name)
        except PartnerError as error:
            failed.append(str(error))
    if failed:
        text = f"{len(failed)} of {len(failed) + len(done)} not synchronised: {failed[0]}"
        raise DomainError(ErrorCode.UPSTREAM, text)
    return done


def _meant(world: World, caller: Caller, code: str | None) -> Sequence[CustomerRef]:
    tenant = reach(world, caller, code)
    if isinstance(tenant, CustomerRef):
        return [tenant]
    with world.store.read(Reach.EVERYONE) as tx:
        return [
            CustomerRef(row.id, row.code, row.content.name)
            for row in tx.customers.stream(ListQuery())
            if row.content.voice
        ]


def _told(system: LicensingSystem, customer: CustomerRef) -> Mapping[_Key, Entitlement]:
    """What the system says, checked: it is another program, and may be wrong."""
    told: dict[_Key, Entitlement] = {}
    for entitlement in system.entitlements(customer.code):
        key = entitlement.external_id, entitlement.type
        if key in told:
            message = "the licensing system names a license twice"
            raise PartnerError(message)
        _check(entitlement)
        told[key] = entitlement
    return told


def _check(entitlement: Entitlement) -> None:
    bounds = (
        (entitlement.quantity, 0, 10**9),
        (entitlement.overage_percent or 0, 0, 1000),
        (entitlement.grace_days or 0, 0, 3650),
    )
    readable = is_external_id(entitlement.external_id) and _TERM.fullmatch(entitlement.term)
    if not readable or any(not least <= value <= most for value, least, most in bounds):
        message = "the licensing system tells a license that is out of bounds"
        raise PartnerError(message)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One synchronisation; `asked_at` is when the licensing system was asked."""

    world: World
    customer: CustomerRef
    asked_at: datetime

    def store(self, tx: Transaction, told: Mapping[_Key, Entitlement], login: str | None) -> Synced:
        """Store it, with its events."""
        owner = tx.customers.find(self.customer.code)
        if owner is None:
            raise missing()
        desk = Desk.open(self.world, self.customer, login)
        known = {(lot.external_id, lot.type): lot for lot in tx.lots.all(in_exm=False)}
        done = Synced()
        for key, entitlement in told.items():
            lot = self._lot(desk, owner, entitlement, known.get(key))
            done += self._verify(tx, desk, lot, known.get(key))
        for key, lot in known.items():
            # What a later synchronisation has seen, this one does not know better.
            if key not in told and lot.present and lot.last_verified_at <= self.asked_at:
                tx.lots.update(replace(lot, present=False))
                done += Synced(missing=1)
        text = f"{done.verified} licenses verified, {done.added} new, {done.missing} missing"
        desk.note(Fact(EventType.LICENSE_SYNC_SYSTEM, text))
        desk.file(tx)
        return done

    def _verify(self, tx: Transaction, desk: Desk, lot: Lot, known: Lot | None) -> Synced:
        if known is None:
            tx.lots.insert(lot)
            return Synced(verified=1, added=1)
        if known.last_verified_at > self.asked_at:
            return Synced(verified=1)
        tx.lots.update(lot)
        if known.used <= known.total and lot.used > lot.total:
            note_overcommit(desk, lot)
            return Synced(verified=1, overcommitted=1)
        return Synced(verified=1)

    def _lot(self, desk: Desk, owner: Customer, told: Entitlement, known: Lot | None) -> Lot:
        percent, days = _extra(owner, told)
        return Lot(
            customer=self.customer.code,
            id=known.id if known else desk.new_id(),
            external_id=told.external_id,
            source=told.source,
            type=told.type,
            term=told.term,
            quantity=told.quantity,
            overage_percent=percent,
            grace_days=days,
            base_expiration=told.expiration,
            valid=told.valid,
            present=True,
            used=known.used if known else 0,
            used_in_exm=0,
            last_verified_at=self.asked_at,
            created_at=known.created_at if known else self.asked_at,
        )


def _extra(owner: Customer, told: Entitlement) -> tuple[int, int]:
    """Overage in percent and grace in days: only of the new source, and where flags allow (Q-41).

    What the licensing system says of a lot wins over the customer's settings.
    """
    if told.source is not LotSource.NEW:
        return 0, 0
    percent, days = told.overage_percent, told.grace_days
    content, flags = owner.content, owner.flags
    overage = content.overage_percent if percent is None else percent
    grace = content.grace_period_days if days is None else days
    return overage if flags.overage else 0, grace if flags.grace else 0
