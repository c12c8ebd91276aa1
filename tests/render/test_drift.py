from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift, DriftedObject, MissingObject
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Header
from reconciler.core.values import ABSENT, MASK
from reconciler.render.drift import drift_markdown, drift_text
from reconciler.render.json import json_text
from reconciler.render.markdown import BUDGET
from reconciler.render.result_json import drift_json
from reconciler.render.screen import columns_of
from reconciler.render.view import View

FIELDS = (
    FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp\x1b[2J"),
    FieldChange("/wifi/0/psk", MASK, MASK, hidden=True),
    FieldChange("/left", ABSENT, None),
)


@pytest.fixture
def drift(header: Header) -> Drift:
    return Drift(
        header,
        (
            DriftedObject(
                ResourceId("Bootstrap", "store-0421"),
                "bootstraps/nl.yaml:40",
                FIELDS,
                "j.doe",
                "2026-11-21T22:14:00Z",
            ),
            DriftedObject(ResourceId("Token", "STORE-1"), "tokens/nl.yaml:3", FIELDS[:1]),
        ),
        (MissingObject(ResourceId("Site", "site-7"), "sites/nl.yaml:21"),),
        (ResourceId("Site", "lab"),),
        in_sync=243,
        listed={"Site": 60, "Bootstrap": 66},
        requests={"GET": 4, "POST": 1},
        warnings=("the server does not say who wrote tokens",),
    )


@pytest.mark.parametrize("width", [80, 120])
def test_drift_reads_as_agreed(
    drift: Drift, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"drift-{width}.txt", drift_text(drift, View(width)))


def test_drift_as_data(drift: Drift, golden: Callable[[str, str], None]) -> None:
    golden("drift.json", json_text(drift_json(drift)))


def test_drift_as_markdown(drift: Drift, golden: Callable[[str, str], None]) -> None:
    golden("drift.md", drift_markdown(drift))


def test_no_drift_is_one_line(drift: Drift, golden: Callable[[str, str], None]) -> None:
    none = Drift(drift.header, (), (), (), in_sync=246)

    golden("drift-none.txt", drift_text(none, View(80)))
    golden("drift-none.md", drift_markdown(none))


def many(drift: Drift, count: int) -> Drift:
    objects = tuple(
        replace(drift.objects[0], id=ResourceId("Bootstrap", f"b-{n}")) for n in range(count)
    )
    missing = tuple(
        MissingObject(ResourceId("Site", f"s-{n}"), "sites/a.yaml:1") for n in range(count)
    )
    return replace(drift, objects=objects, missing=missing)


@pytest.mark.parametrize("count", [1, 60, 400, 700, 20_000])
def test_the_budget_holds_for_any_number_of_objects(drift: Drift, count: int) -> None:
    text = drift_markdown(many(drift, count))

    assert len(text) <= BUDGET
    assert f"{count:,} differ · {count:,} missing" in text


def test_long_lists_are_cut_and_say_so(drift: Drift) -> None:
    short, full = (drift_text(many(drift, 60), View(120, full=full)) for full in (False, True))

    assert (short.count("Bootstrap/b-"), short.count("10 more")) == (50, 2)
    assert (full.count("Bootstrap/b-"), full.count(" more")) == (60, 0)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(drift: Drift, width: int) -> None:
    lines = drift_text(drift, View(width)).split("\n")

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []
