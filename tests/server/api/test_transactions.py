"""What is answered has been stored: the commit comes before the first byte of the answer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.server.api.asgi import sent
from tests.server.api.deployment import ACME, Deployment
from tests.server.api.test_roles import CASES, Case, prepare

WRITES = [case for case in CASES if not case.call.startswith("GET") and case.done < 300]


@pytest.fixture
def order(shared: Deployment) -> Iterator[list[str]]:
    seen: list[str] = []

    def committed(_: object) -> None:
        seen.append("commit")

    event.listen(Engine, "commit", committed)
    shared.client.tap = seen.append
    yield seen
    shared.client.tap = lambda _: None
    event.remove(Engine, "commit", committed)


@pytest.mark.parametrize("case", WRITES, ids=lambda case: case.call)
def test_every_write_commits_before_it_answers(
    shared: Deployment, order: list[str], case: Case
) -> None:
    query = dict(case.query)
    caller = "Super-Admin" if "Super-Admin" in case.allowed else "Vendor-Admin"
    if caller == "Vendor-Admin" and "customer" not in case.call:
        query = {**query, "customer": ACME}
    secret = prepare(shared, case, caller)
    order.clear()
    method, _, path = case.call.partition(" ")
    what = sent(query=query, token=secret, json_body=case.body)
    answer = shared.client.request(method, f"/admin/api/v1/{path}", what)
    assert answer.status == case.done, answer.body
    start = order.index("http.response.start")
    assert "commit" in order[:start]
    assert "commit" not in order[start:]
