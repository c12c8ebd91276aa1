"""Store lists as retailers have them become fleets, or are refused with every wrong cell."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.authoring.store_list import Becomes, column_names
from reconciler.core.problem import InvalidInput, Misuse
from reconciler.sources.formatting import format_project
from reconciler.sources.importing import (
    Draft,
    Wanted,
    draft_fleet,
    folder_for,
    project_at,
    write_fleet,
)
from reconciler.sources.repository import read_repository
from reconciler.sources.store_list import StoreList, column_of, read_store_list, rules_of
from tests.sources.projects import PROJECT, brief, problems_in, write_project

LIST = "Store No.;Plaats;Server\n0421;Köln;dev03b\n0007;Ede;dev04a\n"
BECOMES = Becomes(
    site="site-${store_no}",
    pro_server="${server}",
    bootstrap="store-${store_no}",
    token="STORE-${store_no}",
    app_id="WFC_PRO_ANDROID",
    description="${plaats}",
)
SOURCES = PROJECT.replace("[objects]", "[objects, fleets]")


def stores(text: str | bytes) -> StoreList:
    return read_store_list("in.csv", text.encode() if isinstance(text, str) else text)


def drafted(root: Path, found: StoreList, becomes: Becomes = BECOMES, pattern: str = "") -> Draft:
    """A fleet named `shops`, its key in the first column."""
    project = project_at(root)
    names = column_names(found.headers, {})
    wanted = Wanted("shops", names, 0, rules_of(found, names, 0, pattern), becomes)
    folder = folder_for(root, project.sources, None)
    return draft_fleet(root, project.sources, folder, found, wanted)


def refused(root: Path, text: str, becomes: Becomes = BECOMES, pattern: str = "") -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        drafted(root, stores(text), becomes, pattern)
    return [brief(problem) for problem in caught.value.problems]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path, {}, SOURCES)


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        LIST.replace(";", ","),
        LIST.replace(";", "\t"),
        "\ufeff" + LIST,
        LIST.replace("\n", "\r\n"),
        LIST.replace("Ede", '"Ede; ""zuid"", A\nB"'),
        LIST.replace("\n", ";;\n") + ";;;;\n\n",
    ],
    ids=["semicolon", "comma", "tab", "mark", "crlf", "quotes", "empty"],
)
def test_a_list_becomes_a_fleet_that_is_valid_and_canonical_at_once(root: Path, text: str) -> None:
    draft = drafted(root, stores(text))
    write_fleet(root, draft, force=False)

    assert draft.objects == {"Site": 2, "Bootstrap": 2, "Token": 2}
    assert problems_in(root) == ()
    assert format_project(root, write=False).changed == ()
    declared = {str(one.id): one.value for one in read_repository(root).declared}
    assert declared["Site/site-0007"]["proServerName"] == "dev04a"
    assert declared["Bootstrap/store-0421"] == {"site": "site-0421"}
    assert declared["Token/STORE-0421"]["description"] == "Köln"


def test_bootstraps_extend_layers_that_a_column_chooses(root: Path) -> None:
    layers = "".join(
        f"---\nkind: Layer\nname: {name}\nparameters: {{{key}: {name}}}\n"
        for name, key in (("base", "a"), ("by-dev03b", "b"), ("by-dev04a", "b"))
    )
    (root / "objects" / "layers.yaml").write_text(layers)
    becomes = replace(BECOMES, extends=("base", "by-${server}"))

    write_fleet(root, drafted(root, stores(LIST), becomes), force=False)

    declared = {one.id.name: one.value for one in read_repository(root).declared}
    assert declared["store-0421"] == {"site": "site-0421", "a": "base", "b": "by-dev03b"}
    assert declared["store-0007"] == {"site": "site-0007", "a": "base", "b": "by-dev04a"}


@pytest.mark.parametrize(
    ("project", "told"),
    [
        (None, "pvm.yaml:1:1 file-unreadable"),
        ("kind: Project\nname: 7\n", "pvm.yaml:2:7 wrong-type"),
    ],
    ids=["none", "wrong"],
)
def test_a_project_that_can_not_be_read_is_told(
    tmp_path: Path, project: str | None, told: str
) -> None:
    if project is not None:
        (tmp_path / "pvm.yaml").write_text(project)
    with pytest.raises(InvalidInput) as caught:
        project_at(tmp_path)
    assert told in [brief(problem) for problem in caught.value.problems]


def test_mark_delimiter_and_line_ends_are_kept(root: Path) -> None:
    draft = drafted(root, stores("\ufeff" + LIST.replace("\n", "\r\n")))

    assert draft.texts["fleets/shops/shops.csv"] == (
        "\ufeffstore_no;plaats;server\r\n0007;Ede;dev04a\r\n0421;Köln;dev03b\r\n"
    )


def test_each_wrong_key_is_named_by_its_cell(root: Path) -> None:
    text = LIST + ";Gent;dev03b\n0007;Gent;dev03b\n0421;Gent;dev03b\n"

    assert refused(root, text) == [
        "in.csv:4:1 cell-empty",
        "in.csv:5:1 row-twice",
    ]


def test_a_column_that_is_no_key_is_told_once(root: Path) -> None:
    text = "Shop;Plaats;Server\n" + "7;Ede;dev03b\n" * 5

    with pytest.raises(InvalidInput) as caught:
        drafted(root, stores(text))

    (problem,) = caught.value.problems
    assert problem.count == 4
    assert [place.line for place in problem.related] == [2, 4, 5, 6]


def test_a_key_that_lost_its_zero_is_found_among_the_others(root: Path) -> None:
    rows = [f"{number:04d};Ede;dev03b\n" for number in range(20)]
    text = "".join((LIST.partition("\n")[0], "\n", *rows, "421;Ede;dev03b\n"))

    assert refused(root, text) == ["in.csv:22:1 cell-value"]
    assert drafted(root, stores(text), pattern="^[0-9]{3,4}$").objects["Site"] == 21


def test_a_pattern_for_keys_is_kept_to(root: Path) -> None:
    assert refused(root, LIST, pattern="^0[1-9]..$") == ["in.csv:3:1 cell-value"]
    with pytest.raises(Misuse, match="no pattern"):
        drafted(root, stores(LIST), pattern="[0-9")


def test_a_name_that_no_object_can_have_is_shown_in_the_list_as_given(root: Path) -> None:
    text = "Shop;Plaats;Server\nok;Ede;dev03b\na/b;Ede;dev03b\n"
    becomes = Becomes(site="site-${shop}", pro_server="x")

    assert refused(root, text, becomes) == ["in.csv:3:1 bad-name"]
    assert not (root / "fleets").exists()


def test_what_is_wrong_with_all_stores_is_told_once(root: Path) -> None:
    write_project(root, {}, SOURCES.replace('sites: ["*"]', 'sites: ["shop-*"]'))

    with pytest.raises(InvalidInput) as caught:
        drafted(root, stores(LIST))

    (problem,) = caught.value.problems
    assert (brief(problem), problem.count) == ("in.csv:3:1 site-out-of-scope", 2)
    assert [place.line for place in problem.related] == [2]


def test_what_the_project_declares_already_is_not_declared_again(root: Path) -> None:
    write_project(
        root, {"objects/a.yaml": "kind: Site\nname: site-0007\nproServerName: x\n"}, SOURCES
    )

    assert len(refused(root, LIST)) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a;b\n1\n2;3;4\n5;6\n", "in.csv:2:1 rows-cells"),
        ("a;b\n", "in.csv:1:1 rows-header"),
        ("", "in.csv:1:1 rows-header"),
        (b"a;b\n\xe9;1\n", "in.csv:2:1 file-encoding"),
        ('a;b\n"1;2\n', "in.csv:2:1 csv-syntax"),
    ],
    ids=["cells", "header", "empty", "latin", "quote"],
)
def test_what_is_no_list_is_refused_with_its_place(text: str | bytes, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        stores(text)

    assert brief(caught.value.problems[0]) == told


def test_files_that_say_something_else_are_not_written_over(root: Path) -> None:
    write_fleet(root, drafted(root, stores(LIST)), force=False)
    write_fleet(root, drafted(root, stores(LIST)), force=False)
    other = drafted(root, stores(LIST + "0009;Gent;dev03b\n"))

    with pytest.raises(Misuse, match=r"fleets/shops/shops\.csv would be changed"):
        write_fleet(root, other, force=False)
    assert "0009" not in (root / "fleets/shops/shops.csv").read_text()
    write_fleet(root, other, force=True)
    assert "0009" in (root / "fleets/shops/shops.csv").read_text()


def test_a_list_inside_the_sources_keeps_its_place(root: Path) -> None:
    write_project(root, {"objects/lists/nl.csv": LIST}, SOURCES)
    found = read_store_list(str(root / "objects/lists/nl.csv"), LIST.encode())

    draft = drafted(root, found)

    assert draft.rows == "objects/lists/nl.csv"
    assert 'rows: ["../objects/lists/nl.csv"]\n' in draft.texts["fleets/shops.yaml"]


def test_a_fleet_goes_only_where_pvm_reads(root: Path) -> None:
    assert folder_for(root, ("objects", "config/fleets"), None) == "config/fleets"
    assert folder_for(root, ("objects",), None) == "objects"
    assert folder_for(root, ("objects",), root / "objects" / "nl") == "objects/nl"
    with pytest.raises(Misuse, match=r"no folder that pvm\.yaml reads"):
        folder_for(root, ("objects",), root / "elsewhere")


def test_a_column_is_known_by_header_or_name() -> None:
    found = stores("Store No.;Plaats;Plaats\n1;a;b\n")
    names = column_names(found.headers, {})

    assert column_of("store no.", found, names) == column_of("store_no", found, names) == 0
    assert column_of("plaats_2", found, names) == 2
    assert column_of("Store No.", found, ("a", "b", "Store No.")) == 0
    with pytest.raises(Misuse, match="several columns"):
        column_of("Plaats", found, ("a", "b", "c"))
