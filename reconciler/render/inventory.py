"""What the server remembers about a project, for terminals and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from reconciler.core.holdings import Holdings, Repair
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Head, Inventory, Lock, Note, State
from reconciler.core.plan import Header
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.render.json import FORMAT_VERSION
from reconciler.render.labels import labelled
from reconciler.render.screen import columns_of, counted, fit, number, pad, printable, wrap
from reconciler.render.view import View

T = TypeVar("T")

_SHOWN: Final = 8
_DAY: Final = timedelta(days=1)
_COUNTED: Final = ("created", "updated", "deleted", "adopted", "failed", "skipped")


def holdings_text(holdings: Holdings, view: View) -> str:
    """Whose it is, its shards, what they hold and what is wrong with them."""
    inventory, width = holdings.inventory, view.width
    lines = wrap(title(holdings.header, inventory), width)
    lines += ["", "SHARDS    reserved bootstraps on the server"]
    names = [shard.name for shard in holdings.shards]
    room = max(map(columns_of, names), default=0)
    for shard in _cut(holdings.shards, full=view.full):
        lines.append(f"    {pad(shard.name, room)}  {shard.bytes / 1024:>7.1f} KiB")
    lines += _more(len(holdings.shards), full=view.full)
    lines.append("")
    for damage in inventory.damages:
        lines += labelled("damaged", f"{damage.shard}: {damage.reason} ({damage.sort})", width)
    kinds = Counter(entry.id.kind for entry in inventory.entries.values())
    lines += labelled("entries", _kinds(kinds) or "none", width)
    begun = [e.id for e in inventory.entries.values() if e.state is State.ANNOUNCED]
    for word, ids in (("announced", begun), ("protected", _ids(inventory.protected))):
        if ids:
            lines += labelled(word, _named(ids, full=view.full), width)
    for project, count in sorted(Counter(inventory.foreign.values()).items()):
        text = f"{counted(count, 'object')} of the project {project}"
        lines += labelled("foreign", text, width)
    lines += state_lines(inventory.head, holdings.now, width)
    notes = inventory.head.notes if inventory.head else ()
    for note in reversed(notes[-3:]):
        lines += labelled("apply", note_text(note), width)
    return "\n".join(lines)


def holdings_json(holdings: Holdings) -> dict[str, JsonValue]:
    """All of it, but no content of an object."""
    inventory, head = holdings.inventory, holdings.inventory.head
    return {
        **result_start(holdings.header, "inventory"),
        "projectId": head.project_id if head else None,
        "digest": inventory.digest,
        "shards": [{"name": one.name, "bytes": one.bytes} for one in holdings.shards],
        "damages": [
            {"shard": one.shard, "sort": one.sort, "reason": one.reason}
            for one in inventory.damages
        ],
        "entries": [
            {"kind": e.id.kind, "name": e.id.name, "state": e.state.value, "protect": e.protect}
            for e in inventory.entries.values()
        ],
        "protected": [str(id_) for id_ in _ids(inventory.protected)],
        "foreign": [
            {"object": str(ResourceId(*key)), "project": owner}
            for key, owner in sorted(inventory.foreign.items())
        ],
        **state_json(head),
        "notes": [note_json(note) for note in (head.notes if head else ())],
    }


def repair_text(repair: Repair, view: View, *, done: bool) -> str:
    """What a rebuilding does, or did."""
    width = view.width
    verb = "" if done else "would be "
    header = repair.header
    start = printable(f"{header.project} → {header.target}  {header.url}")
    lines = [*wrap(start, width), ""]
    for damage in repair.damages:
        lines += labelled("damaged", f"{damage.shard}: {damage.reason}", width)
    noun = "entry" if repair.kept == 1 else "entries"
    lines += labelled("kept", f"{number(repair.kept)} {noun} that can be trusted", width)
    recorded = _named(repair.recorded, full=view.full) if repair.recorded else "none"
    lines += labelled("recorded", f"{verb}ours, being as declared: {recorded}", width)
    if repair.differing:
        names = _named(repair.differing, full=view.full)
        lines += labelled("differs", f"not ours until adopted: {names}", width)
    if not repair.is_needed:
        lines += labelled("rebuild", "nothing to do", width)
    return "\n".join(lines)


def repair_json(repair: Repair) -> dict[str, JsonValue]:
    """The same."""
    return {
        **result_start(repair.header, "rebuild"),
        "damages": [
            {"shard": one.shard, "sort": one.sort, "reason": one.reason} for one in repair.damages
        ],
        "kept": repair.kept,
        "recorded": [str(id_) for id_ in repair.recorded],
        "differing": [str(id_) for id_ in repair.differing],
        "protected": [str(id_) for id_ in repair.protected],
    }


def history_text(header: Header, inventory: Inventory, view: View) -> str:
    """The applies that are remembered, the latest first."""
    notes = inventory.head.notes if inventory.head else ()
    lines = wrap(title(header, inventory), view.width)
    for damage in inventory.damages:
        lines += labelled("damaged", f"{damage.shard}: {damage.reason}", view.width)
    lines += [fit(f"  {note_text(note)}", view.width) for note in reversed(notes)]
    return "\n".join(lines)


def history_json(header: Header, inventory: Inventory) -> dict[str, JsonValue]:
    """The same."""
    notes = inventory.head.notes if inventory.head else ()
    return {
        **result_start(header, "history"),
        "notes": [note_json(note) for note in reversed(notes)],
    }


def lock_text(header: Header, lock: Lock | None) -> str:
    """The state after `pvm lock` and `pvm unlock`."""
    place = printable(f"{header.project} → {header.target}")
    if lock is None:
        return f"{place}  not locked"
    return f"{place}  locked until {moment_text(lock.until)}: {printable(lock.reason)}"


def lock_json(header: Header, lock: Lock | None) -> dict[str, JsonValue]:
    """The same."""
    return {**result_start(header, "lock"), "lock": _lock_json(lock)}


def title(header: Header, inventory: Inventory) -> str:
    """Which project on which server, and how often it was applied."""
    last = inventory.last
    base = f"apply #{last.number}" if last else "never applied"
    if inventory.head is None and inventory.damages:
        base = "its inventory can't be read"
    return printable(f"{header.project} → {header.target}  {header.url} · {base}")


def state_lines(head: Head | None, now: datetime, width: int) -> Iterator[str]:
    """Lease and lock, if somebody has them."""
    lease, lock = (head.lease, head.lock) if head else (None, None)
    if lease and lease.until > now:
        text = f"{lease.holder} is applying (until {moment_text(lease.until)} unless renewed)"
        yield from labelled("lease", text, width)
    if lock:
        over = "" if lock.until > now else " (over)"
        text = f"by {lock.holder} until {moment_text(lock.until)}{over}: {lock.reason}"
        yield from labelled("lock", text, width)


def state_json(head: Head | None) -> dict[str, JsonValue]:
    """The same, whether they are over or not."""
    lease = head.lease if head else None
    return {
        "lease": None
        if lease is None
        else {"id": lease.id, "holder": lease.holder, "until": lease.until.isoformat()},
        "lock": _lock_json(head.lock if head else None),
    }


def note_text(note: Note) -> str:
    """One apply in one line."""
    commit = note.commit[:7] if note.commit else "no commit"
    dirty = " (changed)" if note.clean is False else ""
    counts = " · ".join(f"{number(n)} {word}" for word, n in _counts(note.counts) if n)
    who = " ".join(part for part in (note.actor, note.run and f"({note.run})") if part)
    when = moment_text(note.finished)
    return printable(f"#{note.number}  {when}  {commit}{dirty}  {who}  {counts or 'no change'}")


def note_json(note: Note) -> dict[str, JsonValue]:
    """The same and more."""
    return {
        "number": note.number,
        "id": note.id,
        "finished": note.finished.isoformat(),
        "commit": note.commit,
        "clean": note.clean,
        "sourceHash": note.source_hash,
        "actor": note.actor,
        "run": note.run,
        "counts": dict(_counts(note.counts)),
    }


def moment_text(moment: datetime) -> str:
    """To the minute, UTC."""
    return f"{moment:%Y-%m-%d %H:%MZ}"


def age_text(age: timedelta) -> str:
    """`3 d`, `2 h`, `5 min`."""
    if age >= _DAY:
        return f"{age.days} d"
    minutes = max(0, int(age.total_seconds())) // 60
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 -- minutes of an hour


def result_start(header: Header, sort: str) -> dict[str, JsonValue]:
    """What each of these results begins with; `sort` tells them apart."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": sort,
        "project": header.project,
        "target": header.target,
        "url": header.url,
    }


def _lock_json(lock: Lock | None) -> JsonValue:
    if lock is None:
        return None
    return {"holder": lock.holder, "until": lock.until.isoformat(), "reason": lock.reason}


def _counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(word, counts[word]) for word in _COUNTED if word in counts]
    return [*known, *sorted((word, n) for word, n in counts.items() if word not in _COUNTED)]


def _kinds(kinds: Counter[str]) -> str:
    return " · ".join(
        counted(kinds[kind.name], kind.noun) for kind in KINDS.values() if kinds[kind.name]
    )


def _ids(keys: frozenset[tuple[str, str]]) -> list[ResourceId]:
    return [ResourceId(*key) for key in sorted(keys)]


def _named(ids: Sequence[ResourceId], *, full: bool) -> str:
    shown = ", ".join(map(str, _cut(ids, full=full)))
    more = len(ids) - _SHOWN
    return shown if full or more <= 0 else f"{shown} and {number(more)} more"


def _cut(items: Sequence[T], *, full: bool) -> Sequence[T]:
    return items if full else items[:_SHOWN]


def _more(count: int, *, full: bool) -> list[str]:
    return [] if full or count <= _SHOWN else [f"    … and {number(count - _SHOWN)} more (-v)"]
