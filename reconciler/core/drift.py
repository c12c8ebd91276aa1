"""How the server differs from what was applied last, told apart from what is only pending."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Base, Drifted, Header, Mark, Stop


@dataclass(frozen=True, slots=True)
class Drift:
    """Every difference at one moment, in the order of kinds and names.

    In `fields`, `before` is Git's value and `after` the server's; an object that the server lacks
    has one change at the pointer "" to ABSENT.
    """

    header: Header
    drifted: tuple[Drifted, ...] = ()
    """The server changed since the last apply, Git did not."""
    conflicts: tuple[Drifted, ...] = ()
    """Both changed the same field."""
    undecided: tuple[Drifted, ...] = ()
    """They differ, and nothing was recorded that would tell which side changed."""
    unmanaged: tuple[ResourceId, ...] = ()
    """In scope on the server and declared nowhere."""
    pending: int = 0
    """Objects that wait to be applied."""
    in_sync: int = 0
    base: Base | None = None
    """`None`: no apply finished yet."""
    stops: tuple[Stop, ...] = ()
    """Why the answer can't be trusted: another customer, or a damaged inventory."""
    listed: Mapping[str, int] | None = None
    """Objects that the server listed, by kind."""
    requests: Mapping[str, int] | None = None
    """Requests that finding out sent, by method."""
    warnings: tuple[str, ...] = ()
    clean_after: Mark | None = None
    """Drift and conflicts came after this apply; `None` where nobody knows."""

    @property
    def found(self) -> bool:
        """Whether anything differs that is not only pending."""
        return bool(self.drifted or self.conflicts or self.undecided)
