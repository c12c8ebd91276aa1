"""`pvm plan`: read the server, then let the pure part decide."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.history import Ancestry, Wishes
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Inventory
from reconciler.core.kind import Kind
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.planning import draft_plan
from reconciler.core.ports import Reader
from reconciler.core.recording import Ledger
from reconciler.core.references import references
from reconciler.core.resource import Desired, Live
from reconciler.core.situation import Situation, kinds_to_read
from reconciler.kinds import KINDS
from reconciler.workflow.inventory import Held, read_inventory
from reconciler.workflow.reading import read_lists, read_names
from reconciler.workflow.secrets import known_values
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, with what only its execution needs."""

    plan: Plan
    bodies: Mapping[ResourceId, Desired]
    """What each creation and update writes, merged with what of the server's is preserved."""
    ledger: Ledger
    held: Held
    live: Mapping[str, Sequence[Live]]
    """What was read, by kind name."""


def prepare(task: Task, reader: Reader, options: PlanOptions) -> Prepared:
    """The plan and what it takes to execute it.

    Raises:
        InvalidInput: As `make_plan`.
        RemoteFailure: A list could not be read; half a picture is never planned from.
    """
    account = reader.account()
    kinds = kinds_to_read(task.project, KINDS, prune=options.prune)
    listed = [kind for kind in kinds if reader.lists(kind)]
    by_name = [kind for kind in kinds if not reader.lists(kind) and reader.reads(kind)]
    live = read_lists(reader, listed, task.target.limits.concurrency)
    held = read_inventory(task, reader, live.get("Bootstrap"), _logins(task, live))
    names = _names(task, held.inventory)
    live |= read_names(reader, {kind: names[kind.name] for kind in by_name}, task.target.limits)
    wishes = _wishes(task, held.inventory)
    situation = Situation(
        header=task.header(account),
        project=task.project,
        kinds=KINDS,
        declared=task.declared,
        live=live,
        account=account,
        inventory=held.inventory,
        ancestry=_ancestry(task, held.inventory),
        key=task.key,
        values=known_values(task.declared, task.secrets),
        unlisted=frozenset(kind.name for kind in kinds if kind not in listed),
        unreadable=frozenset(k.name for k in kinds if k not in listed and k not in by_name),
        provenance=task.provenance,
        exemptions=task.exemptions,
    )
    draft = draft_plan(situation, _granted(options, wishes))
    plan = replace(
        draft.plan,
        options=options,
        requests=reader.requests(),
        warnings=(*task.warnings, *draft.plan.warnings, *wishes.warnings),
        guarantees=_guarantees(reader, [kind for kind in kinds if kind not in listed]),
    )
    return Prepared(plan, draft.bodies, draft.ledger, held, live)


def _logins(task: Task, live: Mapping[str, Sequence[Live]]) -> Collection[str]:
    declared = {one.id.name for one in task.declared if one.id.kind == "PortalUser"}
    return declared | {one.id.name for one in live.get("PortalUser", ())}


def _names(task: Task, inventory: Inventory) -> Mapping[str, Collection[str]]:
    """The names that matter where nothing is listed: declared, recorded and referred to."""
    names: dict[str, dict[str, str]] = {name: {} for name in KINDS}

    def add(kind: str, spelled: Iterable[str]) -> None:
        for name in spelled:
            names[kind].setdefault(KINDS[kind].key(name), name)

    for one in task.declared:
        add(one.id.kind, (one.id.name, *one.renamed_from))
        for reference in references(KINDS[one.id.kind], one.value):
            add(reference.kind, (reference.name,))
    for entry in inventory.entries.values():
        add(entry.id.kind, (entry.id.name,))
    return {kind: tuple(found.values()) for kind, found in names.items()}


def _ancestry(task: Task, inventory: Inventory) -> Ancestry:
    last = inventory.last
    if last is None:
        return Ancestry(contained=True)
    return task.history.ancestry(last.commit, last.source_hash)


def _wishes(task: Task, inventory: Inventory) -> Wishes:
    """What commit messages ask for since the last apply that left nothing undone."""
    notes = inventory.head.notes if inventory.head else ()
    whole = [n for n in notes if not (n.counts.get("failed") or n.counts.get("skipped"))]
    return task.history.wishes(whole[-1].commit if whole else None, task.target.name)


def _granted(options: PlanOptions, wishes: Wishes) -> PlanOptions:
    """The options with what commit messages add; an option given by hand wins."""
    return replace(
        options,
        acks={**wishes.acks, **options.acks},
        revert=(*options.revert, *wishes.revert),
        ours=(*options.ours, *wishes.ours),
    )


def _guarantees(reader: Reader, unlisted: Sequence[Kind]) -> tuple[str, ...]:
    """What this server can't promise."""
    offers = reader.capabilities().offers
    lacks = [text for name, text in _LACKING.items() if name not in offers]
    if unlisted:
        kinds = ", ".join(kind.collection for kind in unlisted)
        lacks.append(f"no lists of {kinds}: what is not declared is not seen, deletes need an ack")
    return tuple(lacks)


_LACKING: Mapping[str, str] = {
    "etag": "no entity tags: each object is compared just before its write and read back after it; "
    "a change in between is found and named, not prevented",
    "changes": "no change sets: objects are written one by one, the inventory before and after",
    "ndjson": "no streamed lists: a list is read in pages, again when it changes meanwhile",
    "events": "no events: who changed something is told only where the object itself says so",
}
