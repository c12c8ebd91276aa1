"""What a plan is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from reconciler.core.expiry import Exemption, exception_problems, hold_problems, sentences
from reconciler.core.history import Ancestry
from reconciler.core.inventory import NOTHING_KNOWN, Inventory
from reconciler.core.kind import Kind
from reconciler.core.plan import Header
from reconciler.core.ports import Account
from reconciler.core.project import Project, Prune
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
    exemptions: Sequence[Exemption] = ()
    """Exceptions that are in force, as far as their day is near or has passed."""

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


def ended_agreements(situation: Situation) -> tuple[str, ...]:
    """Holds and exceptions whose day has passed or is near.

    Raises:
        InvalidInput: There are some that have ended, and the project wants that to be an error.
    """
    header, project = situation.header, situation.project
    today = header.created.date()
    # An undo writes what was before, whatever the files say now.
    exemptions = situation.exemptions if header.undoes is None else ()
    ended = hold_problems(project, today), exception_problems(exemptions, project, today)
    return sentences([problem for problems in ended for problem in problems])


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
