"""Change sets: ordered upserts and deletes that are stored together or not at all (DEC-16)."""

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import ANY, Precondition, Result


class KindName(StrEnum):
    """The kinds that callers declare."""

    SITE = "Site"
    BOOTSTRAP = "Bootstrap"
    TOKEN = "Token"
    PORTAL_USER = "PortalUser"


@dataclass(frozen=True, slots=True)
class BootstrapContent:
    """The document of a bootstrap, exactly as it was sent."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SiteContent:
    """What a caller declares of a site."""

    pro_server_name: str


Content = BootstrapContent | TokenContent | SiteContent | UserContent


@dataclass(frozen=True, slots=True)
class Operation:
    """One upsert, or a delete when `content` is None.

    `force` deletes a site with its devices still there; no change set can ask for that. Without
    `invites` a new user gets no mail.
    """

    kind: KindName
    name: str
    content: Content | None
    precondition: Precondition = ANY
    source: str | None = None
    force: bool = False
    invites: bool = True


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Operations in their order; a dry run stores nothing."""

    operations: tuple[Operation, ...]
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What became of one operation; a deleted object has no version."""

    index: int
    result: Result
    version: int | None
