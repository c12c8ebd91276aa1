"""The shapes of background jobs in answers."""

from typing import Literal

from pydantic import Field

from reconciler.server.api.rows import Row, Time


class JobRunRow(Row):
    """One run of a job; `summary` counts what it did."""

    job: str
    started_at: Time
    finished_at: Time | None
    result: Literal["RUNNING", "OK", "FAILED"]
    summary: dict[str, int]


class JobRow(Row):
    """A job, and its latest run."""

    job: str
    next_at: Time = Field(description="In the past: as soon as there is anything to do")
    running: bool
    last_run: JobRunRow | None
