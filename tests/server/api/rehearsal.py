"""A server that simulates its partners, for tests over HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from reconciler.server.api.application import Shape, build, wrap
from reconciler.server.settings import OFFERED, read_settings
from reconciler.server.surroundings import Rehearsal, connect
from tests.server.api.asgi import Answer, Client, sent
from tests.server.api.deployment import VENDOR, Deployment


@dataclass
class Rehearsed:
    """A server that simulates its partners; `waits` is how long it dawdled each time."""

    deployment: Deployment
    rehearsal: Rehearsal
    waits: list[float] = field(default_factory=list)

    def call(
        self,
        method: str,
        path: str,
        *,
        by: str | None = VENDOR,
        query: Mapping[str, str] | str = "",
        body: object = None,
    ) -> Answer:
        token = None if by is None else self.deployment.token(by)
        what = sent(query=query, token=token, json_body=body)
        return self.deployment.client.request(method, path, what)

    def run(self, job: str) -> dict[str, object]:
        """What a run of a job did."""
        answer = self.deployment.call("POST", "job/run", by=VENDOR, query={"name": job})
        assert answer.status == 200, answer.body
        found: dict[str, object] = answer.json()
        return found

    def feel(self, partner: str, mood: str) -> None:
        assert self.call("POST", f"/sim/{partner}/mood", body={"mood": mood}).status == 200


@contextmanager
def rehearsing(deployment: Deployment) -> Iterator[Rehearsed]:
    """The deployment's database behind an application with simulators."""
    waits: list[float] = []
    rehearsal = Rehearsal(deployment.clock, timedelta(0), waits.append)
    partners = connect(read_settings({"sim": True}), deployment.world.store, rehearsal)
    world = replace(deployment.world, clock=rehearsal, partners=partners, simulation=rehearsal)
    app = build(world, Shape(OFFERED))
    with Client(wrap(app, world, lambda: 0.0)) as client:
        yield Rehearsed(replace(deployment, client=client, app=app, world=world), rehearsal, waits)
