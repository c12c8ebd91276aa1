"""Declared against live, object by object: what would change, before any guard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.candidate import Candidate
from reconciler.core.classify import Verdict, classify
from reconciler.core.diff import Differ
from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.project import Prune, Selection
from reconciler.core.resource import Desired, Live


@dataclass(frozen=True, slots=True)
class Side:
    """The objects of one kind, as declared and as listed, by key."""

    kind: Kind
    declared: Mapping[str, Desired]
    live: Mapping[str, Live]
    in_scope: Callable[[str], bool]
    """Takes keys."""


@dataclass(slots=True)
class Comparison:
    """Filled kind by kind."""

    candidates: list[Candidate] = field(default_factory=list)
    unmanaged: list[ResourceId] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be touched."""

    selection: Selection
    prune: Prune


def compare(side: Side, differ: Differ, choice: Choice, found: Comparison) -> None:
    """Sort the objects of one kind into `found`; what is out of scope or not selected is passed."""
    selection = choice.selection
    chosen = bool(selection.select or selection.exclude)
    in_scope, name = side.in_scope, side.kind.name
    for key, desired in side.declared.items():
        if not in_scope(key) or (chosen and not selection.covers(side.kind, desired.id)):
            continue
        live = side.live.get(key)
        equal = live is not None and differ.same(live.value, desired.value)
        verdict = classify(choice.prune, declared=True, live=live is not None, equal=equal)
        if verdict is Verdict.IN_SYNC:
            found.unchanged += 1
        else:
            found.candidates.append(Candidate(side.kind, desired.id, (name, key), desired, live))
    for key, live in side.live.items():
        if key in side.declared or not in_scope(key):
            continue
        if chosen and not selection.covers(side.kind, live.id):
            continue
        if classify(choice.prune, declared=False, live=True) is Verdict.UNMANAGED:
            found.unmanaged.append(live.id)
        else:
            found.candidates.append(Candidate(side.kind, live.id, (name, key), None, live))


def index_live(kind: Kind, items: Sequence[Live]) -> tuple[dict[str, Live], tuple[ResourceId, ...]]:
    """By key, and what the server listed more than once.

    Of several the choice depends on what they hold, never on the order they came in.
    """
    found: dict[str, Live] = {}
    twice: list[Live] = []
    for item in items:
        first = found.setdefault(kind.key(item.id.name), item)
        if first is not item:
            twice.append(item)
    for item in twice:
        key = kind.key(item.id.name)
        found[key] = min(found[key], item, key=_content)
    return found, tuple(sorted({found[kind.key(item.id.name)].id for item in twice}))


def _content(item: Live) -> tuple[str, str, str]:
    return item.id.name, digest(item.value), item.version or ""
