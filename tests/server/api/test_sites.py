import pytest

from tests.server.api.deployment import ACME, VENDOR, Deployment, customer_body


@pytest.mark.requirement("S-02")
def test_a_site_is_put_read_and_deleted(shared: Deployment) -> None:
    query = {"name": "CapPro0001"}
    made = shared.call("POST", "site", query=query, body={"proServerName": "dev03b"})
    assert made.headers["x-pvm-result"] == "created"
    found = shared.call("GET", "site", query=query)
    assert found.json() == made.json()
    assert (found.json()["proServerName"], found.json()["deviceCount"]) == ("dev03b", 0)
    assert shared.call("DELETE", "site", query=query).status == 204
    assert shared.call("GET", "site", query=query).status == 404


@pytest.mark.requirement("S-05")
def test_sites_are_listed_with_their_total(shared: Deployment) -> None:
    for name in ("listed-b", "listed-a"):
        shared.call("POST", "site", query={"name": name}, body={"proServerName": "s"})
    page = shared.call("GET", "sites", query={"q": "listed-"}).json()
    assert [row["name"] for row in page["content"]] == ["listed-a", "listed-b"]
    assert page["totalElements"] == 2


@pytest.mark.parametrize(
    "body", [{}, {"proServerName": ""}, {"proServerName": 1}, {"proServerName": "s", "x": 1}]
)
def test_a_site_is_exactly_one_text(shared: Deployment, body: object) -> None:
    assert shared.call("POST", "site", query={"name": "s"}, body=body).status == 400


def test_a_customer_without_ptt_pro_declares_no_site(shared: Deployment) -> None:
    body = customer_body("voiceonly") | {"pttPro": False}
    shared.call("POST", "customer", by=VENDOR, query={"name": "voiceonly"}, body=body)
    query = {"name": "s", "customer": "voiceonly"}
    answer = shared.call("POST", "site", by=VENDOR, query=query, body={"proServerName": "s"})
    assert (answer.status, answer.json()["code"]) == (409, "PTTPRO_DISABLED")
    shared.call("DELETE", "customer", by=VENDOR, query={"name": "voiceonly"})


def test_the_vendor_must_name_the_customer_of_a_new_object(shared: Deployment) -> None:
    body = {"proServerName": "s"}
    answer = shared.call("POST", "site", by=VENDOR, query={"name": "whose"}, body=body)
    assert (answer.status, answer.json()["code"]) == (400, "CUSTOMER_REQUIRED")
    query = {"name": "whose", "customer": ACME}
    made = shared.call("POST", "site", by=VENDOR, query=query, body=body)
    assert (made.status, made.json()["customer"]) == (200, ACME)


def test_a_name_that_two_customers_use_needs_the_customer(shared: Deployment) -> None:
    for code in (ACME, "globex"):
        query = {"name": "both", "customer": code}
        shared.call("POST", "site", by=VENDOR, query=query, body={"proServerName": code})
    answer = shared.call("GET", "site", by=VENDOR, query={"name": "both"})
    assert (answer.status, answer.json()["code"]) == (400, "CUSTOMER_REQUIRED")
    named = shared.call("GET", "site", by=VENDOR, query={"name": "both", "customer": "globex"})
    assert named.json()["proServerName"] == "globex"
