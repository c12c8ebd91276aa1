"""What a plan is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from reconciler.core.history import Ancestry
from reconciler.core.inventory import NOTHING_KNOWN, Inventory
from reconciler.core.kind import Kind
from reconciler.core.plan import Header
from reconciler.core.ports import Account
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.project import Hold, Project, Prune
from reconciler.core.provenance import DocumentsOnly, Provenance
from reconciler.core.references import referred_kinds
from reconciler.core.resource import Desired, Live

_ALONE = Ancestry(contained=True)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is declared, what was applied last, and what the server has."""

    header: Header
    project: Project
    kinds: Mapping[str, Kind]
    declared: Sequence[Desired]
    live: Mapping[str, Sequence[Live]]
    """All objects of each kind that was read, in scope or not, by kind name."""
    account: Account | None
    """Whose credentials apply would use; without it accounts are never deleted."""
    inventory: Inventory = NOTHING_KNOWN
    ancestry: Ancestry = _ALONE
    key: bytes | None = field(default=None, repr=False)
    """Without it sites and users are not recorded, and secrets not compared with the past."""
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The secrets that are known here, by the text of the reference."""
    unlisted: frozenset[str] = frozenset()
    """Kinds of which only single objects were read: the server has no list."""
    unreadable: frozenset[str] = frozenset()
    """Kinds that the server does not let read at all."""
    provenance: Provenance = field(default_factory=DocumentsOnly)

    def records(self, kind: Kind) -> bool:
        """Whether the inventory can hold objects of this kind."""
        return is_recorded(kind.name, self.key)


def is_recorded(kind: str, key: bytes | None) -> bool:
    """Whether an inventory with this key, or without one, holds objects of the kind.

    Who can edit bootstraps could otherwise forge an entry and have an account deleted.
    """
    return key is not None or kind in ("Bootstrap", "Token")


def kinds_to_read(
    project: Project, kinds: Mapping[str, Kind], *, prune: Prune | None = None
) -> tuple[Kind, ...]:
    """The kinds that `Situation.live` must hold, in order: those in scope, and what they refer to.

    Where something may be deleted also the kinds that may still refer to it.
    """
    managed = {name for name in kinds if project.scope.globs.get(name)}
    wanted = set(managed)
    for name in managed:
        wanted |= {f.refers_to for f in kinds[name].fields if f.refers_to}
    if (prune or project.prune) is not Prune.NEVER:
        wanted |= {name for name, kind in kinds.items() if referred_kinds(kind) & managed}
    return tuple(kind for name, kind in kinds.items() if name in wanted)


def expired_holds(situation: Situation) -> tuple[str, ...]:
    """Holds that hold nothing any more.

    Raises:
        InvalidInput: There are some, and the project wants that to be an error.
    """
    today = situation.header.created.date()
    ended = [hold for hold in situation.project.holds if hold.until < today]
    if ended and situation.project.safety.expired_is_error:
        raise InvalidInput([_expired(hold) for hold in ended])
    return tuple(f"{_at(hold)}{_ended(hold)}; remove it" for hold in ended)


def _expired(hold: Hold) -> Problem:
    fix = "remove it, or set another day"
    return Problem("hold-expired", _ended(hold), hold.place, help=fix)


def _ended(hold: Hold) -> str:
    return f"the hold of {hold.kind}/{hold.name} ended on {hold.until}"


def _at(hold: Hold) -> str:
    return f"{hold.place.file}:{hold.place.line}: " if hold.place else ""


def unrecorded_kinds(situation: Situation) -> tuple[str, ...]:
    """Kinds in scope that are applied without a memory."""
    globs = situation.project.scope.globs
    names = [
        kind.collection
        for name, kind in situation.kinds.items()
        if globs.get(name) and not situation.records(kind)
    ]
    if not names:
        return ()
    effect = "they are applied, their drift is not told apart, and they are never deleted"
    return (f"without PVM_DIGEST_KEY {' and '.join(names)} are not recorded: {effect}",)
