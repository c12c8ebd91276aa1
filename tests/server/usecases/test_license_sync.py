"""What the licensing system tells is taken over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.server.domain.assignments import Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.customer import FlagOverrides
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import Severity
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import Lot, LotSource, LotState
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.license_sync import Synced, sync, sync_on_demand
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError, Partners
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import write
from tests.server.company import ACME, GLOBEX, as_it_was
from tests.server.usecases.pool import DAY, Pool

NEW = LotSource.NEW


@pytest.mark.requirement("L-01")
def test_one_call_fills_the_pool(pool: Pool) -> None:
    pool.sell("A", 20)
    pool.sell("P", 3, type=LicenseType.PREMIUM, term="Trial")
    assert pool.sync() == Synced(verified=2, added=2)
    lot = pool.lots()["P"]
    assert (lot.type, lot.term, lot.quantity, lot.used) == (LicenseType.PREMIUM, "Trial", 3, 0)
    assert (lot.created_at, lot.last_verified_at) == (pool.now, pool.now)


@pytest.mark.requirement("L-02")
@pytest.mark.requirement("L-15")
def test_a_synchronisation_moves_the_verification_and_nothing_else(pool: Pool) -> None:
    pool.stock("A", 20)
    pool.ask()
    before = pool.lots()["A"]
    pool.advance(DAY)
    assert pool.sync() == Synced(verified=1)
    assert pool.lots()["A"] == replace(before, last_verified_at=pool.now)


@pytest.mark.requirement("L-07")
@pytest.mark.requirement("L-20")
def test_a_lot_that_is_not_told_any_more_expires_where_it_was_verified_last(pool: Pool) -> None:
    pool.stock("A")
    pool.ask()
    before = pool.lots()["A"]
    pool.seller.sold.clear()
    pool.advance(DAY)
    assert pool.sync() == Synced(missing=1)
    after = pool.lots()["A"]
    assert after == replace(before, present=False)
    assert after.state(pool.now) is LotState.EXPIRED
    assert pool.use() is Use.IN_USE
    assert pool.sync() == Synced()
    pool.stock("A")
    assert pool.lots()["A"].state(pool.now) is LotState.ACTIVE


@pytest.mark.requirement("L-07")
def test_a_lot_may_be_told_to_be_invalid(pool: Pool) -> None:
    pool.stock("A", valid=False)
    assert pool.lots()["A"].state(pool.now) is LotState.EXPIRED
    with pytest.raises(DomainError):
        pool.ask()


@pytest.mark.requirement("L-12")
@pytest.mark.requirement("L-11")
def test_a_lot_of_the_new_source_has_the_customers_overage(pool: Pool) -> None:
    pool.settle(overage_percent=5)
    pool.sell("old", 20)
    pool.stock("new", 20, 200, source=NEW)
    lots = pool.lots()
    assert [(lots[name].quantity, lots[name].total) for name in ("old", "new")] == [
        (20, 20),
        (20, 21),
    ]
    pool.seller.sold[ACME] = pool.seller.sold[ACME][1:]
    pool.sync()
    for number in range(21):
        pool.ask(f"TC52_{number}")
    with pytest.raises(DomainError) as refusal:
        pool.ask("TC52_21")
    assert refusal.value.code is ErrorCode.NO_LICENSE_AVAILABLE


@pytest.mark.requirement("L-14")
def test_a_lot_of_the_new_source_has_the_customers_days_of_grace(pool: Pool) -> None:
    pool.settle(grace_period_days=10)
    pool.sell("old", 20, 30)
    pool.stock("new", 20, 30, source=NEW)
    base = pool.now + 30 * DAY
    assert {name: lot.expiration for name, lot in pool.lots().items()} == {
        "old": base,
        "new": base + 10 * DAY,
    }
    pool.advance(39 * DAY)
    pool.ask()
    assert pool.lot_of() == "new"
    pool.advance(DAY)
    assert pool.lots()["new"].state(pool.now) is LotState.EXPIRED


def test_what_is_told_of_a_lot_wins_over_the_customers_settings(pool: Pool) -> None:
    pool.settle(overage_percent=5, grace_period_days=10)
    pool.sell("A", source=NEW, overage_percent=50, grace_days=3)
    pool.stock("B", source=NEW, overage_percent=0, grace_days=0)
    extra = {name: (lot.overage_percent, lot.grace_days) for name, lot in pool.lots().items()}
    assert extra == {"A": (50, 3), "B": (0, 0)}


def test_flags_switch_overage_and_grace_off(pool: Pool) -> None:
    pool.settle(overage_percent=5, grace_period_days=10, profile="3.0")
    pool.sell("A", source=NEW)
    pool.stock("B", source=NEW, overage_percent=50, grace_days=3)
    assert {(lot.overage_percent, lot.grace_days) for lot in pool.lots().values()} == {(0, 0)}
    pool.settle(flag_overrides=FlagOverrides(overage=True))
    pool.sync()
    assert {(lot.overage_percent, lot.grace_days) for lot in pool.lots().values()} == {
        (5, 0),
        (50, 0),
    }


@pytest.mark.requirement("L-18")
def test_a_perpetual_lot_runs_while_it_is_verified(pool: Pool) -> None:
    pool.stock("A", days=None, term="Perpetual")
    pool.advance(11 * 366 * DAY)
    pool.sync()
    lot = pool.lots()["A"]
    assert lot.state(pool.now) is LotState.ACTIVE
    assert lot.expiration == lot.last_verified_at.replace(year=lot.last_verified_at.year + 10)
    pool.seller.sold.clear()
    pool.sync()
    assert pool.lots()["A"].state(pool.now) is LotState.EXPIRED


@pytest.mark.requirement("L-44")
@pytest.mark.parametrize(
    "end",
    [datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)],
    ids=["old source", "new source"],
)
def test_an_end_is_kept_to_the_second(pool: Pool, end: datetime) -> None:
    pool.stock("A", expiration=end)
    assert pool.lots()["A"].expiration == end


@pytest.mark.requirement("L-08")
@pytest.mark.requirement("L-16")
def test_several_lots_of_a_type_stand_beside_each_other(pool: Pool) -> None:
    pool.sell("A", 15)
    pool.sell("B", 385)
    pool.sell("A", 2, type=LicenseType.PREMIUM)
    assert pool.sync().added == 3
    with pool.world.store.read(pool.customer) as tx:
        found = {(lot.external_id, lot.type, lot.total) for lot in tx.lots.all()}
    assert found == {("A", "STANDARD", 15), ("B", "STANDARD", 385), ("A", "PREMIUM", 2)}


@pytest.mark.requirement("L-17")
def test_two_customers_may_have_the_same_activation_id(pool: Pool) -> None:
    pool.stock("A", 3)
    globex = pool.company.stranger.customer
    assert globex is not None
    pool.seller.sold[GLOBEX] = [replace(pool.seller.sold[ACME][0], quantity=8)]
    assert sync(pool.world, globex).added == 1
    assert pool.lots()["A"].quantity == 3
    with pool.world.store.read(globex) as tx:
        assert [lot.quantity for lot in tx.lots.all()] == [8]


def test_a_lot_that_shrinks_keeps_who_has_a_seat_and_warns_once(pool: Pool) -> None:
    """Q-44."""
    pool.stock("8f46-77aa-e295-c660", 3)
    for number in range(3):
        pool.ask(f"TC52_{number}")
    pool.sell("8f46-77aa-e295-c660", 2)
    assert pool.sync() == Synced(verified=1, overcommitted=1)
    assert pool.sync() == Synced(verified=1)
    lot = pool.lots()["8f46-77aa-e295-c660"]
    assert (lot.used, lot.total, lot.available) == (3, 2, 0)
    with pytest.raises(DomainError):
        pool.ask("TC52_3")
    pool.ask("TC52_0")
    (warning,) = pool.events("LICENSE_OVERCOMMIT")
    assert warning.severity is Severity.WARN
    assert warning.info == "standard license ***e295-c660: 3 in use, 2 bought"


@pytest.mark.requirement("L-02")
def test_a_synchronisation_leaves_one_event_of_the_systems_own(pool: Pool) -> None:
    pool.stock("A")
    (event,) = pool.events("LICENSE_SYNC_SYSTEM")
    assert (event.user_login, event.info) == (None, "1 licenses verified, 1 new, 0 missing")


@pytest.mark.parametrize(
    "told",
    [
        {"quantity": -1},
        {"external_id": ""},
        {"external_id": "x" * 129},
        {"external_id": "a\0b"},
        {"term": "x" * 65},
        {"term": "a\nb"},
        {"overage_percent": 1001},
        {"grace_days": -1},
    ],
    ids=repr,
)
def test_nonsense_changes_nothing(pool: Pool, told: dict[str, object]) -> None:
    pool.stock("A")
    good = pool.seller.sold[ACME][0]
    bad = replace(good, **{"external_id": "B", **told})  # type: ignore[arg-type]  # fields by name
    pool.seller.sold[ACME] = [replace(good, quantity=99), bad]
    before = pool.lots()
    with as_it_was(pool.company), pytest.raises(PartnerError, match="out of bounds"):
        pool.sync()
    assert pool.lots() == before


def test_a_license_that_is_told_twice_changes_nothing(pool: Pool) -> None:
    pool.stock("A")
    pool.seller.sold[ACME] *= 2
    with as_it_was(pool.company), pytest.raises(PartnerError, match="twice"):
        pool.sync()


def test_without_a_licensing_system_nothing_can_be_synchronised(pool: Pool) -> None:
    with pytest.raises(PartnerError, match="no licensing system"):
        sync(replace(pool.world, partners=Partners()), pool.customer)


def test_an_answer_that_was_overtaken_takes_nothing_back(pool: Pool) -> None:
    """Two synchronisations at once: the one that asked first writes last."""
    pool.stock("A", 3)
    slow = pool.seller.sold[ACME]

    def overtake(*_: object) -> list[Entitlement]:
        pool.advance(timedelta(seconds=1))
        pool.sell("A", 5)
        pool.stock("B", 7)
        return slow

    class Slow:
        entitlements = staticmethod(overtake)

    before = pool.now
    slow_world = replace(pool.world, partners=Partners(licensing=Slow()))
    assert sync(slow_world, pool.customer) == Synced(verified=1)
    lots = pool.lots()
    assert (lots["A"].quantity, lots["B"].present) == (5, True)
    assert all(lot.last_verified_at > before for lot in lots.values())


def test_a_customer_that_is_gone_is_not_synchronised(pool: Pool) -> None:
    with pytest.raises(DomainError) as refusal:
        sync(pool.world, CustomerRef("nobody", "nobody", "Nobody"))
    assert refusal.value.code is ErrorCode.NOT_FOUND


@pytest.mark.requirement("L-03")
def test_the_vendor_synchronises_one_customer_or_all(pool: Pool) -> None:
    pool.sell("A")
    vendor = pool.company.vendor
    assert sync_on_demand(pool.world, vendor, ACME) == {ACME: Synced(verified=1, added=1)}
    assert pool.events("LICENSE_SYNC_SYSTEM")[-1].user_login == vendor.login_name
    done = sync_on_demand(pool.world, vendor, None)
    assert done == {ACME: Synced(verified=1), GLOBEX: Synced()}


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN, Role.SUPER_ADMIN])
def test_nobody_else_synchronises(pool: Pool, role: Role) -> None:
    with pytest.raises(DomainError) as refusal:
        sync_on_demand(pool.world, pool.company.of(role), None)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    assert pool.seller.asked == 0


def test_a_customer_that_fails_does_not_stop_the_others(pool: Pool) -> None:
    pool.sell("A")
    pool.seller.sold[GLOBEX] = pool.seller.sold[ACME] * 2
    with pytest.raises(DomainError) as refusal:
        sync_on_demand(pool.world, pool.company.vendor, None)
    assert refusal.value.code is ErrorCode.UPSTREAM
    assert refusal.value.detail.startswith("1 of 2 not synchronised: ")
    assert "A" in pool.lots()


def test_the_licensing_system_is_asked_outside_every_transaction(pool: Pool) -> None:
    """A slow one must not keep the database's only writer."""

    class Nosy:
        def entitlements(self, _customer: str) -> list[Entitlement]:
            write(pool.world, pool.customer, touch)
            return []

    def touch(tx: Transaction) -> Lot | None:
        return next(iter(tx.lots.all()), None)

    nosy: World = replace(pool.world, partners=Partners(licensing=Nosy()))
    assert sync(nosy, pool.customer) == Synced()
