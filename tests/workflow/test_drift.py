from dataclasses import replace

import pytest

from reconciler.core.ports import Denied
from reconciler.core.project import Ignore, Selection
from reconciler.core.values import MASK, JsonValue
from tests.remote.fake_server import FakeServer, Fault, problem
from tests.stores import stores
from tests.workflow.tasks import apply, desired, drift, task

PARAMETERS: dict[str, JsonValue] = {"idle": 30, "pin": "1234", "api_key": "k-1"}
STORE = desired("Bootstrap", "store-1", PARAMETERS)


def server_with(parameters: dict[str, JsonValue]) -> FakeServer:
    server = FakeServer()
    apply(server, task((STORE,)))
    server.rows["bootstrap"]["store-1"]["parameters"] = parameters
    return server


def test_a_field_that_differs_is_told_with_who_wrote_it_last() -> None:
    server = server_with({**PARAMETERS, "idle": 60})
    (found,) = drift(server, task((STORE,))).objects
    (field,) = found.fields
    assert (field.pointer, field.before, field.after) == ("/idle", 30, 60)
    assert found.cause == "stores/nl.yaml:7"
    assert (found.changed_by, found.changed_at) == ("ada", "2026-11-22T12:00:00Z")


def test_secrets_differ_without_being_shown() -> None:
    server = server_with({"idle": 30, "pin": "9999", "api_key": "k-2"})
    (found,) = drift(server, task((STORE,))).objects
    assert {(one.pointer, one.before, one.after, one.hidden) for one in found.fields} == {
        ("/pin", MASK, MASK, True),
        ("/api_key", MASK, MASK, True),
    }
    assert not any(secret in repr(found) for secret in ("1234", "9999", "k-1", "k-2"))


def test_ignored_fields_do_not_drift() -> None:
    server = server_with({**PARAMETERS, "idle": 60})
    given = task((STORE,))
    ignoring = replace(
        given, project=replace(given.project, ignore=(Ignore("Bootstrap", "/idle", "devices"),))
    )
    found = drift(server, ignoring)
    assert (found.objects, found.in_sync) == ((), 1)


def test_declared_objects_that_are_gone_are_missing_and_others_unmanaged() -> None:
    server = server_with(PARAMETERS)
    server.rows["bootstrap"]["store-9"] = {"name": "store-9", "parameters": {}}
    server.rows["bootstrap"]["other-9"] = {"name": "other-9", "parameters": {}}
    gone = desired("Bootstrap", "store-2", {}, line=9)
    found = drift(server, task((STORE, gone)))
    assert [(str(one.id), one.cause) for one in found.missing] == [
        ("Bootstrap/store-2", "stores/nl.yaml:9")
    ]
    assert [str(one) for one in found.unmanaged] == ["Bootstrap/store-9"]
    assert found.in_sync == 1
    assert found.listed == {"Site": 0, "Bootstrap": 3, "Token": 0}
    assert found.warnings == ("careful",)


def test_only_the_selected_objects_count() -> None:
    server = server_with({})
    server.rows["bootstrap"]["store-9"] = {"name": "store-9", "parameters": {}}
    gone = desired("Bootstrap", "store-2", {})
    found = drift(server, task((STORE, gone)), Selection(select=(("Bootstrap", "none-*"),)))
    assert (found.objects, found.missing, found.unmanaged) == ((), (), ())


def test_spelling_of_a_token_is_no_drift() -> None:
    server = FakeServer()
    declared = stores(1)
    apply(server, task(declared))
    row = server.rows["token"]["store-00000"]
    row["name"] = "store-00000"
    assert drift(server, task(declared)).in_sync == 4


def test_looking_for_drift_writes_nothing_and_a_forbidden_list_ends_it() -> None:
    server = server_with({})
    before = server.writes
    drift(server, task((STORE,)))
    assert server.writes == before
    server.faults.append(Fault("GET", "tokens", lambda _: problem(403, "FORBIDDEN")))
    with pytest.raises(Denied):
        drift(server, task((STORE,)))
