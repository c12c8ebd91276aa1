from decimal import Decimal

import pytest

from reconciler.core.values import JsonValue
from reconciler.sources.row_order import row_key, rows_sorted


def test_rows_go_by_number_first_and_then_by_text() -> None:
    ordered: list[JsonValue] = [
        *(-1, 2, Decimal("2.5"), 10),
        *("", "7", "10", "a", "store-09", "store-9", "store-10", "store-10-b"),
    ]
    backwards = ordered[::-1]
    assert sorted(backwards, key=row_key) == ordered


@pytest.mark.parametrize("odd", [None, True, [], {}])
def test_rows_whose_key_is_neither_go_last_in_the_order_they_had(odd: JsonValue) -> None:
    rows: list[JsonValue] = [{"store": odd, "n": 1}, {"n": 2}, {"store": "b"}, {"store": 1}]
    found = rows_sorted({"kind": "Fleet", "key": "store", "rows": rows})
    assert found["rows"] == [rows[3], rows[2], rows[0], rows[1]]


def test_names_of_files_stay_in_front_of_rows() -> None:
    rows: list[JsonValue] = ["b.csv", {"store": "2"}, "a.csv", {"store": "1"}]
    found = rows_sorted({"rows": rows, "key": "store"})
    assert found["rows"] == ["b.csv", "a.csv", {"store": "1"}, {"store": "2"}]


@pytest.mark.parametrize("fleet", [{"rows": "b.csv", "key": "s"}, {"rows": [2, 1], "key": 3}, {}])
def test_what_is_no_list_of_rows_stays_as_it_is(fleet: dict[str, JsonValue]) -> None:
    assert rows_sorted(fleet) is fleet
