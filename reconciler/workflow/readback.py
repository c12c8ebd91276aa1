"""After a wave: does the server have what it confirmed, and did somebody else write as well?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from reconciler.core.change import Change, Create
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.ports import Reader, RemoteFailure, Written
from reconciler.core.receipt import Discrepancy
from reconciler.core.resource import Desired, Live
from reconciler.core.review import described_writer
from reconciler.kinds import KINDS
from reconciler.workflow.difference import differ_of
from reconciler.workflow.reading import read_lists, side_by_side
from reconciler.workflow.task import Task

FEW: Final = 30
"""Up to so many objects of a kind are read one by one; more are listed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One write that the server confirmed."""

    change: Change
    body: Desired | None
    """`None` for a deletion."""
    before: Live | None
    """As it was read when the plan was made."""
    written: Written


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What reading back found, or why it was impossible."""

    left: Mapping[ResourceId, Live | None] = field(default_factory=lambda: MappingProxyType({}))
    """What we left there, as the server keeps it; `None`: nothing."""
    discrepancies: tuple[Discrepancy, ...] = ()
    normalised: tuple[Discrepancy, ...] = ()
    """What the server keeps in another form than it was sent, for certain by itself."""
    unverified: str = ""


def read_back(sent: Sequence[Sent], task: Task, reader: Reader) -> ReadBack:
    """Read once more what was written, and compare."""
    if not sent:
        return ReadBack()
    try:
        found = _read(sent, task, reader)
    except RemoteFailure as failure:
        return ReadBack(unverified=str(failure))
    judge = _Judge(task, reader)
    for one in sent:
        judge.look(one, found.get(_key(one.change.id)))
    return ReadBack(
        MappingProxyType(judge.left), tuple(judge.discrepancies), tuple(judge.normalised)
    )


def _read(sent: Sequence[Sent], task: Task, reader: Reader) -> Mapping[tuple[str, str], Live]:
    concurrency = task.target.limits.concurrency
    listed: list[Kind] = []
    single: list[ResourceId] = []
    for kind in KINDS.values():
        mine = [one.change.id for one in sent if one.change.id.kind == kind.name]
        if not mine:
            continue
        if reader.lists(kind) and (len(mine) > FEW or not reader.reads(kind)):
            listed.append(kind)
        else:
            single += mine
    found = {
        _key(one.id): one
        for rows in read_lists(reader, listed, concurrency).values()
        for one in rows
    }
    rows = side_by_side(lambda id_: reader.find(KINDS[id_.kind], id_.name), single, concurrency)
    found |= {_key(one.id): one for one in rows if one is not None}
    return found


class _Judge:
    """Tells our own writes from those of others."""

    def __init__(self, task: Task, reader: Reader) -> None:
        self.left: dict[ResourceId, Live | None] = {}
        self.discrepancies: list[Discrepancy] = []
        self.normalised: list[Discrepancy] = []
        self._differs = {name: differ_of(task, kind) for name, kind in KINDS.items()}
        self._guarded = "etag" in reader.capabilities().offers

    def look(self, sent: Sent, there: Live | None) -> None:
        id_ = sent.change.id
        if sent.body is None:
            self.left[id_] = None
            if there is not None:
                self._tell(id_, "it was deleted and is still on the server", there)
            return
        if there is None:
            # Ours all the same: the next plan finds it deleted outside.
            self.left[id_] = Live(id_, sent.body.value)
            self._tell(id_, "it was written and is not on the server", None)
            return
        self._compare(sent, sent.body, there)

    def _compare(self, sent: Sent, body: Desired, there: Live) -> None:
        id_ = sent.change.id
        fields = self._differs[id_.kind].changes(body.value, there.value)
        others = _others(sent, there, guarded=self._guarded)
        self.left[id_] = there
        if not fields:
            if others and not self._guarded:
                self._tell(id_, f"{_BETWEEN}; their change was overwritten", there)
            return
        if others is False:
            self.normalised.append(Discrepancy(id_, _KEPT_OTHERWISE, fields))
            return
        if others:
            # What they made of it must not pass for what we left there.
            self.left[id_] = replace(there, value=body.value)
        reason = _CHANGED_SINCE if self._guarded else _BETWEEN
        shown = reason if others else _DIFFERENT
        self.discrepancies.append(Discrepancy(id_, shown + described_writer(there.facts), fields))

    def _tell(self, id_: ResourceId, reason: str, there: Live | None) -> None:
        who = described_writer(there.facts) if there is not None else ""
        self.discrepancies.append(Discrepancy(id_, reason + who))


def _others(sent: Sent, there: Live, *, guarded: bool) -> bool | None:
    """Whether somebody else wrote the object too; `None` when nobody can tell."""
    told = sent.written.version
    last_is_ours = told is not None and told == there.version
    if told is not None and there.version is not None and not last_is_ours:
        return True
    if guarded and last_is_ours:
        return False
    if isinstance(sent.change, Create):
        if sent.written.result == "updated":
            return True
        # A server may count on where an object of that name once ended.
        return False if last_is_ours or there.version == "1" else None
    before, after = sent.before.version if sent.before else None, there.version
    if before is None or after is None or not (_counts(before) and _counts(after)):
        return None
    return int(after) - int(before) > (0 if sent.written.result == "unchanged" else 1)


def _counts(version: str) -> bool:
    return version.isascii() and version.isdigit()


def _key(id_: ResourceId) -> tuple[str, str]:
    return id_.kind, KINDS[id_.kind].key(id_.name)


_BETWEEN: Final = "somebody else wrote between our look and our write"
_CHANGED_SINCE: Final = "somebody changed it right after it was written"
_DIFFERENT: Final = "the server has something else than was written"
_KEPT_OTHERWISE: Final = "the server keeps it in another form than it was sent"
