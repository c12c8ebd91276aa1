from itertools import pairwise

import pytest

from reconciler.core.kind import Kind, Ownership, Sent
from reconciler.core.problem import Misuse
from reconciler.kinds import KINDS, find_kind, parse_ack, parse_selector

ALL = list(KINDS.values())


def test_the_table_is_in_order_of_creation() -> None:
    assert list(KINDS) == ["Site", "Bootstrap", "Token", "PortalUser"]
    assert all(a.order < b.order for a, b in pairwise(ALL))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_each_kind_is_whole(kind: Kind) -> None:
    names = [field.name for field in kind.fields]
    assert len(set(names)) == len(names)
    for field in kind.fields:
        server_made = field.ownership is Ownership.SERVER
        assert (field.sent is Sent.NOT) == server_made
        assert field.refers_to is None or KINDS[field.refers_to].order < kind.order
        assert not (field.required and field.default is not None)
        assert server_made or field.required or field.default is not None
    assert all(KINDS[mention.kind].order < kind.order for mention in kind.mentions)
    assert kind.value_field is None or [f.name for f in kind.declared] == [kind.value_field]
    assert kind.value_pointer in ("", f"/{kind.value_field}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("site", "Site"),
        ("SITES", "Site"),
        ("Bootstraps", "Bootstrap"),
        ("token", "Token"),
        ("user", "PortalUser"),
        ("Users", "PortalUser"),
        ("portaluser", "PortalUser"),
        ("PortalUsers", "PortalUser"),
    ],
)
def test_people_may_name_a_kind_in_any_of_its_forms(text: str, name: str) -> None:
    assert find_kind(text) is KINDS[name]


def test_other_words_are_no_kind() -> None:
    assert find_kind("device") is None
    assert find_kind("") is None


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("token/STORE-*", ("Token", "STORE-*")),
        ("Users/j.doe@acme", ("PortalUser", "j.doe@acme")),
        ("bootstrap", ("Bootstrap", "*")),
        ("*/a*", ("*", "a*")),
        ("*", ("*", "*")),
    ],
)
def test_selectors_name_a_kind_and_a_glob(text: str, pair: tuple[str, str]) -> None:
    assert parse_selector(text) == pair


@pytest.mark.parametrize("text", ["device/x", "", "/x", "token/"])
def test_a_bad_selector_is_misuse_with_an_example(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse_selector(text)
    assert "NAME" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("deletes.token=12", ("deletes.Token", 12)),
        ("updates.Users=0", ("updates.PortalUser", 0)),
        ("deletes=7", ("deletes", 7)),
        ("adopt=21", ("adopt", 21)),
        ("adopt.bootstrap=21", ("adopt.Bootstrap", 21)),
        ("used=3", ("used", 3)),
        ("unverified=1", ("unverified", 1)),
        ("undone=2", ("undone", 2)),
    ],
)
def test_acknowledgements_name_what_and_how_many(text: str, pair: tuple[str, int]) -> None:
    assert parse_ack(text) == pair


@pytest.mark.parametrize(
    "text",
    [
        "deletes",
        "deletes=",
        "deletes=-1",
        "deletes=x",
        "deletes.x=1",
        "adds=1",
        "deletes.=1",
        "used.Token=1",
        "undone.=1",
        "rollback=9d03e77",
        "deletes=" + "9" * 10,
        "deletes=\u0663",
    ],
)
def test_a_bad_acknowledgement_is_misuse_with_an_example(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse_ack(text)
    assert "deletes.Token=12" in caught.value.fix


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("Token", ["a", "A-1_b", "x" * 64], ["", "-a", "_a", "a b", "a.b", "x" * 65, "a\n", "é"]),
        ("PortalUser", ["j.doe", "a@b-c_d"], ["", ".a", "@a", "a b", "x" * 65, "a\n", "\u212a"]),
        ("Bootstrap", ["a", "A b._-c", "x" * 64], ["", " a", "a ", ".a", "a/b", "x" * 65, "a\n"]),
        ("Site", ["a", "A b._-c", "9"], ["", " a", "a ", "-a", "a/b", "x" * 65, "\u0663"]),
    ],
)
def test_names_follow_their_pattern(kind: str, good: list[str], bad: list[str]) -> None:
    pattern = KINDS[kind].name_pattern
    assert all(pattern.fullmatch(name) for name in good)
    assert not any(pattern.fullmatch(name) for name in bad)


def test_names_fold_where_the_server_folds() -> None:
    assert [kind.name for kind in ALL if kind.key("AbC") == "abc"] == ["Token", "PortalUser"]
