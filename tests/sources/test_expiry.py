"""Exceptions that end: found with their objects and places, whether or not they change much."""

from datetime import date
from pathlib import Path

from reconciler.sources.expiry import near_exemptions
from reconciler.sources.repository import read_repository
from tests.sources.projects import write_project

FLEET = """\
kind: Fleet
name: stores
rows: [{store: "1", part: a}, {store: "2"}]
key: store
columns: {store: {}, part: {optional: true}}
documents:
  site: {kind: Site, name: "s-${store}-${part}", proServerName: dev03b}
exceptions:
  - {row: "1", document: site, set: {/proServerName: x}, until: "2026-12-31", reason: one}
  - {row: "1", document: site, set: {/proServerName: w}, until: "2026-11-01", reason: two}
  - {row: "2", document: site, set: {/proServerName: z}, until: "2020-01-01", reason: none}
"""


def test_each_exception_in_force_is_found_with_its_place_when_it_is_near(tmp_path: Path) -> None:
    """The second line makes no document, so its exception is not in force."""
    root = write_project(tmp_path, {"objects/fleet.yaml": FLEET})
    repository = read_repository(root)
    assert repository.problems == ()

    found = near_exemptions(root, repository, date(2026, 12, 17))

    assert [(str(one.id), one.until, one.reason) for one in found] == [
        ("Site/s-1-a", date(2026, 11, 1), "two"),
        ("Site/s-1-a", date(2026, 12, 31), "one"),
    ]
    assert [(one.place.line, one.place.column) for one in found if one.place] == [(10, 65), (9, 65)]
    assert [one.reason for one in near_exemptions(root, repository, date(2026, 12, 16))] == ["two"]


def test_what_an_exception_changes_is_kept_with_what_was_there(tmp_path: Path) -> None:
    repository = read_repository(write_project(tmp_path, {"objects/fleet.yaml": FLEET}))
    ((_, changes),) = repository.heritage.exceptions.items()
    assert [(one.pointer, one.before) for one in changes] == [
        ("/proServerName", "dev03b"),
        ("/proServerName", "x"),
    ]
    assert [one.before_origin.pointer for one in changes] == [
        "/documents/site/proServerName",
        "/exceptions/0/set/~1proServerName",
    ]
