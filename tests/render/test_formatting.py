import pytest

from reconciler.core.formatting import Formatting, Reformed
from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.render.formatting import formatting_json, formatting_text
from reconciler.render.json import FORMAT_VERSION

ODD = Problem("yaml-ambiguous", "0421 is a number", Place("b.yaml", 3, 7, 3, 11), count=2)


@pytest.mark.parametrize(
    ("found", "written", "told"),
    [
        (Formatting(1), True, ["1 file · nothing to format"]),
        (
            Formatting(2, (Reformed("a.yaml", 7),)),
            True,
            ["  ~ a.yaml", "", "2 files · 1 formatted"],
        ),
        (
            Formatting(2, (Reformed("a\x1b.yaml", 7),)),
            False,
            ["  ~ a\\x1b.yaml:7", "", "2 files · 1 would change: run pvm fmt"],
        ),
        (
            Formatting(9, left=("a.yaml", "b.csv")),
            True,
            [
                "  ! a.yaml  left as it is: formatting it would change what it says",
                "  ! b.csv  left as it is: formatting it would change what it says",
                "",
                "9 files · 2 left",
            ],
        ),
    ],
    ids=["nothing", "written", "looked at", "left"],
)
def test_each_file_is_told_with_what_came_of_it(
    found: Formatting,
    written: bool,  # noqa: FBT001 -- a column of the table
    told: list[str],
) -> None:
    assert formatting_text(found, written=written, width=80).split("\n") == told


def test_problems_are_counted_by_the_places_that_share_them() -> None:
    text = formatting_text(Formatting(3, problems=(ODD,)), written=True, width=80)

    assert "b.yaml:3:7" in text
    assert text.endswith("\n\n3 files · 2 errors")


def test_data_names_what_was_left() -> None:
    found = Formatting(3, (Reformed("a.yaml", 7),), left=("c.csv",))

    assert formatting_json(found, written=False) == {
        "formatVersion": FORMAT_VERSION,
        "type": "formatting",
        "files": 3,
        "written": False,
        "changed": [{"file": "a.yaml", "line": 7}],
        "left": ["c.csv"],
        "problems": [],
    }
