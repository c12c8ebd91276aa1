"""Downloads together leave what the same downloads leave one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.errors import DomainError
from reconciler.server.usecases.customers import delete_customer
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.downloads import download_together
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.ports import Delivery, Reach, StaleWriteError, World
from reconciler.server.usecases.tokens import get_token
from tests.server.company import ACME, ONCE
from tests.server.fleet import Fleet


def contacts(fleet: Fleet, group: str) -> list[Contact]:
    """Devices of a group: two tokens, one device twice, one of another customer, one unnamed."""
    first = fleet.contact(device_id=f"TC52_{group}1")
    return [
        first,
        fleet.contact("ptt-A", f"TC52_{group}2"),
        fleet.contact("PTT-b", f"TC52_{group}3"),
        replace(first, token="PTT-b", hardware=Hardware("", "", "Android 14", "")),
        fleet.contact("GLOBEX-a", f"TC52_{group}4"),
        fleet.contact(device_id=None),
        Contact("PTT-a", f"TC52_{group}5", app_id="WFC_PRO_ANDROID"),
    ]


def singly(world: World, calls: Sequence[Contact]) -> Sequence[Delivery]:
    return [download_bootstrap(world, contact) for contact in calls]


def left(fleet: Fleet, group: str, since: int) -> dict[str, Any]:
    """What a group's downloads left, with the group's name taken out."""

    def plain(row: object) -> str:
        return repr(row).replace(f"_{group}", "_")

    with fleet.world.store.read(Reach.EVERYONE) as tx:
        ids = [f"TC52_{group}{number}" for number in range(1, 6)]
        today = fleet.company.clock().date()
        homes = {plain(key): home.code for key, home in tx.devices.homes(ids).items()}
        counts = tx.token_requests.series(today, today)
    return {
        "devices": [
            plain(fleet.device(one, fleet.globex if one.endswith("4") else None)) for one in ids
        ],
        "homes": homes,
        "counts": [number for _, _, number in counts],
        "acme": [plain(replace(row, id="")) for row in fleet.history()[since:]],
        "globex": [plain(replace(row, id="")) for row in fleet.history(fleet.globex)[-1:]],
        "uses": [uses(fleet, name) for name in ("PTT-a", "PTT-b")],
        "last": [get_token(fleet.world, fleet.company.chief, "PTT-a").last_used_at],
    }


def uses(fleet: Fleet, name: str) -> int:
    return get_token(fleet.world, fleet.company.chief, name).use_count


@pytest.mark.requirement("D-07", "D-20", "D-21", "D-11")
def test_what_is_left_is_the_same(fleet: Fleet) -> None:
    answers = singly(fleet.world, contacts(fleet, "X"))
    before = left(fleet, "X", 0)
    rows = len(fleet.history())
    assert download_together(fleet.world, contacts(fleet, "Y")) == answers
    after = left(fleet, "Y", rows)
    assert after["devices"] == before["devices"]
    assert after["homes"] == before["homes"]
    assert after["acme"] == before["acme"]
    assert after["globex"] == before["globex"]
    assert after["uses"] == [2 * number for number in before["uses"]] == [8, 4]
    assert after["counts"] == [2 * number for number in before["counts"]] == [14]
    assert after["last"] == before["last"]


def test_rows_of_the_history_keep_the_order_of_the_calls(fleet: Fleet) -> None:
    download_together(fleet.world, contacts(fleet, "X"))
    found = [row.device_id for row in fleet.history()]
    assert found == [one.device_id for one in contacts(fleet, "X") if one.token != "GLOBEX-a"]


def test_what_is_refused_warned_of_or_moves_is_left_alone(fleet: Fleet) -> None:
    singly(fleet.world, [fleet.contact("GLOBEX-a", "TC52_9")])
    calls = [
        fleet.contact("nowhere"),
        fleet.contact(None),
        fleet.contact("not a token"),
        fleet.contact(device_id="\x00"),
        replace(fleet.contact(), app_id="WFC_VOICE_ANDROID"),
        replace(fleet.contact(), app_version="1.0"),
        replace(fleet.contact(), hardware=Hardware(model="x" * 200)),
        fleet.contact(device_id="TC52_9"),
    ]
    assert download_together(fleet.world, calls) == [None] * len(calls)
    assert fleet.history() == []
    assert uses(fleet, "PTT-a") == 0
    home = fleet.home("TC52_9")
    assert home == fleet.globex
    plain = fleet.contact(device_id="TC52_1")
    assert [one is None for one in download_together(fleet.world, [*calls, plain])] == [
        *[True] * len(calls),
        False,
    ]
    assert [row.device_id for row in fleet.history()] == ["TC52_1"]


@pytest.mark.requirement("O-14")
def test_an_inactive_device_comes_back(fleet: Fleet) -> None:
    calls = [fleet.contact(device_id="TC52_1")]
    singly(fleet.world, calls)
    obsolete_from_exm(fleet.world, fleet.acme, "exm-1", "TC52_1")
    fleet.advance(timedelta(days=1))
    assert download_together(fleet.world, calls) != [None]
    assert fleet.home("TC52_1") == fleet.acme
    assert fleet.device("TC52_1").last_contact_at == fleet.company.clock().replace(
        microsecond=123_000
    )


@pytest.mark.parametrize("error", [StaleWriteError(), OSError("disk")], ids=["turmoil", "disk"])
def test_a_customer_whose_downloads_fail_leaves_the_others_theirs(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What was stored is answered: asked again singly, it would count twice."""
    store, real = fleet.world.store, fleet.world.store.write

    def write(tenant: Any, work: Any, **how: Any) -> Any:  # noqa: ANN401 - handed on
        if tenant == fleet.globex:
            raise error
        return real(tenant, work, **how)

    monkeypatch.setattr(store, "write", write)
    answers = download_together(fleet.world, contacts(fleet, "X"))
    assert [answer is None for answer in answers] == [number == 4 for number in range(7)]
    assert len(fleet.history()) == 6
    assert fleet.history(fleet.globex) == []


def test_a_customer_deleted_meanwhile_gets_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = fleet.world.store, fleet.world.store.deliveries
    vendor = fleet.company.vendor

    def deliveries(keys: Sequence[str]) -> Any:  # noqa: ANN401 - handed on
        found = real(keys)
        delete_customer(fleet.world, vendor, ACME, ONCE)
        return found

    monkeypatch.setattr(store, "deliveries", deliveries)
    call = fleet.contact()
    assert download_together(fleet.world, [call]) == [None]
    with pytest.raises(DomainError):
        download_bootstrap(fleet.world, call)


def test_nothing_to_do_is_no_error(fleet: Fleet) -> None:
    assert download_together(fleet.world, []) == []
