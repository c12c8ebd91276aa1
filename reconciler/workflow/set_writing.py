"""Writing a wave in change sets: each all or nothing, with what the inventory says about it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reconciler.core.change import Delete
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry
from reconciler.core.json_text import dump_json
from reconciler.core.plan import Step
from reconciler.core.ports import (
    Operation,
    Put,
    RemoteFailure,
    SetRefused,
    Unreachable,
    Written,
)
from reconciler.core.waves import components
from reconciler.workflow.execution import Execution

_ATTEMPTS: Final = 4
"""The first and three more, each without what was refused before."""
_OPERATIONS: Final = 20_000
_BYTES: Final = 64 * 2**20
_OVERHEAD_BYTES: Final = 1024
"""Of one operation beside its body: names, precondition, source."""
_INVENTORY_BYTES: Final = 4 * 2**20
_INVENTORY_OPERATIONS: Final = 64
"""Kept free in each set."""


class Book(Protocol):
    """The part of the inventory's keeper that change sets need."""

    def operations(
        self, puts: Sequence[Entry], drops: Sequence[ResourceId]
    ) -> tuple[Operation, ...]:
        """The writes that make the inventory say so."""
        ...

    def accept(self, operations: Sequence[Operation], written: Sequence[Written]) -> None:
        """They were made."""
        ...

    def reload(self) -> None:
        """Read the inventory again, since one of the writes was refused; raises `LeaseLost`."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a set may be."""

    operations: int
    bytes: int


class SetWriter:
    """Sends what is pending; what sets can't do is left pending, for single writes."""

    def __init__(
        self, execution: Execution, book: Book, announced: Callable[[ResourceId], Entry | None]
    ) -> None:
        self._execution = execution
        self._book = book
        self._announced = announced
        self._too_slow = False
        limits = execution.work.writer.capabilities().limits or {}
        self._bounds = Bounds(
            max(1, limits.get("changeOperations", _OPERATIONS) - _INVENTORY_OPERATIONS),
            max(1, limits.get("changeBytes", _BYTES) - _INVENTORY_BYTES),
        )

    def write(self) -> None:
        """Everything that is pending in the open waves.

        Raises:
            LeaseLost: Somebody else writes the inventory now.
            RemoteFailure: It was changed, and can't be read again.
        """
        for numbers in self._packs():
            if self._execution.may_start() and not self._too_slow:
                self._send(numbers)

    def _packs(self) -> list[list[int]]:
        """The pending steps in sets within the bounds; what belongs together stays together.

        A group that is too large for any set is left out.
        """
        schedule = self._execution.schedule
        pending = schedule.pending()
        packs: list[list[int]] = []
        room = Bounds(0, 0)
        for component in components([schedule.steps[number] for number in pending]):
            numbers = [pending[place] for place in component]
            size = sum(self._size(number) for number in numbers)
            if len(numbers) > self._bounds.operations or size > self._bounds.bytes:
                continue
            if not packs or len(numbers) > room.operations or size > room.bytes:
                packs.append([])
                room = self._bounds
            packs[-1] += numbers
            room = Bounds(room.operations - len(numbers), room.bytes - size)
        return [sorted(pack) for pack in packs]

    def _size(self, number: int) -> int:
        operation = self._execution.operation(number)
        if not isinstance(operation, Put):
            return _OVERHEAD_BYTES
        return len(dump_json(operation.desired.value).encode()) + _OVERHEAD_BYTES

    def _send(self, numbers: Sequence[int]) -> None:
        for _ in range(_ATTEMPTS):
            members = [n for n in numbers if self._execution.schedule.outcome(n) is None]
            if not members or not self._attempt(members):
                return

    def _attempt(self, members: Sequence[int]) -> bool:
        """Whether to try again with fewer members."""
        execution = self._execution
        steps = [execution.schedule.steps[number] for number in members]
        book = self._book.operations(*self._entries(steps))
        operations = [*book, *(execution.operation(number) for number in members)]
        try:
            written = execution.work.writer.change_set(operations)
        except SetRefused as refused:
            return self._take_out(members, len(book), refused)
        except Unreachable as failure:
            if failure.status is not None and execution.answers():
                # A proxy may have lost patience: no single write takes as long as a set.
                self._too_slow = True
                return False
            for number in members:
                if execution.schedule.outcome(number) is None:
                    execution.fail(number, failure)
            return False
        except RemoteFailure:
            # Not for one of its members: each write gets an answer of its own.
            return False
        self._book.accept(book, written[: len(book)])
        for number, result in zip(members, written[len(book) :], strict=True):
            execution.succeed(number, result)
        return False

    def _entries(self, steps: Sequence[Step]) -> tuple[list[Entry], list[ResourceId]]:
        ids = [step.change.id for step in steps if not isinstance(step.change, Delete)]
        entries = [entry for entry in map(self._announced, ids) if entry is not None]
        return entries, [s.change.id for s in steps if isinstance(s.change, Delete)]

    def _take_out(self, members: Sequence[int], before: int, refused: SetRefused) -> bool:
        """Note what was refused; whatever depends on it is skipped with it."""
        if any(number < before for number in refused.reasons):
            self._book.reload()
        schedule = self._execution.schedule
        for place, failure in sorted(refused.reasons.items()):
            if place < before:
                continue
            number = members[place - before]
            if schedule.outcome(number) is None:
                self._execution.fail(number, failure)
        return bool(refused.reasons)


def is_offered(offers: Collection[str]) -> bool:
    """Whether sets are used: without entity tags each object is compared just before its write."""
    return {"changes", "etag"} <= set(offers)
