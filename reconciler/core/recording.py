"""What the inventory will say about an object once it is written, adopted or let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, State
from reconciler.core.merge import differences, with_values
from reconciler.core.plan import Record, Sort
from reconciler.core.pointer import resolve
from reconciler.core.resource import NO_REFERENCES, Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.values import ABSENT, JsonValue, Maybe


@dataclass(frozen=True, slots=True)
class Page:
    """What is known about one object before anything is written."""

    declared: Desired
    """With the values of its secrets, as far as they are known."""
    entry: Entry | None
    sealer: Sealer
    preserved: Sequence[str] = ()
    """Pointers where the server's own change stays: it must not pass for what we left there."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries to write, for every object that a plan touches."""

    pages: Mapping[ResourceId, Page]
    """Without the kinds that are not recorded."""

    def announced(self, id_: ResourceId) -> Entry | None:
        """The entry before an object is created or adopted by a write; `None` if it needs none.

        An object that we own already keeps its entry until its write was read back.
        """
        page = self.pages.get(id_)
        if page is None or (page.entry is not None and page.entry.state is State.OWNED):
            return None
        return Entry(
            id_,
            State.ANNOUNCED,
            asked=page.sealer.fingerprint(page.declared.value, page.declared.references),
            references=page.declared.references,
            protect=page.declared.protect,
        )

    def written(self, id_: ResourceId, live: Live) -> Entry | None:
        """The entry after `live` was read back; `None` for a kind that is not recorded."""
        page = self.pages.get(id_)
        return None if page is None else _entry(id_, page, live)

    def recorded(self, record: Record, live: Live | None) -> Entry | None:
        """The entry that a record of the plan leads to; `None` when the entry is to go."""
        if record.sort in (Sort.GONE, Sort.RELEASED) or live is None:
            return None
        return self.written(record.id, live)


def _entry(id_: ResourceId, page: Page, live: Live) -> Entry:
    sealer, declared = page.sealer, page.declared
    pointers = {*declared.references, *(page.entry.references if page.entry else ())}
    asked = sealer.seal(declared.value, pointers)
    seen = with_values(sealer.seal(live.value, pointers), _as_we_left_them(page))
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
