import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import structlog
from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from reconciler.server.api.errors import STATUS, install
from reconciler.server.api.middleware import BodyLimit, Envelope, HeadCheck
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from tests.server.api.asgi import Answer, Client, sent

CANARY = "canary-93be"
KEYS = {"type", "title", "status", "detail", "instance", "code", "errors", "requestId"}


def failing_app() -> FastAPI:
    app = FastAPI(openapi_url=None)
    install(app)

    @app.get("/refuse")
    def refuse(code: ErrorCode) -> None:
        wait = 7 if code is ErrorCode.RATE_LIMITED else None
        rows = (FieldError("name", "must be short", line=2, column=3, index=1),)
        raise DomainError(code, "it is refused", rows, wait)

    @app.get("/number")
    def number(n: Annotated[int, Query(le=9)]) -> int:
        return n

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError(CANARY)

    @app.post("/body")
    async def body(request: Request) -> Response:
        return Response(str(len(await request.body())))

    @app.delete("/body")
    def delete() -> None: ...

    return app


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    numbers = iter(range(1_000_000))

    def chance(size: int) -> bytes:
        return next(numbers).to_bytes(size)

    inner = BodyLimit(failing_app(), 100, {"/refuse": 10})
    with Client(Envelope(HeadCheck(inner, 2000), chance, lambda: 0.0)) as found:
        yield found


def problem(answer: Answer) -> dict[str, Any]:
    """The document, after checking what all have in common."""
    document: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert document.keys() == KEYS
    assert document["status"] == answer.status
    assert document["type"] == f"urn:pvm:error:{document['code']}"
    assert document["requestId"] == answer.headers["x-request-id"]
    assert document["instance"] == f"urn:pvm:request:{document['requestId']}"
    assert answer.headers["cache-control"] == "no-store"
    return document


def test_every_code_has_a_status() -> None:
    assert STATUS.keys() == set(ErrorCode)


@pytest.mark.parametrize("code", ErrorCode)
def test_a_refusal_is_a_problem_document_with_its_fields(client: Client, code: ErrorCode) -> None:
    answer = client.request("GET", "/refuse", sent(query={"code": code}))
    document = problem(answer)
    assert (document["code"], answer.status) == (code, STATUS[code])
    assert document["errors"] == [
        {"field": "name", "message": "must be short", "line": 2, "column": 3, "index": 1}
    ]
    assert answer.headers.get("retry-after") == ("7" if code is ErrorCode.RATE_LIMITED else None)
    assert answer.headers.get("www-authenticate") == ("Bearer" if answer.status == 401 else None)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("GET /nowhere", 404, "NOT_FOUND"),
        (f"GET /{CANARY}", 404, "NOT_FOUND"),
        (f"GET /number?n={CANARY}", 400, "VALIDATION"),
        ("GET /number?n=10", 400, "VALIDATION"),
        ("GET /number", 400, "VALIDATION"),
        ("PATCH /body", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE /number", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_the_framework_refuses_has_the_same_shape_and_repeats_nothing(
    client: Client, asked: str, status: int, code: str
) -> None:
    method, _, address = asked.partition(" ")
    path, _, query = address.partition("?")
    answer = client.request(method, path, sent(query=query))
    document = problem(answer)
    assert (answer.status, document["code"]) == (status, code)
    assert CANARY not in answer.body.decode()


def test_a_wrong_method_is_told_every_method_of_the_address(client: Client) -> None:
    assert client.request("PATCH", "/body").headers["allow"] == "DELETE, POST"


def test_a_failure_tells_its_request_id_and_nothing_else() -> None:
    structlog.reset_defaults()
    app = Envelope(failing_app(), lambda size: b"\x07" * size, lambda: 0.0)
    with Client(app) as client, capture_logs() as logs:
        with pytest.raises(RuntimeError, match=CANARY):
            client.request("GET", "/crash")
        document = problem(client.answer())
    assert (document["status"], document["code"]) == (500, "INTERNAL")
    assert CANARY not in json.dumps(document)
    (failure,) = [row for row in logs if row["event"] == "unexpected"]
    assert failure["request_id"] == document["requestId"]


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
def test_a_body_is_read_up_to_its_limit_announced_or_not(
    client: Client, size: int, status: int, *, announced: bool
) -> None:
    headers = {} if announced else {"content-length": ""}
    answer = client.request("POST", "/body", sent(body=b"x" * size, headers=headers))
    assert answer.status == status
    if status == 413:
        assert problem(answer)["code"] == "TOO_LARGE"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content-length": "1", "transfer-encoding": "chunked"}, 400, "MALFORMED_REQUEST"),
        ({"x": "y" * 2000}, 431, "HEADERS_TOO_LARGE"),
    ],
)
def test_a_head_that_proxies_could_read_differently_is_refused_and_hung_up_on(
    client: Client, headers: dict[str, str], status: int, code: str
) -> None:
    answer = client.request("POST", "/body", sent(headers=headers))
    assert (answer.status, problem(answer)["code"]) == (status, code)
    assert answer.headers["connection"] == "close"


def test_the_log_has_one_line_a_request_without_its_query(client: Client) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        answer = client.request("GET", "/number", sent(query=f"n=1&token={CANARY}"))
    (row,) = [row for row in logs if row["event"] == "request"]
    assert (row["method"], row["path"], row["status"]) == ("GET", "/number", 200)
    assert row["request_id"] == answer.headers["x-request-id"]
    assert CANARY not in json.dumps(row)
