from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.project import Selection
from reconciler.core.resource import Desired
from reconciler.remote.connection import connect_reader
from reconciler.workflow.export import export_objects
from tests.remote.fake_server import FakeServer, access
from tests.stores import store_project, stores
from tests.workflow.tasks import EVERYTHING, apply, plan, task


def exported(server: FakeServer, selection: Selection = EVERYTHING) -> tuple[Desired, ...]:
    with connect_reader(access(), server.transport) as reader:
        found = export_objects(store_project(), reader, selection)
    return tuple(Desired(one.id, one.value, Origin("export.yaml", 0, 1)) for one in found)


def test_a_plan_from_what_was_exported_is_empty() -> None:
    server = FakeServer()
    apply(server, task(stores(20)))
    found = exported(server)
    assert len(found) == 80
    assert plan(server, task(found)).steps == ()


def test_only_what_is_in_scope_and_selected_is_exported_by_kind_and_name() -> None:
    server = FakeServer()
    apply(server, task(stores(2)))
    server.rows["bootstrap"]["other"] = {"name": "other", "parameters": {}}
    assert [str(one.id) for one in exported(server)] == [
        "Site/site-00000",
        "Site/site-00001",
        "Bootstrap/store-00000",
        "Bootstrap/store-00001",
        "Token/STORE-00000",
        "Token/STORE-00000-K",
        "Token/STORE-00001",
        "Token/STORE-00001-K",
    ]
    chosen = exported(server, Selection(select=(("Site", "*"),), exclude=(("*", "*-00001"),)))
    assert [one.id for one in chosen] == [ResourceId("Site", "site-00000")]
