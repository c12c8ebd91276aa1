"""What one call of pvm was told on its command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.cli.output import Report


class Call:
    """Filled by the options while click reads them (`options.py`); a command only reads it.

    Not a dataclass, since `pvm --version` would pay for making one.
    """

    def __init__(self) -> None:
        self.directory = "."
        """Where `pvm.yaml` stands."""
        self.target: str | None = None
        self.format = "text"
        self.reports: tuple[Report, ...] = ()
        self.select: tuple[tuple[str, str], ...] = ()
        """Pairs of kind name and name glob."""
        self.selectors: tuple[tuple[str, str], ...] = ()
        """The same, given as arguments."""
        self.exclude: tuple[tuple[str, str], ...] = ()
        self.prune: bool | None = None
        """True: what this project owns; False: nothing; `None` leaves it to the project."""
        self.acks: tuple[tuple[str, int], ...] = ()
        self.rollback = ""
        """The commit of `--ack rollback=COMMIT`."""
        self.revert: tuple[tuple[str, str], ...] = ()
        """Whose drift is taken back: as `select`."""
        self.conflicts: tuple[tuple[str, tuple[str, str]], ...] = ()
        """`ours` or `theirs`, and for which objects."""
        self.max_age_seconds: float | None = None
        """`None` is a day."""
        self.lock_timeout_seconds = 0.0
        """How long to wait for another apply to end."""
        self.allow_dirty = False
        self.wave: int | None = None
        """The only wave to apply, from 1."""
        self.rehearse = False
        self.no_invitations = False
        """Whether new users are created without a mail to them."""
        self.concurrency: int | None = None
        self.requests_per_second: int | None = None
        self.timeout_seconds: float | None = None
        self.no_color = False
        self.quiet = False
        self.verbosity = 0
        """1 shows everything that was shortened; 2 adds the traceback of a failure."""
