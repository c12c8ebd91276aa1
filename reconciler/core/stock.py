"""All shards of one project opened, checked and put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from reconciler.core.fingerprint import canonical, digest
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import (
    NOTHING_KNOWN,
    PROTECTED_PREFIX,
    SHARD_PREFIX,
    Damage,
    Entry,
    Head,
    Inventory,
    Key,
)
from reconciler.core.resource import Live
from reconciler.core.shard_entries import EntryForm, object_of
from reconciler.core.shard_head import head_fields, head_of
from reconciler.core.shards import (
    DAMAGED,
    MISSING,
    Address,
    Binding,
    Untrusted,
    address_of,
    number_of,
    opened,
    sealed,
    text_of,
    unpack,
)
from reconciler.core.shelf import Sheet, Shelf
from reconciler.core.values import JsonValue

UNDONE: Final = "undone"
"""Takes the place of a kind in the key of what `pvm undo` took back."""

_MOST_SHARDS: Final = 9999


@dataclass(slots=True)
class Stock:
    """What lies in the shards; `Inventory` is what it means."""

    head: Head | None = None
    entries: Shelf = field(default_factory=Shelf)
    protected: Shelf = field(default_factory=Shelf)
    damages: Sequence[Damage] = ()
    inventory: Inventory = NOTHING_KNOWN


def open_stock(shards: Iterable[Live], binding: Binding, form: EntryForm) -> Stock:
    """Open this project's own shards; what can't be trusted is among the damages."""
    opening = _Opening(binding, form)
    for live in sorted(shards, key=lambda live: live.id.name):
        address = address_of(live.id.name)
        if address is not None and address.project == binding.project:
            opening.add(address, live.value)
    return opening.stock()


def foreign_owners(bootstraps: Iterable[Live], project: str, form: EntryForm) -> Mapping[Key, str]:
    """Objects that other projects' shards name, and the project.

    Their signatures are not checked, nor is damage told: nothing is written on their word.
    """
    owners: dict[Key, str] = {}
    for live in sorted(bootstraps, key=lambda live: live.id.name):
        address = address_of(live.id.name)
        if address is None or address.project == project:
            continue
        if address.prefix == SHARD_PREFIX and address.number:
            owners |= dict.fromkeys(_named(live.value, form), address.project)
    return owners


def sheet_parameters(
    sheet: Sheet, prefix: str, count: int, binding: Binding
) -> dict[str, JsonValue]:
    """The shard of a sheet, where there are `count` of the family."""
    address = Address(prefix, binding.project, sheet.number)
    fields: dict[str, JsonValue] = {
        "shards": count,
        "serial": sheet.serial,
        "lines": len(sheet.lines),
        "content": sheet.content,
    }
    return sealed(fields, address, binding)


def head_parameters(head: Head, binding: Binding) -> dict[str, JsonValue]:
    """The shard of a head."""
    return sealed(head_fields(head), head_address(binding), binding)


def open_head(value: Mapping[str, JsonValue], binding: Binding) -> Head:
    """The head in a shard; raises `Untrusted`."""
    head = head_of(opened(value, head_address(binding), binding))
    _check_count(head.shards)
    _check_count(head.protected_shards)
    return head


def head_address(binding: Binding) -> Address:
    """Where the head stands."""
    return Address(SHARD_PREFIX, binding.project, 0)


def undone_line(id_: str, fingerprint: str) -> tuple[Key, str]:
    """The line that keeps one member of `Head.undone`."""
    return (UNDONE, id_), canonical({"fingerprint": fingerprint, UNDONE: id_})


def protected_line(id_: ResourceId, form: EntryForm) -> str:
    """The line that keeps an object protected."""
    return canonical({"kind": id_.kind, "name": form.stored_name(id_)})


class _Opening:
    """Shards as they come, sorted by name."""

    def __init__(self, binding: Binding, form: EntryForm) -> None:
        self._binding = binding
        self._form = form
        self._head: Head | None = None
        self._numbers: dict[str, set[int]] = {SHARD_PREFIX: set(), PROTECTED_PREFIX: set()}
        self._counts = {SHARD_PREFIX: 0, PROTECTED_PREFIX: 0}
        self._sheets: dict[str, list[Sheet]] = {SHARD_PREFIX: [], PROTECTED_PREFIX: []}
        self._decoded: dict[str, Entry] = {}
        self._damages: list[Damage] = []

    def add(self, address: Address, value: Mapping[str, JsonValue]) -> None:
        self._numbers[address.prefix].add(address.number)
        try:
            if address == head_address(self._binding):
                self._head = open_head(value, self._binding)
            else:
                self._sheets[address.prefix].append(self._sheet(address, value))
        except Untrusted as reason:
            self._damages.append(Damage(address.name, reason.sort, reason.reason))

    def stock(self) -> Stock:
        head = self._head
        if head is not None:
            self._count(SHARD_PREFIX, head.shards)
            self._count(PROTECTED_PREFIX, head.protected_shards)
        self._miss()
        entries, protected = map(self._shelf, (SHARD_PREFIX, PROTECTED_PREFIX))
        damages = tuple(sorted(self._damages, key=lambda damage: damage.shard))
        stock = Stock(head, entries, protected, damages)
        stock.inventory = self._inventory(stock)
        return stock

    def _sheet(self, address: Address, value: Mapping[str, JsonValue]) -> Sheet:
        envelope = opened(value, address, self._binding)
        content, count = text_of(envelope, "content"), number_of(envelope, "shards")
        _check_count(count)
        self._count(address.prefix, count)
        lines: dict[Key, str] = {}
        decoded: dict[str, Entry] = {}
        for line in unpack(content):
            key = self._key_of(address, line, decoded)
            if key in lines:
                raise Untrusted(DAMAGED, "it holds an entry twice")
            lines[key] = line
        self._decoded |= decoded
        serial = number_of(envelope, "serial")
        return Sheet(address.number, serial, MappingProxyType(lines), content)

    def _key_of(self, address: Address, line: str, decoded: dict[str, Entry]) -> Key:
        if address.prefix == PROTECTED_PREFIX:
            fields = object_of(line)
            return self._form.stored_key(
                ResourceId(text_of(fields, "kind"), text_of(fields, "name"))
            )
        fields = object_of(line) if f'"{UNDONE}":' in line else {}
        if UNDONE in fields:
            text_of(fields, "fingerprint")
            return UNDONE, text_of(fields, UNDONE)
        decoded[line] = self._form.entry(line)
        return self._form.stored_key(decoded[line].id)

    def _count(self, prefix: str, count: int) -> None:
        self._counts[prefix] = max(self._counts[prefix], count)

    def _miss(self) -> None:
        """Tell which shards are not there."""
        for prefix, there in self._numbers.items():
            for number in range(1, self._counts[prefix] + 1):
                if number not in there:
                    name = Address(prefix, self._binding.project, number).name
                    self._damages.append(Damage(name, MISSING, "it was deleted"))
        if any(self._numbers.values()) and 0 not in self._numbers[SHARD_PREFIX]:
            name = head_address(self._binding).name
            self._damages.append(Damage(name, MISSING, "it was deleted, others are still there"))

    def _shelf(self, prefix: str) -> Shelf:
        return Shelf(self._sheets[prefix], count=self._counts[prefix])

    def _inventory(self, stock: Stock) -> Inventory:
        entries: dict[Key, Entry] = {}
        undone: dict[str, str] = {}
        for key, line in stock.entries.lines().items():
            if key[0] == UNDONE:
                undone[key[1]] = text_of(object_of(line), "fingerprint")
            else:
                entry = self._decoded[line]
                entries[self._form.key(entry.id)] = entry
        head = stock.head and replace(stock.head, undone=MappingProxyType(undone))
        protected = {self._form.known_key(line) for line in stock.protected.lines().values()}
        protected |= {key for key, entry in entries.items() if entry.protect}
        return Inventory(
            head=head,
            entries=MappingProxyType(dict(sorted(entries.items()))),
            protected=frozenset(protected),
            damages=tuple(stock.damages),
            digest=_digest(stock),
        )


def _check_count(count: int) -> None:
    if count > _MOST_SHARDS:
        raise Untrusted(DAMAGED, "it tells of more shards than pvm ever writes")


def _named(value: Mapping[str, JsonValue], form: EntryForm) -> list[Key]:
    try:
        lines = unpack(text_of(value, "content"))
    except Untrusted:
        return []
    found = []
    for line in lines:
        try:
            found.append(form.known_key(line))
        except Untrusted:
            continue
    return found


def _digest(stock: Stock) -> str:
    """The same while lease and lock come and go; empty when there is nothing."""
    shelves = ((SHARD_PREFIX, stock.entries), (PROTECTED_PREFIX, stock.protected))
    contents: list[JsonValue] = [
        [prefix, number, sheet.serial, sheet.content]
        for prefix, shelf in shelves
        for number, sheet in sorted(shelf.sheets.items())
    ]
    notes = [note.id for note in stock.head.notes] if stock.head else []
    damages = [[damage.shard, damage.sort] for damage in stock.damages]
    known = [*contents, *notes, *damages]
    return digest([contents, notes, damages]) if known else ""
