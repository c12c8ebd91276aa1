"""What monitoring counts, over all customers."""

from datetime import timedelta

from sqlalchemy import create_engine

from reconciler.server.domain.identifiers import moment
from reconciler.server.store.engines import read_url
from reconciler.server.usecases.gauges import Gauges
from tests.databases import opened
from tests.server.store.rows_of_every_table import AT, TODAY, insert_rows

END = moment(AT) + timedelta(days=30)
"""When the one lot ends, with its grace."""


def test_an_empty_database_counts_nothing(database_url: str) -> None:
    with opened(database_url) as database:
        assert database.gauges(END) == Gauges(0, 0, 0, {}, {}, {})


def test_rows_are_counted_and_a_lot_that_ended_is_not(database_url: str) -> None:
    engine = create_engine(read_url(database_url))
    with engine.begin() as connection:
        insert_rows(connection, TODAY)
    engine.dispose()
    with opened(database_url) as database:
        before = database.gauges(END - timedelta(milliseconds=1))
        after = database.gauges(END)
    assert before == Gauges(
        waiting_mails=1,
        waiting_ptt_pro_tasks=1,
        active_devices=1,
        runs={("license-sync", "OK"): 1},
        jobs_due={"license-sync": moment(AT)},
        seats={"STANDARD": (1, 11)},
    )
    assert after.seats == {}
