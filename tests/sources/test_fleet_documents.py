"""A fleet's lines become objects; whatever is wrong is told at its cell."""

from datetime import date
from pathlib import Path

import pytest

from reconciler.core.problem import Severity
from reconciler.sources.repository import read_repository
from tests.sources.projects import brief, problems_in, write_project

FLEET = """\
kind: Fleet
name: stores
rows: [stores/*.csv]
key: store
columns:
  store: {pattern: "^[0-9]{4}$"}
  region: {enum: [nl, be]}
  city: {}
  part: {optional: true}
  idle: {type: integer, optional: true}
documents:
  site: {kind: Site, name: "site-${store}", proServerName: "${region}01"}
  settings:
    kind: Bootstrap
    name: "store-${store}"
    extends: ["region-${region}"]
    parameters: {site: "site-${store}", kiosk: {idleSeconds: "${idle}"}}
  part:
    {kind: Token, name: "S-${store}-${part}", appId: WFC_PRO_ANDROID, bootstrap: "store-${store}"}
"""
LAYERS = """\
kind: Layer
name: region-nl
parameters: {kiosk: {idleSeconds: 30}}
---
kind: Layer
name: region-be
parameters: {lang: fr}
"""
NL = "store,region,city,part,idle\n0421,nl,Utrecht,S1,\n0422,be,Gent,,45\n"


def project(root: Path, fleet: str = FLEET, csv: str | bytes = NL, more: str | None = None) -> Path:
    files: dict[str, str | bytes] = {
        "objects/fleet.yaml": fleet,
        "objects/layers.yaml": LAYERS,
        "objects/stores/nl.csv": csv,
    }
    return write_project(root, files if more is None else files | {"objects/stores/x.csv": more})


def errors(root: Path) -> list[str]:
    return [brief(one) for one in problems_in(root) if one.severity is Severity.ERROR]


def test_each_line_becomes_its_objects(tmp_path: Path) -> None:
    repository = read_repository(project(tmp_path))
    assert repository.problems == ()
    found = {str(one.id): dict(one.value) for one in repository.declared}
    assert found == {
        "Site/site-0421": {"proServerName": "nl01"},
        "Site/site-0422": {"proServerName": "be01"},
        "Bootstrap/store-0421": {"kiosk": {"idleSeconds": 30}, "site": "site-0421"},
        "Bootstrap/store-0422": {"lang": "fr", "site": "site-0422", "kiosk": {"idleSeconds": 45}},
        "Token/S-0421-S1": {
            "appId": "WFC_PRO_ANDROID",
            "bootstrap": "store-0421",
            "description": "",
        },
    }
    assert repository.files == (
        "objects/fleet.yaml",
        "objects/layers.yaml",
        "objects/stores/nl.csv",
        "pvm.yaml",
    )


def test_a_value_comes_from_its_cell_its_layer_or_its_template(tmp_path: Path) -> None:
    repository = read_repository(project(tmp_path))
    one = next(d for d in repository.declared if d.id.name == "store-0422")
    assert str(one.origin) == "objects/stores/nl.csv:3"
    assert one.origin_of("/kiosk/idleSeconds").pointer == "/idle"
    assert one.origin_of("/site").pointer == "/store"
    assert str(one.origin_of("/lang")) == "objects/layers.yaml:5"
    token = next(d for d in repository.declared if d.id.kind == "Token")
    assert token.origin_of("/appId").pointer == "/documents/part/appId"


def test_the_source_hash_knows_the_lists(tmp_path: Path) -> None:
    before = read_repository(project(tmp_path)).source_hash
    after = read_repository(project(tmp_path, csv=NL.replace("45", "46"))).source_hash
    assert before != after


def test_spreadsheets_files_are_read(tmp_path: Path) -> None:
    """A byte order mark, semicolons, Windows' line ends."""
    text = "\ufeff" + NL.replace(",", ";").replace("\n", "\r\n")
    repository = read_repository(project(tmp_path, csv=text.encode()))
    assert repository.problems == ()
    assert len(repository.declared) == 5


def test_lines_may_stand_in_the_fleet_itself(tmp_path: Path) -> None:
    rows = 'rows: [{store: "0421", region: nl, city: Utrecht, idle: 5}]'
    repository = read_repository(project(tmp_path, FLEET.replace("rows: [stores/*.csv]", rows)))
    assert repository.problems == ()
    one = next(d for d in repository.declared if d.id.kind == "Bootstrap")
    assert one.value == {"kiosk": {"idleSeconds": 5}, "site": "site-0421"}
    assert one.origin_of("/kiosk/idleSeconds").pointer == "/rows/0/idle"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("421,nl,U,,", "3:1 cell-value"),
        ("0423,de,U,,", "3:6 cell-value"),
        ("0423,nl,,,", "3:9 cell-empty"),
        ("0423,nl,U,,many", "3:12 cell-value"),
        ("0423,nl,U,,1.5", "3:12 cell-value"),
        ("0423,nl,U,", "3:1 rows-cells"),
        ("0421,nl,U,,", "3:1 row-twice"),
        ('0423,nl,"U,,', "3:9 csv-syntax"),
        ("0423,nl,U,a b,", "3:1 bad-name"),
    ],
)
def test_a_wrong_line_is_told_at_its_cell(tmp_path: Path, line: str, where: str) -> None:
    csv = f"store,region,city,part,idle\n0421,nl,Utrecht,S1,\n{line}\n"
    assert errors(project(tmp_path, csv=csv)) == [f"objects/stores/nl.csv:{where}"]


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ("store,region,city,part,idel", "1:24 column-unknown"),
        ("store,region,city,city,idle", "1:14 column-twice"),
        ("store,region,part,idle", "1:1 column-missing"),
        ("", "1:1 rows-header"),
    ],
)
def test_a_wrong_header_is_told(tmp_path: Path, header: str, where: str) -> None:
    assert errors(project(tmp_path, csv=f"{header}\n")) == [f"objects/stores/nl.csv:{where}"]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("key: store", "key: shop", "4:6 column-unknown"),
        ("key: store", "key: part", "4:6 column-optional"),
        ("[stores/*.csv]", "[shops/*.csv]", "3:8 rows-missing"),
        ("[stores/*.csv]", "[../../*.csv]", "3:8 rows-outside"),
        ("[stores/*.csv]", '["s*/nl.csv"]', "3:8 rows-glob"),
        ("[stores/*.csv]", "[7]", "3:8 wrong-type"),
        ("${region}01", "${regoin}01", "12:60 column-unknown"),
        ("kind: Site", "kind: Shop", "12:16 wrong-value"),
        ("{type: integer, optional: true}", "{type: int}", "10:16 wrong-value"),
        ('"^[0-9]{4}$"', '"[0-9]"', "6:20 column-pattern"),
        ("documents:", "unknown: 1\ndocuments:", "11:1 unknown-field"),
        ("appId: WFC_PRO_ANDROID", "appId: NONE", "19:54 wrong-value"),
    ],
)
def test_a_wrong_fleet_is_told_at_its_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    found = errors(project(tmp_path, FLEET.replace(old, new)))
    assert found[:1] == [f"objects/fleet.yaml:{where}"]


def test_one_cause_in_many_lines_is_told_once(tmp_path: Path) -> None:
    lines = "".join(f"{number:04},nl,U,S1,\n" for number in range(500))
    fleet = FLEET.replace("appId: WFC_PRO_ANDROID", "appId: NONE")
    root = project(tmp_path, fleet, f"store,region,city,part,idle\n{lines}")
    (problem,) = (p for p in problems_in(root) if p.severity is Severity.ERROR)
    assert problem.count == 500


@pytest.mark.parametrize(
    ("old", "new", "again", "code"),
    [
        ("", "", 1, "row-twice"),
        ('name: "site-', 'name: "elsewhere-', 0, "site-out-of-scope"),
        ('bootstrap: "store-', 'bootstrap: "stare-', 0, "token-unknown-bootstrap"),
        ('"store-${store}"\n    ext', '"Store-0421"\n    ext', 0, "bootstrap-declared-twice"),
    ],
)
def test_what_differs_in_names_alone_is_told_once(
    tmp_path: Path, old: str, new: str, again: int, code: str
) -> None:
    lines = "".join(f"{number:04},nl,U,S1,\n" for number in range(40)) * (1 + again)
    root = project(tmp_path, FLEET.replace(old, new), f"store,region,city,part,idle\n{lines}")
    path = root / "pvm.yaml"
    path.write_text(path.read_text().replace('sites: ["*"]', 'sites: ["site-*"]'))

    found = [one for one in problems_in(root) if one.code == code]

    assert [one.count for one in found] == [39 if "declared" in code else 40]


def test_two_rules_that_the_same_lines_break_are_two_causes(tmp_path: Path) -> None:
    root = project(tmp_path, FLEET, "store,region,city,part,idle\n0421,nl,U,S1,\n0422,nl,U,S1,\n")
    rules = ", ".join(f'{{kind: Site, pattern: "^{start}.*$"}}' for start in "xy")
    with (root / "pvm.yaml").open("a") as file:
        file.write(f"policy: {{names: [{rules}]}}\n")

    found = [one for one in problems_in(root) if one.code == "policy-name"]

    assert [one.count for one in found] == [2, 2]


def test_two_files_of_one_fleet_share_their_keys(tmp_path: Path) -> None:
    more = "store,region,city\n0421,nl,Utrecht\n"
    assert errors(project(tmp_path, more=more)) == ["objects/stores/x.csv:2:1 row-twice"]


def exceptions(text: str) -> str:
    return f'{FLEET}exceptions:\n  - {{{text}, until: "2026-12-31", reason: INC-1}}\n'


def test_an_exception_holds_for_its_line_alone(tmp_path: Path) -> None:
    text = 'row: "0421", document: settings, set: {/parameters/kiosk/idleSeconds: 600}'
    repository = read_repository(project(tmp_path, exceptions(text)))
    assert repository.problems == ()
    found = {d.id.name: d for d in repository.declared if d.id.kind == "Bootstrap"}
    assert found["store-0421"].value["kiosk"] == {"idleSeconds": 600}
    assert found["store-0422"].value["kiosk"] == {"idleSeconds": 45}
    place = found["store-0421"].origin_of("/kiosk/idleSeconds").pointer
    assert place.startswith("/exceptions/0/set/")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('row: "0499", document: settings, set: {/parameters/a: 1}', "21:11 exception-row"),
        ('row: "0421", document: setings, set: {/parameters/a: 1}', "21:29 exception-document"),
        ('row: "0421", document: settings, set: {parameters: 1}', "21:45 bad-name"),
        ('row: "0421", document: settings, set: {/extra: 1}', "21:45 unknown-field"),
    ],
)
def test_a_wrong_exception_is_told_at_its_place(tmp_path: Path, text: str, where: str) -> None:
    assert errors(project(tmp_path, exceptions(text)))[:1] == [f"objects/fleet.yaml:{where}"]


def test_two_fleets_of_one_name_are_told_at_the_second_and_only_the_first_makes_objects(
    tmp_path: Path,
) -> None:
    again = 'kind: Fleet\nname: stores\nrows: [{store: "1"}]\nkey: store\ncolumns: {store: {}}\n'
    again += 'documents: {a: {kind: Site, name: "other-${store}", proServerName: x}}\n'
    root = project(tmp_path, fleet=f"{FLEET}---\n{again}")

    (problem,) = problems_in(root)
    assert brief(problem) == f"objects/fleet.yaml:{FLEET.count(chr(10)) + 3}:7 fleet-declared-twice"
    assert [place.line for place in problem.related] == [2]
    names = {one.id.name for one in read_repository(root).declared}
    assert ("site-0421" in names, "other-1" in names) == (True, False)


@pytest.mark.parametrize(
    ("until", "last"), [("2027-02-31", date(2027, 2, 28)), ("2028-02-30", date(2028, 2, 29))]
)
def test_a_day_that_its_month_lacks_is_the_last_of_the_month(
    tmp_path: Path, until: str, last: date
) -> None:
    exception = f'row: "0421", document: site, set: {{/proServerName: x}}, until: "{until}"'
    root = project(tmp_path, f"{FLEET}exceptions: [{{{exception}, reason: INC-1}}]\n")

    (changed,) = read_repository(root).heritage.exceptions.values()
    assert [one.deviation.until for one in changed] == [last]


def test_layers_that_come_to_too_much_together_are_told_where_they_are_chosen(
    tmp_path: Path,
) -> None:
    half = "".join(f"  k{n}: {'x' * 9000}\n" for n in range(15))
    layers = "".join(
        f"---\nkind: Layer\nname: {name}\nparameters:\n{half.replace('k', name)}" for name in "ab"
    )
    texts = {
        "objects/layers.yaml": layers,
        "objects/b.yaml": "kind: Bootstrap\nname: one\nextends: [a]\n---\n"
        "kind: Bootstrap\nname: both\nextends: [a, b]\n",
    }
    root = write_project(tmp_path, texts)

    assert errors(root) == ["objects/b.yaml:7:1 parameters-too-large"]
    assert [one.id.name for one in read_repository(root).declared] == ["one"]
