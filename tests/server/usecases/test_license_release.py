"""Seats that come back after silence, boundary days drawn."""

from datetime import timedelta

import pytest

from reconciler.server.domain.assignments import Asker, Holder, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.history import Action
from reconciler.server.usecases.license_release import release_silent
from reconciler.server.usecases.license_seats import grant_from_exm
from reconciler.server.usecases.ports import Transaction
from reconciler.server.usecases.scope import write
from tests.server.usecases.pool import CUCM, DAY, DEVICE, PREMIUM, SAMSUNG, Pool

INSTANT = timedelta(milliseconds=1)


def sweep(pool: Pool) -> int:
    return release_silent(pool.world, pool.customer)


@pytest.mark.requirement("L-37")
@pytest.mark.parametrize("days", [None, 10])
def test_a_silent_device_loses_its_standard_license_on_the_day(
    pool: Pool, days: int | None
) -> None:
    if days is not None:
        pool.settle(license_release_days=days)
    pool.stock("A", days=500)
    pool.ask()
    pool.advance((days or 30) * DAY - INSTANT)
    assert sweep(pool) == 0
    assert pool.use() is Use.IN_USE
    pool.advance(INSTANT)
    assert sweep(pool) == 1
    assert (pool.use(), pool.lots()["A"].used) == (Use.RELEASED, 0)
    assert sweep(pool) == 0


@pytest.mark.requirement("L-37")
@pytest.mark.requirement("D-11")
def test_any_contact_starts_the_days_anew(pool: Pool) -> None:
    """Not only a request for licenses: the device's last contact of any sort counts (Q-03)."""
    pool.stock("A", days=500)
    pool.ask()
    pool.advance(29 * DAY)
    with pytest.raises(DomainError):
        pool.ask(DEVICE, PREMIUM)
    pool.advance(29 * DAY)
    assert sweep(pool) == 0
    pool.advance(DAY)
    assert sweep(pool) == 1


@pytest.mark.requirement("L-38")
def test_silence_never_takes_a_premium_license(pool: Pool) -> None:
    pool.stock("P", days=None, type=LicenseType.PREMIUM)
    pool.ask(DEVICE, PREMIUM)
    pool.advance(400 * DAY)
    assert sweep(pool) == 0
    assert pool.use(feature=PREMIUM) is Use.IN_USE


def test_premium_licenses_do_not_keep_standard_ones_from_coming_back(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.server.usecases.license_release._AT_ONCE", 2)
    pool.stock("P", days=None, type=LicenseType.PREMIUM)
    pool.stock("A", days=None)
    for number in range(3):
        pool.ask(f"TC52_p{number}", PREMIUM)
    pool.advance(DAY)
    for number in range(5):
        pool.ask(f"TC52_s{number}")
    pool.advance(40 * DAY)
    assert sweep(pool) == 5
    assert pool.lots()["A"].used == 0
    assert pool.lots()["P"].used == 3


def test_what_an_extension_manager_gave_is_not_this_sweeps_affair(pool: Pool) -> None:
    pool.stock("A", days=None)
    asker = Asker(DEVICE, "9.0.20406", Holder.EXM, "Ext1")

    def sign_in(tx: Transaction) -> None:
        grant_from_exm(tx, asker, [Feature.CUCM_STANDARD], pool.now)

    write(pool.world, pool.customer, sign_in)
    pool.advance(400 * DAY)
    assert sweep(pool) == 0
    assert pool.use() is Use.IN_USE


@pytest.mark.requirement("V-18")
def test_a_device_that_was_reset_leaves_its_seat_after_thirty_days(pool: Pool) -> None:
    """A factory reset gives another id, so there are two devices (L-40)."""
    pool.stock("A", 1, days=500)
    before, after = "SM-A5_TAI9f", "SM-A5_TAIa0"

    def ask(device_id: str) -> None:
        pool.ask(device_id, app_version="9.0.22308", hardware=SAMSUNG)

    ask(before)
    with pytest.raises(DomainError):
        ask(after)
    pool.advance(30 * DAY)
    sweep(pool)
    ask(after)
    assert (pool.use(before), pool.use(after)) == (Use.RELEASED, Use.IN_USE)


@pytest.mark.requirement("L-29")
def test_a_release_is_told_in_the_events_and_the_history(pool: Pool) -> None:
    pool.stock("A", days=None)
    for number in range(3):
        pool.ask(f"TC52_{number}")
    pool.advance(30 * DAY)
    sweep(pool)
    (event,) = pool.events("LICENSE_RELEASED")
    assert event.info == "3 standard licenses came back after 30 silent days"
    assert event.user_login is None
    released = [row for row in pool.history() if row.action is Action.RELEASE]
    assert {row.device_id for row in released} == {"TC52_0", "TC52_1", "TC52_2"}
    assert {row.detail for row in released} == {"CUCM_STANDARD came back after 30 silent days"}


def test_a_device_released_meanwhile_gets_another_seat_at_its_next_call(pool: Pool) -> None:
    pool.stock("A", 1, days=500)
    pool.ask()
    first = pool.rows()[CUCM].first_assigned_at
    pool.advance(30 * DAY)
    sweep(pool)
    pool.ask()
    assert (pool.use(), pool.rows()[CUCM].first_assigned_at) == (Use.IN_USE, first)


def test_a_customer_that_is_gone_has_nothing_to_release(pool: Pool) -> None:
    gone = CustomerRef("nobody", "nobody", "Nobody")
    with pytest.raises(DomainError) as refusal:
        release_silent(pool.world, gone)
    assert refusal.value.code is ErrorCode.NOT_FOUND
