"""Lots move from the old licensing system to the new one (L-21)."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.event import EventType
from reconciler.server.domain.licensing import LotSource, is_external_id
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import home, write


def migrate_licenses(
    world: World, caller: Caller, keys: Mapping[str, str], code: str | None
) -> int:
    """Give lots their keys of the new system, by their activation ids; all of them, or none.

    Devices keep their seats, and nothing else of a lot changes: overage and grace come with the
    next synchronisation. Returns how many lots moved; one activation id may stand for two, one of
    each type.

    Raises:
        DomainError: FORBIDDEN, CUSTOMER_REQUIRED, NOT_FOUND; VALIDATION for an id that no lot
            has; ALREADY_MIGRATED; CONFLICT for a key that another lot has.
    """
    caller.require(Permission.WRITE_LICENSES)
    _check(keys)
    customer = home(world, caller, code, lambda _tx: ())

    def work(tx: Transaction) -> int:
        lots = tx.lots.all(in_exm=False)
        moving = [lot for lot in lots if lot.external_id in keys]
        if any(lot.source is LotSource.NEW for lot in moving):
            _already()
        known = {lot.external_id for lot in moving}
        for aid, key in keys.items():
            if aid not in known:
                if any(lot.external_id == key and lot.source is LotSource.NEW for lot in lots):
                    _already()
                refuse("map", "names an activation id that this customer does not have")
        taken = {(lot.external_id, lot.type) for lot in lots if lot not in moving}
        if any((keys[lot.external_id], lot.type) in taken for lot in moving):
            message = "a key of the map is another license's"
            raise DomainError(ErrorCode.CONFLICT, message)
        for lot in moving:
            tx.lots.update(replace(lot, external_id=keys[lot.external_id], source=LotSource.NEW))
        desk = Desk.open(world, customer, caller.login_name)
        desk.note(Fact(EventType.LICENSE_MIGRATED, f"{len(moving)} licenses migrated"))
        desk.file(tx)
        return len(moving)

    return write(world, customer, work)


def _already() -> None:
    message = "a license of the map was migrated before; leave it out"
    raise DomainError(ErrorCode.ALREADY_MIGRATED, message)


def _check(keys: Mapping[str, str]) -> None:
    if not keys:
        refuse("map", "must name at least one activation id")
    if not all(is_external_id(text) for pair in keys.items() for text in pair):
        refuse("map", "ids and keys have from 1 to 128 characters, without blanks")
    if len(set(keys.values())) != len(keys) or keys.keys() & set(keys.values()):
        refuse("map", "names a key twice")
