"""What is wrong between declared objects: declared twice, referring to nothing, out of scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.problem import Severity
from reconciler.core.project import Scope
from reconciler.core.resource import Desired


@dataclass(frozen=True, slots=True)
class CatalogFinding:
    """A problem whose exact position the caller finds from `origin`."""

    code: str
    message: str
    object: ResourceId
    origin: Origin
    """With the pointer, from the document's root, to the value at fault."""
    label: str = ""
    help: str = ""
    related: tuple[Origin, ...] = ()
    severity: Severity = Severity.ERROR


def check_catalog(
    declared: Sequence[Desired], kinds: Mapping[str, Kind], scope: Scope
) -> list[CatalogFinding]:
    """All findings, in the order of the documents."""
    raise NotImplementedError
