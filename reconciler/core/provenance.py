"""Where a change comes from: the place in the files that a reviewer should open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.resource import Desired


@dataclass(frozen=True, slots=True)
class Source:
    """Where one value of a change is written."""

    origin: Origin
    own: bool = True
    """In the object's own document or row; others may share what is not."""
    past: bool = False
    """Written there before the change, and not any more."""


class Provenance(Protocol):
    """The files behind the origins; asked only about what is shown."""

    def line_of(self, source: Source) -> int:
        """The 1-based line on which it is written."""
        ...

    def removals(self, ids: Collection[ResourceId], since: str | None) -> Mapping[ResourceId, str]:
        """The commits after `since` that took these out of the files, as far as Git tells."""
        ...


class DocumentsOnly:
    """Without the files at hand: a document's first line, and no history."""

    def line_of(self, source: Source) -> int:
        """As its origin has it."""
        return source.origin.line

    def removals(
        self,
        ids: Collection[ResourceId],  # noqa: ARG002 -- the protocol's
        since: str | None,  # noqa: ARG002 -- the protocol's
    ) -> Mapping[ResourceId, str]:
        """None."""
        return {}


def home_of(desired: Desired, kind: Kind) -> Origin:
    """The root of the object's own document or row."""
    origin = desired.origin
    return replace(origin, pointer=origin.pointer.removesuffix(kind.value_pointer))


def source_of(desired: Desired, kind: Kind, pointer: str, *, past: bool = False) -> Source:
    """Where the value at `pointer` is written."""
    origin, home = desired.origin_of(pointer), home_of(desired, kind)
    same = (origin.file, origin.document, origin.line) == (home.file, home.document, home.line)
    return Source(origin, same and origin.pointer.startswith(home.pointer), past)
