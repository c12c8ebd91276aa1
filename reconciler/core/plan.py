"""The plan: data that is shown, saved and executed, the same each time.

It holds no object bodies and no secrets. `apply` takes the bodies from the sources and checks
each against the digest in its step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.core.change import Change, FieldChange
from reconciler.core.identity import ResourceId


class Class(StrEnum):
    """The rows of the truth table that a change can come from (`core/classify.py`)."""

    PENDING_CREATE = "pending create"
    PENDING_UPDATE = "pending update"
    PENDING_DELETE = "pending delete"


@dataclass(frozen=True, slots=True)
class Step:
    """One change, what it waits for, and the group it is shown in."""

    change: Change
    class_: Class
    needs: tuple[ResourceId, ...]
    """Steps of this plan that must be applied first; a failure skips only its dependants."""
    group: int
    """Index into `Plan.groups`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes with the same action, kind, cause and patch: one row for the reviewer."""

    action: str
    """`create`, `update` or `delete`."""
    class_: Class
    kind: str
    causes: tuple[str, ...]
    """`file:line`, or `file` when the members have several lines; `not declared` for a deletion."""
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
    `protect`, `needs-blocked`."""
    reason: str
    fix: str = ""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A guard that stops the whole plan: nothing is written."""

    guard: str
    """A stable word: `deletes`, `updates`, `empty`, `customer`."""
    reason: str
    fix: str = ""


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
