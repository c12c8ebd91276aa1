"""Reasons to write nothing at all, apart from numbers (`core/thresholds.py`)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.core.history import Ancestry
from reconciler.core.inventory import Damage, Inventory
from reconciler.core.plan import Stop
from reconciler.core.ports import Account
from reconciler.core.project import Project, Prune, Window
from reconciler.core.window import window_open


@dataclass(frozen=True, slots=True)
class Ground:
    """What these guards look at."""

    project: Project
    account: Account | None
    customer: str | None
    """As the target names it."""
    inventory: Inventory
    ancestry: Ancestry
    now: datetime
    """Aware, UTC."""
    rollback: str = ""
    """The commit that the caller lets be taken back."""
    prune: Prune = Prune.NEVER
    unlisted: frozenset[str] = frozenset()
    """Kinds of which the server has no list."""
    unreadable: frozenset[str] = frozenset()
    """Kinds that can't be read at all."""
    window: Window | None = None
    """Only where the plan must keep to one."""


PlanGuard = Callable[[Ground], Iterator[Stop]]


def wrong_customer(ground: Ground) -> Iterator[Stop]:
    """The project file names a customer, and the credentials belong to another or to none."""
    account, expected = ground.account, ground.customer
    if expected is None or (account is not None and account.customer == expected):
        return
    answer = f'"{account.customer}"' if account and account.customer else "no customer"
    yield Stop(
        "customer",
        f'the project file says customer "{expected}", the server says {answer}',
        "use the credentials of that customer, or correct the target in pvm.yaml",
    )


def damaged_inventory(ground: Ground) -> Iterator[Stop]:
    """What we own is not known for certain."""
    yield from damage_stops(ground.inventory.damages)


def damage_stops(damages: Iterable[Damage]) -> tuple[Stop, ...]:
    """Why nothing may be done with such an inventory; shards that suffer alike share a stop."""
    alike: dict[tuple[str, str], list[str]] = {}
    for damage in damages:
        alike.setdefault((damage.sort, damage.reason), []).append(damage.shard)
    return tuple(
        Stop("inventory", f"{_shards(shards)}: {reason}", _FIXES.get(sort, _REBUILD))
        for (sort, reason), shards in alike.items()
    )


def _shards(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return names[0] + more


_REBUILD: Final = "find out who changed it, then run pvm inventory rebuild"
_FIXES: Final = {
    "elsewhere": "first make sure that the url of this target in pvm.yaml is not that of another; "
    "only for a renamed target, or a copy of a server, run pvm inventory rebuild",
    "foreign": "two repositories have one name: give this project another name in pvm.yaml",
    "hidden": "correct the endpoints of the target",
    "unreadable": "set PVM_DIGEST_KEY to the key that signed it",
    "unsigned": "if PVM_DIGEST_KEY is new here, run pvm inventory rebuild once to sign it",
}


def locked(ground: Ground) -> Iterator[Stop]:
    """Somebody pulled the emergency brake."""
    lock = ground.inventory.head.lock if ground.inventory.head else None
    if lock is None or lock.until <= ground.now:
        return
    until = f"{lock.until:%Y-%m-%d %H:%M}Z"
    yield Stop("lock", f"locked by {lock.holder} until {until}: {lock.reason}", "run pvm unlock")


def rolled_back(ground: Ground) -> Iterator[Stop]:
    """The files are older than what was applied last."""
    last = ground.inventory.last
    if last is None or ground.ancestry.contained:
        return
    commit = last.commit or ""
    # An apply outside Git recorded no commit: what names it is the hash of its files.
    named = commit or last.source_hash.removeprefix("sha256:")
    if ground.rollback and named.startswith(ground.rollback):
        return
    shown = f"apply #{last.number}" + (f" ({commit[:7]})" if commit else "")
    if ground.ancestry.known:
        reason = " is not part of the history of these files: applying them would undo it"
        fix = "merge it, or take it back on purpose with"
    else:
        reason = f": {ground.ancestry.reason}"
        fix = f"{_DEEPEN}; if going back is meant, add"
    yield Stop("rollback", f"{shown}{reason}", f"{fix} --ack rollback={named[:40]}")


_DEEPEN: Final = "give Git the whole history (fetch-depth: 0)"


def blind_prune(ground: Ground) -> Iterator[Stop]:
    """`prune: scope` needs to know all there is."""
    if ground.prune is Prune.SCOPE and ground.unlisted:
        kinds = ", ".join(sorted(ground.unlisted))
        reason = f"prune: scope needs lists, and the server has none of {kinds}"
        yield Stop("prune", reason, "use prune: owned")


def unreadable(ground: Ground) -> Iterator[Stop]:
    """What can't be read can't be compared."""
    if ground.unreadable:
        kinds = ", ".join(sorted(ground.unreadable))
        yield Stop(
            "unreadable",
            f"the server offers neither a list nor single objects of {kinds}",
            "correct the endpoints of the target, or take the kind out of the scope",
        )


def closed_window(ground: Ground) -> Iterator[Stop]:
    """A change of this size has its hours."""
    window = ground.window
    if window is None or window_open(window, ground.now):
        return
    hours = f"{window.start:%H:%M}-{window.end:%H:%M} {window.zone}"
    yield Stop(
        "window",
        f"so many updates may be applied at {hours} only",
        "apply again within these hours; a smaller --select may pass at any time",
    )


PLAN_GUARDS: Final[tuple[PlanGuard, ...]] = (
    wrong_customer,
    damaged_inventory,
    locked,
    rolled_back,
    blind_prune,
    unreadable,
    closed_window,
)


def plan_stops(ground: Ground) -> tuple[Stop, ...]:
    """What every guard has to say, in their order."""
    return tuple(stop for guard in PLAN_GUARDS for stop in guard(ground))
