"""Devices that call at the same moment."""

from collections.abc import Callable
from functools import partial

import pytest

from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.history import Result
from reconciler.server.domain.listing import ListQuery
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.push_to_talk import retry_tasks
from reconciler.server.usecases.tokens import get_token
from tests.server.fleet import Fleet
from tests.server.store.test_races import together

_ROUNDS = 8


@pytest.mark.requirement("V-20", "D-20")
def test_several_first_contacts_at_once_make_one_device(fleet: Fleet) -> None:
    for number in range(_ROUNDS):
        contact = fleet.contact(device_id=f"TC52_{number}")
        acts: list[Callable[[], object]] = [partial(check_in, fleet.world, contact)] * 2
        acts += [partial(download_bootstrap, fleet.world, contact)] * 2
        assert together(acts) == ["done"] * 4
    with fleet.world.store.read(fleet.acme) as tx:
        assert len(list(tx.devices.stream(ListQuery()))) == _ROUNDS
    rows = fleet.history()
    assert len(rows) == 4 * _ROUNDS
    assert {row.result for row in rows} == {Result.OK}
    assert len({row.id for row in rows}) == len(rows)
    used = get_token(fleet.world, fleet.company.chief, "PTT-a").use_count
    assert used == 2 * _ROUNDS


@pytest.mark.requirement("D-20", "D-21")
def test_every_download_of_many_devices_counts(fleet: Fleet) -> None:
    day = fleet.world.clock().date()
    for number in range(3):
        contacts = [fleet.contact(device_id=f"TC52_{number}{n}") for n in range(4)]
        contacts += [Contact("ptt-a"), Contact("GLOBEX-a", f"TC52_{number}g")]
        acts = [partial(download_bootstrap, fleet.world, contact) for contact in contacts]
        assert together(acts) == ["done"] * 6
    with fleet.world.store.read(Reach.EVERYONE) as tx:
        assert tx.token_requests.series(day, day) == [(day, "WFC_PRO_ANDROID", 18)]
        assert len(list(tx.history.stream(ListQuery()))) == 18


@pytest.mark.requirement("T-19")
def test_a_device_that_two_customers_pull_at_is_active_at_exactly_one(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    for _ in range(_ROUNDS):
        acts = [
            partial(check_in, fleet.world, fleet.contact(token)) for token in ("PTT-a", "GLOBEX-a")
        ]
        assert together(acts) == ["done"] * 2
        home = fleet.home()
        assert home in (fleet.acme, fleet.globex)
        states = {
            customer.code: fleet.device(of=customer).state
            for customer in (fleet.acme, fleet.globex)
        }
        active = [code for code, state in states.items() if state is DeviceState.ACTIVE]
        assert home is not None
        assert active == [home.code]


def test_a_new_device_that_two_customers_pull_at_is_active_at_exactly_one(fleet: Fleet) -> None:
    for number in range(_ROUNDS):
        device_id = f"TC52_{number}"
        acts = [
            partial(check_in, fleet.world, fleet.contact(token, device_id))
            for token in ("PTT-a", "GLOBEX-a")
        ]
        assert together(acts) == ["done"] * 2
        with fleet.world.store.read(Reach.EVERYONE) as tx:
            rows = [row for row in tx.devices.stream(ListQuery()) if row.device_id == device_id]
            home = tx.devices.home(device_id)
        active = [row.customer for row in rows if row.state is DeviceState.ACTIVE]
        assert home is not None
        assert active == [home.code]
        assert len(rows) == 2


@pytest.mark.requirement("S-09")
def test_registrations_at_two_sites_at_once_leave_book_and_table_agreeing(fleet: Fleet) -> None:
    for number in range(_ROUNDS):
        device_id = f"TC52_{number}"
        acts = [partial(fleet.register, token, device_id) for token in ("PTT-a", "PTT-b")]
        assert together(acts) == ["done"] * 2
        retry_tasks(fleet.world)
        entry = fleet.entry(device_id)
        assert entry is not None
        assert fleet.device(device_id).site == entry.site
        assert fleet.ptt_pro.table["pro-1", device_id] == entry.site
        assert fleet.tasks(device_id) == []


@pytest.mark.requirement("O-14")
def test_a_device_that_is_obsoleted_while_it_calls_is_one_or_the_other(fleet: Fleet) -> None:
    for number in range(_ROUNDS):
        device_id = f"TC52_{number}"
        fleet.register(device_id=device_id)
        acts: list[Callable[[], object]] = [
            partial(fleet.register, "PTT-b", device_id),
            partial(obsolete_from_exm, fleet.world, fleet.acme, "Ext1", device_id),
        ]
        assert together(acts) == ["done"] * 2
        retry_tasks(fleet.world)
        device = fleet.device(device_id)
        active = device.state is DeviceState.ACTIVE
        assert (fleet.home(device_id) == fleet.acme) is active
        assert device.site == ("b" if active else None)
        assert fleet.ptt_pro.table.get(("pro-1", device_id)) == device.site
