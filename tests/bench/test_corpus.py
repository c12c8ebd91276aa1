from collections import Counter

import yaml

from bench.corpus import PER_HUNDRED, change_some, make_corpus


def test_the_same_seed_makes_the_same_corpus() -> None:
    assert make_corpus(300, 5) == make_corpus(300, 5)
    assert make_corpus(300, 5) != make_corpus(300, 6)


def test_the_mix_is_that_of_a_large_customer() -> None:
    things = make_corpus(400, 5)

    assert Counter(thing.kind for thing in things) == {k: 4 * n for k, n in PER_HUNDRED.items()}
    assert len({(thing.kind, thing.name) for thing in things}) == 400


def test_document_and_row_say_the_same() -> None:
    for thing in make_corpus(100, 5):
        document = yaml.safe_load(thing.yaml)
        fields = {k: v for k, v in document.items() if k not in ("kind", "name")}

        assert document["kind"] == thing.kind
        assert document["name"] == thing.name
        assert fields == {key: thing.row[key] for key in fields}


def test_one_percent_of_the_rows_changes_and_no_document() -> None:
    things = make_corpus(500, 5)

    live, changed = change_some(things, 5)

    assert len(changed) == 5
    assert [thing.yaml for thing in live] == [thing.yaml for thing in things]
    different = {(a.kind, a.name) for a, b in zip(things, live, strict=True) if a.row != b.row}
    bootstraps = {name for kind, name in changed if kind == "Bootstrap"}
    assert {(kind, name) for kind, name in changed if name not in bootstraps} <= different
