"""How much may change without somebody saying so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.candidate import Candidate
from reconciler.core.kind import Kind
from reconciler.core.plan import Class, Stop
from reconciler.core.project import Safety, Threshold

_FEW: Final = 20
"""Up to so many existing objects, percentages mean nothing."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How many objects of a kind there are."""

    declared: int
    existing: int
    """In scope on the server."""


def emptied(
    candidates: Sequence[Candidate], extents: Mapping[str, Extent], safety: Safety
) -> tuple[Stop, ...]:
    """All objects of a kind would go because none is declared: more likely a lost folder."""
    if safety.allow_empty:
        return ()
    deleted = [c.kind for c in candidates if c.action == "delete"]
    kinds = {kind.name: kind for kind in deleted}
    counts = Counter(kind.name for kind in deleted)
    return tuple(
        Stop(
            "empty",
            f"no {kind.noun} is declared at all, and {counts[name]:,} would be deleted",
            'check "sources" in pvm.yaml; if this is meant, set safety: {allowEmpty: true}',
        )
        for name, kind in kinds.items()
        if not extents[name].declared
    )


def sort_of(candidate: Candidate) -> str | None:
    """Which threshold a change counts for: a recreation is an update, a rename no deletion."""
    if candidate.class_ is Class.ADOPT:
        return "adopt"
    if candidate.action == "delete":
        return None if candidate.renamed_to else "deletes"
    returns = candidate.class_ in (Class.DRIFT, Class.INTERRUPTED)
    return "updates" if candidate.action == "update" or returns else None


def too_many(
    counted: Sequence[tuple[str, Kind]],
    extents: Mapping[str, Extent],
    safety: Safety,
    acks: Mapping[str, int],
) -> tuple[Stop, ...]:
    """More deletions, updates or adoptions of a kind than pass without an acknowledgement."""
    counts = Counter((sort, kind.name) for sort, kind in counted)
    totals = Counter(sort for sort, _ in counted)
    kinds = {kind.name: kind for _, kind in counted}
    tables = {"deletes": safety.deletes, "updates": safety.updates, "adopt": safety.adopt}
    stops: list[Stop] = []
    for sort, thresholds in tables.items():
        for name, kind in kinds.items():
            threshold = thresholds.get(name, thresholds.get("", Threshold()))
            count = counts[sort, name]
            limit = allowed(threshold, extents[name].existing)
            acknowledged = count <= acks.get(f"{sort}.{name}", 0) or totals[sort] <= acks.get(
                sort, 0
            )
            if limit is not None and count > limit and not acknowledged:
                stops.append(_stop(sort, kind, count, limit))
    return tuple(stops)


def allowed(threshold: Threshold, existing: int) -> int | None:
    """How many pass: the stricter of count and percentage; `None` is any number."""
    limits = [] if threshold.count is None else [threshold.count]
    if threshold.percent is not None and existing > _FEW:
        limits.append(existing * threshold.percent // 100)
    return min(limits, default=None)


def _stop(sort: str, kind: Kind, count: int, limit: int) -> Stop:
    noun = "adoptions" if sort == "adopt" else sort
    return Stop(
        sort,
        f"{noun} of {kind.collection}: {count:,} > {limit:,}",
        f"check the plan; if it is right, add --ack {sort}.{kind.name}={count}",
    )
