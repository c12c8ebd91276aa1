"""Layers merge as a reader expects, and every value knows where it was written."""

from collections.abc import Mapping
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.layers import inherit
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve
from reconciler.core.resource import NO_REFERENCES, Desired
from reconciler.core.values import ABSENT, JsonValue

Parameters: TypeAlias = dict[str, JsonValue]
KEYS = st.sampled_from(["a", "b", "c/d", "e~f"])
LEAVES: st.SearchStrategy[JsonValue] = st.one_of(
    st.integers(0, 3), st.none(), st.booleans(), st.lists(st.integers(0, 2), max_size=2)
)
VALUES: st.SearchStrategy[Parameters] = st.dictionaries(
    KEYS, st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3)), max_size=3
)


def part(
    name: str, value: Mapping[str, JsonValue], references: Mapping[str, str] = NO_REFERENCES
) -> Desired:
    origin = Origin(f"{name}.yaml", 0, 1, "/parameters")
    return Desired(ResourceId("Layer", name), value, origin, references=references)


def expected(low: JsonValue, high: JsonValue) -> JsonValue:
    """Written a second time: maps merge, everything else replaces."""
    if not isinstance(low, dict) or not isinstance(high, dict):
        return high
    keys = [*low, *(key for key in high if key not in low)]
    return {
        key: expected(low[key], high[key])
        if key in low and key in high
        else (high if key in high else low)[key]
        for key in keys
    }


def leaves(value: JsonValue, at: str = "") -> Parameters:
    if isinstance(value, dict) and value:
        return {p: v for key in value for p, v in leaves(value[key], at + join((key,))).items()}
    return {at: value} if at else {}


@given(st.lists(VALUES, max_size=3), VALUES)
def test_maps_merge_and_everything_else_replaces(layers: list[Parameters], own: Parameters) -> None:
    parts = [part(str(number), value) for number, value in enumerate(layers)]
    wanted: JsonValue = {}
    for value in (*layers, own):
        wanted = expected(wanted, value)
    found = inherit(part("own", own), parts, ()).bootstrap
    assert found.value == wanted
    assert list(leaves(found.value)) == list(leaves(wanted))


@given(st.lists(VALUES, max_size=3), VALUES)
def test_each_value_was_written_in_the_last_part_that_sets_it(
    layers: list[Parameters], own: Parameters
) -> None:
    parts = [*(part(str(number), value) for number, value in enumerate(layers)), part("own", own)]
    found = inherit(parts[-1], parts[:-1], ()).bootstrap
    for pointer, value in leaves(found.value).items():
        setters = [one for one in parts if resolve(one.value, pointer) is not ABSENT]
        if value != {}:
            assert found.origin_of(pointer) == setters[-1].origin.at(pointer), pointer


@given(st.lists(VALUES, min_size=1, max_size=3), VALUES)
def test_merging_changes_no_layer(layers: list[Parameters], own: Parameters) -> None:
    before = repr(layers)
    parts = [part(str(number), value) for number, value in enumerate(layers)]
    for _ in range(2):
        inherit(part("own", own), parts, ())
    assert repr(layers) == before


def test_what_is_removed_is_gone_with_all_below_it_and_may_be_set_again() -> None:
    layer = part("base", {"kiosk": {"idle": 30, "on": True}, "wifi": {"psk": "x"}})
    own = part("own", {"wifi": {"ssid": "shop"}})
    found = inherit(own, [layer], ["/kiosk/idle", "/wifi"])
    assert found.bootstrap.value == {"kiosk": {"on": True}, "wifi": {"ssid": "shop"}}
    assert found.bootstrap.origin_of("/wifi/ssid") == own.origin.at("/wifi/ssid")
    assert found.missed == ()


@pytest.mark.parametrize("pointer", ["/kiosk/idel", "/kiosk/idle/x", "/list/0", "/none/at/all"])
def test_a_removal_that_finds_nothing_is_told(pointer: str) -> None:
    layer = part("base", {"kiosk": {"idle": 30}, "list": [1]})
    found = inherit(part("own", {}), [layer], [pointer])
    assert found.missed == (pointer,)
    assert found.bootstrap.value == layer.value


def test_references_to_secrets_follow_their_values() -> None:
    secret = "${env:PSK}"
    layer = part("base", {"wifi": {"psk": secret}}, references={"/wifi/psk": secret})
    kept = inherit(part("own", {"wifi": {"ssid": "shop"}}), [layer], ()).bootstrap
    assert kept.references == {"/wifi/psk": secret}
    for own in ({"wifi": {"psk": "open"}}, {"wifi": None}):
        assert inherit(part("own", own), [layer], ()).bootstrap.references == {}
