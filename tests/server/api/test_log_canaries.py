"""Every operation is called with secrets in every place that takes one; none is in the log."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from reconciler.server.api.logs import configure_logs
from reconciler.server.api.openapi import describe
from tests.server.api.asgi import sent
from tests.server.api.deployment import Deployment

CANARY = "canary-93ab-must-not-show"
HEADERS = {"x-api-key": CANARY, "x-pvm-token": CANARY, "cookie": f"session={CANARY}"}
SECRETS = ("token", "api_key", "password", "accessToken", "apiKey", "newPassword", "parameters")


@contextmanager
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream, configuration = io.StringIO(), structlog.get_config()
    configure_logs(stream, form="json", level="debug")
    try:
        yield stream
    finally:
        root.handlers = before
        root.setLevel(level)
        structlog.configure(**configuration)


def operations(deployment: Deployment) -> list[tuple[str, str, dict[str, Any]]]:
    paths = describe(deployment.app)["paths"]
    return [(method, path, one) for path, found in paths.items() for method, one in found.items()]


def call_each(deployment: Deployment, authorization: str) -> list[str]:
    """The request ids of the answers, in the order of the calls."""
    ids = []
    for method, path, operation in operations(deployment):
        query = {
            one["name"]: CANARY for one in operation.get("parameters", ()) if one["in"] == "query"
        }
        for asked in ({}, query, {**query, "api_key": CANARY, "token": CANARY}):
            what = sent(
                query=asked,
                json_body=dict.fromkeys(SECRETS, CANARY) if method in ("post", "put") else None,
                headers={**HEADERS, "authorization": authorization},
            )
            with contextlib.suppress(RuntimeError):  # raised once more, after its answer
                deployment.client.request(method.upper(), path, what)
            answer = deployment.client.answer()
            ids.append(answer.headers["x-request-id"])
    return ids


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_line_holds_a_secret_and_each_names_its_request(
    shared: Deployment, *, signed_in: bool
) -> None:
    secret = shared.token("acme-user") if signed_in else CANARY
    with logged() as stream:
        ids = call_each(shared, f"Bearer {secret}")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert CANARY not in stream.getvalue()
    assert secret not in stream.getvalue()
    assert [line["request_id"] for line in lines if line["event"] == "request"] == ids
    assert [line for line in lines if not line.get("request_id")] == []
    assert all("?" not in line["path"] for line in lines if "path" in line)


def test_a_failure_within_a_call_names_its_request_and_no_value(
    shared: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = f"could not read {CANARY}"
        raise RuntimeError(message)

    for name in ("read", "write", "deliver", "deliveries", "ping"):
        monkeypatch.setattr(shared.world.store, name, fail)
    with logged() as stream:
        ids = call_each(shared, f"Bearer {CANARY}")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    failures = [line for line in lines if line.get("exception") == "RuntimeError"]
    assert CANARY not in stream.getvalue()
    assert failures
    assert {line["request_id"] for line in failures} <= set(ids)
