"""Law 8 for `pvm export --factor`: layers and fleets become exactly what the server has.

Estates are small and unruly: most of what makes a store is regular, the rest is whatever people
do by hand. Planted and caught: rows that nobody checks, cells without quotes, removals that are
forgotten, one variable for different secrets.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring import factoring, overrides
from reconciler.core import extraction
from reconciler.core.extraction import extract_secrets
from reconciler.core.identity import ResourceId
from reconciler.core.problem import Severity
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS
from reconciler.sources import factored
from reconciler.sources.factored import factored_files
from reconciler.sources.made_files import MadeFiles
from reconciler.sources.new_project import FOLDERS
from reconciler.sources.repository import read_contents
from reconciler.sources.secret_values import SecretValues
from reconciler.workflow.secrets import resolve
from tests.laws.bugs import Bug, assert_caught

PROJECT = """\
kind: Project
name: acme
sources: [sites, bootstraps, tokens, layers, fleets]
scope: {sites: ["*"], bootstraps: ["*"], tokens: ["*"], users: ["*"]}
"""
LEAVES: tuple[Any, ...] = (
    *(0, 1, True, None, "", "1", "0421", "NO", Decimal("1.0"), Decimal("-0.5"), Decimal("1E+40")),
    *([], {}, [1, "a"], [{"k": "v"}], " padded ", "two\nlines", 'a,"b";c', "é\u2028", "x" * 1200),
    *("${store}", "$", "{x}", "$${a", "${env:HOME}", "https://x/sites/1/cfg?api_key=k1"),
)
KEYS = ("1", "2", "10", "0421", "0422", "nl-01", "NL-02", "north", "env", "east-7")
"""Some stand in other texts by chance, some need a column in capitals."""


_SAME: Mapping[str, JsonValue] = {"in": [1], "all": "x" * 300}
"""Long enough for layers to be worth it."""


@st.composite
def estates(draw: st.DrawFn) -> tuple[Live, ...]:
    """Stores of one pattern, and what people made of some of them."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=9, unique=True))
    shapes = {name: draw(st.sampled_from(_SHAPES)) for name in ("a", "b", "c")}
    objects: dict[tuple[str, str], dict[str, JsonValue]] = {}
    for key in keys:
        bootstrap = f"store-{key}"
        parameters: dict[str, JsonValue] = {"site": f"site-{key}", "same": _SAME}
        values = {name: draw(shape(key)) for name, shape in shapes.items()}
        if not draw(st.integers(0, 5)):
            values[draw(st.sampled_from("abc"))] = draw(st.sampled_from(LEAVES))
        parameters |= {"a": values["a"], "b": values["b"], "inner": {"c": values["c"]}}
        if not draw(st.integers(0, 7)):
            del parameters[draw(st.sampled_from(sorted(parameters)))]
        if not draw(st.integers(0, 15)):
            parameters = {}
        objects["Bootstrap", bootstrap] = parameters
        objects["Site", f"site-{key}"] = {"proServerName": draw(st.sampled_from(("dev1", "dev2")))}
        for suffix in draw(st.sampled_from((("",), ("",), ("", "-V"), ("-K1", "-K2"), ()))):
            objects["Token", f"STORE-{key.upper()}{suffix}"] = {
                "appId": "WFC_PRO_ANDROID",
                "bootstrap": bootstrap,
                "description": draw(st.sampled_from(("", f"Store {key}", "York, 1st", "1, Gent"))),
            }
    found = [Live(ResourceId(*id_), value) for id_, value in objects.items()]
    draw(st.randoms(use_true_random=False)).shuffle(found)
    return tuple(found)


_SHAPES = (
    lambda _: st.just("all"),
    lambda key: st.just({"url": f"https://x/sites/{key}/cfg", "psk": f"psk-{key}"}),
    lambda _: st.sampled_from(("nl", "be")).map(lambda one: {"region": one, "tz": f"Europe/{one}"}),
    lambda _: st.sampled_from(
        ({"apps": [1], "psk": "p1"}, {"apps": [2], "psk": "p2"}, {"apps": []})
    ),
    lambda _: st.integers(0, 3),
    lambda _: st.sampled_from((True, False, Decimal("0.5"))),
    lambda key: st.sampled_from((f"front {key}", f"back {key}", "front")),
    lambda _: st.sampled_from(LEAVES),
)


def hold(estate: tuple[Live, ...]) -> None:
    found = extract_secrets(estate, KINDS, Masking(), shared=True)
    files = factored_files(found.objects, KINDS, Masking()).files
    assert not any(secret in text for secret in ("psk-", "api_key") for text in files.values())
    read = read_contents(MadeFiles({"pvm.yaml": PROJECT, **files}, FOLDERS))
    errors = [one for one in read.problems if one.severity is Severity.ERROR]
    assert [(one.code, one.message, one.place) for one in errors] == []
    source = SecretValues(Path("nowhere"), found.variables)
    again = {one.id: resolve(one, source).value for one in read.declared}
    assert again.keys() == {one.id for one in estate}
    assert [one.id for one in estate if not json_equal(one.value, again[one.id])] == []


@given(estates())
def test_what_was_factored_reads_back(estate: tuple[Live, ...]) -> None:
    hold(estate)


def _unchecked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(factoring, "_wrong_rows", lambda _: set())


def _unquoted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(factored, "_cell", lambda text: text)


def _without_removals(patch: pytest.MonkeyPatch) -> None:
    whole = overrides.changed_from

    def forget(*given: Any) -> Mapping[str, JsonValue]:  # noqa: ANN401 -- handed on unread
        return {key: value for key, value in whole(*given).items() if key != "remove"}

    patch.setattr(factoring, "changed_from", forget)


def _first_secret_for_all(patch: pytest.MonkeyPatch) -> None:
    whole = extraction._common  # noqa: SLF001 -- what is broken

    def mix(places: Sequence[Mapping[str, str]], taken: Collection[str]) -> dict[Any, str]:
        found = whole(places, taken)
        return dict.fromkeys(found, next(iter(found.values()), ""))

    patch.setattr(extraction, "_common", mix)


BUGS = (
    Bug("rows are not compared with what they stand for", _unchecked),
    Bug("cells are written without quotes", _unquoted),
    Bug("what a store lacks is not removed from its layers", _without_removals),
    Bug("different secrets of one place share a variable", _first_secret_for_all),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(bug: Bug) -> None:
    assert_caught(bug, hold, estates())
