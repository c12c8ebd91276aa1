import pytest

from reconciler.server.api.report_rows import HistoryRow
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer
from tests.server.api.deployment import LOGINS, VENDOR, Deployment
from tests.server.request_records import NOON, Said, keep, many, said_at

COUNT = 50


def reference(deployment: Deployment, code: str) -> CustomerRef:
    with deployment.world.store.read(Reach.EVERYONE) as tx:
        customer = tx.customers.find(code)
    assert customer is not None
    return CustomerRef(customer.id, customer.code, customer.content.name)


@pytest.fixture(scope="module")
def kept(shared: Deployment) -> Deployment:
    """Fifty requests here, and one of the other customer's."""
    keep(shared.world, reference(shared, "acme"), many(COUNT))
    theirs = said_at(NOON, Said(detail="request of theirs"), 9000, "globex")
    keep(shared.world, reference(shared, "globex"), [theirs])
    return shared


def history(deployment: Deployment, query: str = "", by: str = LOGINS["User"]) -> Answer:
    return deployment.call("GET", "history", by=by, query=query)


@pytest.mark.requirement("R-01", "R-02", "R-03", "R-05", "R-06", "R-15")
@pytest.mark.parametrize("role", ["User", "Admin", "Super-Admin"])
def test_each_role_reads_a_page_newest_first(kept: Deployment, role: str) -> None:
    page = history(kept, "size=10", LOGINS[role]).json()
    assert (page["totalElements"], page["totalPages"]) == (COUNT, 5)
    assert [row["detail"] for row in page["content"]] == [f"request {49 - n}" for n in range(10)]
    assert page["content"][0] == {
        "timestamp": "2026-03-01T12:00:00.112Z",
        "action": "REGISTER",
        "token": "T1",
        "appId": "WFC_VOICE_ANDROID",
        "deviceId": "TC52_0004",
        "result": "FAILED",
        "code": "UNKNOWN_TOKEN",
        "detail": "request 49",
        "remoteAddress": "192.0.2.7",
    }
    assert page["content"][1]["appId"] is None
    for row in page["content"]:
        HistoryRow.model_validate(row, by_alias=True)


@pytest.mark.requirement("R-02", "M-01")
def test_only_the_vendor_reads_whose_request_it_was(kept: Deployment) -> None:
    rows = history(kept, "q=request&size=1000", VENDOR).json()["content"]
    assert {row["customer"] for row in rows} == {"acme", "globex"}
    assert b"theirs" not in history(kept, "size=1000").body
    one = history(kept, "customer=globex", VENDOR).json()["content"]
    assert [row["detail"] for row in one] == ["request of theirs"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("action=LICENSE", 8),
        ("token=T3", 12),
        ("deviceId=TC52_0002", 10),
        ("appId=WFC_VOICE_ANDROID", 25),
        ("result=FAILED", 5),
        ("result=FAILED&deviceId=TC52_0004", 5),
        ("q=tc52_0002", 10),
        ("from=2026-03-01T12:00:00.007Z&to=2026-03-01T12:00:00.014Z", 3),
        ("from=2026-03-01T12:00:01Z", 0),
    ],
)
def test_filters_narrow(kept: Deployment, query: str, count: int) -> None:
    assert history(kept, query).json()["totalElements"] == count


@pytest.mark.parametrize(
    "query",
    [
        "action=NOTHING",
        "result=ok",
        "result=",
        "from=today",
        "detail=x",
        "sort=detail,asc",
        "after=",
        "after=nonsense",
        "after=d00000000000000000000000000000000&page=1",
        "after=a00000000000000000000000000000000",
        "after=d00000000000000000000000000000000&sort=action,asc",
    ],
)
def test_what_is_not_offered_is_refused(kept: Deployment, query: str) -> None:
    answer = history(kept, query)
    assert (answer.status, answer.code) == (400, "VALIDATION")


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_a_reader_follows_next_to_the_end(kept: Deployment, order: str) -> None:
    page = history(kept, f"size=20&sort=timestamp,{order}").json()
    assert set(page) == {"content", "page", "size", "totalElements", "totalPages", "next"}
    rows = page["content"]
    while page["next"] is not None and len(rows) <= COUNT:
        page = history(kept, f"size=20&sort=timestamp,{order}&after={page['next']}").json()
        assert set(page) == {"content", "size", "next"}
        rows += page["content"]
    numbers = range(COUNT) if order == "asc" else reversed(range(COUNT))
    assert [row["detail"] for row in rows] == [f"request {number}" for number in numbers]


def test_another_order_has_no_next(kept: Deployment) -> None:
    assert "next" not in history(kept, "size=5&sort=action,asc").json()
    assert "next" not in kept.call("GET", "tokens", query="size=1").json()


def test_the_whole_history_streams_as_it_pages(kept: Deployment) -> None:
    whole = kept.call("GET", "history", headers={"accept": "application/x-ndjson"}).lines()
    assert len(whole) == COUNT
    assert whole == history(kept, "size=1000", LOGINS["Super-Admin"]).json()["content"]
