import json
from collections.abc import Iterator

import pytest

from tests.server.api.asgi import sent
from tests.server.api.deployment import LOGINS, VENDOR, Deployment

LINES = {"accept": "application/x-ndjson"}
COUNT = 45


@pytest.fixture(scope="module")
def filled(shared: Deployment) -> Iterator[Deployment]:
    operations = [
        {"op": "upsert", "kind": "Bootstrap", "name": f"page-{n:02}", "body": {"n": n}}
        for n in range(COUNT)
    ]
    answer = shared.call("POST", "changes", body={"operations": operations})
    assert answer.status == 200, answer.body
    yield shared
    undo = [{"op": "delete", "kind": "Bootstrap", "name": row["name"]} for row in operations]
    assert shared.call("POST", "changes", body={"operations": undo}).status == 200


@pytest.mark.requirement("B-15")
def test_pages_together_hold_every_row_once(filled: Deployment) -> None:
    names: list[str] = []
    for page in range(3):
        query = {"q": "page-", "page": str(page), "size": "20"}
        found = filled.call("GET", "bootstraps", query=query).json()
        assert (found["page"], found["size"]) == (page, 20)
        assert (found["totalElements"], found["totalPages"]) == (COUNT, 3)
        names += [row["name"] for row in found["content"]]
    assert names == [f"page-{n:02}" for n in range(COUNT)]


def test_a_page_beyond_the_end_is_empty(filled: Deployment) -> None:
    found = filled.call("GET", "bootstraps", query={"q": "page-", "page": "9"}).json()
    assert (found["content"], found["totalElements"]) == ([], COUNT)


@pytest.mark.requirement("B-10")
def test_a_list_sorts_both_ways_and_searches(filled: Deployment) -> None:
    def names(**query: str) -> list[str]:
        rows = filled.call("GET", "bootstraps", query=query).json()["content"]
        return [row["name"] for row in rows]

    assert names(q="page-", sort="name,desc", size="2") == ["page-44", "page-43"]
    assert names(q="PAGE-07") == ["page-07"]
    assert names(name="page-07") == ["page-07"]
    assert names(q="page_07") == []


@pytest.mark.parametrize(
    "query",
    ["page=-1", "page=1.0", "page=1_0", "page=%D9%A1", "page=", "size=0", "size=1001", "size=x",
     "sort=password,asc", "sort=name,up", "sort=name,", "sort=", "nonsense=1", "q=a&q=b",
     "page=1&page=1", "customer=acme&customer=acme", f"q={'x' * 257}", "q=%00", "name=%00"],
)  # fmt: skip
def test_a_query_that_is_not_understood_is_refused(filled: Deployment, query: str) -> None:
    answer = filled.call("GET", "bootstraps", query=query)
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")


def test_sort_may_be_repeated(filled: Deployment) -> None:
    query = "q=page-&sort=version,asc&sort=name,desc&size=1"
    rows = filled.call("GET", "bootstraps", query=query).json()["content"]
    assert [row["name"] for row in rows] == ["page-44"]


@pytest.mark.parametrize(
    "accept",
    ["application/x-ndjson", "Application/X-NDJSON", "application/x-ndjson; q=1, */*"],
)
def test_a_reader_of_lines_gets_the_whole_list_with_the_same_rows(
    filled: Deployment, accept: str
) -> None:
    whole = filled.call("GET", "bootstraps", query={"q": "page-"}, headers={"accept": accept})
    assert whole.headers["content-type"].startswith("application/x-ndjson")
    paged = filled.call("GET", "bootstraps", query={"q": "page-", "size": "1000"}).json()
    assert whole.lines() == paged["content"]


@pytest.mark.parametrize("query", ["page=0", "size=20"])
def test_the_whole_list_has_no_pages(filled: Deployment, query: str) -> None:
    assert filled.call("GET", "bootstraps", query=query, headers=LINES).status == 400


@pytest.mark.parametrize("noun", ["bootstraps", "tokens", "sites", "users", "events"])
def test_every_list_streams_what_it_pages(filled: Deployment, noun: str) -> None:
    whole = filled.call("GET", noun, headers=LINES)
    paged = filled.call("GET", noun, query={"size": "1000"}).json()
    assert len(whole.lines()) == paged["totalElements"] == len(paged["content"])
    assert whole.lines() == paged["content"]


def test_a_refusal_of_the_whole_list_is_still_a_problem_document(filled: Deployment) -> None:
    answer = filled.call("GET", "users", by=LOGINS["User"], headers=LINES)
    assert (answer.status, answer.json()["code"]) == (403, "FORBIDDEN")


def test_the_whole_list_arrives_in_pieces(filled: Deployment) -> None:
    big = [
        {"op": "upsert", "kind": "Bootstrap", "name": f"big-{n}", "body": {"x": "y" * 60_000}}
        for n in range(5)
    ]
    filled.call("POST", "changes", body={"operations": big})
    what = sent(query={"q": "big-"}, token=filled.token(LOGINS["Admin"]), headers=LINES)
    answer = filled.client.request("GET", "/admin/api/v1/bootstraps", what)
    bodies = [m for m in filled.client.messages if m["type"] == "http.response.body"]
    assert len([m for m in bodies if m.get("body")]) >= 3
    assert [row["name"] for row in answer.lines()] == [f"big-{n}" for n in range(5)]
    undo = [{"op": "delete", "kind": "Bootstrap", "name": row["name"]} for row in big]
    filled.call("POST", "changes", body={"operations": undo})


@pytest.mark.requirement("A-11")
@pytest.mark.requirement("M-01")
def test_the_vendor_lists_all_customers_rows_and_can_ask_for_one(filled: Deployment) -> None:
    filled.put_bootstrap("page-00", {"of": "globex"}, by=LOGINS["other tenant"])
    query = {"name": "page-00"}
    both = filled.call("GET", "bootstraps", by=VENDOR, query=query).json()
    assert sorted(row["customer"] for row in both["content"]) == ["acme", "globex"]
    one = filled.call("GET", "bootstraps", by=VENDOR, query=query | {"customer": "globex"}).json()
    assert [row["parameters"] for row in one["content"]] == [{"of": "globex"}]
    own = filled.call("GET", "bootstraps", query=query)
    assert json.dumps(own.json()).count("globex") == 0
