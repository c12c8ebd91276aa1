"""An inventory made whole again: what can be trusted stays, the rest is emptied."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.core.fingerprint import canonical, digest_text
from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX, Entry, Head, Key, State
from reconciler.core.merge import with_values
from reconciler.core.resource import Live
from reconciler.core.sealing import sealed_pointers
from reconciler.core.shard_entries import EntryForm
from reconciler.core.shards import UNSIGNED, Address, Binding, address_of
from reconciler.core.shelf import Shelf
from reconciler.core.stock import (
    Stock,
    head_address,
    head_parameters,
    open_stock,
    sheet_parameters,
)
from reconciler.core.values import ABSENT, JsonValue


@dataclass(frozen=True, slots=True)
class Restored:
    """What has to be written, by the reserved bootstrap's name."""

    head: Head
    shards: Mapping[str, Mapping[str, JsonValue]]
    """Without the head."""
    is_head_new: bool


def restore(
    stock: Stock, shards: Mapping[str, Live], binding: Binding, forms: tuple[EntryForm, EntryForm]
) -> Restored:
    """Make a stock whole; `shards` are all that there are of the project.

    `forms` are for the key at hand and for no key. Entries that were written without a key are
    taken over as far as what they say can be said with it.
    """
    unsigned = _unsigned(stock, shards, binding, forms[1])
    entries = [rekeyed(entry, binding.key) for entry in unsigned.inventory.entries.values()]
    lines = {forms[0].stored_key(one.id): forms[0].line(one) for one in entries if one is not None}
    written: dict[str, Mapping[str, JsonValue]] = {}
    counts = {}
    for prefix, shelf, new in (
        (SHARD_PREFIX, stock.entries, lines),
        (PROTECTED_PREFIX, stock.protected, unsigned.protected.lines()),
    ):
        whole = _whole(shelf, _lost(stock, prefix), new)
        counts[prefix] = whole.count
        for number, sheet in whole.sheets.items():
            if shelf.sheets.get(number) is not sheet:
                name = Address(prefix, binding.project, number).name
                written[name] = sheet_parameters(sheet, prefix, whole.count, binding)
    fresh = Head(binding.project, binding.project_id, binding.target, 0)
    head = stock.head or unsigned.head or fresh
    head = replace(
        head,
        shards=max(head.shards, counts[SHARD_PREFIX]),
        protected_shards=max(head.protected_shards, counts[PROTECTED_PREFIX]),
    )
    lost_head = stock.head is None and bool(stock.damages)
    return Restored(head, written, is_head_new=lost_head)


def restored_lives(restored: Restored, binding: Binding) -> dict[str, Mapping[str, JsonValue]]:
    """All of it, as it will be on the server; nothing where nothing is wrong."""
    written = dict(restored.shards)
    if restored.is_head_new:
        written[head_address(binding).name] = head_parameters(restored.head, binding)
    return written


def _unsigned(stock: Stock, shards: Mapping[str, Live], binding: Binding, form: EntryForm) -> Stock:
    """The shards that lack nothing but a signature."""
    names = [damage.shard for damage in stock.damages if damage.sort == UNSIGNED]
    return open_stock([shards[name] for name in names], replace(binding, key=None), form)


def _lost(stock: Stock, prefix: str) -> list[int]:
    """Numbers of shards that have to be made anew."""
    addresses = [address_of(damage.shard) for damage in stock.damages]
    return [one.number for one in addresses if one and one.prefix == prefix and one.number]


def _whole(shelf: Shelf, lost: list[int], lines: Mapping[Key, str]) -> Shelf:
    whole = shelf.copy()
    for number in range(1, max([whole.count, *lost]) + 1):
        if number not in whole.sheets:
            whole.accept(whole.emptied(number))
    for sheet in whole.rewritten(lines, ()):
        whole.accept(sheet)
    return whole


def rekeyed(entry: Entry, key: bytes | None) -> Entry | None:
    """An entry written without a key, for this one; `None` if its digests can't be made again."""
    if entry.state is State.ANNOUNCED:
        return entry
    if entry.content is ABSENT:
        return None
    content: JsonValue = entry.content
    seen = with_values(content, entry.kept)
    if sealed_pointers(content) or sealed_pointers(seen):
        return None
    if entry.asked != digest_text(canonical(content), None):
        return None
    if entry.seen != digest_text(canonical(seen), None):
        return None
    asked, seen_digest = (digest_text(canonical(value), key) for value in (content, seen))
    return replace(entry, asked=asked, seen=seen_digest)
