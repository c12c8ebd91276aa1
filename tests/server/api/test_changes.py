from typing import Any

import pytest

from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, Deployment

PATH = "/admin/api/v1/changes"


def upsert(kind: str, name: str, body: object, **more: object) -> dict[str, Any]:
    return {"op": "upsert", "kind": kind, "name": name, "body": body, **more}


def token_body(bootstrap: str) -> dict[str, str]:
    return {"appId": "WFC_PRO_ANDROID", "bootstrap": bootstrap, "description": ""}


def apply(deployment: Deployment, *operations: object, query: str = "", **more: object) -> Answer:
    body = {"operations": operations, **more}
    return deployment.call("POST", "changes", query=query, body=body)


def test_a_set_is_stored_in_its_order_and_a_repeat_changes_nothing(deployment: Deployment) -> None:
    operations = (
        upsert("Site", "s", {"proServerName": "dev03b"}, source="repo@1234567 s.yaml:1"),
        upsert("Bootstrap", "b", {"site": "s"}),
        upsert("Token", "T", token_body("b")),
        upsert("PortalUser", "u", {"role": "User", "userName": "U", "email": "u@acme.example"}),
    )
    first = apply(deployment, *operations)
    assert [row["result"] for row in first.json()["results"]] == ["created"] * 4
    assert [row["index"] for row in first.json()["results"]] == [0, 1, 2, 3]
    again = apply(deployment, *operations)
    assert [row["result"] for row in again.json()["results"]] == ["unchanged"] * 4
    site = deployment.call("GET", "site", query={"name": "s"}).json()
    assert site["source"] == "repo@1234567 s.yaml:1"


def test_one_failure_stores_nothing_and_names_its_operation(deployment: Deployment) -> None:
    answer = apply(
        deployment, upsert("Bootstrap", "good", {}), upsert("Token", "T", token_body("absent"))
    )
    assert (answer.status, answer.json()["code"]) == (404, "UNKNOWN_BOOTSTRAP")
    assert {row["index"] for row in answer.json()["errors"]} == {1}
    assert deployment.call("GET", "bootstrap", query={"name": "good"}).status == 404


@pytest.mark.parametrize("where", ["query", "body"])
def test_a_dry_run_stores_nothing(deployment: Deployment, where: str) -> None:
    operation = upsert("Bootstrap", "imagined", {})
    answer = (
        apply(deployment, operation, query="dryRun=true")
        if where == "query"
        else apply(deployment, operation, dryRun=True)
    )
    assert [row["result"] for row in answer.json()["results"]] == ["created"]
    assert deployment.call("GET", "bootstrap", query={"name": "imagined"}).status == 404


def test_each_operation_has_its_own_condition(deployment: Deployment) -> None:
    version = deployment.put_bootstrap("b", {"v": 0}).json()["version"]
    stale = apply(deployment, upsert("Bootstrap", "b", {"v": 1}, ifMatch=str(version + 7)))
    assert (stale.status, stale.json()["code"]) == (412, "STALE_VERSION")
    once = apply(deployment, upsert("Bootstrap", "b", {"v": 1}, ifNoneMatch="*"))
    assert once.status == 412
    fresh = apply(deployment, upsert("Bootstrap", "b", {"v": 1}, ifMatch=str(version)))
    assert fresh.json()["results"][0] == {"index": 0, "result": "updated", "version": version + 1}


def test_deletes_follow_their_order(deployment: Deployment) -> None:
    apply(deployment, upsert("Bootstrap", "b", {}), upsert("Token", "T", token_body("b")))
    delete = [
        {"op": "delete", "kind": "Bootstrap", "name": "b"},
        {"op": "delete", "kind": "Token", "name": "T"},
    ]
    assert apply(deployment, *delete).json()["code"] == "IN_USE"
    done = apply(deployment, *reversed(delete)).json()["results"]
    assert [(row["result"], row["version"]) for row in done] == [("deleted", None)] * 2


def test_a_document_inside_a_set_is_stored_as_it_was_written(deployment: Deployment) -> None:
    text = '{ "z":1.10,  "a":1e2 }'
    body = '{"operations":[{"op":"upsert","kind":"Bootstrap","name":"raw","body":' + text + "}]}"
    what = sent(token=deployment.token(LOGINS["Admin"]), body=body.encode())
    assert deployment.client.request("POST", PATH, what).status == 200
    found = deployment.call("GET", "bootstrap", query={"name": "raw"})
    assert f'"parameters":{text},' in found.body.decode()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "kind": "Site", "name": "s"},
        {"op": "upsert", "kind": "Device", "name": "s", "body": {}},
        {"op": "upsert", "kind": "Site", "name": "s"},
        {"op": "upsert", "kind": "Site", "name": "s", "body": {}, "more": 1},
        {"op": "upsert", "kind": "Site", "name": "s", "body": {"proServerName": 1}},
        {"op": "upsert", "kind": "Site", "name": 1, "body": {"proServerName": "s"}},
        {"op": "upsert", "kind": "Site", "name": "a/b", "body": {"proServerName": "s"}},
        {"op": "upsert", "kind": "Bootstrap", "name": "b", "body": {}, "ifMatch": 3},
        "no object",
    ],
)
def test_an_operation_that_does_not_fit_is_named(deployment: Deployment, operation: object) -> None:
    answer = apply(deployment, upsert("Bootstrap", "good", {}), operation)
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")
    assert {row["index"] for row in answer.json()["errors"]} == {1}
    assert deployment.call("GET", "bootstrap", query={"name": "good"}).status == 404


def test_a_role_counts_for_each_operation(deployment: Deployment) -> None:
    body = {
        "operations": [upsert("Bootstrap", "b", {}), upsert("Site", "s", {"proServerName": "x"})]
    }
    answer = deployment.call("POST", "changes", by=LOGINS["Admin"], body=body)
    assert answer.status == 403
    assert deployment.call("GET", "bootstrap", query={"name": "b"}).status == 404


def test_a_set_leaves_the_same_events_as_single_calls(deployment: Deployment) -> None:
    apply(deployment, upsert("Bootstrap", "one", {}), upsert("Bootstrap", "two", {}))
    query = {"type": "BOOTSTRAP_ADD", "q": "", "sort": "timestamp,desc", "size": "2"}
    rows = deployment.call("GET", "events", query=query).json()["content"]
    assert {row["target"] for row in rows} == {"one", "two"}
    assert {row["userLogin"] for row in rows} == {LOGINS["Super-Admin"]}
