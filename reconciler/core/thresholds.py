"""Reasons to write nothing at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.candidate import Candidate
from reconciler.core.kind import Kind
from reconciler.core.plan import Stop
from reconciler.core.ports import Account
from reconciler.core.project import Safety, Threshold

_FEW: Final = 20
"""Up to so many existing objects, percentages mean nothing."""
_SORTS: Final = {"delete": "deletes", "update": "updates"}


@dataclass(frozen=True, slots=True)
class Extent:
    """How many objects of a kind there are."""

    declared: int
    existing: int
    """In scope on the server."""


def wrong_customer(expected: str | None, account: Account | None) -> tuple[Stop, ...]:
    """The project file names a customer, and the credentials belong to another or to none."""
    if expected is None or (account is not None and account.customer == expected):
        return ()
    answer = f'"{account.customer}"' if account and account.customer else "no customer"
    return (
        Stop(
            "customer",
            f'the project file says customer "{expected}", the server says {answer}',
            "use the credentials of that customer, or correct the target in pvm.yaml",
        ),
    )


def emptied(
    candidates: Sequence[Candidate], extents: Mapping[str, Extent], safety: Safety
) -> tuple[Stop, ...]:
    """All objects of a kind would go because none is declared: more likely a lost folder."""
    if safety.allow_empty:
        return ()
    kinds = {c.kind.name: c.kind for c in candidates if c.action == "delete"}
    return tuple(
        Stop(
            "empty",
            f"no {kind.noun} is declared at all, and {extents[name].existing} would be in danger",
            'check "sources" in pvm.yaml; if this is meant, set safety: {allowEmpty: true}',
        )
        for name, kind in kinds.items()
        if not extents[name].declared
    )


def too_many(
    candidates: Sequence[Candidate],
    extents: Mapping[str, Extent],
    safety: Safety,
    acks: Mapping[str, int],
) -> tuple[Stop, ...]:
    """More deletions or updates of a kind than pass without an acknowledgement."""
    counts = Counter((_SORTS.get(c.action), c.kind.name) for c in candidates)
    totals = Counter(_SORTS.get(c.action) for c in candidates)
    kinds = {c.kind.name: c.kind for c in candidates}
    stops: list[Stop] = []
    for sort, thresholds in (("deletes", safety.deletes), ("updates", safety.updates)):
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
    return Stop(
        sort,
        f"{sort} of {kind.collection}: {count} > {limit}",
        f"check the plan; if it is right, add --ack {sort}.{kind.name}={count}",
    )
