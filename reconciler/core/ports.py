"""The server as the workflows see it. Only three commands ever hold a `Writer`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from reconciler.core.kind import Kind
from reconciler.core.reach import Footprint
from reconciler.core.resource import Desired, Live
from reconciler.core.trail import Trail


@dataclass(frozen=True, slots=True)
class Account:
    """Who the credentials belong to."""

    login: str
    role: str
    customer: str
    """The customer's code; empty for a vendor administrator."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server offers; everything empty where it does not say."""

    version: str = ""
    profile: str = ""
    time: str = ""
    offers: frozenset[str] = frozenset()
    """Of `etag`, `ndjson`, `changes`, `events`, `devices`, `sources`, `invitations`; `lists` and
    `reads` unless the endpoint map switches them off for a kind."""
    limits: Mapping[str, int] | None = None
    """`changeOperations` and `changeBytes` bound a change set: callers cut larger ones."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to."""

    result: str
    """`created`, `updated`, `unchanged` or `deleted`."""
    version: str | None = None
    """The entity tag that the object has now; `None` where the server tells none."""


@dataclass(frozen=True, slots=True)
class Put:
    """Create (`version` is `None`) or replace the object that still has `version`."""

    kind: Kind
    desired: Desired
    version: str | None


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the object if it still has `version`."""

    kind: Kind
    name: str
    version: str | None


Operation: TypeAlias = Put | Remove


class Reader(Protocol):
    """Reads and nothing else: it has no method that could write.

    Every method raises `Unreachable`, `Denied` or `Rejected`; a failure is never an empty answer.
    """

    def capabilities(self) -> Capabilities:
        """What the server offers."""
        ...

    def account(self) -> Account | None:
        """Who we are to the server; `None` where it does not know the question."""
        ...

    def lists(self, kind: Kind) -> bool:
        """Whether objects of a kind can be listed."""
        ...

    def reads(self, kind: Kind) -> bool:
        """Whether one object of a kind can be read by its name, without its whole list."""
        ...

    def fetch(self, kind: Kind) -> Iterable[Live]:
        """All objects of a kind, in the server's order; raises `Misuse` unless `lists`."""
        ...

    def find(self, kind: Kind, name: str) -> Live | None:
        """One object; `None` when there is none of that name.

        Taken from the list unless `reads`; raises `Misuse` where there is neither.
        """
        ...

    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        ...

    def now(self) -> datetime:
        """The server's clock, asked now; ours where it does not tell. Aware, UTC."""
        ...


class Observer(Reader, Protocol):
    """A reader that also knows what happened beside the objects; raises as `Reader`."""

    def footprints(self, since: datetime) -> Sequence[Footprint] | None:
        """What devices depend on, with tokens used from `since` on; `None`: it does not tell."""
        ...

    def trail(self, since: datetime) -> Trail | None:
        """What happened to objects from `since` on; `None` where the server does not tell.

        In a bounded number of requests, so that a long trail may lack its older end.
        """
        ...


class Writer(Reader, Protocol):
    """A reader that can also write; built in one function (`remote/connection.py`)."""

    def upsert(self, kind: Kind, desired: Desired, version: str | None) -> Written:
        """As `Put`.

        Where the server offers no entity tags, neither can be demanded: the caller compares first.
        Raises also `Stale`.
        """
        ...

    def delete(self, kind: Kind, name: str, version: str | None) -> None:
        """As `Remove`. Raises also `Stale`."""
        ...

    def change_set(self, operations: Sequence[Operation]) -> tuple[Written, ...]:
        """Do all or nothing, where the server offers `changes`; results in the order given.

        Raises also `SetRefused`. A set whose reply was lost is looked after before it is sent
        again, as single writes are.
        """
        ...


class RemoteFailure(Exception):  # noqa: N818 -- the subclasses read as sentences
    """A request that did not do what was asked. `message` and `fix` hold no secret."""

    def __init__(
        self, request: str, message: str, *, status: int | None = None, fix: str = ""
    ) -> None:
        self.request = request
        """Method and path: `GET /admin/api/v1/tokens`."""
        self.message = message
        self.status = status
        self.fix = fix
        """What to do, where more is known than the sort of failure tells."""
        super().__init__(f"{request}: {message}")


class Unreachable(RemoteFailure):
    """No connection, no valid TLS, or 5xx after all retries."""


class Denied(RemoteFailure):
    """401 or 403."""


class Rejected(RemoteFailure):
    """Any other refusal of the server."""


class Stale(RemoteFailure):
    """412: somebody changed the object after it was read."""


class SetRefused(RemoteFailure):
    """A change set was refused as a whole, because of the operations that `reasons` names."""

    def __init__(self, request: str, message: str, reasons: Mapping[int, RemoteFailure]) -> None:
        self.reasons = reasons
        """By the operation's number from 0; `Stale` where somebody changed the object."""
        super().__init__(request, message)
