"""What Git can tell about the way from the last apply to the files at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Whether what was applied last is part of the history of HEAD."""

    contained: bool
    """The commit is an ancestor, or its source hash occurs in the history."""
    known: bool = True
    """False when the history is cut off or there is no Git: nobody can tell."""
    reason: str = ""
    """Why it is not known, and what to do: names `fetch-depth: 0` for a shallow clone."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What commit messages since the last apply say about one target."""

    acks: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Sums of the `Pvm-Ack:` lines, by `deletes.Token`."""
    revert: tuple[tuple[str, str], ...] = ()
    """Kind name and glob of `Pvm-Revert:` lines."""
    ours: tuple[tuple[str, str], ...] = ()
    """Kind name and glob of `Pvm-Ours:` lines."""
    warnings: Sequence[str] = ()
    """Lines that could not be read, with their commit."""


class History(Protocol):
    """The commits that lead to HEAD; `sources/history.py` asks Git, tests make one up."""

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:
        """Whether what an apply recorded is part of it."""
        ...

    def wishes(self, since: str | None, target: str) -> Wishes:
        """What the messages after `since` up to HEAD ask for."""
        ...


class NoHistory:
    """Outside Git: nothing was ever rolled back, nobody acknowledged anything."""

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:  # noqa: ARG002 -- the protocol's
        """Unknown."""
        reason = "there is no Git history here; the guard against rolling back is off"
        return Ancestry(contained=True, known=False, reason=reason)

    def wishes(self, since: str | None, target: str) -> Wishes:  # noqa: ARG002 -- the protocol's
        """None."""
        return Wishes()
