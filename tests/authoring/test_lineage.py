"""Whatever the files say about a value is told, and what is told last is the value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.fleets import Deviation, Fleet, Row, Template, generate
from reconciler.authoring.layers import Extending, inherit
from reconciler.authoring.lineage import Heritage, Lineage
from reconciler.core.explanation import By
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT, JsonValue, json_equal
from reconciler.kinds import KINDS

BOOTSTRAP = KINDS["Bootstrap"]
ID = ResourceId("Bootstrap", "store-1")
FLEET_FILE = Origin("fleets/stores.yaml", 0, 1)
LINE = Origin("fleets/nl.csv", 0, 7)


def layer(name: str, value: Mapping[str, JsonValue]) -> Desired:
    origin = Origin(f"layers/{name}.yaml", 0, 1, "/parameters")
    return Desired(ResourceId("Layer", name), value, origin)


def document(value: Mapping[str, JsonValue]) -> Desired:
    return Desired(ID, value, Origin("b.yaml", 2, 40, "/parameters"))


def lineage(
    own: Desired, layers: Sequence[Desired] = (), removed: Sequence[str] = ()
) -> tuple[Lineage, Desired]:
    """With the object that comes of it."""
    extending = Extending(own, [one.id.name for one in layers], removed)
    heritage = Heritage({one.id.name: one for one in layers}, (extending,))
    whole = inherit(own, layers, removed).bootstrap
    return Lineage(heritage, whole, BOOTSTRAP), whole


def told(found: Lineage, pointer: str) -> list[tuple[By, str, object, str]]:
    return [
        (one.by, one.name, one.value, f"{one.origin.file}{one.origin.pointer}")
        for one in found.contributions(pointer)
    ]


def test_each_layer_that_sets_a_value_is_told_and_the_documents_own_is_last() -> None:
    layers = [
        layer("base", {"k": {"idle": 30}}),
        layer("none", {"x": 1}),
        layer("nl", {"k": {"idle": 20}}),
    ]
    found, _ = lineage(document({"k": {"idle": 60}}), layers)
    assert told(found, "/k/idle") == [
        (By.LAYER, "base", 30, "layers/base.yaml/parameters/k/idle"),
        (By.LAYER, "nl", 20, "layers/nl.yaml/parameters/k/idle"),
        (By.DOCUMENT, "", 60, "b.yaml/parameters/k/idle"),
    ]
    assert [one.wins for one in found.contributions("/k/idle")] == [False, False, True]


def test_a_removal_is_told_at_its_place_with_what_it_takes_away() -> None:
    found, _ = lineage(document({}), [layer("base", {"k": {"idle": 30}})], ["/a", "/k"])
    assert told(found, "/k/idle") == [
        (By.LAYER, "base", 30, "layers/base.yaml/parameters/k/idle"),
        (By.REMOVAL, "", ABSENT, "b.yaml/remove/1"),
    ]
    assert found.removed() == ("/a", "/k")


def test_what_nobody_says_has_no_contribution() -> None:
    found, _ = lineage(document({"a": 1}), [layer("base", {"b": 1})])
    assert found.contributions("/c") == ()


def of_fleet(
    template: Mapping[str, JsonValue], *sets: Mapping[str, JsonValue], kind: str = "Bootstrap"
) -> tuple[Lineage, Desired]:
    at = FLEET_FILE.at("/documents/one")
    fleet = Fleet(
        "stores",
        "store",
        [Template("one", {"name": "n", **template}, at)],
        [
            Deviation(
                "1",
                "one",
                values,
                date(2026, 12, 31),
                f"INC-{n}",
                FLEET_FILE.at(f"/exceptions/{n}"),
            )
            for n, values in enumerate(sets)
        ],
    )
    (one,) = generate(fleet, [Row({"store": "1", "idle": 45}, LINE)])
    start = KINDS[kind].value_pointer
    value = resolve(one.document, start)
    assert isinstance(value, Mapping)
    top = [start + join((key,)) for key in value]
    inherited = {
        pointer[len(start) :]: one.origin_of(pointer)
        for pointer in [*top, *one.written]
        if pointer.startswith(f"{start}/")
    }
    item = Desired(ResourceId(kind, "n"), value, LINE.at(start), inherited=inherited)
    heritage = Heritage(exceptions={item.id: one.overridden}, templates={item.id: at})
    return Lineage(heritage, item, KINDS[kind]), item


def test_of_a_fleet_the_template_and_the_cell_are_told_apart() -> None:
    found, _ = of_fleet({"parameters": {"a": {"b": 1}, "idle": "${idle}"}})
    assert told(found, "/a/b") == [
        (By.TEMPLATE, "one", 1, "fleets/stores.yaml/documents/one/parameters/a/b")
    ]
    (cell,) = found.contributions("/idle")
    assert (cell.by, cell.name, cell.value, cell.origin) == (By.CELL, "idle", 45, LINE.at("/idle"))
    assert cell.template == FLEET_FILE.at("/documents/one/parameters/idle")


def test_exceptions_are_told_with_their_reason_over_what_they_cover() -> None:
    """Around the value, at it, and one over the other."""
    found, _ = of_fleet(
        {"parameters": {"k": {"idle": "${idle}"}}},
        {"/parameters/k/idle": 600},
        {"/parameters/k": {"idle": 700, "x": "$${y}"}},
    )
    parts = found.contributions("/k/idle")
    assert [(one.by, one.value, one.reason) for one in parts] == [
        (By.CELL, 45, ""),
        (By.EXCEPTION, 600, "INC-0"),
        (By.EXCEPTION, 700, "INC-1"),
    ]
    assert parts[1].origin.pointer == "/exceptions/0/set/~1parameters~1k~1idle"
    assert parts[2].origin.pointer == "/exceptions/1/set/~1parameters~1k/idle"
    assert parts[2].until == date(2026, 12, 31)
    assert [one.value for one in found.contributions("/k/x")] == ["${y}"]


def test_a_field_that_a_template_leaves_out_is_there_by_default() -> None:
    _, item = of_fleet({"proServerName": "dev03b"}, kind="Site")
    filled = replace(item, value={**item.value, "extra": ""})
    heritage = Heritage(templates={item.id: FLEET_FILE.at("/documents/one")})
    (part,) = Lineage(heritage, filled, KINDS["Site"]).contributions("/extra")
    assert part.by is By.DEFAULT


def test_variables_are_told_with_the_place_that_sets_them() -> None:
    set_at = Origin("pvm.yaml", 0, 1, "/targets/prod/vars/ring")
    own = document({"hosts": ["a", "b"], "other": 1})
    heritage = Heritage(
        uses={
            ("b.yaml", 2, "/parameters/hosts/1"): ("ring", "unset"),
            ("b.yaml", 1, "/parameters/hosts/0"): ("ring",),
            ("b.yaml", 2, "/parameters/hosts2"): ("ring",),
        },
        variables={"ring": set_at},
    )
    found = Lineage(heritage, own, BOOTSTRAP)
    assert [one.variables for one in found.contributions("/hosts")] == [(("ring", set_at),)]
    assert [one.variables for one in found.contributions("/other")] == [()]


keys = st.sampled_from(["a", "b", "c"])
leaves = st.integers(0, 3)
maps = st.recursive(
    st.dictionaries(keys, leaves, max_size=3),
    lambda inner: st.dictionaries(keys, leaves | inner, max_size=3),
    max_leaves=6,
)


def pointers(value: JsonValue, at: str = "") -> list[str]:
    if isinstance(value, Mapping) and value:
        return [p for key, item in value.items() for p in pointers(item, at + join((key,)))]
    return [at] if at else []


@given(maps, st.lists(maps, max_size=3), st.lists(keys, max_size=1))
def test_what_is_told_last_is_the_value_at_its_place(
    own: dict[str, JsonValue], values: list[dict[str, JsonValue]], removed: list[str]
) -> None:
    """Planted and caught: layers told from right to left; a removal told after the document."""
    layers = [layer(f"l{number}", value) for number, value in enumerate(values)]
    found, whole = lineage(document(own), layers, [f"/{key}" for key in removed])
    for pointer in pointers(whole.value):
        parts = found.contributions(pointer)
        assert json_equal(parts[-1].value, resolve(whole.value, pointer))
        if not isinstance(parts[-1].value, Mapping):
            assert parts[-1].origin == whole.origin_of(pointer)
        assert [one.wins for one in parts] == [False] * (len(parts) - 1) + [True]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["/parameters/a", "/parameters/b", "/parameters/c"]), leaves, min_size=1
        ),
        max_size=3,
    )
)
def test_what_is_told_last_of_a_fleet_is_the_value_too(sets: list[dict[str, JsonValue]]) -> None:
    found, whole = of_fleet({"parameters": {"a": "${idle}", "b": {"x": 1}}}, *sets)
    for pointer in pointers(whole.value):
        last = found.contributions(pointer)[-1]
        assert json_equal(last.value, resolve(whole.value, pointer))
        assert last.origin == whole.origin_of(pointer)


@pytest.mark.parametrize("pointer", ["", "/a"])
def test_a_whole_map_is_told_as_each_part_has_it(pointer: str) -> None:
    found, _ = lineage(document({"a": {"x": 1}}), [layer("base", {"a": {"y": 2}})])
    assert [one.by for one in found.contributions(pointer)] == [By.LAYER, By.DOCUMENT]
