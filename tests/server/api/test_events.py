import pytest

from tests.server.api.asgi import sent
from tests.server.api.deployment import LOGINS, VENDOR, Deployment


def rows(deployment: Deployment, by: str = LOGINS["User"], **query: str) -> list[dict[str, str]]:
    answer = deployment.call("GET", "events", by=by, query={"size": "1000", **query})
    assert answer.status == 200, answer.body
    found: list[dict[str, str]] = answer.json()["content"]
    return found


@pytest.mark.requirement("R-08")
@pytest.mark.requirement("R-09")
def test_each_write_and_each_login_leaves_one_event(deployment: Deployment) -> None:
    deployment.token(LOGINS["User"])
    deployment.token(LOGINS["Admin"])
    before = len(rows(deployment))
    deployment.clock.advance(seconds=1)
    deployment.put_bootstrap("b", {}, by=LOGINS["Admin"])
    deployment.put_bootstrap("b", {"a": 1}, by=LOGINS["Admin"])
    deployment.put_bootstrap("b", {"a": 1}, by=LOGINS["Admin"])
    deployment.call("DELETE", "bootstrap", by=LOGINS["Admin"], query={"name": "b"})
    deployment.log_in(LOGINS["Admin"])
    found = rows(deployment)
    assert len(found) == before + 4
    kinds = sorted(row["type"] for row in found[:4])
    assert kinds == ["BOOTSTRAP_ADD", "BOOTSTRAP_DELETE", "BOOTSTRAP_UPDATE", "LOGIN"]
    assert {row["userLogin"] for row in found[:4]} == {LOGINS["Admin"]}
    assert all({"timestamp", "severity", "info"} <= row.keys() for row in found)


@pytest.mark.requirement("R-11")
@pytest.mark.requirement("R-12")
def test_filters_combine(deployment: Deployment) -> None:
    deployment.put_bootstrap("b", {}, by=LOGINS["Admin"])
    deployment.put_bootstrap("c", {})
    assert {row["type"] for row in rows(deployment, type="LOGIN")} == {"LOGIN"}
    both = rows(deployment, type="BOOTSTRAP_ADD", user=LOGINS["Admin"])
    assert [row["target"] for row in both] == ["b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"from": "2026-03-01T12:00:01Z"}, True),
        ({"from": "2026-03-01T13:00:00Z"}, True),
        ({"from": "2026-03-01T13:00:01Z"}, False),
        ({"to": "2026-03-01T13:00:00Z"}, False),
        ({"to": "2026-03-01T13:00:01Z"}, True),
    ],
)
def test_the_window_includes_its_start_and_not_its_end(
    deployment: Deployment, query: dict[str, str], *, found: bool
) -> None:
    deployment.clock.advance(hours=1)
    deployment.put_bootstrap("late", {})
    assert any(row["target"] == "late" for row in rows(deployment, **query)) is found


@pytest.mark.parametrize("value", ["yesterday", "2026-03-01", "2026-13-01T00:00:00Z", ""])
def test_a_window_is_given_in_utc_times(deployment: Deployment, value: str) -> None:
    assert deployment.call("GET", "events", query={"from": value}).status == 400


@pytest.mark.requirement("R-10")
@pytest.mark.requirement("R-11")
def test_the_drop_downs_hold_own_users_and_every_type(deployment: Deployment) -> None:
    deployment.token(LOGINS["other tenant"])
    users = deployment.call("GET", "events/users").json()
    assert LOGINS["Super-Admin"] in users
    assert LOGINS["other tenant"] not in users
    assert LOGINS["other tenant"] in deployment.call("GET", "events/users", by=VENDOR).json()
    assert "LOGIN" in deployment.call("GET", "events/types").json()


def test_the_source_of_a_write_stands_in_its_event(deployment: Deployment) -> None:
    source = "acme/stores@9d03e77 b.yaml:1"
    headers = {"x-pvm-source": source}
    deployment.call("POST", "bootstrap", query={"name": "b"}, body={}, headers=headers)
    assert rows(deployment, type="BOOTSTRAP_ADD", q="b")[0]["source"] == source


def test_a_failed_login_is_recorded_and_no_password_ever(deployment: Deployment) -> None:
    deployment.log_in(LOGINS["Admin"], "canary-password-77")
    what = sent(token=deployment.token(VENDOR), query={"size": "1000"})
    body = deployment.client.request("GET", "/admin/api/v1/events", what).body.decode()
    assert "LOGIN_FAILED" in body
    assert "canary" not in body


@pytest.mark.requirement("R-13")
def test_a_severity_is_one_of_three(deployment: Deployment) -> None:
    deployment.log_in(LOGINS["Admin"], "not the password")
    levels = {row["severity"] for row in rows(deployment, by=VENDOR)}
    assert levels <= {"INFO", "WARN", "ERROR"}
    for level in ("INFO", "WARN", "ERROR"):
        found = rows(deployment, by=VENDOR, severity=level)
        assert {row["severity"] for row in found} == {level} & levels
    for wrong in ("info", "DEBUG", ""):
        assert deployment.call("GET", "events", query={"severity": wrong}).status == 400


@pytest.mark.requirement("R-12")
def test_every_filter_narrows_at_once(deployment: Deployment) -> None:
    for minutes in range(3):
        deployment.clock.advance(minutes=1)
        deployment.put_bootstrap(f"b{minutes}", {}, by=LOGINS["Admin"])
        deployment.put_bootstrap(f"c{minutes}", {})
    found = rows(
        deployment,
        **{
            "type": "BOOTSTRAP_ADD",
            "user": LOGINS["Admin"],
            "severity": "INFO",
            "from": "2026-03-01T12:02:00Z",
            "to": "2026-03-01T12:03:00Z",
            "q": "bootstrap",
        },
    )
    assert [row["target"] for row in found] == ["b1"]


def test_events_follow_by_cursor_while_others_come(deployment: Deployment) -> None:
    for number in range(7):
        deployment.put_bootstrap(f"b{number}", {})
    query = {"type": "BOOTSTRAP_ADD", "size": "3", "q": "bootstrap b"}
    page = deployment.call("GET", "events", query=query).json()
    seen = [row["target"] for row in page["content"]]
    while page["next"] is not None and len(seen) <= 7:
        deployment.put_bootstrap(f"b-late-{len(seen)}", {})
        page = deployment.call("GET", "events", query={**query, "after": page["next"]}).json()
        seen += [row["target"] for row in page["content"]]
    assert seen == [f"b{number}" for number in reversed(range(7))]
