"""The comparison of rows and marks, which no row of its own proves."""

from dataclasses import replace

from tools.requirements import Mark, Table, compare, find_marks, read_table

TABLE = Table(
    titles={"A-01": "first", "A-02": "second", "D-01": "later"},
    open_rows={"A-02": "needs pages"},
    partly={},
    groups={"A": "Users", "D": "Devices"},
    open_groups={"D": "come with the backend"},
)


def test_a_table_whose_rows_are_proven_or_excused_passes() -> None:
    report = compare(TABLE, [Mark("A-01", "t.py:1")])
    assert report.complaints == ()
    assert report.lines == (
        "A  Users: 1 of 2 proven",
        "   A-02 second: open, needs pages",
        "D  Devices: 0 of 1 proven; the rest come with the backend",
        "1 of 3 rows are proven.",
    )


def test_a_row_without_proof_or_reason_is_named() -> None:
    assert compare(TABLE, []).complaints == (
        "A-01 (first) is neither proven nor called open with a reason",
    )


def test_a_mark_for_no_row_is_named_with_its_place() -> None:
    marks = [Mark("A-01", "t.py:1"), Mark("A-99", "t.py:7")]
    assert compare(TABLE, marks).complaints == ("t.py:7: no row A-99 in docs/requirements.toml",)


def test_a_row_cannot_be_proven_and_open() -> None:
    marks = [Mark("A-01", "t.py:1"), Mark("A-02", "t.py:2")]
    assert compare(TABLE, marks).complaints == ("A-02 is called open, but t.py:2 proves it",)


def test_an_excuse_for_no_row_is_named() -> None:
    table = replace(TABLE, open_rows={"A-02": "x", "A-07": "gone"}, partly={"A-08": "gone"})
    assert compare(table, [Mark("A-01", "t.py:1")]).complaints == (
        "docs/requirements.toml: A-07 has a reason, but is no row",
        "docs/requirements.toml: A-08 has a reason, but is no row",
    )


def test_a_row_proven_in_part_counts_and_says_what_is_missing() -> None:
    table = replace(TABLE, partly={"A-01": "the page is missing"})
    report = compare(table, [Mark("A-01", "t.py:1")])
    assert report.complaints == ()
    assert "   A-01 first: proven in part, the page is missing" in report.lines


def test_a_row_proven_in_part_needs_a_test() -> None:
    table = replace(TABLE, partly={"D-01": "half"})
    assert compare(table, [Mark("A-01", "t.py:1")]).complaints == (
        "D-01 is called partly proven, but no test carries its id",
    )


def test_a_proven_row_of_an_excused_group_counts() -> None:
    report = compare(TABLE, [Mark("A-01", "t.py:1"), Mark("D-01", "t.py:2")])
    assert report.complaints == ()
    assert "D  Devices: 1 of 1 proven" in report.lines


def test_marks_are_found_on_functions_classes_modules_and_parameters() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.requirement("A-01")]

@pytest.mark.requirement("A-02", "A-03")
class TestX:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("A-04"))])
    def test_y(self, x): ...
"""
    marks = list(find_marks(source, "t.py"))
    assert sorted(mark.row or "" for mark in marks) == ["A-01", "A-02", "A-03", "A-04"]
    assert {mark.place for mark in marks} == {"t.py:3", "t.py:5", "t.py:7"}


def test_a_computed_or_missing_id_is_refused() -> None:
    source = "import pytest\npytest.mark.requirement(ROW)\npytest.mark.requirement()\n"
    marks = list(find_marks(source, "t.py"))
    assert marks == [Mark(None, "t.py:2"), Mark(None, "t.py:3")]
    assert compare(TABLE, [Mark("A-01", "x"), *marks]).complaints == (
        "t.py:2: a mark takes the row's id as a plain string",
        "t.py:3: a mark takes the row's id as a plain string",
    )


def test_the_file_gives_titles_reasons_and_groups() -> None:
    table = read_table(
        '[groups]\nA = { title = "Users" }\nD = { title = "Devices", open = "later" }\n'
        '[rows]\nA-01 = "first"\nD-01 = "second"\n[open]\nA-01 = "pages"\n[partly]\n'
    )
    assert table.reason("A-01") == "pages"
    assert table.reason("D-01") == "later"
    assert table.titles == {"A-01": "first", "D-01": "second"}
