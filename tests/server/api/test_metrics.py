"""What monitoring reads, and who may."""

import re
from dataclasses import dataclass, field

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.server.api.application import Shape, build, wrap
from reconciler.server.api.metrics import Access
from reconciler.server.settings import OFFERED
from reconciler.server.usecases.gauges import Gauges
from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer, Client, sent
from tests.server.api.deployment import Deployment

LINE = re.compile(r'([a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? ([0-9.]+)')


@dataclass
class Seconds:
    """A clock that goes on by a quarter of a second each time it is looked at."""

    at: float = field(default=0.0)

    def __call__(self) -> float:
        self.at += 0.25
        return self.at


def metered(deployment: Deployment, access: Access = "on") -> ASGIApp:
    return wrap(build(deployment.world, Shape(OFFERED)), deployment.world, Seconds(), access)


def counts(answer: Answer) -> dict[str, float]:
    """Samples by name and labels; fails for a line that is none."""
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for line in answer.body.decode().splitlines():
        if not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match, line
            found[f"{match[1]}{match[2] or ''}"] = float(match[3])
    return found


def test_requests_are_counted_by_route_and_class_of_status(shared: Deployment) -> None:
    with Client(metered(shared)) as client:
        for name in ("a", "b"):
            client.request("GET", "/admin/api/v1/bootstrap", sent(query={"name": name}))
        client.request("GET", "/admin/api/v1/version")
        client.request("GET", "/nowhere/secret-5f1c")
        client.request("BREW", "/nowhere")
        found = counts(client.request("GET", "/metrics"))
    name = "pvm_http_requests_total"
    bootstrap = "/admin/api/v1/bootstrap"
    assert found[f'{name}{{method="GET",route="{bootstrap}",status="4xx"}}'] == 2
    assert found[f'{name}{{method="GET",route="/admin/api/v1/version",status="2xx"}}'] == 1
    assert found[f'{name}{{method="GET",route="other",status="4xx"}}'] == 1
    assert found[f'{name}{{method="OTHER",route="other",status="4xx"}}'] == 1
    assert "secret-5f1c" not in str(found)
    assert found["pvm_http_requests_in_progress"] == 0


def test_durations_add_up(shared: Deployment) -> None:
    with Client(metered(shared)) as client:
        for _ in range(3):
            client.request("GET", "/admin/api/v1/version")
        found = counts(client.request("GET", "/metrics"))
    name, route = "pvm_http_request_duration_seconds", 'route="/admin/api/v1/version"'
    steps = [found[f'{name}_bucket{{{route},le="{bound}"}}'] for bound in ("0.1", "0.5", "+Inf")]
    assert steps == [0, 3, 3]
    assert found[f"{name}_count{{{route}}}"] == 3
    assert found[f"{name}_sum{{{route}}}"] == pytest.approx(0.75)


def test_the_database_is_counted(shared: Deployment) -> None:
    with Client(metered(shared)) as client:
        found = counts(client.request("GET", "/metrics"))
    assert found["pvm_database_up"] == 1
    with shared.world.store.read(Reach.EVERYONE) as tx:
        waiting = len(tx.outbox.waiting())
    assert found['pvm_queue_length{queue="mail"}'] == waiting > 0
    assert found['pvm_queue_length{queue="ptt-pro"}'] == 0
    assert found["pvm_devices_active"] == 0


def test_a_database_that_does_not_answer_leaves_the_other_counts(
    shared: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError

    with Client(metered(shared)) as client:
        monkeypatch.setattr(shared.world.store, "gauges", fail)
        found = counts(client.request("GET", "/metrics"))
    assert found["pvm_database_up"] == 0
    assert "pvm_devices_active" not in found


@pytest.mark.parametrize(
    ("access", "peer", "headers", "status"),
    [
        ("on", "192.0.2.7", {}, 200),
        ("on", "192.0.2.7", {"x-forwarded-for": "198.51.100.1"}, 200),
        ("off", "127.0.0.1", {}, 404),
        ("local", "127.0.0.1", {}, 200),
        ("local", "::1", {}, 200),
        ("local", "192.0.2.7", {}, 404),
        ("local", "testclient", {}, 404),
        ("local", "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("local", "127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
        ("local", "127.0.0.1", {"via": "1.1 proxy"}, 404),
    ],
)
def test_who_may_read(
    shared: Deployment, access: Access, peer: str, headers: dict[str, str], status: int
) -> None:
    with Client(from_peer(metered(shared, access), peer)) as client:
        answer = client.request("GET", "/metrics", sent(headers=headers))
    assert answer.status == status
    assert answer.headers["x-request-id"]


def from_peer(app: ASGIApp, peer: str) -> ASGIApp:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": (peer, 1)}, receive, send)

    return call


def test_only_reading_is_possible(shared: Deployment) -> None:
    with Client(metered(shared)) as client:
        refused = client.request("POST", "/metrics", sent(json_body={}))
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
        assert client.request("HEAD", "/metrics").status == 200


def test_seats_jobs_and_runs_are_told(shared: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    due = shared.world.clock()
    gauges = Gauges(
        2, 3, 4, {("license-sync", "OK"): 5}, {"license-sync": due}, {"PREMIUM": (6, 7)}
    )
    monkeypatch.setattr(shared.world.store, "gauges", lambda _: gauges)
    with Client(metered(shared)) as client:
        found = counts(client.request("GET", "/metrics"))
    assert found['pvm_queue_length{queue="mail"}'] == 2
    assert found['pvm_queue_length{queue="ptt-pro"}'] == 3
    assert found["pvm_devices_active"] == 4
    assert found['pvm_job_runs{job="license-sync",result="OK"}'] == 5
    assert found['pvm_job_due_timestamp_seconds{job="license-sync"}'] == due.timestamp()
    assert found['pvm_license_seats{type="PREMIUM",state="used"}'] == 6
    assert found['pvm_license_seats{type="PREMIUM",state="total"}'] == 7
