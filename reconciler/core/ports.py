"""The server as the workflows see it. Only three commands ever hold a `Writer`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.core.kind import Kind
from reconciler.core.resource import Desired, Live


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
    """Of `etag`, `ndjson`, `changes`, `events`, `devices`, `sources`."""
    limits: Mapping[str, int] | None = None


class Reader(Protocol):
    """Reads and nothing else: it has no method that could write.

    Every method raises `Unreachable`, `Denied` or `Rejected`; a failure is never an empty answer.
    """

    def capabilities(self) -> Capabilities:
        """What the server offers."""
        ...

    def account(self) -> Account:
        """Who we are to the server."""
        ...

    def fetch(self, kind: Kind) -> Iterable[Live]:
        """All objects of a kind, in the server's order."""
        ...

    def find(self, kind: Kind, name: str) -> Live | None:
        """One object; `None` when there is none of that name."""
        ...

    def requests(self) -> Mapping[str, int]:
        """Requests sent so far, by method."""
        ...


class Writer(Reader, Protocol):
    """A reader that can also write; built in one function (`remote/connection.py`)."""

    def upsert(self, kind: Kind, desired: Desired, version: str | None) -> str:
        """Create (`version` is None) or replace the object that still has `version`.

        Where the server offers no entity tags, neither can be demanded: the caller compares first.
        Returns the server's `created`, `updated` or `unchanged`. Raises also `Stale`.
        """
        ...

    def delete(self, kind: Kind, name: str, version: str | None) -> None:
        """Delete the object if it still has `version`. Raises also `Stale`."""
        ...


class RemoteFailure(Exception):  # noqa: N818 -- the subclasses read as sentences
    """A request that did not do what was asked. `message` holds no secret."""

    def __init__(self, request: str, message: str, *, status: int | None = None) -> None:
        self.request = request
        """Method and path: `GET /admin/api/v1/tokens`."""
        self.message = message
        self.status = status
        super().__init__(f"{request}: {message}")


class Unreachable(RemoteFailure):
    """No connection, no valid TLS, or 5xx after all retries."""


class Denied(RemoteFailure):
    """401 or 403."""


class Rejected(RemoteFailure):
    """Any other refusal of the server."""


class Stale(RemoteFailure):
    """412: somebody changed the object after it was read."""
