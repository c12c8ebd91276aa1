from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconciler.core.holdings import Standing
from reconciler.core.plan import Mark
from reconciler.core.project import Hold
from reconciler.render.screen import columns_of
from reconciler.render.status import standing_json, standing_text
from reconciler.render.view import View
from tests.core.inventories import NOON, NOTE
from tests.render.test_inventory import HEADER, HELD

STANDING = Standing(
    header=replace(HEADER, commit="1c9e0d4aa", clean=False),
    head=HELD,
    now=NOON + timedelta(hours=2),
    counts={"pending": 3331, "records": 2, "drift": 1, "conflict": 1, "blocked": 0},
    stops=[f"lock: reason {n}" for n in range(7)],
    guarantees=["no entity tags: found, not prevented"],
    waiting_since=NOON - timedelta(days=3),
    drifted_since="2026-11-21T22:14:00Z",
)


def test_a_standing_reads_as_agreed() -> None:
    assert standing_text(STANDING, View(100)).splitlines() == [
        "acme → prod  https://pvm.acme.example · files of 1c9e0d4 (changed)",
        "applied   #1  2026-11-22 12:00Z  9d03e77  ada (ci-7)  3 created · 2 h ago",
        "pending   3,331 changes · the oldest for 3 d",
        "records   2 to be entered",
        "drift     1 object · the oldest since 2026-11-21T22:14:00Z (15 h)",
        "conflict  1 object",
        "blocked   0 objects",
        *(f"stopped   lock: reason {n}" for n in range(5)),
        "stopped   … and 2 more reasons (-v)",
        "lock      by j.doe until 2026-11-22 13:00Z (over): INC-1 \\x1b[31mred",
        "server    no entity tags: found, not prevented",
    ]


def test_a_project_that_was_never_applied_says_so() -> None:
    fresh = replace(STANDING, head=None, waiting_since=None, drifted_since="", stops=[])
    text = standing_text(fresh, View(100))
    assert "applied   never" in text
    assert "oldest" not in text
    assert standing_json(fresh)["last"] is None


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_line_fits(width: int) -> None:
    lines = standing_text(STANDING, View(width, full=True)).splitlines()
    assert all(columns_of(line) <= width for line in lines)


def test_a_standing_as_json_tells_times_exactly() -> None:
    shown = standing_json(STANDING)
    assert shown["waitingSince"] == "2026-11-19T12:00:00+00:00"
    assert shown["driftedSince"] == "2026-11-21T22:14:00Z"
    assert shown["counts"] == STANDING.counts
    last = shown["last"]
    assert isinstance(last, dict)
    assert last["id"] == NOTE.id


def test_where_nobody_tells_when_the_drift_came_the_last_clean_apply_stands() -> None:
    unknown = replace(STANDING, drifted_since="", drifted_after=Mark(117, NOON))
    text = standing_text(unknown, View(100))
    assert "drift     1 object · all since apply #117, 2026-11-22 12:00Z" in text.splitlines()
    after = standing_json(unknown)["driftedAfter"]
    assert after == {"number": 117, "finished": "2026-11-22T12:00:00Z"}
    odd = replace(STANDING, drifted_since="lately")
    assert "the oldest since lately\n" in standing_text(odd, View(100))


def test_holds_are_told_by_the_one_that_ends_first() -> None:
    first = Hold("Bootstrap", "store-0421", date(2026, 12, 1), "INC-4417")
    later = Hold("Site", "s", date(2026, 12, 9), "INC-2")
    text = standing_text(replace(STANDING, holds=[first, later]), View(100))
    assert (
        "holds     2 objects · the first until 2026-12-01: Bootstrap/store-0421, INC-4417"
        in text.splitlines()
    )
    one = standing_text(replace(STANDING, holds=[later]), View(100))
    assert "holds     1 object · until 2026-12-09: Site/s, INC-2" in one.splitlines()
    holds = standing_json(replace(STANDING, holds=[later]))["holds"]
    assert holds == [{"kind": "Site", "name": "s", "until": "2026-12-09", "reason": "INC-2"}]
