"""`pvm apply --rehearse`: execute a plan on a copy of the server, and see whether it is right.

The real server is only read. The copy is a server of its own that is gone afterwards; to the
executor it looks like the real one, entity tags included, so that it runs the very plan.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from reconciler.core.change import Delete
from reconciler.core.identity import ResourceId
from reconciler.core.ignoring import without
from reconciler.core.inventory import is_reserved
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.plan import Plan
from reconciler.core.ports import (
    Account,
    Capabilities,
    Operation,
    Put,
    Reader,
    Remove,
    Writer,
    Written,
)
from reconciler.core.problem import Misuse
from reconciler.core.receipt import Discrepancy
from reconciler.core.rehearsal import Rehearsal
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.difference import differ_of
from reconciler.workflow.plan import prepare
from reconciler.workflow.reading import read_lists
from reconciler.workflow.task import Task

Key: TypeAlias = tuple[str, str]
"""Kind and folded name."""

_FACTS: Final = ("deviceCount", "lastUsedAt", "useCount", "status")
"""What the real server knows about an object that its copy could not have learnt."""
_SET: Final = 5000
"""Objects in one change set while the copy is filled."""


@dataclass(frozen=True, slots=True)
class Original:
    """The real server, as far as its copy has to look like it."""

    account: Account | None
    capabilities: Capabilities
    lists: Mapping[str, Sequence[Live]]
    """Every kind that may be listed, pvm's own bootstraps included."""
    moment: datetime
    """By the server's clock."""


def look_at(task: Task, reader: Reader) -> Original:
    """Read what a copy needs.

    Raises:
        Misuse: The server has no lists, so nobody knows what a copy would have to hold.
        RemoteFailure: A list could not be read.
    """
    scope = task.project.scope.globs
    kinds = [k for k in KINDS.values() if k.name != "PortalUser" or scope.get(k.name)]
    unlisted = [kind.collection for kind in kinds if not reader.lists(kind)]
    if unlisted:
        message = f"a rehearsal needs lists, and this server has none of {', '.join(unlisted)}"
        raise Misuse(message, "use `pvm plan`; it reads single objects where there are no lists")
    lists = read_lists(reader, kinds, task.target.limits.concurrency)
    return Original(reader.account(), reader.capabilities(), lists, reader.now())


def rehearse(plan: Plan, task: Task, original: Original, stage: Writer, run: Run) -> Rehearsal:
    """Copy the server to an empty one behind `stage`, apply the plan there, and compare.

    Raises:
        Misuse: The server holds something that can't be copied.
        RemoteFailure: The copy could not be made.
        InvalidInput: As `apply_plan`.
    """
    copy = Copy(original, stage)
    copy.fill()
    before = copy.objects()
    predicted = _predicted(plan, task, copy, before)
    receipt = apply_plan(plan, task, copy, run)
    surprises = _surprises(task, predicted, copy.objects()) if receipt.outcomes else ()
    return Rehearsal(receipt, surprises, tuple(copy.stranded), len(before))


@dataclass(frozen=True, slots=True)
class _Expected:
    """How an object should end; `known` leaves out secrets that are put in at the last moment."""

    value: Mapping[str, JsonValue] | None
    unknown: tuple[str, ...] = ()


def _predicted(
    plan: Plan, task: Task, copy: "Copy", before: Mapping[Key, Live]
) -> dict[Key, _Expected]:
    bodies = prepare(task, copy, plan.options).bodies
    expected = {key: _Expected(live.value) for key, live in before.items()}
    for step in () if plan.stops else plan.steps:
        key = _key(step.change.id)
        if isinstance(step.change, Delete):
            expected[key] = _Expected(None)
        elif (body := bodies.get(step.change.id)) is not None:
            expected[key] = _Expected(body.value, tuple(body.references))
    return expected


def _surprises(
    task: Task, predicted: Mapping[Key, _Expected], after: Mapping[Key, Live]
) -> tuple[Discrepancy, ...]:
    found = []
    for key in sorted(predicted.keys() | after.keys()):
        if is_reserved(*key):
            continue
        wanted, live = predicted.get(key, _Expected(None)), after.get(key)
        id_ = live.id if live is not None else ResourceId(*key)
        if wanted.value is None or live is None:
            if wanted.value is not None:
                found.append(Discrepancy(id_, "it would be gone"))
            elif live is not None:
                found.append(Discrepancy(id_, "it would be there"))
            continue
        sides = [without(side, wanted.unknown) for side in (wanted.value, live.value)]
        if not json_equal(*sides):
            fields = differ_of(task, KINDS[key[0]]).changes(wanted.value, live.value)
            found.append(Discrepancy(id_, "it would differ from what the plan says", fields))
    return tuple(found)


class Copy:
    """A writer to the copy that shows the original's versions, account and facts.

    After every single write it looks whether each token still has its bootstrap.
    """

    def __init__(self, original: Original, inner: Writer) -> None:
        self._original = original
        self._inner = inner
        self._tags = "etag" in original.capabilities.offers
        self._own = inner.account()
        self._first = {_key(live.id): live for rows in original.lists.values() for live in rows}
        self._seeded: dict[Key, str | None] = {}
        self._current: dict[Key, str | None] = {}
        self._tokens: dict[str, str] = {}
        self._writes = 0
        self._lock = threading.RLock()
        self.stranded: list[str] = []

    def fill(self) -> None:
        """Write everything that the original has; raises as `rehearse`."""
        puts = [
            Put(kind, Desired(live.id, live.value, Origin("rehearsal", 0, 1)), None)
            for kind in KINDS.values()
            for live in self._original.lists.get(kind.name, ())
        ]
        for start in range(0, len(puts), _SET):
            part = puts[start : start + _SET]
            for put, written in zip(part, self._inner.change_set(part), strict=True):
                self._seeded[_key(put.desired.id)] = written.version
                self._note(put, written.version)
        for key, live in self.objects().items():
            if not json_equal(live.value, self._first[key].value):
                message = f"{live.id} can't be copied: the bundled server would keep it differently"
                raise Misuse(message, "rehearse without it, by leaving it out of the scope")

    def objects(self) -> dict[Key, Live]:
        """What the copy has now."""
        kinds = [KINDS[name] for name in KINDS if name in self._original.lists]
        return {_key(live.id): live for kind in kinds for live in self.fetch(kind)}

    def capabilities(self) -> Capabilities:
        """The original's."""
        return self._original.capabilities

    def account(self) -> Account | None:
        """The original's."""
        return self._original.account

    def lists(self, kind: Kind) -> bool:
        """As the original."""
        return kind.name in self._original.lists

    def reads(self, kind: Kind) -> bool:
        """Of what was copied."""
        return kind.name in self._original.lists

    def fetch(self, kind: Kind) -> list[Live]:
        """The copy's list, but for its only user of its own."""
        return [self._shown(live) for live in self._inner.fetch(kind) if not self._is_ours(live.id)]

    def find(self, kind: Kind, name: str) -> Live | None:
        """From the copy."""
        live = self._inner.find(kind, name)
        return None if live is None or self._is_ours(live.id) else self._shown(live)

    def requests(self) -> Mapping[str, int]:
        """None reached the real server."""
        return self._inner.requests()

    def now(self) -> datetime:
        """The original's clock stands still during a rehearsal."""
        return self._original.moment

    def upsert(self, kind: Kind, desired: Desired, version: str | None) -> Written:
        """Write to the copy."""
        put = Put(kind, desired, version)
        with self._lock:
            written = self._inner.upsert(kind, desired, self._inner_version(put))
            self._note(put, written.version)
            self._look(put)
            return replace(written, version=self._outer(_key(desired.id), written.version))

    def delete(self, kind: Kind, name: str, version: str | None) -> None:
        """Delete from the copy."""
        remove = Remove(kind, name, version)
        with self._lock:
            self._inner.delete(kind, name, self._inner_version(remove))
            self._note(remove, None)
            self._look(remove)

    def change_set(self, operations: Sequence[Operation]) -> tuple[Written, ...]:
        """Write to the copy, all or nothing; nobody sees the moments within a set."""
        with self._lock:
            sent = [replace(one, version=self._inner_version(one)) for one in operations]
            results = self._inner.change_set(sent)
            for one, written in zip(operations, results, strict=True):
                self._note(one, written.version)
            for one in operations:
                self._look(one)
            pairs = zip(operations, results, strict=True)
            return tuple(
                replace(result, version=self._outer(_operation_key(one), result.version))
                for one, result in pairs
            )

    def _is_ours(self, id_: ResourceId) -> bool:
        """Whether it is the user whose credentials the copy is filled with."""
        login = self._own.login if self._own else ""
        return id_.kind == "PortalUser" and id_.name == login

    def _shown(self, live: Live) -> Live:
        key = _key(live.id)
        first = self._first.get(key)
        if first is None:
            return replace(live, version=self._outer(key, live.version))
        facts = {**live.facts, **{f: first.facts[f] for f in _FACTS if f in first.facts}}
        if live.version == self._seeded.get(key):
            facts = dict(first.facts)
        return replace(live, version=self._outer(key, live.version), facts=facts)

    def _outer(self, key: Key, version: str | None) -> str | None:
        """The original's tag for what was not written since, else one of the rehearsal's own."""
        if not self._tags or version is None:
            return None
        first = self._first.get(key)
        if first is not None and version == self._seeded.get(key):
            return first.version
        return f"rehearsed-{version}"

    def _inner_version(self, operation: Operation) -> str | None:
        """The tag to demand of the copy; one that nothing has where the caller's is another."""
        key = _operation_key(operation)
        current = self._current.get(key)
        if not self._tags or operation.version == self._outer(key, current):
            return current
        return None if operation.version is None else "0"

    def _note(self, operation: Operation, version: str | None) -> None:
        key = _operation_key(operation)
        if isinstance(operation, Remove):
            self._current.pop(key, None)
            if key[0] == "Token":
                self._tokens.pop(key[1], None)
            return
        self._current[key] = version
        if key[0] == "Token":
            self._tokens[key[1]] = str(operation.desired.value.get("bootstrap"))

    def _look(self, operation: Operation) -> None:
        """Note each token that has no bootstrap now, as far as this write can have caused it."""
        self._writes += 1
        kind, name = _operation_key(operation)
        if kind == "Token":
            named = {name: self._tokens[name]} if name in self._tokens else {}
        elif kind == "Bootstrap" and isinstance(operation, Remove):
            named = {token: bound for token, bound in self._tokens.items() if bound == name}
        else:
            return
        for token, bound in named.items():
            if self._inner.find(KINDS["Bootstrap"], bound) is None:
                text = f"after write {self._writes}, token {token} had no bootstrap {bound}"
                self.stranded.append(text)


def _operation_key(operation: Operation) -> Key:
    name = operation.desired.id.name if isinstance(operation, Put) else operation.name
    return operation.kind.name, operation.kind.key(name)


def _key(id_: ResourceId) -> Key:
    return id_.kind, KINDS[id_.kind].key(id_.name)
