"""Tables of background jobs, and what simulated partners remember."""

from sqlalchemy import Index, PrimaryKeyConstraint

from reconciler.server.store.columns import LONG, Columns, table, whole

_c = Columns()
job = table(
    "job",
    _c,
    _c.text("name", 64),
    whole("next_at"),
    _c.text("holder", 64, null=True),
    whole("leased_until", null=True),
    _c.count("fence"),
    PrimaryKeyConstraint("name"),
)
"""Who runs a job holds its lease; `fence` rises with every lease, so that a late one is told."""

_c = Columns()
job_run = table(
    "job_run",
    _c,
    _c.text("id", 32),
    _c.text("job", 64),
    whole("started_at"),
    whole("finished_at", null=True),
    _c.choice("result", "RUNNING", "OK", "FAILED"),
    _c.text("summary", 4096),
    PrimaryKeyConstraint("id"),
    Index("ix_job_run_job_id", "job", "id"),
)
"""`summary` is a JSON object of counts."""

_c = Columns()
simulated = table(
    "simulated",
    _c,
    _c.text("partner", 32),
    _c.text("key", 1024),
    _c.text("body", LONG),
    PrimaryKeyConstraint("partner", "key"),
)
"""What the simulators of other systems keep; `body` is JSON."""
