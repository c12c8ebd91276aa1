"""From a situation to a plan: one pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.plan import Header, Plan
from reconciler.core.ports import Account
from reconciler.core.project import Project, Prune, Selection
from reconciler.core.resource import Desired, Live


@dataclass(frozen=True, slots=True)
class Situation:
    """What is declared and what the server has."""

    header: Header
    project: Project
    kinds: Mapping[str, Kind]
    declared: Sequence[Desired]
    live: Mapping[str, Sequence[Live]]
    """All objects of each kind that was listed, in scope or not, by kind name."""
    account: Account | None
    """Whose credentials apply would use; without it accounts are never deleted."""
    protected: frozenset[ResourceId] = frozenset()
    """Objects that must stay although nothing declares them any more."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the caller chose."""

    selection: Selection = field(default_factory=Selection)
    acks: Mapping[str, int] = field(default_factory=dict)
    """Acknowledged numbers by `deletes.Token`, `updates.Bootstrap`, `deletes`, `updates`."""
    prune: Prune | None = None
    """Instead of the project's."""


def kinds_to_read(
    project: Project, kinds: Mapping[str, Kind], declared: Sequence[Desired]
) -> tuple[Kind, ...]:
    """The kinds that `Situation.live` must hold: those in scope, and what they refer to.

    With `prune: scope` also the kinds that may refer to what would be deleted.
    """
    raise NotImplementedError


def make_plan(situation: Situation, options: PlanOptions) -> Plan:
    """Everything apply would do; the same bytes for the same inputs in any order.

    Raises:
        InvalidInput: An object is declared twice, or refers to something that is neither declared
            nor on the server.
    """
    raise NotImplementedError
