"""Taking an apply back: a plan like any other, made from what the objects were before.

What the undo file remembers takes the place of what the files declare, and only those objects are
selected; guards and executor then work as ever. The bodies of such a plan travel in the undo file
beside it (`core/undo_json.py`), and secrets in neither: they are taken from the server where the
apply left them alone, looked up where a reference stood for them, and else block their object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Inventory, Key
from reconciler.core.plan import Blocked, Plan, PlanOptions, TakenBack
from reconciler.core.ports import Observer, Reader
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.project import Prune, Selection
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.secrets import Masking
from reconciler.core.undo import Earlier, Undo, is_as_left, restore
from reconciler.core.undo_json import source_hash_of
from reconciler.core.values import ABSENT
from reconciler.kinds import KINDS
from reconciler.workflow.difference import ignored_paths
from reconciler.workflow.observation import observed
from reconciler.workflow.plan import Prepared, prepare
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Undoing:
    """The task of taking an apply back."""

    task: Task
    """Declares what was before."""
    selection: Selection
    blocked: tuple[Blocked, ...]
    """What can't be taken back."""


def plan_undo(undo: Undo, task: Task, reader: Observer, options: PlanOptions) -> Plan:
    """The inverse plan; `options.selection` is not looked at.

    Raises:
        InvalidInput: Another project, target, server or customer, or an apply that the inventory
            does not know.
        RemoteFailure: As `prepare`.
    """
    undoing = undo_task(undo, task, reader)
    if not undoing.selection.select:
        empty = replace(options, selection=_NOTHING, prune=Prune.OWNED)
        plan = replace(prepare(undoing.task, reader, empty).plan, unmanaged=(), retained=())
        return replace(plan, blocked=(*plan.blocked, *undoing.blocked))
    chosen = replace(options, selection=undoing.selection, prune=Prune.OWNED)
    plan = observed(prepare(undoing.task, reader, chosen), reader)
    unrecorded = _unrecorded(undo, plan, undoing.blocked)
    return replace(
        plan,
        blocked=tuple(sorted((*plan.blocked, *undoing.blocked, *unrecorded), key=lambda b: b.id)),
        unmanaged=(),
    )


def undo_task(undo: Undo, task: Task, reader: Reader) -> Undoing:
    """The task with what was before in the place of what is declared; raises as `plan_undo`."""
    task = replace(task, undoes=TakenBack(undo.apply, undo.number))
    prepared = prepare(task, reader, PlanOptions(prune=Prune.OWNED))
    _refuse_others(undo, task, prepared)
    found = _Restoration(undo, task, prepared)
    for earlier in undo.objects:
        found.look(earlier)
    declared = tuple(one for one in task.declared if _key(one.id) not in found.taken)
    # Before the first apply there was nothing: here that is what was asked for.
    safety = replace(task.project.safety, allow_empty=True)
    return Undoing(
        replace(
            task,
            project=replace(task.project, safety=safety),
            declared=(*declared, *found.restored),
            source_hash=source_hash_of(undo),
        ),
        Selection(tuple((id_.kind, id_.name) for id_ in found.selected)),
        tuple(found.blocked),
    )


@dataclass(slots=True)
class _Restoration:
    """Filled object by object."""

    undo: Undo
    task: Task
    prepared: Prepared
    restored: list[Desired] = field(default_factory=list)
    taken: set[Key] = field(default_factory=set)
    selected: list[ResourceId] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    live: Mapping[Key, Live] = field(init=False)
    declared: Mapping[Key, Desired] = field(init=False)
    sealers: Mapping[str, Sealer] = field(init=False)

    def __post_init__(self) -> None:
        rows = (one for rows in self.prepared.live.values() for one in rows)
        self.live = {_key(one.id): one for one in rows}
        self.declared = {_key(one.id): one for one in self.task.declared}
        project, key = self.task.project, self.task.key
        self.sealers = {
            name: Sealer(Masking(project.secrets), key, ignored_paths(project, kind))
            for name, kind in KINDS.items()
        }

    def look(self, earlier: Earlier) -> None:
        id_ = earlier.id
        key = _key(id_)
        live, entry = self.live.get(key), self.prepared.held.inventory.entries.get(key)
        if not is_as_left(earlier, live, entry, self._fingerprint(key, live, entry)):
            if not self._is_back(earlier, key, live, entry):
                reason = f"somebody changed it since apply #{self.undo.number}"
                self.blocked.append(_blocked(earlier, "conflict", reason))
            return
        if earlier.before is ABSENT:
            self._take(earlier, key)
            return
        found = restore(earlier, live, self.task.secrets, self.sealers[id_.kind])
        if isinstance(found, Desired):
            self._take(earlier, key)
            self.restored.append(found)
            return
        reason = f"nobody has the secret at {', '.join(found)} any more"
        self.blocked.append(_blocked(earlier, "secret", reason))

    def _take(self, earlier: Earlier, key: Key) -> None:
        self.taken.add(key)
        self.selected.append(earlier.id)

    def _is_back(self, earlier: Earlier, key: Key, live: Live | None, entry: Entry | None) -> bool:
        """Whether it is as it was before already."""
        if live is None or earlier.before is ABSENT:
            return live is None and earlier.before is ABSENT
        sealer = self.sealers[earlier.id.kind]
        return sealer.of_sealed(earlier.before) == self._fingerprint(key, live, entry)

    def _fingerprint(self, key: Key, live: Live | None, entry: Entry | None) -> str:
        if live is None:
            return ""
        desired = self.declared.get(key)
        pointers = {
            *(desired.references if desired else ()),
            *(entry.references if entry else ()),
        }
        return self.sealers[key[0]].fingerprint(live.value, pointers)


def _refuse_others(undo: Undo, task: Task, prepared: Prepared) -> None:
    header = prepared.plan.header
    pairs = (
        ("project", undo.project, task.project.name),
        ("project id", undo.project_id, task.project.id),
        ("target", undo.target, task.target.name),
        ("server", undo.url, task.target.url or ""),
        ("customer", undo.customer, header.customer),
    )
    problems = [
        Problem(
            code="undo-other-" + what.replace(" ", "-"),
            message=f'the undo file is for the {what} "{theirs}", and this is "{ours}"',
            help="use the undo file of an apply of this project and target",
        )
        for what, theirs, ours in pairs
        if theirs != ours
    ]
    if not problems and undo.apply not in _known_applies(prepared.held.inventory):
        problems.append(
            Problem(
                code="undo-other-apply",
                message=f"the inventory does not know apply #{undo.number} of the undo file",
                help="`pvm history` lists the applies it knows; after an apply that was killed, "
                "run `pvm apply` to its end first",
            )
        )
    if problems:
        raise InvalidInput(problems)


def _known_applies(inventory: Inventory) -> set[str]:
    return {note.id for note in inventory.head.notes} if inventory.head else set()


def _unrecorded(undo: Undo, plan: Plan, blocked: Sequence[Blocked]) -> list[Blocked]:
    """Creations that stay, because the inventory can't hold their kind."""
    done = {step.change.id for step in plan.steps} | {one.id for one in (*plan.blocked, *blocked)}
    left = set(plan.unmanaged) - done
    reason = "its kind is not recorded without PVM_DIGEST_KEY, so it is not deleted"
    return [_blocked(one, "inventory", reason) for one in undo.objects if one.id in left]


def _blocked(earlier: Earlier, guard: str, reason: str) -> Blocked:
    action = "delete" if earlier.before is ABSENT else "update" if earlier.after else "create"
    return Blocked(earlier.id, action, guard, reason, "change it by hand, or in Git")


def _key(id_: ResourceId) -> Key:
    return id_.kind, KINDS[id_.kind].key(id_.name)


_NOTHING: Final = Selection(exclude=(("*", "*"),))
