from dataclasses import replace

import pytest

from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Drifted, Header
from reconciler.render.drift import drift_totals
from reconciler.render.drift_html import drift_html
from tests.render.pages import read_page
from tests.render.test_drift import FIELDS, LOST


@pytest.fixture
def drift(header: Header) -> Drift:
    by = ("j.doe", "2026-11-21T22:14:00Z")
    return Drift(
        header,
        drifted=(
            *(
                Drifted(ResourceId("Bootstrap", f"store-{n}"), FIELDS[:2], f"stores.csv:{n}", *by)
                for n in range(30)
            ),
            Drifted(ResourceId("Site", "site-7"), (LOST,), "sites/nl.yaml:21"),
        ),
        conflicts=tuple(
            Drifted(ResourceId("Token", f"STORE-{n}"), FIELDS[2:], "tokens.yaml:9", was=(was,))
            for n, was in enumerate((1, 1, 2))
        ),
        undecided=(Drifted(ResourceId("PortalUser", "b"), FIELDS[:1], "users.yaml:9", "root"),),
        unmanaged=(ResourceId("Site", "lab"), ResourceId("Site", "lab-2")),
        pending=12,
        in_sync=243,
        warnings=("the server does not say who wrote tokens",),
    )


def test_every_object_has_its_place_its_values_and_who_wrote_it(drift: Drift) -> None:
    page = read_page(drift_html(drift))

    for n in range(30):
        assert f"store-{n} · stores.csv:{n} · j.doe, 2026-11-21T22:14:00Z" in page.texts
    for told in (
        '"acme-lab"',
        "30 bootstraps",
        "not on the server",
        "sites/nl.yaml:21",
        "lab, lab-2",
    ):
        assert told in page.texts
    assert page.text.count("(secret, differs)") == 1
    assert drift.warnings[0] in page.texts
    assert [p for p in drift_totals(drift).split(" · ") if p.split(" ")[0] not in page.texts] == []


def test_drift_is_what_git_said_at_the_last_apply_and_a_conflict_is_not(drift: Drift) -> None:
    """Conflicts that were something else at the last apply do not share a row."""
    rows = read_page(drift_html(drift)).texts
    named = [text for text in rows if text in ("2 tokens", "1 token", "not recorded")]

    assert named == ["2 tokens", "1 token", "not recorded"]
    at = rows.index("/wifi/0/ssid")
    assert rows[at + 1 : at + 3] == ['"acme-lab"', '"acme-lab"']


def test_without_drift_the_page_says_so(header: Header) -> None:
    page = read_page(drift_html(Drift(header, in_sync=246)))

    assert "Nothing was changed on the server since the last apply." in page.texts
    assert page.elements["section"] == 0


def test_above_the_budget_every_row_is_a_line(drift: Drift) -> None:
    page = read_page(drift_html(drift, budget=1))

    assert page.elements["table"] == page.elements["details"] == 0
    assert "30 bootstraps" in page.text
    assert "by j.doe, 2026-11-21T22:14:00Z" in page.text
    assert replace(drift, stops=()).found
