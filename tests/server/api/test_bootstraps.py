import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, Deployment

PATH = "/admin/api/v1/bootstrap"
VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "json.json").read_text(encoding="utf-8")
)


def post(shared: Deployment, name: str, body: bytes, content_type: str | None = None) -> Answer:
    token = shared.token(LOGINS["Admin"])
    what = sent(query={"name": name}, token=token, body=body, content_type=content_type)
    return shared.client.request("POST", PATH, what)


def get(shared: Deployment, name: str, **headers: str) -> Answer:
    return shared.call("GET", "bootstrap", query={"name": name}, headers=headers)


@pytest.mark.requirement("B-01")
@pytest.mark.requirement("B-12")
@pytest.mark.requirement("B-14")
def test_the_guides_call_creates_and_a_repeat_replaces(shared: Deployment) -> None:
    first = post(shared, "myBootstrap", b'{"site": "site-1094"}')
    assert (first.status, first.headers["x-pvm-result"]) == (200, "created")
    again = post(shared, "myBootstrap", b'{"site": "site-1095"}')
    assert (again.status, again.headers["x-pvm-result"]) == (200, "updated")
    found = get(shared, "myBootstrap").json()
    assert (found["name"], found["parameters"]) == ("myBootstrap", {"site": "site-1095"})
    assert found["updatedBy"] == LOGINS["Admin"]


def test_the_same_content_again_changes_nothing(shared: Deployment) -> None:
    first = post(shared, "same", b'{"a": 1}').json()
    again = post(shared, "same", b'{"a": 1}')
    assert again.headers["x-pvm-result"] == "unchanged"
    assert again.json()["version"] == first["version"]


@pytest.mark.requirement("B-03")
@pytest.mark.requirement("B-04")
@pytest.mark.requirement("B-05")
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"no_such_param": [1,{"x":null}]}',
        '{ "b":1.10,\n\t"a":1e2, "n":12345678901234567890123 }',
        '{"zebra":1,"alpha":2}',
        '{"text":"Grüße 📦 \\u0000"}',
    ],
)
def test_a_document_comes_back_exactly_as_it_was_sent(shared: Deployment, text: str) -> None:
    assert post(shared, "exact", text.encode()).status == 200
    assert f'"parameters":{text},' in get(shared, "exact").body.decode()
    shared.put_token("EXACT", bootstrap="exact")
    what = sent(query={"token": "exact"})
    assert shared.client.request("GET", "/client/api/v1/bootstrap", what).body == text.encode()


@pytest.mark.requirement("B-02")
@pytest.mark.requirement("B-06")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_is_taken_or_refused_with_its_position(
    shared: Deployment, vector: dict[str, Any]
) -> None:
    raw = vector["text"].encode() if "text" in vector else base64.b64decode(vector["base64"])
    answer = post(shared, "vector", raw)
    assert (answer.status == 200) is vector["ok"], answer.body
    if not vector["ok"]:
        document = answer.json()
        assert document["code"] == vector["code"]
        if document["code"] == "MALFORMED_JSON":
            assert document["errors"][0]["line"] >= 1
            assert document["errors"][0]["column"] >= 1


@pytest.mark.requirement("B-02")
def test_a_syntax_error_names_its_place_and_stores_nothing(shared: Deployment) -> None:
    answer = post(shared, "broken", b'{"a":1,\n "b":2,}')
    row = answer.json()["errors"][0]
    assert (answer.json()["code"], row["line"], row["column"]) == ("MALFORMED_JSON", 2, 8)
    assert get(shared, "broken").status == 404


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        max_size=8,
    ),
    st.sampled_from([None, 0, 2]),
)
def test_any_object_survives(
    shared: Deployment, value: dict[str, object], indent: int | None
) -> None:
    assert post(shared, "law", json.dumps(value, indent=indent).encode()).status == 200
    assert get(shared, "law").json()["parameters"] == value


@pytest.mark.requirement("B-21")
def test_a_document_of_64_kib_survives_and_one_beyond_the_limit_is_refused(
    shared: Deployment,
) -> None:
    large = {"apps": [{"id": n, "text": "x" * 100, "deep": {"n": [n]}} for n in range(500)]}
    assert post(shared, "large", json.dumps(large).encode()).status == 200
    assert get(shared, "large").json()["parameters"] == large
    limit = 256 * 1024
    fits = b'{"a":"' + b"x" * (limit - 8) + b'"}'
    assert (len(fits), post(shared, "edge", fits).status) == (limit, 200)
    answer = post(shared, "edge", fits + b" ")
    assert (answer.status, answer.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
def test_a_document_must_call_itself_json(
    shared: Deployment, content_type: str, status: int
) -> None:
    assert post(shared, "typed", b"{}", content_type).status == status


@pytest.mark.requirement("B-13")
def test_a_deleted_bootstrap_is_gone(shared: Deployment) -> None:
    post(shared, "short-lived", b"{}")
    query = {"name": "short-lived"}
    assert shared.call("DELETE", "bootstrap", query=query).status == 204
    assert get(shared, "short-lived").status == 404
    assert shared.call("DELETE", "bootstrap", query=query).status == 404


@pytest.mark.requirement("B-13")
def test_a_bootstrap_in_use_is_not_deleted_and_its_tokens_are_named(shared: Deployment) -> None:
    post(shared, "in-use", b"{}")
    for name in ("USE-B", "USE-A"):
        shared.put_token(name, bootstrap="in-use")
    answer = shared.call("DELETE", "bootstrap", query={"name": "in-use"})
    assert (answer.status, answer.json()["code"]) == (409, "IN_USE")
    text = json.dumps(answer.json()["errors"])
    assert "USE-A" in text
    assert "USE-B" in text
    assert get(shared, "in-use").json()["tokens"] == ["USE-A", "USE-B"]


@pytest.mark.requirement("B-23")
def test_one_bootstrap_serves_many_tokens_and_an_edit_reaches_them_all(shared: Deployment) -> None:
    post(shared, "common", b'{"v":1}')
    for name in ("MANY-1", "MANY-2"):
        shared.put_token(name, bootstrap="common")
    post(shared, "common", b'{"v":2}')
    for name in ("MANY-1", "MANY-2"):
        found = shared.client.request(
            "GET", "/client/api/v1/bootstrap", sent(query={"token": name})
        )
        assert found.json() == {"v": 2}


@pytest.mark.requirement("P-11")
def test_of_two_writers_the_stale_one_is_refused(shared: Deployment) -> None:
    read = post(shared, "shared-one", b'{"v":0}')
    query = {"name": "shared-one"}
    first, second = (
        shared.call(
            "POST",
            "bootstrap",
            query=query,
            body={"v": n},
            headers={"if-match": read.headers["etag"]},
        )
        for n in (1, 2)
    )
    assert first.status == 200
    assert (second.status, second.json()["code"]) == (412, "STALE_VERSION")
    assert get(shared, "shared-one").json()["parameters"] == {"v": 1}


def test_a_write_may_only_create(shared: Deployment) -> None:
    for status in (200, 412):
        answer = shared.call(
            "POST", "bootstrap", query={"name": "once"}, body={}, headers={"if-none-match": "*"}
        )
        assert answer.status == status


def test_a_delete_honours_its_condition(shared: Deployment) -> None:
    tag = post(shared, "guarded", b"{}").headers["etag"]
    query = {"name": "guarded"}
    assert (
        shared.call("DELETE", "bootstrap", query=query, headers={"if-match": '"99"'}).status == 412
    )
    assert shared.call("DELETE", "bootstrap", query=query, headers={"if-match": tag}).status == 204


def test_a_reader_that_has_the_row_gets_304(shared: Deployment) -> None:
    tag = post(shared, "cached", b"{}").headers["etag"]
    answer = get(shared, "cached", **{"if-none-match": tag})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)


def test_a_dry_run_answers_as_the_write_would_and_stores_nothing(shared: Deployment) -> None:
    query = {"name": "imagined", "dryRun": "true"}
    answer = shared.call("POST", "bootstrap", query=query, body={"a": 1})
    assert (answer.status, answer.headers["x-pvm-result"]) == (200, "created")
    assert get(shared, "imagined").status == 404
    broken = shared.call("POST", "bootstrap", query={"name": "a/b", "dryRun": "true"}, body={})
    assert broken.status == 400


def test_the_source_of_a_write_is_kept_with_the_object(shared: Deployment) -> None:
    source = "acme/stores@9d03e77 bootstraps/one.yaml:12"
    shared.call(
        "POST", "bootstrap", query={"name": "declared"}, body={}, headers={"x-pvm-source": source}
    )
    assert get(shared, "declared").json()["source"] == source
    long = {"x-pvm-source": "x" * 513}
    answer = shared.call("POST", "bootstrap", query={"name": "declared"}, body={}, headers=long)
    assert answer.status == 400


@pytest.mark.parametrize("name", ["", " a", "a ", "a/b", "é", "x" * 65, "a\n", "a\x00"])
def test_a_name_outside_the_pattern_is_refused(shared: Deployment, name: str) -> None:
    answer = shared.call("POST", "bootstrap", query={"name": name}, body={})
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")


@pytest.mark.requirement("B-19")
def test_each_customer_has_a_key_of_its_own(shared: Deployment) -> None:
    name = {"name": "Extension-Manager-Bootstrap"}
    own = shared.call("GET", "bootstrap", query=name).json()["parameters"]["var_location"]
    other = shared.call("GET", "bootstrap", by=LOGINS["other tenant"], query=name)
    assert own != other.json()["parameters"]["var_location"]
