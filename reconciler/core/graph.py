"""What must happen before what: one graph over creations, updates and deletions.

Edges lead from kinds of lower order to kinds of higher order among writes, and from every write
and deletion to the deletion of what it used to name; so the order of `candidate.order` is always
a topological one, and there is no cycle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.candidate import Candidate
from reconciler.core.guards import Refusal
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.references import Reference, references, referred_kinds
from reconciler.core.resource import Live


@dataclass(frozen=True, slots=True)
class Surface:
    """The server's objects by kind name and key; a kind that was not listed is missing."""

    kinds: Mapping[str, Kind]
    live: Mapping[str, Mapping[str, Live]]
    declared: frozenset[Key]
    restores: bool = False
    """What is written is what was before an apply: a name of then that leads nowhere now is no
    mistake in anybody's files, and costs that object alone."""

    def key(self, reference: Reference) -> Key:
        """The object that a reference names."""
        return reference.kind, self.kinds[reference.kind].key(reference.name)


def step_needs(
    candidates: Sequence[Candidate], surface: Surface
) -> Mapping[Key, tuple[ResourceId, ...]]:
    """For each step the steps that go before it, by their own order."""
    writes = {c.key: c.id for c in candidates if c.desired is not None}
    ends = {c.key for c in candidates if c.desired is None}
    releases: dict[Key, list[ResourceId]] = {}
    needs: dict[Key, tuple[ResourceId, ...]] = {}
    for candidate in candidates:
        wanted = dict.fromkeys(surface.key(reference) for reference in candidate.names_then)
        needs[candidate.key] = tuple(writes[key] for key in wanted if key in writes)
        named = dict.fromkeys(surface.key(reference) for reference in candidate.names_now)
        for key in named:
            if key in ends:
                releases.setdefault(key, []).append(candidate.id)
    for key, ids in releases.items():
        needs[key] = tuple(ids)
    return needs


def unmet_refusals(
    candidates: Sequence[Candidate], refused: Mapping[Key, Refusal], surface: Surface
) -> Mapping[Key, Refusal]:
    """Refusals of writes that name what will not be there; `candidates` in order."""
    found: dict[Key, Refusal] = dict(refused)
    coming = {c.key for c in candidates if c.action == "create"} - found.keys()
    for candidate in candidates:
        if candidate.key in found:
            continue
        unmet = (_unmet(reference, surface, coming) for reference in candidate.names_then)
        refusal = next(filter(None, unmet), None)
        if refusal is not None:
            found[candidate.key] = refusal
            coming.discard(candidate.key)
    return found


def dangling(
    candidates: Iterable[Candidate], surface: Surface
) -> Iterator[tuple[Candidate, Reference]]:
    """Writes that name what is neither declared nor on a server that was asked for it."""
    if surface.restores:
        return
    for candidate in candidates:
        for reference in candidate.names_then:
            kind, key = surface.key(reference)
            known = surface.live.get(kind)
            if not reference.binding or known is None or key in known:
                continue
            if (kind, key) not in surface.declared:
                yield candidate, reference


def _unmet(reference: Reference, surface: Surface, coming: set[Key]) -> Refusal | None:
    key = surface.key(reference)
    if not reference.binding or key in coming:
        return None
    target = surface.kinds[reference.kind]
    noun = f'{target.noun} "{reference.name}"'
    listed = surface.live.get(reference.kind)
    if listed is None:
        return Refusal(
            "needs-blocked",
            f"nobody can tell whether {noun} exists: the server was not asked",
            f"use an account that may list {target.collection}",
        )
    if key[1] in listed:
        return None
    if surface.restores:
        return Refusal(
            "needs-blocked",
            f"before that apply it named {noun} ({reference.pointer}), which is not there any more "
            "and does not come back with this undo",
            f"bring {noun} back first, then run pvm undo again; or point it elsewhere in Git",
        )
    return Refusal(
        "needs-blocked",
        f"{noun} does not exist yet, and this plan does not create it",
        f"select {noun} as well",
    )


def referrer_refusals(
    candidates: Iterable[Candidate], refused: Mapping[Key, Refusal], surface: Surface
) -> Mapping[Key, Refusal]:
    """Refusals of deletions of what something will still name; `candidates` in order.

    Whoever names it counts, also objects outside the scope and unmanaged ones.
    """
    found: dict[Key, Refusal] = dict(refused)
    candidates = tuple(candidates)
    doomed = {c.key for c in candidates if c.desired is None}
    namers: dict[str, _Namers | None] = {}
    for candidate in candidates:
        if candidate.key not in doomed or candidate.key in found:
            continue
        kind = candidate.kind.name
        if kind not in namers:
            # Whoever could name this kind comes earlier in the order and is decided by now.
            namers[kind] = _namers(kind, surface, candidates, found)
        refusal = _named_refusal(namers[kind], candidate.key)
        if refusal is not None:
            found[candidate.key] = refusal
    return found


_Namers: TypeAlias = Mapping[Key, Sequence[tuple[ResourceId, bool]]]
"""Who will name an object, and whether only because it was refused itself."""


def _namers(
    target: str,
    surface: Surface,
    candidates: Iterable[Candidate],
    refused: Mapping[Key, Refusal],
) -> _Namers | None:
    """`None` when a kind that may name the target was not listed."""
    going = {c.key: c for c in candidates if c.key not in refused}
    named: dict[Key, list[tuple[ResourceId, bool]]] = {}
    for kind in surface.kinds.values():
        if target not in referred_kinds(kind):
            continue
        if kind.name not in surface.live:
            return None
        # What changes names what it will name then, everything else what it names now.
        future = [
            (item.id, references(kind, item.value), (kind.name, key) in refused)
            for key, item in surface.live[kind.name].items()
            if (kind.name, key) not in going
        ]
        future += [(c.id, iter(c.names_then), False) for c in going.values() if c.kind is kind]
        for id_, names, stuck in future:
            for reference in names:
                named.setdefault(surface.key(reference), []).append((id_, stuck))
    return named


def _named_refusal(namers: _Namers | None, key: Key) -> Refusal | None:
    if namers is None:
        return Refusal(
            "referenced",
            "nobody can tell what still names it: the server was not asked",
            "cover the kinds that refer to it below scope in pvm.yaml",
        )
    if key not in namers:
        return None
    first, _ = min(namers[key])
    more = f" and {len(namers[key]) - 1} more" if len(namers[key]) > 1 else ""
    if all(because for _, because in namers[key]):
        return Refusal("needs-blocked", f"{first}{more} names it and is left alone itself")
    return Refusal(
        "referenced",
        f"{first}{more} still names it",
        "point it elsewhere or delete it first",
    )
