"""Counting a database for monitoring."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from reconciler.server.domain.identifiers import moment
from reconciler.server.domain.licensing import LotState
from reconciler.server.store.device_schema import device_owner, ptt_pro_task
from reconciler.server.store.job_schema import job, job_run
from reconciler.server.store.license_schema import license_lot
from reconciler.server.store.licenses import state_at, total_seats
from reconciler.server.store.schema import outbox
from reconciler.server.usecases.gauges import Gauges


def read_gauges(connection: Connection, now: datetime) -> Gauges:
    """Totals over all customers; `now` decides which lots still run."""
    mails = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
    tasks = select(func.count()).select_from(ptt_pro_task)
    devices = select(func.count()).select_from(device_owner)
    runs = select(job_run.c.job, job_run.c.result, func.count()).group_by(
        job_run.c.job, job_run.c.result
    )
    seats = (
        select(license_lot.c.type, func.sum(license_lot.c.used), func.sum(total_seats))
        .where(state_at(now) == LotState.ACTIVE)
        .group_by(license_lot.c.type)
    )
    return Gauges(
        waiting_mails=connection.execute(mails).scalar_one(),
        waiting_ptt_pro_tasks=connection.execute(tasks).scalar_one(),
        active_devices=connection.execute(devices).scalar_one(),
        runs={(row[0], row[1]): row[2] for row in connection.execute(runs)},
        jobs_due={
            row.name: moment(row.next_at)
            for row in connection.execute(select(job.c.name, job.c.next_at))
        },
        seats={row[0]: (int(row[1]), int(row[2])) for row in connection.execute(seats)},
    )
