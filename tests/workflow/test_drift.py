from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.core.plan import Drifted
from reconciler.core.ports import Denied
from reconciler.core.project import Adopt, DriftPolicy, Hold, Ignore, Project, Prune, Selection
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT, MASK, JsonValue
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer, Fault, problem
from tests.stores import stores
from tests.workflow.tasks import NOON, apply, desired, drift, plan, task

KEY = b"0123456789abcdef"
PARAMETERS: dict[str, JsonValue] = {"idle": 30, "pin": "1234", "api_key": "k-1"}
STORE = desired("Bootstrap", "store-1", PARAMETERS)
OTHER = desired("Bootstrap", "store-2", {"idle": 30}, line=9)


def keyed(*declared: Desired, **rules: object) -> Task:
    given = task(declared)
    project: Project = replace(given.project, **rules)  # type: ignore[arg-type] # each test gives a project's own field
    return replace(given, key=KEY, project=project)


def server_with(parameters: dict[str, JsonValue], *declared: Desired) -> FakeServer:
    """Applied once, then edited by somebody."""
    server = FakeServer()
    apply(server, keyed(STORE, *declared))
    edit(server, parameters)
    return server


def edit(server: FakeServer, parameters: dict[str, JsonValue], name: str = "store-1") -> None:
    row = server.rows["bootstrap"][name]
    version = row["version"]
    assert isinstance(version, int)
    row |= {"parameters": parameters, "updatedBy": "j.doe", "version": version + 1}


def names(rows: Sequence[Drifted]) -> list[str]:
    return [str(row.id) for row in rows]


def test_what_the_server_changed_is_drift_with_who_wrote_it_last() -> None:
    server = server_with({**PARAMETERS, "idle": 60}, OTHER)
    found = drift(server, keyed(STORE, OTHER))
    (row,) = found.drifted
    (field,) = row.fields
    assert (field.pointer, field.before, field.after) == ("/idle", 30, 60)
    assert (row.cause, row.changed_by) == ("stores/nl.yaml:7", "j.doe")
    assert row.changed_at == "2026-11-22T12:00:00Z"
    assert (found.conflicts, found.undecided, found.pending, found.in_sync) == ((), (), 0, 1)
    assert found.base is not None


def test_what_git_changed_is_pending_and_no_drift() -> None:
    server = server_with(PARAMETERS)
    changed = desired("Bootstrap", "store-1", {**PARAMETERS, "idle": 60})
    found = drift(server, keyed(changed, OTHER))
    assert (found.found, found.pending, found.in_sync) == (False, 2, 0)


def test_an_object_may_be_pending_and_drifted_in_different_fields() -> None:
    server = server_with({**PARAMETERS, "colour": "red"})
    changed = desired("Bootstrap", "store-1", {**PARAMETERS, "idle": 60})
    found = drift(server, keyed(changed))
    assert [field.pointer for row in found.drifted for field in row.fields] == ["/colour"]
    assert (found.pending, found.conflicts) == (1, ())


def test_where_both_changed_one_field_it_is_a_conflict() -> None:
    server = server_with({**PARAMETERS, "idle": 90})
    changed = desired("Bootstrap", "store-1", {**PARAMETERS, "idle": 60})
    found = drift(server, keyed(changed))
    (row,) = found.conflicts
    (field,) = row.fields
    assert (field.pointer, field.before, field.after) == ("/idle", 60, 90)
    assert (row.cause, row.changed_by) == ("stores/nl.yaml:7", "j.doe")
    assert (found.drifted, found.pending) == ((), 0)


def test_what_was_deleted_on_the_server_is_drift() -> None:
    server = server_with(PARAMETERS, OTHER)
    del server.rows["bootstrap"]["store-2"]
    (row,) = drift(server, keyed(STORE, OTHER)).drifted
    assert (str(row.id), row.cause) == ("Bootstrap/store-2", "stores/nl.yaml:9")
    assert [(field.pointer, field.after) for field in row.fields] == [("", ABSENT)]


def test_before_the_first_apply_whatever_differs_is_unknown() -> None:
    server = FakeServer()
    server.rows["bootstrap"]["store-1"] = {"name": "store-1", "parameters": {**PARAMETERS}}
    edited = desired("Bootstrap", "store-1", {**PARAMETERS, "idle": 60})
    found = drift(server, keyed(edited, OTHER))
    first, second = found.undecided
    assert [(f.pointer, f.before, f.after) for f in first.fields] == [("/idle", 60, 30)]
    assert (str(second.id), second.cause) == ("Bootstrap/store-2", "stores/nl.yaml:9")
    assert [field.after for field in second.fields] == [ABSENT]
    assert (found.drifted, found.pending, found.in_sync, found.base) == ((), 0, 0, None)


def test_without_a_key_the_drift_of_sites_is_unknown_and_that_of_bootstraps_is_not() -> None:
    site = desired("Site", "site-1", {"proServerName": "dev03b"})
    server = FakeServer()
    apply(server, task((site, OTHER)))
    server.rows["site"]["site-1"]["proServerName"] = "dev04a"
    edit(server, {"idle": 60}, "store-2")
    found = drift(server, task((site, OTHER)))
    assert (names(found.undecided), names(found.drifted)) == (
        ["Site/site-1"],
        ["Bootstrap/store-2"],
    )


@pytest.mark.parametrize("key", [KEY, None])
def test_secrets_differ_without_being_shown(key: bytes | None) -> None:
    server = FakeServer()
    given = replace(task((STORE,)), key=key)
    apply(server, given)
    edit(server, {"idle": 30, "pin": "9999", "api_key": "k-2"})
    found = drift(server, given)
    rows = (*found.drifted, *found.conflicts)
    assert {(f.pointer, f.before, f.after, f.hidden) for row in rows for f in row.fields} == {
        ("/pin", MASK, MASK, True),
        ("/api_key", MASK, MASK, True),
    }
    assert not any(secret in repr(found) for secret in ("1234", "9999", "k-1", "k-2"))


@pytest.mark.parametrize(
    "rules",
    [
        {"drift": DriftPolicy.REVERT},
        {"prune": Prune.SCOPE},
        {"adopt": Adopt.ALWAYS},
        {"holds": (Hold("Bootstrap", "store-1", NOON.date(), "INC-1"),)},
    ],
    ids=lambda rules: next(iter(rules)),
)
def test_drift_is_drift_whatever_the_project_would_do_about_it(rules: dict[str, object]) -> None:
    server = server_with({**PARAMETERS, "idle": 60}, OTHER)
    del server.rows["bootstrap"]["store-2"]
    found = drift(server, keyed(STORE, OTHER, **rules))
    assert names(found.drifted) == ["Bootstrap/store-1", "Bootstrap/store-2"]


def test_drift_is_what_a_plan_keeps() -> None:
    server = server_with({**PARAMETERS, "idle": 60}, OTHER)
    del server.rows["bootstrap"]["store-2"]
    given = keyed(STORE, OTHER)
    assert drift(server, given).drifted == plan(server, given).drifted


def test_ignored_fields_do_not_drift() -> None:
    server = server_with({**PARAMETERS, "idle": 60})
    found = drift(server, keyed(STORE, ignore=(Ignore("Bootstrap", "/idle", "devices"),)))
    assert (found.found, found.in_sync) == (False, 1)


def test_what_nobody_declares_is_unmanaged() -> None:
    server = server_with(PARAMETERS)
    server.rows["bootstrap"]["store-9"] = {"name": "store-9", "parameters": {}, "version": 1}
    server.rows["bootstrap"]["other-9"] = {"name": "other-9", "parameters": {}, "version": 1}
    found = drift(server, keyed(STORE))
    assert [str(one) for one in found.unmanaged] == ["Bootstrap/store-9"]
    assert (found.found, found.in_sync) == (False, 1)
    assert "careful" in found.warnings


def test_only_the_selected_objects_count() -> None:
    server = server_with({})
    server.rows["bootstrap"]["store-9"] = {"name": "store-9", "parameters": {}, "version": 1}
    found = drift(server, keyed(STORE, OTHER), Selection(select=(("Bootstrap", "none-*"),)))
    assert (found.found, found.unmanaged, found.pending) == (False, (), 0)


def test_spelling_of_a_token_is_no_drift() -> None:
    server = FakeServer()
    declared = stores(1)
    apply(server, task(declared))
    server.rows["token"]["store-00000"]["name"] = "store-00000"
    found = drift(server, task(declared))
    assert (found.found, found.in_sync) == (False, 4)


def test_an_inventory_that_nobody_can_trust_is_told() -> None:
    server = server_with({**PARAMETERS, "idle": 60})
    (stop,) = drift(server, replace(keyed(STORE), key=b"fedcba9876543210")).stops[:1]
    assert stop.guard == "inventory"


def test_looking_for_drift_writes_nothing_and_a_forbidden_list_ends_it() -> None:
    server = server_with({})
    before = server.writes
    drift(server, keyed(STORE))
    assert server.writes == before
    server.faults.append(Fault("GET", "tokens", lambda _: problem(403, "FORBIDDEN")))
    with pytest.raises(Denied):
        drift(server, keyed(STORE))
