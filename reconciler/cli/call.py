"""What one call of pvm was told on its command line."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """`--report FORMAT=PATH`: the same result once more, into a file."""

    format: str
    path: Path


@dataclass(slots=True)
class Call:
    """Filled by the options while click reads them (`options.py`); a command only reads it."""

    directory: Path = field(default_factory=Path)
    """Where `pvm.yaml` stands."""
    target: str | None = None
    format: str = "text"
    reports: tuple[Report, ...] = ()
    select: tuple[tuple[str, str], ...] = ()
    """Pairs of kind name and name glob."""
    selectors: tuple[tuple[str, str], ...] = ()
    """The same, given as arguments."""
    exclude: tuple[tuple[str, str], ...] = ()
    prune: bool | None = None
    """`None` leaves it to the project."""
    acks: tuple[tuple[str, int], ...] = ()
    concurrency: int | None = None
    requests_per_second: int | None = None
    timeout_seconds: float | None = None
    no_color: bool = False
    quiet: bool = False
    verbosity: int = 0
    """1 shows everything that was shortened; 2 adds the traceback of a failure."""
