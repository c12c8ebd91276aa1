from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, cast

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Base, Drifted, Header, Mark, Stop
from reconciler.core.values import ABSENT, MASK
from reconciler.render.annotation_lists import drift_annotations
from reconciler.render.drift import drift_markdown, drift_text, drift_totals
from reconciler.render.drift_html import drift_html
from reconciler.render.json import json_text
from reconciler.render.junit_cases import drift_junit
from reconciler.render.markdown import BUDGET
from reconciler.render.result_json import drift_json
from reconciler.render.screen import columns_of
from reconciler.render.view import View
from tests.render.pages import read_page

FIELDS = (
    FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp\x1b[2J"),
    FieldChange("/wifi/0/psk", MASK, MASK, hidden=True),
    FieldChange("/left", ABSENT, None),
)


LOST = FieldChange("", {"proServerName": "dev03b"}, ABSENT)


@pytest.fixture
def drift(header: Header) -> Drift:
    return Drift(
        header,
        drifted=(
            Drifted(
                ResourceId("Bootstrap", "store-0421"),
                FIELDS,
                "bootstraps/nl.yaml:40",
                "j.doe",
                "2026-11-21T22:14:00Z",
            ),
            Drifted(ResourceId("Token", "STORE-1"), FIELDS[:1], "tokens/nl.yaml:3"),
            Drifted(ResourceId("Site", "site-7"), (LOST,), "sites/nl.yaml:21"),
        ),
        conflicts=(Drifted(ResourceId("Token", "STORE-9"), FIELDS[2:], "tokens/nl.yaml:9"),),
        undecided=(
            Drifted(ResourceId("PortalUser", "a"), (LOST,), "users.yaml:1"),
            Drifted(ResourceId("PortalUser", "b"), FIELDS[:1], "users.yaml:9", "root"),
        ),
        unmanaged=(ResourceId("Site", "lab"),),
        pending=12,
        in_sync=243,
        base=Base("b7f0", 118, header.created - timedelta(hours=2), "1c9e0d4a", "sha256:aa"),
        stops=(Stop("inventory", "shard 01 is damaged", "pvm inventory rebuild"),),
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
    none = Drift(drift.header, in_sync=246)

    golden("drift-none.txt", drift_text(none, View(80)))
    golden("drift-none.md", drift_markdown(none))


def many(drift: Drift, count: int) -> Drift:
    """Each object differs in a way of its own."""
    drifted = tuple(
        Drifted(ResourceId("Bootstrap", f"b-{n}"), (FieldChange("/n", 0, n), *FIELDS), "a.yaml:1")
        for n in range(count)
    )
    lost = tuple(Drifted(ResourceId("Site", f"s-{n}"), (LOST,), "a.yaml:1") for n in range(count))
    return replace(drift, drifted=(*drifted, *lost))


@pytest.mark.parametrize("count", [1, 60, 400, 700, 20_000])
def test_the_budget_holds_for_any_number_of_objects(drift: Drift, count: int) -> None:
    text = drift_markdown(many(drift, count))

    assert len(text) <= BUDGET
    assert f"{2 * count:,} changed on the server" in text


def test_markdown_shows_what_it_has_room_for(drift: Drift) -> None:
    few, lots = drift_markdown(many(drift, 60)), drift_markdown(many(drift, 700))

    assert ("`b-59`" in few, "`b-59`" in lots) == (True, True)
    assert ("/wifi/0/ssid" in few, "more; `pvm drift -v` shows each" in lots) == (True, True)


def test_without_any_room_the_totals_are_still_told(drift: Drift) -> None:
    assert drift_totals(drift) in drift_markdown(drift, budget=1)


def test_long_lists_are_cut_to_the_largest_rows_and_say_so(drift: Drift) -> None:
    short, full = (drift_text(many(drift, 60), View(120, full=full)) for full in (False, True))

    assert (short.count("  b-"), "… and 53 more (-v shows all)" in short) == (7, True)
    assert "! 60 sites       s-0 … s-59" in short
    assert (full.count("  b-"), "s-59" in full, " more" in full) == (60, True, False)


def test_the_way_on_depends_on_what_was_found(drift: Drift) -> None:
    found = replace(drift, stops=())
    ways = [
        drift_text(one, View(120)).rpartition("\n")[2]
        for one in (
            drift,
            found,
            replace(found, conflicts=()),
            replace(found, conflicts=(), drifted=()),
            replace(found, conflicts=(), drifted=(), undecided=()),
        )
    ]

    assert [way[10:33] for way in ways] == [
        "this is no answer until",
        "pvm plan shows how to d",
        "pvm apply --revert-drif",
        "the first pvm apply sta",
        "none · 12 pending · 243",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(drift: Drift, width: int) -> None:
    lines = drift_text(drift, View(width)).split("\n")

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []


EDITED = Drifted(ResourceId("Token", "STORE-1"), FIELDS[:1], "tokens/nl.yaml:3")
CLEAN = Mark(117, datetime(2026, 11, 20, 9, tzinfo=UTC))


def test_several_writers_are_told_from_the_first_to_the_last(drift: Drift) -> None:
    row = replace(
        EDITED,
        changed_by="j.doe",
        changed_at="2026-11-21T22:14Z",
        writers=("a.smith", "j.doe"),
        first_at="2026-11-20T09:30Z",
    )
    told = "a.smith, j.doe, 2026-11-20T09:30Z to 2026-11-21T22:14Z"
    shown = replace(drift, drifted=(row,), clean_after=CLEAN)
    assert told in drift_text(shown, View(120))
    assert told.replace(":", "&#58;") in drift_markdown(shown)
    (encoded,) = [one for one in objects(shown) if one["object"] == "Token/STORE-1"]
    assert (encoded["writers"], encoded["firstAt"]) == (["a.smith", "j.doe"], "2026-11-20T09:30Z")


def test_where_nobody_told_the_window_between_two_applies_stands(drift: Drift) -> None:
    told = "between apply #117, 2026-11-20 09:00Z, and now"
    shown = replace(drift, drifted=(EDITED,), conflicts=(), clean_after=CLEAN)
    assert drift_text(shown, View(120)).count(told) == 1
    assert drift_markdown(shown).count("between apply") == 1
    assert drift_json(shown)["cleanAfter"] == {"number": 117, "finished": "2026-11-20T09:00:00Z"}
    unknown = replace(shown, clean_after=None)
    assert "between apply" not in drift_text(unknown, View(120)) + drift_markdown(unknown)


def objects(drift: Drift) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", drift_json(drift)["objects"])


def test_every_format_tells_when_it_happened_where_nobody_knows_who(header: Header) -> None:
    """Of what was deleted it says so: nobody wrote it last."""
    lost = Drifted(ResourceId("Site", "site-8"), (LOST,), "", "j.doe", "2026-11-21T22:14:00Z")
    nobody = Drifted(ResourceId("Token", "STORE-1"), FIELDS[:1], "tokens.yaml:9")
    mark = Mark(117, datetime(2026, 11, 20, 9, tzinfo=UTC))
    drift = Drift(header, drifted=(lost, nobody), clean_after=mark)
    texts = (
        drift_text(drift, View(200)),
        drift_markdown(drift),
        read_page(drift_html(drift)).text,
        drift_junit(drift, unmanaged=False),
        drift_annotations(drift, ""),
    )

    for text in texts:
        assert "between apply #117, 2026-11-20 09:00Z, and now" in unescape(text)
        assert "by between" not in text
        assert "last written by j.doe" not in text
    assert all("deleted by j.doe" in text for text in texts[3:])


def test_a_conflict_tells_what_it_was_in_every_format(header: Header) -> None:
    change = FieldChange("/idle", 60, 45)
    conflict = Drifted(ResourceId("Bootstrap", "b"), (change,), "b.yaml:9", was=(30,))
    drift = Drift(header, conflicts=(conflict,))

    told = "was 30 · Git 60 · server 45"
    assert told in drift_text(drift, View(100))
    assert told in drift_junit(drift, unmanaged=False)
    assert told in drift_annotations(drift, "")
    assert "| `/idle` | `30` | `60` | `45` |" in drift_markdown(drift)
    plain_drift = Drift(header, drifted=(replace(conflict, was=()),))
    assert "Last apply" not in drift_markdown(plain_drift)
