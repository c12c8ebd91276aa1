"""`pvm render`: what the files declare, object by object."""

from collections.abc import Sequence

from reconciler.core.project import Selection
from reconciler.core.resource import Desired
from reconciler.kinds import KINDS


def render_objects(declared: Sequence[Desired], selection: Selection) -> tuple[Desired, ...]:
    """All that is declared and selected, by kind and name, whatever order files have."""
    chosen = (one for one in declared if selection.covers(KINDS[one.id.kind], one.id))
    return tuple(
        sorted(chosen, key=lambda one: (KINDS[one.id.kind].order, one.id.kind, one.id.name))
    )
