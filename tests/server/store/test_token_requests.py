"""Downloads are counted by day and application, also when many come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from reconciler.server.usecases.ports import Reach, Transaction
from tests.server.company import Company

DAY = date(2026, 3, 1)
_VOICE = "WFC_VOICE_ANDROID"


@pytest.mark.requirement("D-21")
def test_requests_that_come_at_once_all_count(company: Company) -> None:
    customer = company.chief.customer
    assert customer is not None

    def count(tx: Transaction) -> None:
        tx.token_requests.count(DAY, _VOICE)

    with ThreadPoolExecutor(8) as pool:
        tries = [
            pool.submit(company.world.store.write, customer, count, alone=False) for _ in range(40)
        ]
        for done in tries:
            done.result()
    with company.world.store.read(customer) as tx:
        assert tx.token_requests.series(DAY, DAY) == [(DAY, _VOICE, 40)]


def test_days_are_within_reach_and_in_order(company: Company) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]
    chief, stranger = company.chief.customer, company.stranger.customer
    assert chief is not None
    assert stranger is not None
    with company.world.store.read(chief) as tx:
        assert tx.token_requests.first_day() is None
        assert tx.token_requests.series(days[0], days[-1]) == []

    def here(tx: Transaction) -> None:
        for day in reversed(days):
            tx.token_requests.count(day, _VOICE, 2)

    company.world.store.write(chief, here)
    company.world.store.write(
        stranger, lambda tx: tx.token_requests.count(days[1], "WFC_PRO_IOS", 9)
    )
    with company.world.store.read(chief) as tx:
        assert tx.token_requests.first_day() == days[0]
        assert tx.token_requests.series(days[1], days[2]) == [
            (days[1], _VOICE, 2),
            (days[2], _VOICE, 2),
        ]
    with company.world.store.read(stranger) as tx:
        assert tx.token_requests.first_day() == days[1]
    with company.world.store.read(Reach.EVERYONE) as tx:
        assert tx.token_requests.series(days[1], days[1]) == [
            (days[1], "WFC_PRO_IOS", 9),
            (days[1], _VOICE, 2),
        ]
