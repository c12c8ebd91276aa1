"""What the inventory will say about an object once it is written, adopted or let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, State
from reconciler.core.merge import differences, with_values
from reconciler.core.plan import Record, Sort
from reconciler.core.pointer import resolve
from reconciler.core.resource import NO_REFERENCES, Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.values import ABSENT, JsonValue, Maybe

_PROTECTION: Final = (Sort.PROTECTED, Sort.UNPROTECTED)


@dataclass(frozen=True, slots=True)
class Page:
    """What is known about one object before anything is written."""

    declared: Desired | None
    """With the values of its secrets, as far as they are known."""
    entry: Entry | None
    sealer: Sealer
    recorded: bool = True
    """Whether the inventory can hold objects of this kind."""
    preserved: Sequence[str] = ()
    """Pointers where the server's own change stays: it must not pass for what we left there."""

    @property
    def references(self) -> frozenset[str]:
        """Pointers that hold a secret because a reference stands or stood there."""
        declared = self.declared.references if self.declared else ()
        return frozenset((*declared, *(self.entry.references if self.entry else ())))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries to write, for every object that a plan touches."""

    pages: Mapping[ResourceId, Page]

    def fingerprint(self, id_: ResourceId, value: JsonValue) -> str:
        """As in the steps of the plan; raises `KeyError` for an object that it does not touch."""
        page = self.pages[id_]
        return page.sealer.fingerprint(value, page.references)

    def announced(self, id_: ResourceId) -> Entry | None:
        """The entry before an object is created or adopted by a write; `None` if it needs none.

        An object that we own already keeps its entry until its write was read back.
        """
        page = self.pages[id_]
        declared, entry = page.declared, page.entry
        if declared is None or not page.recorded or (entry and entry.state is State.OWNED):
            return None
        return Entry(
            id_,
            State.ANNOUNCED,
            asked=self.fingerprint(id_, declared.value),
            references=declared.references,
            protect=declared.protect,
        )

    def written(self, id_: ResourceId, live: Live) -> Entry | None:
        """The entry after `live` was read back; `None` for a kind that is not recorded."""
        page = self.pages[id_]
        if page.declared is None or not page.recorded:
            return None
        return _entry(id_, page, page.declared, live)

    def recorded(self, record: Record, live: Live | None) -> Entry | None:
        """The entry that a record of the plan leads to; `None` when the entry is to go."""
        page = self.pages[record.id] if record.sort in _PROTECTION else None
        if page and page.entry and page.declared:
            return replace(page.entry, protect=page.declared.protect)
        if record.sort in (Sort.GONE, Sort.RELEASED) or live is None:
            return None
        return self.written(record.id, live)


def _entry(id_: ResourceId, page: Page, declared: Desired, live: Live) -> Entry:
    sealer = page.sealer
    asked = sealer.seal(declared.value, page.references)
    seen = with_values(sealer.seal(live.value, page.references), _as_we_left_them(page))
    return Entry(
        id_,
        State.OWNED,
        asked=sealer.of_sealed(asked),
        seen=sealer.of_sealed(seen),
        content=asked,
        kept=MappingProxyType(differences(asked, seen)),
        references=declared.references or NO_REFERENCES,
        protect=declared.protect,
    )


def _as_we_left_them(page: Page) -> dict[str, Maybe]:
    """At the preserved pointers, what the server had when we last wrote."""
    before = seen_content(page.entry) if page.entry else {}
    return {
        pointer: ABSENT if before is ABSENT else resolve(before, pointer)
        for pointer in page.preserved
    }


def seen_content(entry: Entry) -> Maybe:
    """What the server returned at the last apply, sealed; `ABSENT` when it was not kept."""
    if entry.content is ABSENT:
        return ABSENT
    content: JsonValue = entry.content
    return with_values(content, entry.kept)
