from collections.abc import Mapping, Sequence
from dataclasses import replace

import httpx
import pytest

from reconciler.core.outcome import Applied
from reconciler.core.plan import Sort
from reconciler.core.values import JsonValue
from reconciler.workflow.apply import Progress
from reconciler.workflow.journal import Point
from tests.remote.fake_server import (
    FakeServer,
    Fault,
    answer,
    fails,
)
from tests.workflow.scripts import Script, once
from tests.workflow.stage import BARE, MODES, SETS, SINGLE, STORE, meddle, task
from tests.workflow.tasks import apply, desired, plan, running


@MODES
def test_what_the_server_keeps_otherwise_is_told_once_without_its_secrets(
    offers: Sequence[str],
) -> None:
    def upper(path: str, fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
        parameters = fields.get("parameters")
        if path != "bootstrap" or not isinstance(parameters, Mapping) or "pin" not in parameters:
            return fields
        return fields | {"parameters": {"site": "SITE-1", "pin": "9999"}}

    server = FakeServer(offers=offers, normalise=upper)
    given = task(STORE)
    receipt = apply(server, given)
    assert receipt.discrepancies == ()
    (found,) = receipt.normalised
    assert str(found.id) == "Bootstrap/store-1"
    assert [one.pointer for one in found.fields] == ["/pin", "/site"]
    assert "1234" not in repr(found)
    assert "9999" not in repr(found)
    again = plan(server, given)
    assert (again.steps, again.drifted, again.blocked) == ((), (), ())


@pytest.mark.parametrize("offers", [SETS, SINGLE])
def test_what_somebody_changes_right_after_the_write_is_named_and_is_drift(
    offers: Sequence[str],
) -> None:
    server = FakeServer(offers=offers)
    given = task((desired("Bootstrap", "store-1", {"mine": 1, "other": 1}),))
    edits = once(lambda: meddle(server, "store-1", {"mine": 1, "other": 2}))

    def edit(number: int, when: str) -> None:
        del number
        if when == "after" and "store-1" in server.rows["bootstrap"]:
            edits()

    server.person = edit
    (found,) = apply(server, given).discrepancies
    assert "right after it was written (j.doe" in found.reason
    (drifted,) = plan(server, given).drifted
    assert [field.pointer for field in drifted.fields] == ["/other"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_without_tags_a_lost_race_is_named(when: str) -> None:
    server = FakeServer(offers=BARE)
    first = desired("Bootstrap", "store-1", {"mine": 1, "other": 1})
    apply(server, task((first,)))
    given = task((replace(first, value={"mine": 2, "other": 1}),))

    def edit(number: int, moment: str) -> None:
        del number
        request = server.seen[-1]
        if moment == when and request.params.get("name") == "store-1":
            meddle(server, "store-1", {"mine": 1, "other": 2})

    server.person = edit
    receipt = apply(server, given)
    (found,) = receipt.discrepancies
    assert "somebody else wrote between our look and our write" in found.reason
    assert ("overwritten" in found.reason) is (when == "before")


def test_what_was_confirmed_and_is_not_there_is_reported() -> None:
    server = FakeServer(offers=SINGLE)
    confirm = Fault("POST", "site", lambda _: answer({}))
    script = Script({Point.ANNOUNCED: lambda: server.faults.append(confirm)})
    (found,) = apply(server, task(STORE[:1]), run=running(journal=script)).discrepancies
    assert "is not on the server" in found.reason


def test_what_was_deleted_and_is_still_there_is_reported() -> None:
    server = FakeServer(offers=SINGLE)
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    server.faults.append(Fault("DELETE", "bootstrap", lambda _: httpx.Response(204)))
    (found,) = apply(server, given).discrepancies
    assert "still on the server" in found.reason


@MODES
def test_an_apply_whose_result_can_not_be_read_says_so(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    faults = [Fault("GET", "site", fails(httpx.ConnectError))] * 9

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            server.faults += faults

    receipt = apply(server, given, run=replace(running(), progress=tell))
    assert all(isinstance(one, Applied) for one in receipt.outcomes)
    assert "GET /admin/api/v1/site" in receipt.unverified
    server.faults.clear()
    again = plan(server, given)
    assert again.steps == ()
    assert {record.sort for record in again.records} <= {Sort.CONVERGED}
