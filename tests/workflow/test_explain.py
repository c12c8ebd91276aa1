from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import httpx
import pytest

from reconciler.authoring.layers import Extending
from reconciler.authoring.lineage import Heritage
from reconciler.core.explanation import Author, By, Explanation
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
from reconciler.workflow.telling import Authors
from tests.remote.fake_server import FakeServer, access, problem
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


LAYER_AT = Origin("layers/base.yaml", 0, 1, "/parameters")
LAYER = replace(
    desired("Bootstrap", "base", {"kiosk": {"idle": 15}, "pin": "1111"}),
    id=ResourceId("Layer", "base"),
    origin=LAYER_AT,
)
HERITAGE = Heritage(
    {"base": LAYER},
    (Extending(STORE, ["base"], ["/gone"]),),
    uses={("layers/base.yaml", 0, "/parameters/kiosk/idle"): ("idle",)},
    variables={"idle": Origin("pvm.yaml", 0, 1, "/targets/test/vars/idle")},
)
ADA = Author("Ada", "2026-11-02", "9d03e77")


def sourced(authors: Authors | None = None, pointer: str = "") -> Explanation:
    given = replace(GIVEN, target=replace(GIVEN.target, variables={"idle": 15}))
    return explain_object(given, Question(STORE.id, pointer, locate, HERITAGE, authors), None)


def test_what_was_overridden_is_told_with_its_place_variables_and_secrets_masked() -> None:
    rows = {row.pointer: row.told for row in sourced().rows}
    layer, own = rows["/kiosk/idle"]
    assert (layer.by, layer.name, layer.value, layer.wins) == (By.LAYER, "base", 15, False)
    assert (own.by, own.value, own.wins) == (By.DOCUMENT, 30, True)
    assert layer.place is not None
    assert layer.place.file == "layers/base.yaml"
    assert [(one.name, one.value) for one in layer.variables] == [("idle", 15)]
    assert [one.place.file for one in layer.variables if one.place] == ["pvm.yaml"]
    assert [one.value for one in rows["/pin"]] == [MASK, MASK]
    assert "1111" not in repr(rows)


def test_a_variable_that_makes_a_secret_is_masked_with_it() -> None:
    uses = {("layers/base.yaml", 0, "/parameters/pin"): ("idle",)}
    given = replace(GIVEN, target=replace(GIVEN.target, variables={"idle": "1111"}))
    question = Question(STORE.id, "/pin", locate, replace(HERITAGE, uses=uses))
    (row,) = explain_object(given, question, None).rows
    assert [one.value for one in row.told[0].variables] == [MASK]
    assert "1111" not in repr(row)


def test_what_a_removal_takes_away_can_be_asked_for() -> None:
    layer = replace(LAYER, value={"gone": {"x": 1}})
    question = Question(STORE.id, "/gone", locate, replace(HERITAGE, layers={"base": layer}))
    (row,) = explain_object(GIVEN, question, None).rows
    assert (row.pointer, row.declared) == ("/gone", ABSENT)
    assert [(one.by, one.value) for one in row.told] == [(By.LAYER, {"x": 1}), (By.REMOVAL, ABSENT)]


def test_only_the_authors_of_lines_that_are_shown_are_asked_for_once() -> None:
    asked: list[set[tuple[str, int]]] = []

    def authors(lines: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], Author]:
        asked.append({*lines})
        return {("layers/base.yaml", 1): ADA}

    (row,) = sourced(authors, "/kiosk/idle").rows
    assert asked == [{("layers/base.yaml", 1), ("stores/nl.yaml", 7)}]
    assert [one.author for one in row.told] == [ADA, None]


def test_what_has_no_place_has_no_author() -> None:
    def found(origin: Origin) -> Place | None:
        return None if origin.file == "layers/base.yaml" else locate(origin)

    plain = replace(HERITAGE, uses={})
    question = Question(STORE.id, "/kiosk/idle", found, plain, lambda at: dict.fromkeys(at, ADA))
    (row,) = explain_object(GIVEN, question, None).rows
    assert [(one.place is None, one.author) for one in row.told] == [(True, None), (False, ADA)]


def test_without_git_there_is_a_note_and_no_author() -> None:
    found = sourced(lambda _: None)
    assert found.notes == ("no Git here: who wrote the lines is not told",)
    assert {one.author for row in found.rows for one in row.told} == {None}


def test_what_was_applied_stays_known_when_files_and_server_changed() -> None:
    server = FakeServer()
    apply(server, GIVEN)
    server.rows["bootstrap"]["store-1"]["parameters"] = {"kiosk": {"idle": 45}, "pin": "9"}
    changed = replace(STORE, value={"kiosk": {"idle": 60}, "pin": "8888"})
    with connect_reader(access(), server.transport) as reader:
        found = explain_object(task((changed,)), Question(STORE.id, "", locate), reader)
    rows = {row.pointer: (row.declared, row.applied, row.live) for row in found.rows}
    assert rows["/kiosk/idle"] == (60, 30, 45)
    assert rows["/pin"] == (MASK, MASK, MASK)
    assert found.recorded
    assert "1234" not in repr(found)


def test_an_object_that_was_never_applied_is_not_recorded() -> None:
    found = explain(FakeServer())
    assert (found.recorded, found.notes) == (False, ())


def test_references_are_applied_as_they_were_written() -> None:
    item = replace(
        desired("Bootstrap", "store-2", {"psk": "${env:A}"}), references={"/psk": "${env:A}"}
    )
    known = SecretValues(Path(), {"A": "canary-3"})
    server = FakeServer()
    given = replace(task((item,)), secrets=known, key=b"a key of sixteen bytes")
    apply(server, given)
    with connect_reader(access(), server.transport) as reader:
        (row,) = explain_object(given, Question(item.id), reader).rows
    assert (row.declared, row.applied, row.equal) == ("${env:A}", "${env:A}", True)
    assert "canary" not in repr(row)


def test_an_inventory_that_is_damaged_is_noted_and_nothing_is_taken_for_granted() -> None:
    server = FakeServer()
    apply(server, GIVEN)
    for name, row in server.rows["bootstrap"].items():
        if name.startswith("pvm-inventory"):
            row["parameters"] = {"x": 1}
    found = explain(server)
    assert found.recorded is None
    assert "damaged" in found.notes[0]


def test_a_value_too_large_to_be_kept_is_noted_and_counts_as_applied() -> None:
    server = FakeServer()
    note = Random(1).randbytes(120_000).hex()  # noqa: S311 -- no secret, and it can't be packed
    given = task((desired("Bootstrap", "store-1", {"note": note}),))
    apply(server, given)
    with connect_reader(access(), server.transport) as reader:
        found = explain_object(given, Question(STORE.id), reader)
    assert (found.recorded, [row.applied for row in found.rows]) == (True, [ABSENT])
    assert "last applied is not kept: too large" in found.notes[0]


def test_an_inventory_that_can_not_be_read_is_noted_and_the_rest_is_told() -> None:
    server = FakeServer()
    apply(server, GIVEN)

    def refusing(request: httpx.Request) -> httpx.Response:
        hidden = request.url.params.get("name", "").startswith("pvm-inventory")
        return problem(403, "FORBIDDEN", "not for you") if hidden else server.handle(request)

    with connect_reader(access(), httpx.MockTransport(refusing)) as reader:
        found = explain_object(GIVEN, Question(STORE.id), reader)
    assert (found.recorded, found.on_server) == (None, True)
    assert "the inventory can't be read, so last applied is unknown" in found.notes[0]
    assert {row.equal for row in found.rows} == {True}
