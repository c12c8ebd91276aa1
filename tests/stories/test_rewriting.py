"""A server that keeps another form than it was sent: told once, never drift."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.cli.exits import Interruption, of_plan, of_receipt
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.project import DriftPolicy
from reconciler.core.values import JsonValue
from reconciler.render.plan_text import plan_text
from reconciler.render.receipt import receipt_text
from reconciler.render.view import View
from reconciler.workflow.task import Task
from tests.remote.fake_change import Fields
from tests.remote.fake_server import EVERYTHING, FakeServer
from tests.workflow.tasks import apply, desired, plan, task

OFFERS = {
    "sets": EVERYTHING,
    "single": tuple(one for one in EVERYTHING if one != "changes"),
    "oldest": (),
}
KEY = b"0123456789abcdef"
VIEW = View(width=100)


def lenient(_: str, fields: Fields) -> Fields:
    """Addresses in small letters, and a default that nobody asked for."""
    parameters = fields.get("parameters")
    if not isinstance(parameters, Mapping) or "host" not in parameters:
        return fields
    kept: dict[str, JsonValue] = {"volume": 5, **parameters}
    kept["host"] = str(kept["host"]).lower()
    return {**fields, "parameters": kept}


def declared(*, host: str = "Proxy.ACME.example", idle: int = 30, key: bytes | None = KEY) -> Task:
    value: dict[str, JsonValue] = {"host": host, "idle": idle}
    return replace(task([desired("Bootstrap", "store-1", value)]), key=key)


def row(server: FakeServer) -> Mapping[str, JsonValue]:
    found = server.rows["bootstrap"]["store-1"]["parameters"]
    assert isinstance(found, Mapping)
    return found


def edit(server: FakeServer, **changes: JsonValue) -> None:
    """Somebody edits the bootstrap in the portal."""
    before = server.rows["bootstrap"]["store-1"]
    version = before["version"]
    assert isinstance(version, int)
    parameters = {**row(server), **changes}
    server.rows["bootstrap"]["store-1"] = {
        **before,
        "parameters": parameters,
        "version": version + 1,
    }


def is_quiet(found: Plan) -> bool:
    left = (found.steps, found.records, found.drifted, found.blocked, found.stops)
    return left == ((),) * 5 and of_plan(found, detailed=True) == 0


@pytest.fixture(params=OFFERS.values(), ids=tuple(OFFERS))
def server(request: pytest.FixtureRequest) -> FakeServer:
    return FakeServer(offers=request.param, normalise=lenient)


@pytest.mark.parametrize("key", [KEY, None], ids=["key", "no key"])
def test_what_the_server_rewrites_is_told_once_and_never_is_drift(
    server: FakeServer, key: bytes | None
) -> None:
    given = declared(key=key)
    receipt = apply(server, given)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    assert receipt.discrepancies == ()
    told = receipt_text(receipt, VIEW)
    for text in ("REWRITTEN", "store-1", "/host", "Proxy.ACME.example", "proxy.acme.example"):
        assert text in told
    assert row(server) == {"volume": 5, "host": "proxy.acme.example", "idle": 30}
    for _ in range(2):
        found = plan(server, given)
        assert is_quiet(found)
        assert [one.name for one in found.normalised] == ["store-1"]
        assert "1 object that the server keeps in another form" in plan_text(found, VIEW)
        again = apply(server, given)
        assert again.normalised == ()
        assert "/host" not in receipt_text(again, VIEW)


def test_a_later_change_is_one_field_and_the_rewritten_ones_stay_silent(
    server: FakeServer,
) -> None:
    apply(server, declared())
    changed = declared(idle=60)
    found = plan(server, changed)
    (step,) = found.steps
    (group,) = found.groups
    assert [field.pointer for field in group.fields] == ["/idle"]
    assert step.kept == ()
    receipt = apply(server, changed)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    assert row(server) == {"volume": 5, "host": "proxy.acme.example", "idle": 60}
    assert is_quiet(plan(server, changed))


def test_what_a_person_changes_in_a_rewritten_field_still_is_drift(server: FakeServer) -> None:
    apply(server, declared())
    edit(server, host="other.example")
    found = plan(server, declared())
    (drifted,) = found.drifted
    assert [field.pointer for field in drifted.fields] == ["/host"]
    assert (found.steps, of_plan(found, detailed=True)) == ((), 3)
    reverted = PlanOptions(revert=(("*", "*"),))
    receipt = apply(server, declared(), plan(server, declared(), reverted))
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    assert row(server)["host"] == "proxy.acme.example"
    assert is_quiet(plan(server, declared()))


def test_taking_drift_back_always_does_not_write_what_the_server_rewrites_each_time(
    server: FakeServer,
) -> None:
    strict = declared()
    strict = replace(strict, project=replace(strict.project, drift=DriftPolicy.REVERT))
    apply(server, strict)
    version = server.rows["bootstrap"]["store-1"]["version"]
    assert is_quiet(plan(server, strict))
    assert apply(server, strict).outcomes == ()
    assert server.rows["bootstrap"]["store-1"]["version"] == version


def test_a_document_that_says_what_the_server_says_ends_the_matter(server: FakeServer) -> None:
    apply(server, declared())
    given = declared(host="proxy.acme.example")
    given = replace(
        given,
        declared=[
            desired("Bootstrap", "store-1", {**row(server)}),
        ],
    )
    found = plan(server, given)
    assert found.steps == ()
    assert [str(record.sort) for record in found.records] == ["converged"]
    apply(server, given)
    after = plan(server, given)
    assert is_quiet(after)
    assert after.normalised == ()


def meddlesome(_: str, fields: Fields) -> Fields:
    """A default in every bootstrap, the inventory included."""
    parameters = fields.get("parameters")
    if not isinstance(parameters, Mapping):
        return fields
    return {**fields, "parameters": {"volume": 5, **parameters}}


def test_a_server_that_adds_to_signed_shards_is_not_worked_with() -> None:
    server = FakeServer(normalise=meddlesome)
    receipt = apply(server, declared())
    assert of_receipt(receipt, Interruption.INTERRUPT) == 6
    assert "pvm-inventory-acme-retail-00: its signature is wrong" in receipt_text(receipt, VIEW)
    assert "store-1" not in server.rows["bootstrap"]


def test_a_server_that_adds_to_unsigned_shards_is_worked_with_as_any_other() -> None:
    server = FakeServer(normalise=meddlesome)
    given = declared(key=None)
    receipt = apply(server, given)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    assert is_quiet(plan(server, given))
