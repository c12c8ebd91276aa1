"""Entries, bindings and shards for tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from reconciler.core.fingerprint import canonical, digest_text
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX, Entry, Head, Note, State
from reconciler.core.merge import with_values
from reconciler.core.resource import Live
from reconciler.core.shard_entries import EntryForm
from reconciler.core.shards import Address, Binding
from reconciler.core.shelf import Sheet, Shelf
from reconciler.core.stock import Stock, head_parameters, open_stock, sheet_parameters
from reconciler.core.values import JsonValue, Maybe
from reconciler.kinds import KINDS

KEY = b"a key for tests"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = Binding("acme", "7f3c", "prod", KEY)
UNSIGNED = replace(OURS, key=None)
NOTE = Note(
    id="a1",
    number=1,
    finished=NOON,
    commit="9d03e77",
    clean=True,
    source_hash="sha256:5",
    actor="ada",
    run="ci-7",
    counts={"created": 3},
)
HEAD = Head("acme", "7f3c", "prod", 1, notes=(NOTE,))


def form(binding: Binding = OURS, logins: Sequence[str] = ()) -> EntryForm:
    return EntryForm(KINDS, binding.key, logins)


def owned(
    kind: str,
    name: str,
    content: JsonValue,
    kept: Mapping[str, Maybe] = MappingProxyType({}),
    key: bytes | None = KEY,
) -> Entry:
    """An entry as an apply records it."""
    return Entry(
        ResourceId(kind, name),
        State.OWNED,
        asked=digest_text(canonical(content), key),
        seen=digest_text(canonical(with_values(content, kept)), key),
        content=content,
        kept=kept,
    )


def announced(name: str) -> Entry:
    """An entry before its object is created."""
    asked = digest_text(canonical(name), KEY)
    return Entry(ResourceId("Token", name), State.ANNOUNCED, asked=asked)


def entries(count: int) -> list[Entry]:
    """Bootstraps with a little content."""
    return [
        owned("Bootstrap", f"store-{n:05}", {"site": f"site-{n:05}", "idle": n})
        for n in range(count)
    ]


def shards(
    found: Iterable[Entry],
    binding: Binding = OURS,
    head: Head | None = HEAD,
    protected: Iterable[str] = (),
) -> list[Live]:
    """What the server holds of these entries, in one shard."""
    lines = {form(binding).stored_key(one.id): form(binding).line(one) for one in found}
    named = {
        ("Bootstrap", name): canonical({"kind": "Bootstrap", "name": name}) for name in protected
    }
    lives = []
    if head is not None:
        lives.append(
            live(Address(SHARD_PREFIX, binding.project, 0), head_parameters(head, binding))
        )
    for prefix, content in ((SHARD_PREFIX, lines), (PROTECTED_PREFIX, named)):
        sheets = Shelf().rewritten(content, ())
        lives += [live_sheet(sheet, prefix, binding) for sheet in sheets]
    return lives


def live_sheet(sheet: Sheet, prefix: str = SHARD_PREFIX, binding: Binding = OURS) -> Live:
    parameters = sheet_parameters(sheet, prefix, sheet.number, binding)
    return live(Address(prefix, binding.project, sheet.number), parameters)


def live(address: Address, parameters: Mapping[str, JsonValue]) -> Live:
    return Live(ResourceId("Bootstrap", address.name), parameters, "1")


def opened(found: Iterable[Live], binding: Binding = OURS, logins: Sequence[str] = ()) -> Stock:
    return open_stock(found, binding, form(binding, logins))
