"""The dashboard: what was counted, day by day, and nothing made up."""

from datetime import date, timedelta

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.roles import Role
from reconciler.server.domain.series import APP_LABELS, AskedRange, Preset
from reconciler.server.usecases.dashboard import chart_licenses, chart_tokens
from reconciler.server.usecases.license_ports import Snapshot
from reconciler.server.usecases.ports import Transaction
from tests.server.company import ACME, GLOBEX, Company

TODAY = date(2026, 3, 1)
WHOLE = AskedRange(Preset.SIX_MONTHS)
_VOICE, _IOS = str(AppId.VOICE), str(AppId.PTT_PRO_IOS)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def counted(company: Company) -> Company:
    """Requests since four days ago here, since six days ago at the other customer."""

    def here(tx: Transaction) -> None:
        tx.token_requests.count(ago(4), _VOICE)
        tx.token_requests.count(ago(4), _VOICE, 2)
        tx.token_requests.count(ago(4), _IOS)
        tx.token_requests.count(ago(1), _VOICE, 5)

    def there(tx: Transaction) -> None:
        tx.token_requests.count(ago(6), _VOICE, 7)
        tx.token_requests.count(ago(4), _VOICE, 10)

    for caller, work in ((company.chief, here), (company.stranger, there)):
        assert caller.customer is not None
        company.world.store.write(caller.customer, work)
    return company


@pytest.fixture
def photographed(company: Company) -> Company:
    """Snapshots of three days and of today, none of the day before yesterday."""

    def here(tx: Transaction) -> None:
        for days in (4, 3, 1, 0):
            tx.snapshots.put(Snapshot(ago(days), days, 10, days + 1, 20))

    def there(tx: Transaction) -> None:
        tx.snapshots.put(Snapshot(ago(3), 100, 200, 300, 400))

    for caller, work in ((company.chief, here), (company.stranger, there)):
        assert caller.customer is not None
        company.world.store.write(caller.customer, work)
    return company


@pytest.mark.requirement("G-08", "G-09", "D-21")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN, Role.SUPER_ADMIN])
def test_every_role_sees_its_customers_requests_by_day_and_application(
    counted: Company, role: Role
) -> None:
    chart = chart_tokens(counted.world, counted.of(role), WHOLE)
    assert chart.window.days == tuple(ago(days) for days in (4, 3, 2, 1, 0))
    expected = dict.fromkeys(APP_LABELS, (0,) * 5)
    assert chart.lines == expected | {_VOICE: (3, 0, 0, 5, 0), _IOS: (1, 0, 0, 0, 0)}


@pytest.mark.requirement("G-05")
def test_a_range_starts_no_earlier_than_the_data(counted: Company) -> None:
    chief = counted.chief
    month = chart_tokens(counted.world, chief, AskedRange())
    assert (month.window.collected_since, month.window.clamped) == (ago(4), True)
    recent = chart_tokens(counted.world, chief, AskedRange(None, ago(2), ago(1)))
    assert (recent.window.clamped, recent.window.days) == (False, (ago(2), ago(1)))
    assert recent.lines[_VOICE] == (0, 5)
    before = chart_tokens(counted.world, chief, AskedRange(None, ago(9), ago(5)))
    assert (before.window.clamped, before.window.days) == (True, ())
    assert set(before.lines.values()) == {()}


def test_the_vendor_sees_the_sum_or_one_customer(counted: Company) -> None:
    vendor = counted.vendor
    everyone = chart_tokens(counted.world, vendor, WHOLE)
    assert everyone.lines[_VOICE] == (7, 0, 13, 0, 0, 5, 0)
    assert chart_tokens(counted.world, vendor, WHOLE, customer=ACME).lines[_VOICE] == (
        *(3, 0, 0, 5, 0),
    )
    assert chart_tokens(counted.world, vendor, WHOLE, customer=GLOBEX).window.days[0] == ago(6)


def test_one_application_is_one_line(counted: Company) -> None:
    chart = chart_tokens(counted.world, counted.chief, WHOLE, _IOS)
    assert chart.lines == {_IOS: (1, 0, 0, 0, 0)}


@pytest.mark.parametrize("app_id", ["PTT-Win", "wfc_voice_android", ""])
def test_what_is_no_app_id_is_refused(company: Company, app_id: str) -> None:
    with pytest.raises(DomainError) as refusal:
        chart_tokens(company.world, company.chief, WHOLE, app_id)
    assert refusal.value.code is ErrorCode.VALIDATION


@pytest.mark.requirement("G-02", "G-03")
def test_the_graph_of_seats_has_four_lines_and_leaves_gaps(photographed: Company) -> None:
    chart = chart_licenses(photographed.world, photographed.chief, WHOLE)
    assert chart.window.days == tuple(ago(days) for days in (4, 3, 2, 1, 0))
    assert chart.lines == {
        "premiumUsed": (4, 3, None, 1, 0),
        "premiumTotal": (10, 10, None, 10, 10),
        "standardUsed": (5, 4, None, 2, 1),
        "standardTotal": (20, 20, None, 20, 20),
    }


@pytest.mark.requirement("G-05")
def test_seats_are_clamped_to_the_first_snapshot(photographed: Company) -> None:
    chart = chart_licenses(photographed.world, photographed.chief, AskedRange(None, ago(9), ago(3)))
    assert (chart.window.days, chart.window.clamped) == ((ago(4), ago(3)), True)
    assert chart.window.collected_since == ago(4)


def test_the_vendors_graph_of_seats_sums_over_customers(photographed: Company) -> None:
    vendor = photographed.vendor
    everyone = chart_licenses(photographed.world, vendor, WHOLE).lines
    assert everyone["premiumUsed"] == (4, 103, None, 1, 0)
    assert everyone["standardTotal"] == (20, 420, None, 20, 20)
    theirs = chart_licenses(photographed.world, vendor, WHOLE, GLOBEX).lines
    assert theirs["premiumTotal"] == (200, None, None, None)


@pytest.mark.parametrize("chart", [chart_licenses, chart_tokens], ids=["licenses", "tokens"])
def test_without_data_there_is_an_empty_graph(company: Company, chart: object) -> None:
    assert callable(chart)
    found = chart(company.world, company.chief, AskedRange())
    assert (found.window.days, found.window.collected_since) == ((), None)
    assert set(found.lines.values()) == {()}
    assert found.window.clamped


@pytest.mark.requirement("A-09", "A-10", "L-46")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_who_may_not_see_licenses_sees_no_graph_of_them(company: Company, role: Role) -> None:
    with pytest.raises(DomainError) as refusal:
        chart_licenses(company.world, company.of(role), AskedRange())
    assert refusal.value.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("chart", [chart_licenses, chart_tokens], ids=["licenses", "tokens"])
def test_a_graph_of_another_customer_is_refused(company: Company, chart: object) -> None:
    assert callable(chart)
    with pytest.raises(DomainError) as refusal:
        chart(company.world, company.chief, AskedRange(), customer=GLOBEX)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    with pytest.raises(DomainError) as refusal:
        chart(company.world, company.chief, AskedRange(Preset.ONE_MONTH, TODAY))
    assert refusal.value.code is ErrorCode.VALIDATION
