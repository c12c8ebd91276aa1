from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.explanation import Explanation
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.problem import Misuse
from reconciler.core.project import Ignore
from reconciler.core.secret_source import NoSecrets, SecretSource
from reconciler.core.values import ABSENT, MASK, JsonValue, Maybe
from reconciler.remote.connection import connect_reader
from reconciler.sources.secret_values import SecretValues
from reconciler.workflow.explain import Question, explain_object
from reconciler.workflow.secrets import resolve
from tests.remote.fake_server import FakeServer, access
from tests.workflow.tasks import apply, desired, task

STORE = desired(
    "Bootstrap",
    "store-1",
    {"kiosk": {"idle": 30, "apps": [{"id": "a"}], "langs": ["nl", "fr"]}, "pin": "1234", "e": {}},
)
GIVEN = task((STORE,))


def locate(origin: Origin) -> Place:
    return Place(origin.file, origin.line, len(origin.pointer), 0, 0)


def explain(server: FakeServer | None, name: str = "store-1", pointer: str = "") -> Explanation:
    question = Question(ResourceId("Bootstrap", name), pointer, locate)
    if server is None:
        return explain_object(GIVEN, question, None)
    with connect_reader(access(), server.transport) as reader:
        return explain_object(GIVEN, question, reader)


def test_each_value_is_told_with_its_place() -> None:
    found = explain(None)
    assert [row.pointer for row in found.rows] == [
        "/e",
        "/kiosk/apps/0/id",
        "/kiosk/idle",
        "/kiosk/langs",
        "/pin",
    ]
    idle = found.rows[2]
    assert (idle.declared, idle.live, idle.equal) == (30, ABSENT, None)
    assert idle.place is not None
    assert idle.place.column == len("/parameters/kiosk/idle")
    assert (found.declared, found.on_server, found.in_scope) == (True, None, True)


def test_the_servers_values_stand_beside_it_with_secrets_masked() -> None:
    server = FakeServer()
    apply(server, GIVEN)
    server.rows["bootstrap"]["store-1"]["parameters"] = {
        "kiosk": {"idle": True, "new": 1},
        "pin": "9999",
        "e": {},
    }
    found = explain(server)
    rows = {row.pointer: (row.declared, row.live, row.equal, row.hidden) for row in found.rows}
    assert rows["/kiosk/idle"] == (30, True, False, False)
    assert rows["/kiosk/new"] == (ABSENT, 1, False, False)
    assert rows["/kiosk/langs"] == (["nl", "fr"], ABSENT, False, False)
    assert rows["/pin"] == (MASK, MASK, False, True)
    assert rows["/e"] == ({}, {}, True, False)
    assert found.on_server
    assert found.version == "1"
    assert found.facts is not None
    assert found.facts["updatedBy"] == "ada"
    assert "9999" not in repr(found)


def test_references_are_shown_and_their_values_on_the_server_are_not() -> None:
    """Wherever they stand: in a text of their own, inside one, or in a list."""
    texts = {"note": "x ${env:A} y", "list": ["p", "${env:A}"], "psk": "${env:A}"}
    item = desired("Bootstrap", "store-2", {**texts, "plain": 1})
    item = replace(
        item,
        references={"/note": "x ${env:A} y", "/list/1": "${env:A}", "/psk": "${env:A}"},
    )
    server = FakeServer()
    known = SecretValues(Path(), {"A": "canary-3"})
    apply(server, task((resolve(item, known),)))

    def rows(secrets: SecretSource) -> dict[str, tuple[Maybe, bool | None]]:
        given = replace(task((item,)), secrets=secrets)
        with connect_reader(access(), server.transport) as reader:
            found = explain_object(given, Question(item.id), reader)
        assert "canary" not in str(found)
        return {row.pointer: (row.declared, row.equal) for row in found.rows}

    shown = {f"/{key}": text for key, text in texts.items()}
    assert rows(known) == {**{at: (text, True) for at, text in shown.items()}, "/plain": (1, True)}
    changed = rows(SecretValues(Path(), {"A": "canary-4"}))
    assert changed == {**{at: (text, False) for at, text in shown.items()}, "/plain": (1, True)}
    unknown = rows(NoSecrets())
    assert unknown == {**{at: (text, None) for at, text in shown.items()}, "/plain": (1, True)}


def test_a_map_on_one_side_and_a_value_on_the_other_are_one_row() -> None:
    server = FakeServer()
    apply(server, GIVEN)
    server.rows["bootstrap"]["store-1"]["parameters"] = {"kiosk": 1}
    found = {row.pointer: row for row in explain(server).rows}
    assert found["/kiosk"].live == 1
    assert found["/kiosk"].declared == STORE.value["kiosk"]
    assert "/kiosk/idle" not in found


def test_a_pointer_shows_only_what_lies_below_it() -> None:
    assert [row.pointer for row in explain(None, pointer="/kiosk/apps").rows] == [
        "/kiosk/apps/0/id"
    ]


def test_an_ignored_value_is_marked() -> None:
    ignored = (Ignore("Bootstrap", "/kiosk", "devices write it"),)
    given = replace(GIVEN, project=replace(GIVEN.project, ignore=ignored))
    found = explain_object(given, Question(STORE.id), None)
    assert {row.pointer for row in found.rows if row.ignored} == {
        "/kiosk/apps/0/id",
        "/kiosk/idle",
        "/kiosk/langs",
    }


def test_an_object_that_only_the_server_has_is_told_too() -> None:
    server = FakeServer()
    row: dict[str, JsonValue] = {"name": "other", "parameters": {"a": 1}, "version": 1}
    server.rows["bootstrap"]["other"] = row
    found = explain(server, "other")
    assert (found.declared, found.on_server, found.in_scope) == (False, True, False)
    assert found.rows[0].origin is None
    assert found.rows[0].place is None


@pytest.mark.parametrize(
    ("name", "pointer", "fix"),
    [
        ("store-2", "", "did you mean store-1?"),
        ("zzz", "", "check the name"),
        ("store-1", "/nothing", "leave the pointer out"),
        ("store-1", "kiosk", "like /kiosk"),
    ],
)
def test_a_question_about_nothing_is_answered_with_a_fix(name: str, pointer: str, fix: str) -> None:
    for server in (None, FakeServer()):
        with pytest.raises(Misuse) as caught:
            explain(server, name, pointer)
        assert fix in caught.value.fix
