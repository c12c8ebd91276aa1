"""A change that the truth table calls for, before any guard has looked at it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Class
from reconciler.core.references import Reference, references
from reconciler.core.resource import Desired, Live


@dataclass(frozen=True, slots=True)
class Candidate:
    """`desired` is missing for a deletion, `live` for a creation."""

    kind: Kind
    id: ResourceId
    """As declared; as the server spells it when it is declared no more."""
    key: Key
    desired: Desired | None
    """What is to be written: the declaration, merged with what of the server's is preserved."""
    live: Live | None
    class_: Class
    preserved: Sequence[str] = ()
    """Pointers where the server's own change stays."""
    silent: Sequence[str] = ()
    """Pointers that differ each time, because the server keeps them in another form."""
    renamed_to: ResourceId | None = None
    """The object that takes the place of this one, which goes."""

    @property
    def action(self) -> str:
        """`create`, `update` or `delete`."""
        if self.desired is None:
            return "delete"
        return "create" if self.live is None else "update"

    @property
    def names_now(self) -> tuple[Reference, ...]:
        """What it names on the server."""
        return () if self.live is None else tuple(references(self.kind, self.live.value))

    @property
    def names_then(self) -> tuple[Reference, ...]:
        """What it names once it is applied."""
        return () if self.desired is None else tuple(references(self.kind, self.desired.value))


def order(candidate: Candidate) -> tuple[int, int, str, str]:
    """Creations and updates by ascending order of kinds, then deletions by descending order."""
    rank, name = candidate.kind.order, candidate.key[1]
    if candidate.desired is None:
        return 1, -rank, name, candidate.id.name
    return 0, rank, name, candidate.id.name
