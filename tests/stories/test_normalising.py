"""A server that keeps what it is sent in a form of its own."""

from dataclasses import dataclass

import httpx

from tests.world.world import World, declared


@dataclass(slots=True)
class Shouting(httpx.BaseTransport):
    """One bootstrap's city is kept in capitals."""

    inner: httpx.BaseTransport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.params.get("name") == "b1":
            body = request.read().replace(b"Utrecht", b"UTRECHT")
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            request = httpx.Request("POST", request.url, headers=headers, content=body)
        return self.inner.handle_request(request)


def test_what_the_server_keeps_in_another_form_is_no_drift_for_ever(world: World) -> None:
    world.server.offer("etag", "ndjson")
    world.wrap = Shouting
    task = world.task([declared("Bootstrap", "b1", {"city": "Utrecht"})])
    world.apply(task)
    assert world.objects()["Bootstrap", "b1"] == {"city": "UTRECHT"}
    for _ in range(2):
        plan = world.plan(task)
        assert (plan.steps, plan.drifted, plan.blocked) == ((), (), ())
        assert [str(one) for one in plan.normalised] == ["Bootstrap/b1"]
        world.apply(task, plan)
    world.put("Bootstrap", "b1", {"city": "Zwolle"})
    (found,) = world.plan(task).drifted
    assert found.fields[0].after == "Zwolle"
