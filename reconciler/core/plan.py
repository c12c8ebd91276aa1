"""The plan: data that is shown, saved and executed, the same each time.

It holds no object bodies and no secrets. `apply` takes the bodies from the sources and checks
each against the digest in its step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.change import Change, FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.project import Prune, Selection
from reconciler.core.values import Maybe

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Class(StrEnum):
    """The rows of the truth table that a change can come from (`core/classify.py`)."""

    PENDING_CREATE = "pending create"
    PENDING_UPDATE = "pending update"
    PENDING_DELETE = "pending delete"
    DRIFT = "drift"
    """A write that takes back what somebody changed or deleted on the server."""
    CONFLICT = "conflict"
    """A write over both sides' changes, asked for by `--on-conflict ours`."""
    ADOPT = "adopt with changes"
    INTERRUPTED = "interrupted"
    """Announced by an apply that did not finish."""


class Sort(StrEnum):
    """What can become of the inventory alone."""

    ADOPTED = "adopted"
    """It exists as declared, and becomes ours."""
    CONVERGED = "converged"
    """Git and the server came to the same by themselves."""
    GONE = "gone"
    """Declared no more, and gone already."""
    RELEASED = "released"
    """The project lets go of it; nothing is deleted."""
    PROTECTED = "protected"
    """It is declared with `protect: true` by now."""
    UNPROTECTED = "unprotected"
    """It is declared without `protect: true` by now."""


@dataclass(frozen=True, slots=True)
class Record:
    """A change of the inventory without a change of the object."""

    id: ResourceId
    sort: Sort


@dataclass(frozen=True, slots=True)
class Drifted:
    """What somebody changed on the server, and the plan keeps.

    In `fields`, `before` is Git's value and `after` the server's; a deleted object has one change
    at the pointer "" to ABSENT.
    """

    id: ResourceId
    fields: tuple[FieldChange, ...]
    cause: str
    """`file:line` of the document."""
    changed_by: str = ""
    """Who wrote it last, where the server tells; never a guess."""
    changed_at: str = ""
    """When, as the server spells it."""
    writers: tuple[str, ...] = ()
    """Everyone who wrote it since the last apply, in this order, where several did."""
    first_at: str = ""
    """When the first of them did."""
    was: tuple[Maybe, ...] = ()
    """Of a conflict: each of `fields` at the last apply, as in `Blocked`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, what it waits for, and the group it is shown in."""

    change: Change
    class_: Class
    needs: tuple[ResourceId, ...]
    """Steps of this plan that must be applied first; a failure skips only its dependants."""
    group: int
    """Index into `Plan.groups`."""
    wave: int = 1
    """1-based."""
    kept: tuple[FieldChange, ...] = ()
    """Drift inside the object that this write preserves; as `Drifted.fields`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes with the same action, kind, cause and patch: one row for the reviewer."""

    action: str
    """`create`, `update` or `delete`."""
    class_: Class
    kind: str
    causes: tuple[str, ...]
    """`file:line`, one for each; `file` where the members have too many lines to name. Of deletions
    `removed in 1c9e0d4` where Git tells, else `not declared`."""
    fields: tuple[FieldChange, ...]
    """The common patch of updates; empty for creates and deletes."""
    members: tuple[ResourceId, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """An object that a guard left alone, or whose dependency it left alone."""

    id: ResourceId
    action: str
    guard: str
    """A stable word: `starter-pair`, `last-super-admin`, `own-account`, `referenced`, `devices`,
    `protect`, `needs-blocked`, `conflict`, `hold`, `adopt`, `foreign`, `used-token`, `undone`,
    `unverified`, `inventory`, `secret`."""
    reason: str
    fix: str = ""
    fields: tuple[FieldChange, ...] = ()
    was: tuple[Maybe, ...] = ()
    """Each of `fields` as it was declared at the last apply; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A guard that stops the whole plan: nothing is written."""

    guard: str
    """A stable word: `deletes`, `updates`, `adopt`, `empty`, `customer`, `rollback`, `inventory`,
    `window`, `lock`."""
    reason: str
    fix: str = ""


class Stopped(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """Guards stop a command that makes no plan; nothing was written."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self.stops = tuple(stops)
        super().__init__("; ".join(stop.reason for stop in self.stops))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The apply that a plan takes back."""

    apply: str
    """Its random id."""
    number: int


@dataclass(frozen=True, slots=True)
class Header:
    """Which project met which server, when."""

    project: str
    target: str
    url: str
    customer: str
    created: datetime
    """Aware, UTC."""
    tool: str
    """The version of pvm."""
    commit: str | None = None
    """Of the sources; `None` outside Git."""
    clean: bool | None = None
    source_hash: str = ""
    """Digest of the files that were read."""
    expires: datetime | None = None
    """When a saved plan ends (`core/plan_age.py`); `None`: a day after it was made."""
    undoes: TakenBack | None = None
    """Only in a plan of `pvm undo`: what it writes comes from the undo file, not from Git."""


@dataclass(frozen=True, slots=True)
class Base:
    """The apply that this plan builds on."""

    apply: str
    """Its random id."""
    number: int
    finished: datetime
    commit: str | None
    inventory: str
    """Digest of the inventory that was read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An apply after which the server was as Git says."""

    number: int
    finished: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """The devices that used the touched tokens since a moment, or are at the touched sites."""

    since: datetime
    devices: int
    """Of the whole plan; each device once."""
    groups: tuple[int, ...]
    """Of each group of the plan, in order; a device once in each."""


@dataclass(frozen=True, slots=True)
class UsedToken:
    """A token that devices used lately, and that is deleted or delivers something else."""

    id: ResourceId
    action: str
    """`delete`, also where a guard holds it back, or `repoint`."""
    last_used_at: str
    """As the server spells it."""
    uses: int | None = None
    """Ever; `None` where the server does not count."""
    devices: int | None = None
    """That used it within the time of `Plan.reach`; `None` where nobody knows."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the caller chose; part of the plan, so that apply calculates the same."""

    selection: Selection = field(default_factory=Selection)
    acks: Mapping[str, int] = field(default_factory=dict)
    """Acknowledged numbers by `deletes.Token`, `updates`, `adopt`, `used`, `unverified`,
    `undone`."""
    prune: Prune | None = None
    """Instead of the project's."""
    revert: Pairs = ()
    """Objects whose drift is taken back: kind name (`*` for any) and name glob."""
    ours: Pairs = ()
    """Objects in conflict where Git wins."""
    theirs: Pairs = ()
    """Objects in conflict where the server wins."""
    rollback: str = ""
    """The commit whose changes may be taken back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything `apply` would do, and why it would not do the rest."""

    header: Header
    steps: tuple[Step, ...]
    groups: tuple[Group, ...]
    blocked: tuple[Blocked, ...] = ()
    stops: tuple[Stop, ...] = ()
    unmanaged: tuple[ResourceId, ...] = ()
    """In scope on the server, declared nowhere, left alone."""
    unchanged: int = 0
    listed: Mapping[str, int] | None = None
    """Objects that the server listed, by kind."""
    requests: Mapping[str, int] | None = None
    """Requests that making this plan sent, by method."""
    warnings: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    drifted: tuple[Drifted, ...] = ()
    """Drift that is kept, of objects with and without a step."""
    normalised: tuple[ResourceId, ...] = ()
    """Objects that the server keeps in another form than was sent, as it did last time."""
    retained: tuple[ResourceId, ...] = ()
    """Ours, declared no more, and kept because nothing is pruned."""
    base: Base | None = None
    """`None`: never applied before."""
    guarantees: tuple[str, ...] = ()
    """What this server can't promise, in sentences; empty when it offers everything."""
    waves: tuple[int, ...] = ()
    """Steps in each wave; empty when there is one."""
    wave_names: tuple[str, ...] = ()
    """What each wave is called: `region nl`, `10 %`, `rest`; empty when there is one."""
    options: PlanOptions = field(default_factory=PlanOptions)
    reach: Reach | None = None
    """`None`: nothing is written, or the server does not tell."""
    used: tuple[UsedToken, ...] = ()
    clean_after: Mark | None = None
    """What drifts was changed after this apply; `None` where nobody knows."""
