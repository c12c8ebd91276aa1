"""Waves by rows name columns and cells that the fleets have."""

from pathlib import Path

import pytest

from reconciler.core.problem import Severity
from reconciler.core.project import Wave
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, brief, problems_in, write_project

FLEET = """\
kind: Fleet
name: stores
rows: [{store: a, region: nl, size: 3, open: true}, {store: b, region: be}]
key: store
columns:
  store: {}
  region: {}
  size: {type: integer, optional: true}
  open: {type: boolean, optional: true}
documents: {site: {kind: Site, name: "s-${store}", proServerName: "${region}"}}
"""


def project(root: Path, rows: str, fleet: str = FLEET) -> Path:
    waves = f"rollout: {{waves: [{{percent: 10}}, {{rows: {rows}}}, {{rest: true}}]}}\n"
    return write_project(root, {"objects/fleet.yaml": fleet}, PROJECT + waves)


@pytest.mark.parametrize("rows", ["{region: nl}", "{region: be, size: 3, open: true}"])
def test_rows_that_there_are_make_a_wave(tmp_path: Path, rows: str) -> None:
    repository = read_repository(project(tmp_path, rows))
    assert repository.problems == ()
    assert [wave.percent for wave in repository.project.rollout.waves] == [10, None, None]


def test_cells_compare_as_text(tmp_path: Path) -> None:
    rollout = read_repository(project(tmp_path, "{size: 3, open: true}")).project.rollout
    assert rollout.waves[1] == Wave(rows={"size": "3", "open": "true"})


@pytest.mark.parametrize(
    ("rows", "where", "severity", "help_"),
    [
        ("{regoin: nl}", "9:42 wave-column", Severity.ERROR, 'did you mean "region"?'),
        ("{zzz: nl}", "9:42 wave-column", Severity.ERROR, "there is open, region, size or store"),
        ("{region: nll}", "9:50 wave-empty", Severity.WARNING, 'did you mean "nl"?'),
        ("{region: xx}", "9:50 wave-empty", Severity.WARNING, "correct the cell"),
    ],
)
def test_a_column_of_no_fleet_or_a_cell_of_no_line_is_told_at_its_place(
    tmp_path: Path, rows: str, where: str, severity: Severity, help_: str
) -> None:
    (problem,) = problems_in(project(tmp_path, rows))
    assert (brief(problem), problem.severity) == (f"pvm.yaml:{where}", severity)
    assert help_ in problem.help


def test_lines_that_could_not_be_read_are_not_missed(tmp_path: Path) -> None:
    fleet = FLEET.replace("size: 3", "size: three")
    assert [one.code for one in problems_in(project(tmp_path, "{region: nl}", fleet))] == [
        "cell-value"
    ]


def test_each_object_keeps_the_line_that_makes_it(tmp_path: Path) -> None:
    found = read_repository(project(tmp_path, "{region: nl}"))
    assert {one.id.name: one.row.get("size") for one in found.declared} == {"s-a": 3, "s-b": None}
