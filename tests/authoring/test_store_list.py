"""Names and types of columns, from lists as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.store_list import (
    Becomes,
    Rules,
    column_name,
    column_names,
    column_rules,
    documents_of,
    in_words,
    key_rules,
    odd_keys,
)
from reconciler.sources.columns import read_column


def test_headers_become_names_of_their_own() -> None:
    headers = ("Store No.", "Straße & Nr.", "", "Plaats", "Plaats", "2e regel", "Größe")

    assert column_names(headers, {}) == (
        *("store_no", "strasse_nr", "column_3", "plaats", "plaats_2", "n_2e_regel", "grosse"),
    )


def test_given_names_win() -> None:
    assert column_names(("Store", "No.", "x"), {1: "store", 2: ""}) == (*("store_2", "store", ""),)


@given(st.lists(st.text(max_size=8), max_size=6))
def test_every_header_gets_a_name_that_a_fleet_takes(headers: list[str]) -> None:
    names = column_names(headers, {})

    assert len(set(names)) == len(headers)
    assert all(column_name(name) == name for name in names)


@pytest.mark.parametrize(
    ("cells", "rules"),
    [
        (["1", "20", "-3"], {"type": "integer"}),
        (["1", "", "3"], {"type": "integer", "optional": True}),
        (["0421", "1234"], {"pattern": "^[0-9]{4}$"}),
        (["012", "3456"], {"pattern": "^[0-9]{3,4}$"}),
        (["true", "false"], {"type": "boolean"}),
        (["nl", "be"] * 4, {"enum": ["be", "nl"]}),
        (["nl", "be", "de"], {}),
        (["nl"] * 8, {}),
        (["", ""], {"optional": True}),
        (["1.50", "2"], {}),
        (["12345678901"], {"pattern": "^[0-9]{11}$"}),
    ],
)
def test_cells_tell_what_a_column_holds(cells: list[str], rules: Rules) -> None:
    assert column_rules(cells) == rules


@pytest.mark.parametrize(
    ("keys", "rules"),
    [
        (["0421", "1234"], {"pattern": "^[0-9]{4}$"}),
        (["1", "10"], {"pattern": "^[0-9]{1,2}$"}),
        (["NL-001", "BE-7"], {"pattern": "^[A-Z]{2}-[0-9]{1,3}$"}),
        (["a.1"], {"pattern": r"^[a-z]\.[0-9]$"}),
        (["NL-1", "22"], {}),
        (["ö1"], {}),
    ],
)
def test_keys_of_one_make_have_a_pattern(keys: list[str], rules: Rules) -> None:
    assert key_rules(keys) == rules


def test_few_that_differ_from_many_are_odd() -> None:
    keys = [f"{number:04d}" for number in range(20)]

    assert odd_keys([*keys, "421", "x"]) == {"421", "x"}
    assert odd_keys(keys) == set()
    assert odd_keys([*keys[:5], "421"]) == set()
    assert odd_keys([*keys, *map(str, range(10))]) == set()


@given(
    st.lists(st.sampled_from(["", "0421", "7", "nl", "true", "a b", "-1", "x" * 40]), min_size=1)
)
def test_cells_fit_what_was_made_of_them(cells: list[str]) -> None:
    column = read_column("c", column_rules(cells))

    assert [str(column.read(cell)).lower() for cell in cells if cell] == list(filter(None, cells))
    assert column.optional == ("" in cells)


def test_rules_are_told_in_words() -> None:
    assert in_words({"enum": ["be", "de", "nl"], "optional": True}) == "be, de or nl, may be empty"
    assert [in_words({"type": "integer"}), in_words({})] == ["whole numbers", "text"]
    assert in_words({"pattern": "^[0-9]{4}$"}) == "^[0-9]{4}$"


def test_a_bootstrap_alone_knows_no_site() -> None:
    assert documents_of(Becomes(bootstrap="b-${s}", extends=("base",))) == {
        "settings": {
            "kind": "Bootstrap",
            "name": "b-${s}",
            "extends": ["base"],
            "parameters": {},
        }
    }
