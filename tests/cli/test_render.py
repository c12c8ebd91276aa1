"""`pvm render` shows what comes out of layers and fleets, and what it shows reads back."""

import json
from pathlib import Path

from reconciler.core.values import json_equal
from reconciler.sources.repository import read_repository
from tests.cli.conftest import Run
from tests.sources.projects import PROJECT, write_project

FILES = {
    "objects/a.yaml": """\
kind: Layer
name: base
parameters: {proxy: {host: proxy.acme.example, password: hunter2secret}, lang: nl}
---
kind: Fleet
name: stores
rows: [stores.csv]
key: store
columns: {store: {}, idle: {type: integer, optional: true}}
documents:
  settings:
    kind: Bootstrap
    name: "store-${store}"
    extends: [base]
    parameters: {idle: "${idle}", wifi: {psk: "${env:PSK}"}, literal: "$${store}"}
""",
    "objects/stores.csv": "store,idle\n0421,30\n0422,\n",
}


def test_objects_come_out_as_the_server_would_get_them(pvm: Run, tmp_path: Path) -> None:
    ran = pvm("render", "-o", "json", "-C", str(write_project(tmp_path, FILES)))
    assert ran.code == 0, ran.all
    shown = {one["name"]: one["parameters"] for one in json.loads(ran.out)["documents"]}
    assert list(shown) == ["store-0421", "store-0422"]
    assert shown["store-0421"]["idle"] == 30
    assert "idle" not in shown["store-0422"]
    assert shown["store-0422"]["wifi"] == {"psk": "${env:PSK}"}
    assert shown["store-0422"]["lang"] == "nl"


def test_no_secret_is_shown(pvm: Run, tmp_path: Path) -> None:
    root = str(write_project(tmp_path, FILES))
    for format_ in ("yaml", "json"):
        assert "hunter2secret" not in pvm("render", "-o", format_, "-C", root).all


def test_only_what_is_selected_is_shown(pvm: Run, tmp_path: Path) -> None:
    root = str(write_project(tmp_path, FILES))
    ran = pvm("render", "bootstrap/*-0422", "-C", root)
    assert ran.code == 0, ran.all
    assert "store-0422" in ran.out
    assert "store-0421" not in ran.out


def test_what_is_rendered_is_declared_again_by_its_own_text(pvm: Run, tmp_path: Path) -> None:
    """But for clear secrets, which are masked."""
    files = {
        **FILES,
        "objects/a.yaml": FILES["objects/a.yaml"].replace(", password: hunter2secret", ""),
    }
    first = write_project(tmp_path / "first", files)
    ran = pvm("render", "-C", str(first))
    second = write_project(tmp_path / "second", {"objects/all.yaml": ran.out}, PROJECT)
    before, after = (
        {str(one.id): one for one in read_repository(root).declared} for root in (first, second)
    )
    assert before.keys() == after.keys()
    for name, one in before.items():
        assert json_equal(one.value, after[name].value)
        assert one.references == after[name].references
