"""Compare the rows of docs/requirements.toml with the marks that tests carry.

Prints per group what is proven, proven in part, and open with a reason. Exit 1 for a mark that
names no row, a row that is both proven and called open, and an open row without a reason.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Table:
    """The file: titles of rows, reasons of open rows, titles and reasons of whole groups."""

    titles: Mapping[str, str]
    open_rows: Mapping[str, str]
    partly: Mapping[str, str]
    """Rows that tests prove, and what of them is still missing."""
    groups: Mapping[str, str]
    open_groups: Mapping[str, str]

    def reason(self, row: str) -> str | None:
        """Why this row may be unproven, if that is said."""
        return self.open_rows.get(row) or self.open_groups.get(row[0])


@dataclass(frozen=True, slots=True)
class Mark:
    """One id at one place; `row` is None when the id is no plain string."""

    row: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Report:
    """The lines to print, and what is wrong."""

    lines: tuple[str, ...]
    complaints: tuple[str, ...]


def read_table(text: str) -> Table:
    """Read docs/requirements.toml."""
    found = tomllib.loads(text)
    groups = found["groups"]
    return Table(
        titles=found["rows"],
        open_rows=found["open"],
        partly=found["partly"],
        groups={key: group["title"] for key, group in groups.items()},
        open_groups={key: group["open"] for key, group in groups.items() if "open" in group},
    )


def find_marks(source: str, name: str) -> Iterator[Mark]:
    """Every `pytest.mark.requirement(...)` of one file, wherever it stands."""
    for node in ast.walk(ast.parse(source, name)):
        if not (isinstance(node, ast.Call) and _is_mark(node.func)):
            continue
        for argument in node.args or [node]:
            value = argument.value if isinstance(argument, ast.Constant) else None
            yield Mark(value if isinstance(value, str) else None, f"{name}:{node.lineno}")


def _is_mark(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "requirement"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def compare(table: Table, marks: Sequence[Mark]) -> Report:
    """Judge the marks against the table."""
    places: dict[str, str] = {}
    complaints: list[str] = []
    for mark in marks:
        if mark.row is None:
            complaints.append(f"{mark.place}: a mark takes the row's id as a plain string")
        elif mark.row not in table.titles:
            complaints.append(f"{mark.place}: no row {mark.row} in docs/requirements.toml")
        else:
            places.setdefault(mark.row, mark.place)
    complaints += _contradictions(table, places)
    lines: list[str] = []
    for group, title in table.groups.items():
        rows = [row for row in table.titles if row[0] == group]
        lines += _group_lines(table, f"{group}  {title}", rows, places)
        complaints += [
            f"{row} ({table.titles[row]}) is neither proven nor called open with a reason"
            for row in rows
            if row not in places and table.reason(row) is None
        ]
    lines.append(f"{len(places)} of {len(table.titles)} rows are proven.")
    return Report(tuple(lines), tuple(complaints))


def _contradictions(table: Table, places: Mapping[str, str]) -> Iterator[str]:
    """What the file says of its rows and the marks deny."""
    for row in (*table.open_rows, *table.partly):
        if row not in table.titles:
            yield f"docs/requirements.toml: {row} has a reason, but is no row"
    for row in table.open_rows:
        if row in places:
            yield f"{row} is called open, but {places[row]} proves it"
    for row in table.partly:
        if row in table.titles and row not in places:
            yield f"{row} is called partly proven, but no test carries its id"


def _group_lines(
    table: Table, heading: str, rows: Sequence[str], places: Mapping[str, str]
) -> list[str]:
    """One heading with figures, then every open row whose reason is its own."""
    proven = sum(row in places for row in rows)
    lines = [f"{heading}: {proven} of {len(rows)} proven"]
    group_reason = table.open_groups.get(heading[0])
    if group_reason is not None and proven < len(rows):
        lines[0] += f"; the rest {group_reason}"
    lines += [
        f"   {row} {table.titles[row]}: open, {table.open_rows[row]}"
        for row in rows
        if row in table.open_rows and row not in places
    ]
    lines += [
        f"   {row} {table.titles[row]}: proven in part, {table.partly[row]}"
        for row in rows
        if row in table.partly
    ]
    return lines


def main() -> int:
    """Print the comparison; 1 when something is wrong."""
    table = read_table((ROOT / "docs" / "requirements.toml").read_text(encoding="utf-8"))
    marks = [
        mark
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for mark in find_marks(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]
    report = compare(table, marks)
    print(*report.lines, sep="\n")
    for complaint in report.complaints:
        print(f"error: {complaint}", file=sys.stderr)
    return 1 if report.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
