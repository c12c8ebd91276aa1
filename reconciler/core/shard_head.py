"""The head of an inventory as JSON: readable by people who look at the bootstrap."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from reconciler.core.inventory import Head, Lease, Lock, Note
from reconciler.core.shards import DAMAGED, Untrusted, number_of, text_of
from reconciler.core.values import JsonValue

NOTES: Final = 20
"""Receipts that are kept."""

_LONGEST: Final = 500
"""Characters of any text: the head stays small, whatever people write."""


def head_fields(head: Head) -> dict[str, JsonValue]:
    """What the envelope of shard 00 holds besides whose it is."""
    lease, lock = head.lease, head.lock
    fields: dict[str, JsonValue] = {
        "shards": head.shards,
        "protectedShards": head.protected_shards,
        "lease": None,
        "lock": None,
        "notes": [_note_fields(note) for note in head.notes[-NOTES:]],
    }
    if lease:
        fields["lease"] = {
            "id": lease.id,
            "holder": _cut(lease.holder),
            "until": _time(lease.until),
        }
    if lock:
        fields["lock"] = {
            "holder": _cut(lock.holder),
            "reason": _cut(lock.reason),
            "until": _time(lock.until),
        }
    return fields


def head_of(envelope: Mapping[str, JsonValue]) -> Head:
    """The head in an opened envelope; raises `Untrusted`."""
    lease, lock, notes = (envelope.get(name) for name in ("lease", "lock", "notes"))
    return Head(
        project=text_of(envelope, "project"),
        project_id=text_of(envelope, "projectId"),
        target=text_of(envelope, "target"),
        shards=number_of(envelope, "shards"),
        protected_shards=number_of(envelope, "protectedShards"),
        lease=None if lease is None else _lease(_object(lease, "lease")),
        lock=None if lock is None else _lock(_object(lock, "lock")),
        notes=tuple(_note(_object(note, "note")) for note in _array(notes, "notes")),
    )


def _note_fields(note: Note) -> dict[str, JsonValue]:
    return {
        "id": note.id,
        "number": note.number,
        "finished": _time(note.finished),
        "commit": note.commit,
        "clean": note.clean,
        "sourceHash": note.source_hash,
        "actor": _cut(note.actor),
        "run": _cut(note.run),
        "counts": dict(note.counts),
    }


def _note(value: Mapping[str, JsonValue]) -> Note:
    commit, clean = value.get("commit"), value.get("clean")
    if not (commit is None or isinstance(commit, str)) or not (
        clean is None or isinstance(clean, bool)
    ):
        raise Untrusted(DAMAGED, "a note of it is not as pvm writes them")
    counts = _object(value.get("counts"), "counts")
    return Note(
        id=text_of(value, "id"),
        number=number_of(value, "number"),
        finished=_moment(value, "finished"),
        commit=commit,
        clean=clean,
        source_hash=text_of(value, "sourceHash"),
        actor=text_of(value, "actor"),
        run=text_of(value, "run"),
        counts={name: number_of(counts, name) for name in counts},
    )


def _lease(value: Mapping[str, JsonValue]) -> Lease:
    return Lease(text_of(value, "id"), text_of(value, "holder"), _moment(value, "until"))


def _lock(value: Mapping[str, JsonValue]) -> Lock:
    return Lock(_moment(value, "until"), text_of(value, "reason"), text_of(value, "holder"))


def _object(value: JsonValue, what: str) -> Mapping[str, JsonValue]:
    if not isinstance(value, Mapping):
        raise Untrusted(DAMAGED, f'its "{what}" is no object')
    return value


def _array(value: JsonValue, what: str) -> Sequence[JsonValue]:
    if not isinstance(value, list) or len(value) > NOTES:
        raise Untrusted(DAMAGED, f'its "{what}" are no list, or too many')
    return value


def _moment(value: Mapping[str, JsonValue], name: str) -> datetime:
    text = text_of(value, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Untrusted(DAMAGED, f'its field "{name}" is no time') from error
    if moment.utcoffset() != timedelta(0):
        raise Untrusted(DAMAGED, f'its field "{name}" is no time in UTC')
    return moment


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
