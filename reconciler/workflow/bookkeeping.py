"""What an apply tells the inventory, in the order in which nothing is ever forgotten.

Names about to be created, the objects, what was read back of them, names that are gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.core.change import Delete
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, LeaseLost, Note
from reconciler.core.outcome import Applied, Failed, Outcome, Why
from reconciler.core.plan import Record, Step
from reconciler.core.ports import RemoteFailure
from reconciler.core.resource import Live
from reconciler.workflow.inventory import Keeper
from reconciler.workflow.plan import Prepared
from reconciler.workflow.readback import ReadBack, Sent
from reconciler.workflow.undo_file import key_of


class Bookkeeping:
    """Writes entries through the keeper, and remembers why something could not be written."""

    def __init__(self, keeper: Keeper, prepared: Prepared) -> None:
        self.keeper = keeper
        self.unrecorded = ""
        """Why the inventory lacks something; nothing more may be created then."""
        self._ledger = prepared.ledger
        self._known = prepared.held.inventory.entries
        self._announced: list[ResourceId] = []

    def announced(self, id_: ResourceId) -> Entry | None:
        """The entry of an object before its write; `None` if it needs none."""
        return self._ledger.announced(id_)

    def announce(self, steps: Iterable[Step]) -> int:
        """Enter what may be created, before it is; returns how many."""
        ids = [step.change.id for step in steps if not isinstance(step.change, Delete)]
        entries = [entry for entry in map(self.announced, ids) if entry is not None]
        if entries and self._save(entries, ()):
            self._announced += [entry.id for entry in entries]
        return len(entries)

    def record(
        self, sent: Sequence[Sent], back: ReadBack, outcome: Callable[[ResourceId], Outcome | None]
    ) -> None:
        """Enter what was written and read back, and strike what is gone or never came to be."""
        puts: list[Entry] = []
        drops: list[ResourceId] = []
        for one in sent:
            id_ = one.change.id
            left = back.left.get(id_)
            if one.body is None:
                drops += [id_] if id_ in back.left and key_of(id_) in self._known else []
            elif left is not None:
                entry = self._ledger.written(id_, left)
                puts += [entry] if entry is not None else []
        drops += [id_ for id_ in self._announced if _never_came(outcome(id_)) and self._is_new(id_)]
        self._announced.clear()
        self._save(puts, drops)

    def save_records(self, records: Iterable[Record], live: Callable[..., Live | None]) -> None:
        """Enter what became ours, or ceased to be, without a write of its own."""
        puts: list[Entry] = []
        drops: list[ResourceId] = []
        for record in records:
            entry = self._ledger.recorded(record, live(record.id))
            if entry is not None:
                puts.append(entry)
            elif key_of(record.id) in self._known:
                drops.append(record.id)
        self._save(puts, drops)

    def release(self, note: Note | None, undone: Mapping[str, str] | None) -> Note | None:
        """Let the lease go; what the keeper made of the note."""
        try:
            return self.keeper.release(note, undone=undone)
        except (LeaseLost, RemoteFailure) as failure:
            self.unrecorded = self.unrecorded or str(failure)
            return None

    def _is_new(self, id_: ResourceId) -> bool:
        return key_of(id_) not in self._known

    def _save(self, puts: Sequence[Entry], drops: Sequence[ResourceId]) -> bool:
        if not puts and not drops:
            return True
        try:
            self.keeper.save(puts, drops)
        except (LeaseLost, RemoteFailure) as failure:
            self.unrecorded = str(failure)
            return False
        return True


def _never_came(outcome: Outcome | None) -> bool:
    """Whether the server can't have the object from us; of one that gave no answer nobody knows."""
    if outcome is None or isinstance(outcome, Applied):
        return outcome is None
    return not (isinstance(outcome, Failed) and outcome.why is Why.UNREACHABLE)
