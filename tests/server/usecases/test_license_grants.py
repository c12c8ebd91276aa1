"""A device asks for its licenses, or gives them back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.server.domain.assignments import Asker, Holder, ReleaseReason, Use
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import Severity
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.history import Action, Result
from reconciler.server.domain.licensing import LotState
from reconciler.server.usecases.license_grants import return_licenses
from reconciler.server.usecases.license_release import free_all_seats
from reconciler.server.usecases.license_seats import grant_from_exm
from reconciler.server.usecases.ports import Transaction
from reconciler.server.usecases.scope import write
from tests.server.usecases.pool import (
    CUCM,
    DAY,
    DEVICE,
    MITEL,
    PREMIUM,
    SAMSUNG,
    TOKEN,
    VERSION,
    Pool,
)


def code_of(action: object, *arguments: object, **more: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments, **more)
    return refusal.value.code


@pytest.mark.requirement("D-12")
@pytest.mark.requirement("D-14")
@pytest.mark.requirement("L-28")
def test_a_device_that_asks_gets_a_license(pool: Pool) -> None:
    pool.stock("A", 3)
    done = pool.ask()
    (held,) = done.licenses
    assert (held.assignment.feature, held.assignment.use) == (CUCM, Use.IN_USE)
    assert (held.lot.external_id, held.lot.state(pool.now)) == ("A", LotState.ACTIVE)
    assert done.next_check_seconds == 90 * 86_400 == 7_776_000
    row = pool.rows()[CUCM]
    assert (row.use, row.holder, row.app_version) == (Use.IN_USE, Holder.PVM, VERSION)
    assert pool.lots()["A"].used == 1


@pytest.mark.requirement("D-13")
@pytest.mark.requirement("L-13")
def test_each_feature_is_a_row_and_a_seat(pool: Pool) -> None:
    pool.stock("A", 3)
    pool.stock("P", 1, type=LicenseType.PREMIUM)
    pool.ask(DEVICE, "Basic CUCM", MITEL, PREMIUM)
    assert sorted(pool.rows()) == [PREMIUM, CUCM, MITEL]
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 2, "P": 1}


@pytest.mark.requirement("L-23")
def test_a_device_keeps_its_valid_license_although_another_ends_later(pool: Pool) -> None:
    pool.stock("A", days=30)
    pool.ask()
    pool.stock("B", days=300)
    for reason in ("INITIAL", "INTERVAL", "TOKEN_SCAN", "REBOOT"):
        pool.ask(reason=reason)
        assert pool.lot_of() == "A"
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 1, "B": 0}


@pytest.mark.requirement("L-24")
def test_a_new_device_gets_the_license_that_ends_last(pool: Pool) -> None:
    pool.stock("A", days=30)
    pool.stock("B", 1, days=300)
    for device, lot in (("TC52_1", "B"), ("TC52_2", "A")):
        pool.ask(device)
        assert pool.lot_of(device) == lot


@pytest.mark.requirement("L-25")
@pytest.mark.requirement("D-15")
@pytest.mark.parametrize("reason", ["EXPIRED", "INTERVAL"])
def test_an_expired_license_is_replaced_and_its_seat_comes_back(pool: Pool, reason: str) -> None:
    pool.stock("A", days=30)
    pool.ask()
    pool.sell("B", days=300)
    pool.sell("C", days=200)
    pool.sync()
    pool.advance(30 * DAY)
    pool.ask(reason=reason)
    assert pool.lot_of() == "B"
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 0, "B": 1, "C": 0}


def test_a_device_that_reports_an_expiry_gets_the_farthest_at_once(pool: Pool) -> None:
    """Its lot may have been renewed meanwhile; the other one still ends later (Q-06)."""
    pool.stock("A", days=30)
    pool.ask()
    pool.stock("B", days=300)
    pool.ask(reason="EXPIRED")
    assert pool.lot_of() == "B"


@pytest.mark.requirement("L-19")
@pytest.mark.requirement("D-16")
def test_without_another_the_expired_license_stays_and_the_answer_says_so(pool: Pool) -> None:
    pool.stock("A", 1, days=30)
    pool.ask()
    pool.advance(30 * DAY)
    assert code_of(pool.ask, reason="EXPIRED") is ErrorCode.LICENSE_EXPIRED
    assert pool.use() is Use.IN_USE
    assert (pool.lots()["A"].used, pool.lots()["A"].state(pool.now)) == (1, LotState.EXPIRED)
    assert len(pool.events("LICENSE_EXHAUSTED")) == 1


def test_without_expiry_detection_the_device_waits_for_its_interval(pool: Pool) -> None:
    pool.settle(profile="3.0")
    pool.stock("A", days=30)
    pool.ask()
    pool.stock("B", days=300)
    pool.ask(reason="EXPIRED")
    assert pool.lot_of() == "A"
    pool.advance(30 * DAY)
    assert code_of(pool.ask, reason="EXPIRED") is ErrorCode.LICENSE_EXPIRED
    assert pool.events("LICENSE_EXHAUSTED") == []
    pool.ask(reason="INTERVAL")
    assert pool.lot_of() == "B"


@pytest.mark.requirement("L-43")
def test_the_last_seat_is_given_once_and_taken_from_nobody(pool: Pool) -> None:
    pool.stock("A", 2)
    for device in ("TC52_1", "TC52_2"):
        pool.ask(device)
    for device in ("TC52_3", "TC52_4"):
        assert code_of(pool.ask, device) is ErrorCode.NO_LICENSE_AVAILABLE
        assert pool.rows(device) == {}
    failed = pool.history()[-1]
    assert (failed.action, failed.result, failed.code) == (
        Action.LICENSE,
        Result.FAILED,
        "NO_LICENSE_AVAILABLE",
    )
    assert pool.lots()["A"].used == 2


@pytest.mark.requirement("L-43")
def test_a_shortage_is_told_once_for_each_type_and_day(pool: Pool) -> None:
    for _ in range(3):
        code_of(pool.ask)
        code_of(pool.ask, DEVICE, PREMIUM)
    pool.advance(DAY)
    code_of(pool.ask, DEVICE, MITEL)
    warnings = pool.events("LICENSE_EXHAUSTED")
    assert [event.target for event in warnings] == ["STANDARD", "PREMIUM", "STANDARD"]
    assert {event.severity for event in warnings} == {Severity.WARN}
    assert warnings[0].info == "no standard license is free; a device asked for CUCM_STANDARD"
    assert warnings[0].user_login is None


def test_a_request_is_granted_whole_or_not_at_all(pool: Pool) -> None:
    pool.stock("A", 5)
    assert code_of(pool.ask, DEVICE, CUCM, PREMIUM) is ErrorCode.NO_LICENSE_AVAILABLE
    assert (pool.rows(), pool.lots()["A"].used) == ({}, 0)


def test_a_refusal_takes_nothing_away_and_counts_as_a_contact(pool: Pool) -> None:
    pool.stock("A", 1)
    pool.ask()
    pool.advance(timedelta(hours=1))
    assert code_of(pool.ask, DEVICE, CUCM, MITEL) is ErrorCode.NO_LICENSE_AVAILABLE
    assert pool.use() is Use.IN_USE
    with pool.world.store.read(pool.customer) as tx:
        assert tx.devices.find([DEVICE])[DEVICE].last_contact_at == pool.now


@pytest.mark.requirement("L-39")
def test_another_makers_device_gets_no_premium_license(pool: Pool) -> None:
    pool.stock("P", type=LicenseType.PREMIUM)
    pool.stock("A")
    for feature in ("Aura Premium", "CUCM Premium", "CME Premium"):
        refused = code_of(
            pool.ask, "SM-A5_TAI9f", CUCM, feature, hardware=SAMSUNG, app_version="9.0.22308"
        )
        assert refused is ErrorCode.PREMIUM_NOT_ALLOWED
    assert (pool.rows("SM-A5_TAI9f"), pool.lots()["P"].used) == ({}, 0)
    pool.ask("SM-A5_TAI9f", hardware=SAMSUNG, app_version="9.0.22308")
    assert pool.lot_of("SM-A5_TAI9f") == "A"


@pytest.mark.requirement("L-42")
def test_an_older_voice_gets_no_license(pool: Pool) -> None:
    pool.stock("A")
    for version in ("9.0.20207", "9.0.20305", "unknown"):
        assert code_of(pool.ask, app_version=version) is ErrorCode.VERSION_TOO_OLD
    assert pool.lots()["A"].used == 0
    pool.ask(app_version="9.0.20306")
    assert pool.lots()["A"].used == 1


def test_a_version_that_the_device_told_before_counts(pool: Pool) -> None:
    pool.stock("A")
    assert code_of(pool.ask, app_version="") is ErrorCode.VERSION_TOO_OLD
    pool.ask()
    pool.ask(app_version="")
    assert pool.rows()[CUCM].app_version == VERSION


def test_only_voice_has_licenses(pool: Pool) -> None:
    pool.stock("A")
    assert code_of(pool.ask, app_id="WFC_PRO_ANDROID") is ErrorCode.APP_MISMATCH
    pool.ask()
    assert code_of(pool.ask, token=DEVICE, app_id="WFC_PRO_ANDROID") is ErrorCode.APP_MISMATCH


@pytest.mark.parametrize(
    ("features", "reason"),
    [(("NO_SUCH",), "INITIAL"), ((MITEL,) * 33, "INITIAL"), ((MITEL,), "SOMETIMES")],
    ids=["unknown feature", "too many", "unknown reason"],
)
def test_a_request_that_does_not_fit_is_refused(
    pool: Pool, features: tuple[str, ...], reason: str
) -> None:
    assert code_of(pool.ask, DEVICE, *features, reason=reason) is ErrorCode.VALIDATION
    assert pool.history()[-1].code == "VALIDATION"


@pytest.mark.requirement("L-10")
def test_an_activation_id_is_no_token(pool: Pool) -> None:
    pool.stock("8f46e1d2-77aa-4c5e-a1b2-e295-c660")
    refused = code_of(pool.ask, token="8f46e1d2-77aa-4c5e-a1b2-e295-c660")
    assert refused is ErrorCode.UNKNOWN_TOKEN


@pytest.mark.requirement("B-22")
@pytest.mark.requirement("D-12")
def test_a_known_device_may_stand_in_the_tokens_place_for_its_license(pool: Pool) -> None:
    """R-04: after its first contact with the Direct Access token."""
    pool.stock("A")
    pool.ask()
    pool.ask(token=DEVICE, device_id=None)
    last = pool.history()[-1]
    assert (last.action, last.token, last.device_id) == (Action.LICENSE, DEVICE, DEVICE)
    assert code_of(pool.ask, token="TC52_nobody") is ErrorCode.UNKNOWN_TOKEN


@pytest.mark.requirement("L-28")
def test_a_request_leaves_one_row_of_history(pool: Pool) -> None:
    pool.stock("A")
    pool.ask(DEVICE, CUCM, MITEL)
    (row,) = pool.history()
    assert (row.action, row.result, row.token) == (Action.LICENSE, Result.OK, TOKEN)
    assert row.detail == "CUCM_STANDARD, MITEL"


@pytest.mark.requirement("M-03")
def test_licenses_are_given_while_the_licensing_system_is_down(pool: Pool) -> None:
    pool.stock("A")
    pool.seller.down = True
    asked = pool.seller.asked
    pool.ask()
    assert pool.seller.asked == asked


@pytest.mark.requirement("L-40")
def test_another_id_of_the_same_device_inherits_nothing(pool: Pool) -> None:
    pool.stock("A", 1)
    pool.ask("SM-A5_TAI9f", app_version="9.0.22308", hardware=SAMSUNG)
    refused = code_of(pool.ask, "SM-A5_TAIa0", app_version="9.0.22308", hardware=SAMSUNG)
    assert refused is ErrorCode.NO_LICENSE_AVAILABLE


@pytest.mark.requirement("L-04")
@pytest.mark.requirement("L-29")
@pytest.mark.requirement("L-36")
def test_what_a_device_gives_back_another_can_have(pool: Pool) -> None:
    pool.stock("A", 1)
    pool.ask("TC52_1")
    first = pool.rows("TC52_1")[CUCM]
    pool.advance(timedelta(hours=1))
    (row,) = pool.give_back("TC52_1")
    assert (row.use, row.released_at) == (Use.RELEASED, pool.now)
    pool.ask("TC52_2")
    pool.give_back("TC52_2")
    pool.ask("TC52_1")
    again = pool.rows("TC52_1")[CUCM]
    assert again.first_assigned_at == first.first_assigned_at
    assert (again.assigned_at, again.released_at) == (pool.now, None)


def test_a_premium_license_cannot_be_given_back(pool: Pool) -> None:
    pool.stock("P", type=LicenseType.PREMIUM)
    pool.stock("A")
    pool.ask(DEVICE, PREMIUM, CUCM)
    assert [row.feature for row in pool.give_back()] == [CUCM]
    assert pool.use(feature=PREMIUM) is Use.IN_USE
    assert pool.give_back() == ()
    assert [row.detail for row in pool.history()[-2:]] == [
        "returned CUCM_STANDARD",
        "returned nothing",
    ]
    assert pool.history()[-1].action is Action.RELEASE


def test_a_device_id_in_the_tokens_place_gives_nothing_back(pool: Pool) -> None:
    """A device id can be guessed; nobody may take another device's license away with it."""
    pool.stock("A")
    pool.ask()
    guessed = pool.contact(token=DEVICE)
    assert code_of(return_licenses, pool.world, guessed) is ErrorCode.UNKNOWN_TOKEN
    assert pool.use() is Use.IN_USE


def sign_in_at(pool: Pool, exm: str | None) -> None:
    def work(tx: Transaction) -> None:
        device = tx.devices.find([DEVICE])[DEVICE]
        tx.devices.put([replace(device, exm=exm)])

    write(pool.world, pool.customer, work)


def test_a_device_that_is_signed_in_elsewhere_gets_its_license_there(pool: Pool) -> None:
    pool.stock("A")
    pool.ask()
    sign_in_at(pool, "Ext1")
    assert code_of(pool.ask) is ErrorCode.USE_EXM
    pool.settle(extension_manager=False)
    pool.ask()
    pool.settle(extension_manager=True)
    sign_in_at(pool, None)
    pool.ask()


@pytest.mark.requirement("L-41")
def test_freeing_all_seats_frees_premium_ones_too(pool: Pool) -> None:
    pool.stock("A")
    pool.stock("P", type=LicenseType.PREMIUM)
    pool.ask(DEVICE, CUCM, PREMIUM)

    def work(tx: Transaction) -> object:
        return free_all_seats(tx, DEVICE, ReleaseReason.OBSOLETE, pool.now)

    write(pool.world, pool.customer, work)
    assert {row.use for row in pool.rows().values()} == {Use.RELEASED}
    assert {row.release_reason for row in pool.rows().values()} == {ReleaseReason.OBSOLETE}
    assert {lot.used for lot in pool.lots().values()} == {0}


@pytest.mark.requirement("L-41")
def test_only_the_named_holders_seats_are_freed(pool: Pool) -> None:
    pool.stock("A")
    pool.ask()
    exm = Asker(DEVICE, VERSION, Holder.EXM, "Ext1")

    def sign_in(tx: Transaction) -> None:
        grant_from_exm(tx, exm, [Feature.MITEL], pool.now)

    def obsolete(tx: Transaction) -> object:
        return free_all_seats(tx, DEVICE, ReleaseReason.OBSOLETE, pool.now, (Holder.PVM,))

    write(pool.world, pool.customer, sign_in)
    write(pool.world, pool.customer, obsolete)
    assert (pool.use(), pool.use(feature=MITEL)) == (Use.RELEASED, Use.IN_USE)
    assert (pool.lots()["A"].used, pool.lots()["A"].used_in_exm) == (1, 1)
