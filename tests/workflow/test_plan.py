import pytest

from reconciler.core.plan import PlanOptions
from reconciler.core.ports import Denied
from reconciler.core.project import Prune
from tests.remote.fake_server import FakeServer, Fault, problem
from tests.stores import stores
from tests.workflow.tasks import apply, plan, task


def test_a_plan_knows_whom_it_asked_what_it_read_and_what_to_warn_about() -> None:
    server = FakeServer()
    made = plan(server, task(stores(2)))
    assert (made.header.project, made.header.customer) == ("acme-retail", "acme")
    assert made.listed == {"Site": 0, "Bootstrap": 0, "Token": 0}
    assert made.requests is not None
    assert made.requests["POST"] == 1
    assert "careful" in made.warnings
    assert len(made.steps) == 8


def test_making_a_plan_writes_nothing() -> None:
    server = FakeServer()
    plan(server, task(stores(2)))
    sent = {(one.method, one.path) for one in server.seen if one.method not in ("GET", "HEAD")}
    assert sent == {("POST", "/admin/api/v1/auth/admin")}


def test_a_kind_in_scope_that_may_not_be_listed_ends_the_plan() -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "sites", lambda _: problem(403, "FORBIDDEN")))
    with pytest.raises(Denied, match="GET /admin/api/v1/sites"):
        plan(server, task(stores(1)))


def test_the_options_decide_about_deletions() -> None:
    server = FakeServer()
    declared = stores(3)
    apply(server, task(declared))
    fewer = task(declared[:8])
    assert plan(server, fewer, PlanOptions(prune=Prune.NEVER)).steps == ()
    pruned = plan(server, fewer, PlanOptions(prune=Prune.SCOPE))
    kinds = [step.change.id.kind for step in pruned.steps]
    assert sorted(kinds) == ["Bootstrap", "Token", "Token"]  # a site is kept: there is no key
