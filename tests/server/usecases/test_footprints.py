"""Whom a change would reach: counted for one customer, and only what the caller may see."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.footprint import Footprint
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.footprints import list_footprints
from reconciler.server.usecases.obsolete import obsolete_device
from tests.server.company import ACME, GLOBEX
from tests.server.fleet import DAY, DEVICE, Fleet
from tests.server.store.test_history import explained


@pytest.fixture
def used(fleet: Fleet) -> Fleet:
    """One device used two tokens a month apart, one is registered and silent, one is globex's."""
    fleet.register("PTT-b", "TC52_silent")
    check_in(fleet.world, fleet.contact("PTT-a"))
    fleet.advance(31 * DAY)
    download_bootstrap(fleet.world, fleet.contact("ptt-b"))
    download_bootstrap(fleet.world, fleet.contact("PTT-a", "TC52_other"))
    check_in(fleet.world, fleet.contact("GLOBEX-a", "TC52_globex"))
    return fleet


def test_devices_are_counted_by_what_they_used_since_then_and_where_they_are(used: Fleet) -> None:
    now = used.company.clock()
    recently = list_footprints(used.world, used.company.chief, now - 30 * DAY)
    assert recently == [
        Footprint((), (), "b", 1),
        Footprint(("PTT-a",), ("PTT-a",), None, 1),
        Footprint(("PTT-b",), ("PTT-b",), None, 1),
    ]
    longer = list_footprints(used.world, used.company.chief, now - 60 * DAY)
    assert Footprint(("PTT-a", "PTT-b"), ("PTT-a", "PTT-b"), None, 1) in longer
    assert sum(row.devices for row in longer) == 3


def test_a_device_that_was_refused_or_obsoleted_is_not_counted(used: Fleet) -> None:
    now = used.company.clock()
    wrong = replace(used.contact("PTT-a", "TC52_wrong"), app_id="WFC_VOICE_ANDROID")
    with pytest.raises(DomainError):
        download_bootstrap(used.world, wrong)
    obsolete_device(used.world, used.company.vendor, "TC52_other", ACME)
    tokens = [row.tokens for row in list_footprints(used.world, used.company.chief, now - DAY)]
    assert tokens == [(), ("PTT-b",)]


def test_the_vendor_counts_one_customer_at_a_time(used: Fleet) -> None:
    vendor, since = used.company.vendor, used.company.clock() - DAY
    with pytest.raises(DomainError) as refusal:
        list_footprints(used.world, vendor, since)
    assert refusal.value.code is ErrorCode.CUSTOMER_REQUIRED
    globex = Footprint(("GLOBEX-a",), ("GLOBEX-a",), None, 1)
    assert list_footprints(used.world, vendor, since, GLOBEX) == [globex]
    assert list_footprints(used.world, used.company.stranger, since) == [globex]


def test_who_may_not_read_devices_learns_no_sites(used: Fleet) -> None:
    since = used.company.clock() - 60 * DAY
    rows = list_footprints(used.world, used.company.of(Role.USER), since)
    assert {row.site for row in rows} == {None}
    assert sum(row.devices for row in rows if row.tokens) == 3


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_used_a_token_is_read_from_an_index_alone(used: Fleet) -> None:
    with explained() as plans:
        list_footprints(used.world, used.company.chief, used.company.clock() - timedelta(days=30))
    assert "COVERING INDEX ix_history_customer_id_token_id" in plans[-1], plans
    assert used.device(DEVICE).site is None
