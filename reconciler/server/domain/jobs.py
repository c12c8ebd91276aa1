"""Background jobs: their names, who runs one, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobName(StrEnum):
    """Every job; the two `exm-` jobs are an Extension Manager's own, and only simulated."""

    LICENSE_SYNC = "license-sync"
    PVM_LICENSE_RELEASE = "pvm-license-release"
    EXM_LICENSE_RELEASE = "exm-license-release"
    EXM_LICENSE_SYNC = "exm-license-sync"
    PTT_PRO_REMOVAL = "pttpro-removal"
    PTT_PRO_RETRY = "pttpro-retry"
    LICENSE_SNAPSHOT = "license-snapshot"
    MAIL_DELIVERY = "mail-delivery"
    HOUSEKEEPING = "housekeeping"


class RunResult(StrEnum):
    """How a run stands."""

    RUNNING = "RUNNING"
    OK = "OK"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run; ids sort in the order of the starts. `summary` counts what it did."""

    id: str
    job: JobName
    started_at: datetime
    finished_at: datetime | None
    result: RunResult
    summary: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job until a time. Only the bearer of the newest `fence` may write."""

    job: JobName
    run_id: str
    fence: int


@dataclass(frozen=True, slots=True)
class JobState:
    """When a job is due next, whether somebody runs it, and its latest run."""

    job: JobName
    next_at: datetime
    running: bool
    last_run: JobRun | None
