"""What a write carries besides its content, and what became of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError, refuse

LONGEST_SOURCE = 512
_SOURCE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")

Row = TypeVar("Row")


class Result(StrEnum):
    """What became of a write."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Precondition:
    """Versions a write accepts: None for any or none, an empty set for any that exists (DEC-4).

    `absent` accepts only an object that does not exist yet.
    """

    versions: frozenset[int] | None = None
    absent: bool = False

    def check(self, version: int | None) -> None:
        """Compare with the stored version; None means that nothing is stored.

        Raises:
            DomainError: STALE_VERSION.
        """
        if self.absent and version is not None:
            raise DomainError(ErrorCode.STALE_VERSION, "it exists already")
        if self.versions is None:
            return
        if version is None:
            raise DomainError(ErrorCode.STALE_VERSION, "it does not exist any more")
        if self.versions and version not in self.versions:
            raise DomainError(
                ErrorCode.STALE_VERSION, "it was changed meanwhile; read it again and retry"
            )


ANY = Precondition()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a single write is meant. `customer` is the code that the caller named, if any.

    `source` is the place in a repository that declares the object (DEC-8).
    """

    customer: str | None = None
    precondition: Precondition = ANY
    source: str | None = None
    dry_run: bool = False
    invites: bool = True
    """Whether a new user is sent a mail."""


@dataclass(frozen=True, slots=True)
class Written(Generic[Row]):
    """The stored object after a write (before it, when it was deleted)."""

    result: Result
    row: Row


def check_source(source: str | None) -> str | None:
    """A source that can be stored and shown on one line.

    Raises:
        DomainError: VALIDATION.
    """
    if source is None:
        return None
    if len(source) > LONGEST_SOURCE or not _SOURCE.fullmatch(source):
        refuse("source", f"must be one line of at most {LONGEST_SOURCE} characters")
    return source


def at_index(error: DomainError, index: int) -> DomainError:
    """The same refusal, as it stands in a change set."""
    errors: Sequence[FieldError] = error.errors or (FieldError("", error.detail),)
    rows = tuple(FieldError(e.field, e.message, e.line, e.column, index) for e in errors)
    return DomainError(error.code, f"operation {index}: {error.detail}", rows)
