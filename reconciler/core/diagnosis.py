"""Whether pvm can work from here: settings, connection, rights."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.ports import RemoteFailure


class Status(StrEnum):
    """How a check ended; `SKIPPED` because an earlier one failed."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried."""

    name: str
    """A stable word: `url`, `connection`, `login`, `clock`, `capabilities`, `list bootstraps`."""
    status: Status
    detail: str
    fix: str = ""
    failure: RemoteFailure | None = None
    """Why it failed, for the exit code."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands, and who says so. A secret's value is masked already."""

    name: str
    value: str
    origin: str
    """`option`, `environment PVM_URL`, `pvm.yaml`, `default`."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, in the order they were made, and all settings."""

    checks: tuple[Check, ...]
    settings: tuple[Setting, ...]
