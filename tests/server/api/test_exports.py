"""Reports as tables: every cell reads back, and none is taken for a formula."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.api.exports import write_table
from reconciler.server.usecases.ports import Reach
from tests.server.api.deployment import LOGINS, VENDOR, Deployment
from tests.server.api.test_history import reference
from tests.server.request_records import NOON, Said, keep, many, said_at

TABLE = {"accept": "text/csv"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.builds(
    str.__add__, st.sampled_from(_FORMULA), st.text(st.characters(exclude_categories=["Cs"]))
)
_COLUMNS = ("first", "second")


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode(), newline=""), strict=True))


@given(st.lists(st.tuples(_TEXTS | st.none(), _TEXTS)))
def test_every_cell_reads_back_and_none_begins_like_a_formula(
    cells: list[tuple[str | None, str]],
) -> None:
    rows = [dict(zip(_COLUMNS, pair, strict=True)) for pair in cells]
    header, *found = read_back(b"".join(write_table(_COLUMNS, rows)))
    assert tuple(header) == _COLUMNS
    assert len(found) == len(cells)
    for pair, cells_read in zip(cells, found, strict=True):
        for text, cell in zip(pair, cells_read, strict=True):
            wanted = text or ""
            assert cell == (f"'{wanted}" if wanted.startswith(_FORMULA) else wanted)
            assert not cell.startswith(_FORMULA)


def test_lines_end_as_the_standard_has_it() -> None:
    rows: list[dict[str, object]] = [
        {"first": 'say "hi"', "second": "a,b"},
        {"first": 1, "second": None},
    ]
    table = b"".join(write_table(_COLUMNS, rows))
    assert table == b'first,second\r\n"say ""hi""","a,b"\r\n1,\r\n'


@given(st.lists(st.integers(0, 40_000), max_size=12))
def test_a_long_table_comes_in_pieces(sizes: list[int]) -> None:
    pieces = list(write_table(["n"], ({"n": "x" * size} for size in sizes)))
    assert all(len(piece) <= 64 * 1024 + 40_002 for piece in pieces)
    assert [len(row[0]) if row else 0 for row in read_back(b"".join(pieces))[1:]] == sizes


@pytest.fixture(scope="module")
def kept(shared: Deployment) -> Deployment:
    """Requests here, and one of nobody's with a hostile detail."""
    hostile = said_at(NOON, Said(token="=HYPERLINK(1)", detail='-1+"x", y'), 7000, None)
    keep(shared.world, reference(shared, "acme"), many(900))
    keep(shared.world, Reach.VENDOR, [hostile])
    return shared


@pytest.mark.parametrize("noun", ["history", "events"])
@pytest.mark.parametrize("by", [LOGINS["User"], VENDOR], ids=["user", "vendor"])
def test_a_report_exports_the_rows_that_it_lists(kept: Deployment, noun: str, by: str) -> None:
    answer = kept.call("GET", noun, by=by, headers=TABLE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    listed = kept.call("GET", noun, by=by, headers={"accept": "application/x-ndjson"}).lines()
    header, *rows = read_back(answer.body)
    assert header == list(listed[0])
    assert ("customer" in header) is (by == VENDOR)
    plain = [[cell.removeprefix("'") for cell in row] for row in rows]
    assert plain == [["" if row[key] is None else row[key] for key in header] for row in listed]


def test_what_a_stranger_sent_is_no_formula(kept: Deployment) -> None:
    query = {"q": "hyperlink"}
    answer = kept.call("GET", "history", by=VENDOR, query=query, headers=TABLE)
    header, row = read_back(answer.body)
    cells = dict(zip(header, row, strict=True))
    assert (cells["token"], cells["detail"]) == ("'=HYPERLINK(1)", '\'-1+"x", y')


def test_an_export_narrows_and_sorts_as_the_list_does(kept: Deployment) -> None:
    query = "action=LICENSE&result=FAILED&sort=timestamp,asc"
    rows = read_back(kept.call("GET", "history", query=query, headers=TABLE).body)[1:]
    listed = kept.call("GET", "history", query=f"{query}&size=1000").json()["content"]
    assert listed
    assert [row[0] for row in rows] == [row["timestamp"] for row in listed]


def test_an_empty_export_has_its_header(kept: Deployment) -> None:
    answer = kept.call("GET", "history", query={"q": "nothing such"}, headers=TABLE)
    assert answer.body == (
        b"timestamp,action,token,appId,deviceId,result,code,detail,remoteAddress\r\n"
    )


@pytest.mark.parametrize("query", ["page=0", "size=5", "after=d" + "0" * 32])
@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson"])
def test_an_export_is_always_whole(kept: Deployment, accept: str, query: str) -> None:
    answer = kept.call("GET", "history", query=query, headers={"accept": accept})
    assert (answer.status, answer.code) == (400, "VALIDATION")


def test_lists_that_are_no_tables_answer_as_always(kept: Deployment) -> None:
    answer = kept.call("GET", "tokens", query={"size": "3"}, headers=TABLE)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["size"] == 3


def test_who_reads_lines_and_tables_gets_lines(kept: Deployment) -> None:
    headers = {"accept": "text/csv, application/x-ndjson"}
    answer = kept.call("GET", "events", headers=headers)
    assert answer.headers["content-type"].startswith("application/x-ndjson")


def test_an_export_arrives_in_pieces(kept: Deployment) -> None:
    answer = kept.call("GET", "history", headers=TABLE)
    bodies = [m for m in kept.client.messages if m["type"] == "http.response.body"]
    assert len([m for m in bodies if m.get("body")]) >= 2
    assert len(read_back(answer.body)) >= 901
