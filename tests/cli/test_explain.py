"""`pvm explain` without a server: what the files say, and where."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.remote.fake_server import FakeServer


def test_offline_no_server_is_asked(call: Run, fake: FakeServer) -> None:
    ran = call("explain", "bootstrap/acme-settings/idle", "--offline")

    assert (ran.code, fake.asked) == (0, 0)
    assert "files/all.yaml:" in ran.out
    assert "server" not in ran.out


def test_a_field_that_is_not_written_has_no_place(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    lines = (tmp_path / "files" / "all.yaml").read_text().splitlines()
    ran = call("explain", "token/acme-counter", "--offline", "-o", "json")

    assert (ran.code, fake.asked) == (0, 0)
    rows = {row["pointer"]: row for row in json.loads(ran.out)["values"]}
    assert lines[rows["/appId"]["line"] - 1] == "appId: WFC_PRO_ANDROID"
    assert (rows["/description"]["declared"], "line" in rows["/description"]) == ("", False)


def test_a_cell_of_a_list_is_shown_where_it_stands(call: Run, tmp_path: Path) -> None:
    (tmp_path / "files" / "stores.csv").write_text("store,city\nnl-1,Ede\nnl-2,\n")
    (tmp_path / "files" / "fleet.yaml").write_text(
        "kind: Fleet\nname: stores\nkey: store\nrows: [stores.csv]\n"
        "columns: {store: {}, city: {optional: true}}\ndocuments:\n"
        '  one: {kind: Bootstrap, name: "acme-${store}", parameters: {city: "${city}", a: 1}}\n'
    )
    ran = call("explain", "bootstrap/acme-nl-1/city", "--offline", "-o", "json")

    (row,) = json.loads(ran.out)["values"]
    assert (row["declared"], row["file"]) == ("Ede", "files/stores.csv")
    assert (row["line"], row["column"]) == (2, 6)
