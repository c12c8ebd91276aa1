"""`pvm.yaml` as the rest of the program sees it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase, translate

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind


class Prune(StrEnum):
    """What may be deleted: nothing, or whatever is in scope and not declared."""

    NEVER = "never"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many changes of one sort pass without an acknowledgement; `None` is no limit.

    `percent` counts only above 20 existing objects of the kind. The stricter of both wins.
    """

    count: int | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Safety:
    """Thresholds per kind name and sort of change; the empty kind name holds for every kind."""

    deletes: Mapping[str, Threshold]
    updates: Mapping[str, Threshold]
    allow_empty: bool = False


DEFAULT_SAFETY = Safety(
    deletes={"": Threshold(25, 5), "PortalUser": Threshold(0)},
    updates={"": Threshold(100, 10)},
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Globs per kind name; a kind without an entry is not managed at all."""

    globs: Mapping[str, tuple[str, ...]]

    def covers(self, kind: Kind, name: str) -> bool:
        """Whether this project may touch the object."""
        return self.matcher(kind)(kind.key(name))

    def matcher(self, kind: Kind) -> Callable[[str], bool]:
        """As `covers`, for many names of one kind; takes keys (`Kind.key`)."""
        globs = self.globs.get(kind.name, ())
        if "*" in globs:
            return lambda _: True
        pattern = re.compile("|".join(translate(kind.key(glob)) for glob in globs) or "(?!)")
        return lambda key: pattern.match(key) is not None


@dataclass(frozen=True, slots=True)
class Ignore:
    """A pointer that never compares, and why."""

    kind: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a target may be worked."""

    concurrency: int = 16
    requests_per_second: int = 40
    timeout_seconds: float = 15.0
    retries: int = 5


@dataclass(frozen=True, slots=True)
class Target:
    """One server; credentials come from the environment and are not kept here."""

    name: str
    url: str | None = None
    customer: str | None = None
    ca: str | None = None
    """A PEM file, relative to the project's folder."""
    limits: Limits = field(default_factory=Limits)
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A repository's rules."""

    name: str
    sources: tuple[str, ...]
    scope: Scope
    id: str = ""
    prune: Prune = Prune.NEVER
    safety: Safety = DEFAULT_SAFETY
    secrets: tuple[str, ...] = ()
    """Pointers with `*` for any one key; their values are masked."""
    ignore: tuple[Ignore, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """`--select` and `--exclude`: globs of `kind/name`; no `select` means everything."""

    select: tuple[tuple[str, str], ...] = ()
    """Pairs of kind name and name glob; a kind of `*` is any."""
    exclude: tuple[tuple[str, str], ...] = ()

    def covers(self, kind: Kind, id_: ResourceId) -> bool:
        """Whether the object was asked for."""
        key = kind.key(id_.name)

        def hit(pairs: tuple[tuple[str, str], ...]) -> bool:
            return any(
                wanted in ("*", kind.name) and fnmatchcase(key, kind.key(glob))
                for wanted, glob in pairs
            )

        return (not self.select or hit(self.select)) and not hit(self.exclude)
