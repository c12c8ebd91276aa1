"""Law 8 for `pvm export --factor`: layers and fleets become exactly what the server has.

Estates are small and unruly: half of what makes a store is regular, the rest is whatever people do
by hand. Planted and caught: rows that nobody checks, a column that takes the place of any digits, an
empty text taken for an empty cell, a text that holds a column put into a layer.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring import factoring, leaves, sheets
from reconciler.core.extraction import extract_secrets
from reconciler.core.identity import ResourceId
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS
from reconciler.sources.factored import factored_files
from reconciler.sources.repository import read_repository
from reconciler.sources.secret_values import SecretValues
from reconciler.workflow.secrets import resolve
from tests.laws.bugs import Bug, assert_caught
from tests.sources.projects import write_project

PROJECT = """\
kind: Project
name: acme
sources: [objects]
scope: {sites: ["*"], bootstraps: ["*"], tokens: ["*"], users: ["*"]}
"""
_LOOSE = ("bootstrap-unknown-site", "token-underscore")
"""Warnings: what the server does not mind."""
LEAVES: Sequence[JsonValue] = (
    *(0, 1, True, None, "", "1", "0421", "NO", Decimal("1.0"), Decimal("-0.5"), Decimal("1E+40")),
    *([], {}, [1, "a"], [{"k": "v"}], " padded ", "two\nlines", 'a,"b";c', "é\u2028", "x" * 1200),
    *("${store}", "$", "{x}", "$${a", "${env:HOME}", "https://x/sites/1/cfg?api_key=k1"),
)
KEYS = ("1", "2", "10", "0421", "0422", "nl-01", "NL-02", "north", "env", "east-7")
"""Some stand in other texts by chance, some need a column in capitals."""


@st.composite
def estates(draw: st.DrawFn) -> tuple[Live, ...]:
    """Stores of one pattern, and what people made of some of them."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=8, unique=True))
    shapes = {name: draw(st.sampled_from(_SHAPES)) for name in ("a", "b", "c")}
    objects: dict[tuple[str, str], dict[str, JsonValue]] = {}
    for key in keys:
        bootstrap = f"store-{key}"
        parameters: dict[str, JsonValue] = {"site": f"site-{key}", "same": {"in": [1], "all": "x"}}
        for name, shape in shapes.items():
            value = draw(shape(key)) if draw(st.integers(0, 9)) else draw(st.sampled_from(LEAVES))
            parameters["inner" if name == "c" else name] = {name: value} if name == "c" else value
        if not draw(st.integers(0, 7)):
            del parameters[draw(st.sampled_from(sorted(parameters)))]
        objects["Bootstrap", bootstrap] = parameters
        objects["Site", f"site-{key}"] = {"proServerName": draw(st.sampled_from(("dev1", "dev2")))}
        for suffix in draw(st.sampled_from((("",), ("",), ("", "-V"), ("-K1", "-K2"), ()))):
            objects["Token", f"STORE-{key.upper()}{suffix}"] = {
                "appId": "WFC_PRO_ANDROID",
                "bootstrap": bootstrap,
                "description": draw(st.sampled_from(("", f"Store {key}", f"Store {key}, York", "HQ"))),
            }
    found = [Live(ResourceId(*id_), value) for id_, value in objects.items()]
    draw(st.randoms(use_true_random=False)).shuffle(found)
    return tuple(found)


_SHAPES = (
    lambda _: st.just("all"),
    lambda key: st.just({"url": f"https://x/sites/{key}/cfg", "psk": f"psk-{key}"}),
    lambda _: st.sampled_from(("nl", "be")).map(lambda one: {"region": one, "tz": f"Europe/{one}"}),
    lambda _: st.sampled_from(({"apps": [1], "psk": "p1"}, {"apps": [2], "psk": "p2"}, {"apps": []})),
    lambda _: st.integers(0, 3),
    lambda _: st.sampled_from((True, False, Decimal("0.5"))),
    lambda key: st.sampled_from((f"front {key}", f"back {key}", "front")),
    lambda _: st.sampled_from(LEAVES),
)


def hold(estate: tuple[Live, ...]) -> None:
    found = extract_secrets(estate, KINDS, Masking(), shared=True)
    factored = factored_files(found.objects, KINDS, Masking())
    below = {f"objects/{path}": text for path, text in factored.files.items()}
    assert not any(secret in text for secret in ("psk-", "k1") for text in below.values())
    with TemporaryDirectory() as folder:
        root = write_project(Path(folder), below, PROJECT)
        read = read_repository(root)
        loose = [one for one in read.problems if one.code not in _LOOSE]
        assert [(one.code, one.message, one.place) for one in loose] == []
        source = SecretValues(root, found.variables)
        again = {one.id: resolve(one, source).value for one in read.declared}
    assert again.keys() == {one.id for one in estate}
    assert [one.id for one in estate if not json_equal(_whole(one), again[one.id])] == []


def _whole(one: Live) -> Mapping[str, JsonValue]:
    return dict(one.value)


@given(estates())
def test_what_was_factored_reads_back(estate: tuple[Live, ...]) -> None:
    hold(estate)


@given(estates(), st.integers(0, 9))
def test_the_order_in_which_a_server_lists_does_not_matter(
    estate: tuple[Live, ...], seed: int
) -> None:
    other = list(estate)
    Random(seed).shuffle(other)  # noqa: S311 -- an order, no secret
    assert _files(other) == _files(estate)


def _files(estate: Sequence[Live]) -> Mapping[str, str]:
    found = extract_secrets(estate, KINDS, Masking(), shared=True)
    return factored_files(found.objects, KINDS, Masking()).files
