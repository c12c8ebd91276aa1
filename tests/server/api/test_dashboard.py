from datetime import date

import pytest

from reconciler.server.api.report_rows import LicenseChartRow, TokenChartRow
from reconciler.server.usecases.license_ports import Snapshot
from reconciler.server.usecases.ports import Transaction
from tests.server.api.deployment import LOGINS, VENDOR, Deployment
from tests.server.api.test_history import reference

APPS = (
    "WFC_VOICE_ANDROID",
    "WFC_PRO_ANDROID",
    "PTT-Win",
    "WFC_PC_ANDROID",
    "WFC_PRO_IOS",
    "WFC_CENTRAL_SERVICE_ANDROID",
)


@pytest.fixture(scope="module")
def counted(shared: Deployment) -> Deployment:
    """Requests and a snapshot of the 26th of February; it is the first of March."""
    day = date(2026, 2, 26)

    def work(tx: Transaction) -> None:
        tx.token_requests.count(day, "WFC_PRO_IOS", 4)
        tx.snapshots.put(Snapshot(day, 1, 2, 3, 4))

    shared.world.store.write(reference(shared, "acme"), work)
    return shared


@pytest.mark.requirement("G-08", "G-09")
def test_requests_have_a_point_for_each_day_and_application(counted: Deployment) -> None:
    answer = counted.call("GET", "dashboard/tokens", by=LOGINS["User"], query="range=1m").json()
    series = answer.pop("series")
    assert answer == {
        "from": "2026-02-26",
        "to": "2026-03-01",
        "collectedSince": "2026-02-26",
        "clamped": True,
    }
    assert tuple(series) == APPS
    TokenChartRow.model_validate(answer | {"series": series}, by_alias=True)
    days = ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]
    assert series["WFC_PRO_IOS"] == [[days[0], 4], *([day, 0] for day in days[1:])]
    assert series["PTT-Win"] == [[day, 0] for day in days]


@pytest.mark.requirement("G-02", "G-03")
def test_seats_have_four_series_and_gaps_are_null(counted: Deployment) -> None:
    query = "from=2026-02-26&to=2026-02-27"
    answer = counted.call("GET", "dashboard/licenses", query=query).json()
    assert not answer["clamped"]
    LicenseChartRow.model_validate(answer, by_alias=True)
    assert answer["series"] == {
        "premiumUsed": [["2026-02-26", 1], ["2026-02-27", None]],
        "premiumTotal": [["2026-02-26", 2], ["2026-02-27", None]],
        "standardUsed": [["2026-02-26", 3], ["2026-02-27", None]],
        "standardTotal": [["2026-02-26", 4], ["2026-02-27", None]],
    }


@pytest.mark.requirement("G-05")
@pytest.mark.parametrize("graph", ["licenses", "tokens"])
def test_days_before_the_first_data_are_left_out(counted: Deployment, graph: str) -> None:
    query = "from=2026-01-01&to=2026-02-01"
    answer = counted.call("GET", f"dashboard/{graph}", query=query).json()
    assert (answer["from"], answer["to"], answer["clamped"]) == (None, None, True)
    assert answer["collectedSince"] == "2026-02-26"
    assert all(points == [] for points in answer["series"].values())


@pytest.mark.requirement("G-04")
def test_a_range_is_a_preset_or_days(counted: Deployment) -> None:
    for query in ("range=1m", "range=3m", "range=6m", "", "from=2026-02-26"):
        answer = counted.call("GET", "dashboard/tokens", query=query).json()
        assert (answer["from"], answer["to"]) == ("2026-02-26", "2026-03-01"), query


def test_one_application_can_be_asked_for(counted: Deployment) -> None:
    query = {"appId": "WFC_PRO_IOS", "from": "2026-03-01"}
    answer = counted.call("GET", "dashboard/tokens", query=query).json()
    assert answer["series"] == {"WFC_PRO_IOS": [["2026-03-01", 0]]}


@pytest.mark.parametrize("graph", ["licenses", "tokens"])
@pytest.mark.parametrize(
    "query",
    [
        "range=2m",
        "range=",
        "range=1m&from=2026-02-26",
        "to=2026-02-26",
        "from=2026-02-27&to=2026-02-26",
        "from=2026-03-02",
        "from=2026-02-30",
        "from=26.02.2026",
        "from=2026-02-26T00:00:00Z",
        "page=1",
    ],
)
def test_any_other_range_is_refused(counted: Deployment, graph: str, query: str) -> None:
    answer = counted.call("GET", f"dashboard/{graph}", query=query)
    assert (answer.status, answer.code) == (400, "VALIDATION")


def test_no_line_is_for_windows_alone(counted: Deployment) -> None:
    query = {"appId": "PTT-Win"}
    assert counted.call("GET", "dashboard/tokens", query=query).status == 400


@pytest.mark.requirement("A-09", "A-10", "L-46")
@pytest.mark.parametrize("role", ["User", "Admin"])
def test_seats_are_for_those_who_may_see_licenses(counted: Deployment, role: str) -> None:
    assert counted.call("GET", "dashboard/licenses", by=LOGINS[role]).status == 403


def test_customers_do_not_see_each_others_graphs(counted: Deployment) -> None:
    for graph in ("licenses", "tokens"):
        theirs = counted.call("GET", f"dashboard/{graph}", by=LOGINS["other tenant"]).json()
        assert theirs["collectedSince"] is None
        everyone = counted.call("GET", f"dashboard/{graph}", by=VENDOR).json()
        assert everyone["collectedSince"] == "2026-02-26"
