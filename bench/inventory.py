"""The inventory that an apply of the corpus would have left: without it nothing is in sync."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import SHARD_PREFIX, Entry, Head, Note, State
from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.sealing import Sealer
from reconciler.core.secrets import Masking
from reconciler.core.shard_entries import EntryForm
from reconciler.core.shards import Address, Binding
from reconciler.core.shelf import Shelf
from reconciler.core.stock import head_address, head_parameters, sheet_parameters
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS

Row = dict[str, Any]

KEY: Final = "the benchmark's own digest key"
_FIELDS: Final = {
    "Site": ("proServerName",),
    "Token": ("appId", "bootstrap", "description"),
    "PortalUser": ("userName", "role", "email"),
}
_APPLIED: Final = Note(
    id="b1",
    number=1,
    finished=datetime(2026, 11, 20, 8, 15, tzinfo=UTC),
    commit=None,
    clean=None,
    source_hash="",
    actor="bench",
    run="bench",
    counts={},
)


def inventory_rows(objects: Iterable[tuple[str, str, Row]], project: str) -> list[Row]:
    """The reserved bootstraps for objects given as kind, name and row."""
    binding = Binding(project, "", "default", KEY.encode())
    form, sealer = EntryForm(KINDS, binding.key), Sealer(Masking(), binding.key)
    entries = [_entry(ResourceId(kind, name), row, sealer) for kind, name, row in objects]
    lines = {form.stored_key(entry.id): form.line(entry) for entry in entries}
    sheets = Shelf().rewritten(lines, ())
    head = Head(project, "", "default", len(sheets), notes=(_APPLIED,))
    rows = [_row(head_address(binding).name, head_parameters(head, binding))]
    for sheet in sheets:
        parameters = sheet_parameters(sheet, SHARD_PREFIX, len(sheets), binding)
        rows.append(_row(Address(SHARD_PREFIX, project, sheet.number).name, parameters))
    return rows


def _entry(id_: ResourceId, row: Row, sealer: Sealer) -> Entry:
    fields = _FIELDS.get(id_.kind)
    value = row["parameters"] if fields is None else {name: row[name] for name in fields}
    content = sealer.seal(parse_json(json.dumps(value)))
    left = sealer.of_sealed(content)
    return Entry(id_, State.OWNED, asked=left, seen=left, content=content)


def _row(name: str, parameters: JsonValue) -> Row:
    return {"name": name, "parameters": json.loads(dump_json(parameters)), "version": 1}
