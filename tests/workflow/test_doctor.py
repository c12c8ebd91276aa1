from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from reconciler.core.diagnosis import Check, Diagnosis, Setting, Status
from reconciler.core.ports import Denied, Unreachable
from reconciler.core.project import Target
from reconciler.core.values import JsonValue
from reconciler.remote.access import Access, Credentials
from reconciler.remote.connection import connect_reader
from reconciler.sources.secret_values import SecretValues
from reconciler.workflow.doctor import diagnose
from reconciler.workflow.task import Task
from tests.core.inventories import owned
from tests.remote.fake_server import FakeServer, Fault, Reply, access, answer, fails, html, problem
from tests.workflow.keeping import keeping
from tests.workflow.tasks import NOON, desired, task

SETTINGS = (Setting("url", "http://127.0.0.1:1", "environment PVM_URL"),)


def examine(
    server: FakeServer, given: Task | None = None, with_access: Access | None = None, late: int = 0
) -> Diagnosis:
    with connect_reader(with_access or access(), server.transport) as reader:
        return diagnose(given or task(()), reader, SETTINGS, lambda: NOON + timedelta(seconds=late))


def statuses(diagnosis: Diagnosis) -> dict[str, Status]:
    return {check.name: check.status for check in diagnosis.checks}


def test_when_all_is_well_every_check_is_ok_but_what_the_task_warns_about() -> None:
    found = examine(FakeServer())
    assert statuses(found) == {
        "address": Status.WARNING,
        "connection": Status.OK,
        "login": Status.OK,
        "customer": Status.OK,
        "capabilities": Status.OK,
        "clock": Status.OK,
        "list sites": Status.OK,
        "list bootstraps": Status.OK,
        "list tokens": Status.OK,
        "scope": Status.OK,
    }
    assert found.settings == SETTINGS


def test_references_without_a_value_are_named_and_fail_nothing() -> None:
    value: dict[str, JsonValue] = {"a": "${env:A}", "b": "${env:B}"}
    item = replace(
        desired("Bootstrap", "b", value), references={"/a": "${env:A}", "/b": "${env:B}"}
    )

    def secrets(**variables: str) -> Check:
        given = replace(task((item,)), secrets=SecretValues(Path(), variables))
        return next(c for c in examine(FakeServer(), given).checks if c.name == "secrets")

    found = secrets(A="canary-77")
    assert found.status is Status.WARNING
    assert "${env:B}: B is not set" in found.detail
    assert "env:A" not in found.detail
    assert secrets(A="canary-77", B="x").status is Status.OK
    assert "canary" not in str(secrets(A="canary-77", B="x"))


def test_wrong_credentials_fail_the_login_and_nothing_else_is_tried() -> None:
    wrong = access(credentials=Credentials("ada", "wrong"))
    server = FakeServer()
    found = examine(server, with_access=wrong)
    assert statuses(found)["connection"] is Status.OK
    assert statuses(found)["login"] is Status.FAILED
    assert statuses(found)["list sites"] is Status.SKIPPED
    failed = next(check for check in found.checks if check.status is Status.FAILED)
    assert isinstance(failed.failure, Denied)
    assert "PVM_PASSWORD" in failed.fix
    assert len(server.seen) == 1


def test_a_server_that_is_gone_fails_the_connection() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "auth/admin", fails(httpx.ConnectError))] * 9
    found = examine(server)
    assert statuses(found)["connection"] is Status.FAILED
    assert statuses(found)["login"] is Status.SKIPPED
    failed = next(check for check in found.checks if check.status is Status.FAILED)
    assert isinstance(failed.failure, Unreachable)


@pytest.mark.parametrize(
    ("customer", "status"), [("ACME", Status.OK), ("other", Status.FAILED), (None, Status.OK)]
)
def test_another_customer_than_the_targets_is_a_failure(
    customer: str | None, status: Status
) -> None:
    given = task(())
    given = replace(given, target=replace(given.target, customer=customer))
    assert isinstance(given.target, Target)
    assert statuses(examine(FakeServer(), given))["customer"] is status


@pytest.mark.parametrize(
    ("late", "status"), [(0, "ok"), (60, "ok"), (-61, "warning"), (3600, "warning")]
)
def test_clocks_that_are_far_apart_are_warned_about(late: int, status: str) -> None:
    assert statuses(examine(FakeServer(), late=late))["clock"] == status


@pytest.mark.parametrize("time", ["", "noon", "2026-11-22T12:00:00"])
def test_a_server_that_does_not_tell_its_time_is_not_compared(time: str) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "capabilities", lambda _: answer({"time": time})))
    found = examine(server)
    assert statuses(found)["clock"] is Status.SKIPPED
    assert statuses(found)["capabilities"] is Status.WARNING


def test_missing_capabilities_are_warned_about_with_their_effect() -> None:
    found = examine(FakeServer(offers=("ndjson", "sources")))
    (check,) = [check for check in found.checks if check.name == "capabilities"]
    assert check.status is Status.WARNING
    assert "noticed by comparing only" in check.detail


def test_capabilities_that_fail_do_not_end_the_examination() -> None:
    server = FakeServer()
    server.faults += [Fault("GET", "capabilities", html(500))]
    found = statuses(examine(server))
    assert found["capabilities"] is Status.FAILED
    assert found["clock"] is Status.SKIPPED
    assert found["list sites"] is Status.OK


@pytest.mark.parametrize(
    ("reply", "fix"),
    [(lambda _: problem(403, "FORBIDDEN"), "take sites out of the scope"), (html(500), "")],
)
def test_a_list_that_can_not_be_read_fails_alone(reply: Reply, fix: str) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "sites", reply))
    found = examine(server)
    (check,) = [check for check in found.checks if check.name == "list sites"]
    assert check.status is Status.FAILED
    assert fix in check.fix
    assert statuses(found)["list tokens"] is Status.OK


def test_a_vendor_administrator_without_a_customer_is_told_what_to_do() -> None:
    found = examine(FakeServer(role="Vendor-Admin", customer=""))
    lists = [check for check in found.checks if check.name.startswith("list")]
    assert {check.status for check in lists} == {Status.FAILED}
    assert all("customer" in check.fix for check in lists)


def test_looking_around_writes_nothing() -> None:
    server = FakeServer()
    examine(server)
    assert server.writes == 0
    assert {one.method for one in server.seen} == {"GET", "POST"}
    assert sum(one.method == "POST" for one in server.seen) == 1


def test_objects_of_another_project_within_the_scope_are_counted() -> None:
    server = FakeServer()
    given = task(())
    theirs = replace(given, project=replace(given.project, name="acme-be", id="9"), run="theirs")
    with keeping(server, theirs) as keeper:
        keeper.take_lease()
        keeper.save([owned("Bootstrap", f"store-{number}", {}) for number in (1, 2)], [])
        keeper.save([owned("Bootstrap", "elsewhere", {}), owned("Token", "STORE-1", {})], [])

    found = next(check for check in examine(server).checks if check.name == "scope")

    assert (found.status, found.detail) == (
        Status.WARNING,
        "it covers 2 bootstraps of acme-be, 1 token of acme-be",
    )
