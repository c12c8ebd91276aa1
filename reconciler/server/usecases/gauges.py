"""What is counted for monitoring: totals of the whole server, no names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gauges:
    """The state of a database at one moment; every key is from a closed list.

    `runs` counts the runs that are still kept, by job and result. `jobs_due` says when each job is
    due next. `seats` are held and total, by license type, of the lots that still run.
    """

    waiting_mails: int
    waiting_ptt_pro_tasks: int
    active_devices: int
    runs: Mapping[tuple[str, str], int]
    jobs_due: Mapping[str, datetime]
    seats: Mapping[str, tuple[int, int]]
