"""`pvm.yaml` as the rest of the program sees it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from fnmatch import fnmatchcase, translate

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Place
from reconciler.core.policy import Policy
from reconciler.core.values import JsonValue


class Prune(StrEnum):
    """What may be deleted once it is not declared any more."""

    NEVER = "never"
    OWNED = "owned"
    """What this project created or adopted."""
    SCOPE = "scope"
    """Whatever is in scope."""


class DriftPolicy(StrEnum):
    """What becomes of changes that somebody made on the server."""

    KEEP = "keep"
    """They are reported and preserved."""
    REVERT = "revert"


class Adopt(StrEnum):
    """Whether an object that exists, and that nobody owns, becomes ours."""

    NEVER = "never"
    IF_EQUAL = "if-equal"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Hold:
    """An object that is left alone for a while; the last day is included."""

    kind: str
    name: str
    until: date
    reason: str
    place: Place | None = field(default=None, compare=False)
    """Where `pvm.yaml` says so."""


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which a plan with waves may be applied."""

    start: time
    end: time
    """Exclusive; before `start` when the window crosses midnight."""
    zone: str
    """An IANA name: `Europe/Amsterdam`."""


@dataclass(frozen=True, slots=True)
class Wave:
    """A part of a roll-out: objects of some lines of fleets, a percentage, or what is left."""

    percent: int | None = None
    """Of all that no wave by rows before this one takes."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """Column to cell, as text: all of them hold."""

    @property
    def name(self) -> str:
        """`region nl`, `10 %`, `rest`."""
        if self.rows:
            return ", ".join(f"{column} {value}" for column, value in self.rows.items())
        return "rest" if self.percent is None else f"{self.percent} %"

    def takes(self, row: Mapping[str, str]) -> bool:
        """Whether it names the line with these cells."""
        return bool(row) and self.rows.items() <= row.items()


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a plan that crosses the threshold of updates is applied."""

    waves: tuple[Wave, ...] = ()
    window: Window | None = None


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
    adopt: Mapping[str, Threshold] = field(default_factory=lambda: {"": Threshold(20)})
    allow_empty: bool = False
    used_token_days: int = 30
    """Deleting a token that a device used within this time needs an acknowledgement."""
    expired_is_error: bool = False


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
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    """`vars`: what `${var:NAME}` stands for."""


@dataclass(frozen=True, slots=True)
class Project:
    """A repository's rules."""

    name: str
    sources: tuple[str, ...]
    scope: Scope
    id: str = ""
    prune: Prune = Prune.OWNED
    drift: DriftPolicy = DriftPolicy.KEEP
    adopt: Adopt = Adopt.IF_EQUAL
    rollout: Rollout = Rollout()
    holds: tuple[Hold, ...] = ()
    release: tuple[tuple[str, str], ...] = ()
    """Kind name and glob of what is managed no longer and deleted never."""
    safety: Safety = DEFAULT_SAFETY
    secrets: tuple[str, ...] = ()
    """Pointers with `*` for any one key; their values are masked."""
    ignore: tuple[Ignore, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Selection:
    """`--select` and `--exclude`: globs of `kind/name`; no `select` means everything."""

    select: tuple[tuple[str, str], ...] = ()
    """Pairs of kind name and name glob; a kind of `*` is any."""
    exclude: tuple[tuple[str, str], ...] = ()

    _sorted: dict[tuple[str, bool], tuple[frozenset[str], tuple[str, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Names and globs of a kind: an undo selects thousands of objects by their names."""

    def covers(self, kind: Kind, id_: ResourceId) -> bool:
        """Whether the object was asked for."""
        key = kind.key(id_.name)
        if self.select and not self._hit(kind, key, selects=True):
            return False
        return not (self.exclude and self._hit(kind, key, selects=False))

    def _hit(self, kind: Kind, key: str, *, selects: bool) -> bool:
        found = self._sorted.get((kind.name, selects))
        if found is None:
            pairs = self.select if selects else self.exclude
            globs = [kind.key(glob) for wanted, glob in pairs if wanted in ("*", kind.name)]
            names = frozenset(glob for glob in globs if not _GLOB.search(glob))
            found = names, tuple(glob for glob in globs if glob not in names)
            self._sorted[kind.name, selects] = found
        names, patterns = found
        return key in names or any(fnmatchcase(key, pattern) for pattern in patterns)


_GLOB = re.compile(r"[*?\[]")
