import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.repositories import PSK
from tests.remote.fake_server import FakeServer

KEY = "a key that nobody guesses 0123456789"
HEAD, FIRST = "pvm-inventory-acme-00", "pvm-inventory-acme-01"


@pytest.fixture
def env(env: Mapping[str, str]) -> Mapping[str, str]:
    return {**env, "PVM_DIGEST_KEY": KEY}


def applied(call: Run, **extra: str) -> None:
    ran = call("apply", "--yes", **extra)
    assert ran.code == 0, ran.all


def forge(fake: FakeServer, name: str, **changes: JsonValue) -> None:
    """A person edits a shard in the portal."""
    row = fake.rows["bootstrap"][name]
    parameters = row["parameters"]
    assert isinstance(parameters, dict)
    row["parameters"] = {**parameters, **changes}
    row["version"] = 99


def test_show_tells_what_is_owned(call: Run) -> None:
    applied(call)
    ran = call("inventory", "show")
    assert ran.code == 0, ran.all
    for text in (HEAD, FIRST, "1 site · 1 bootstrap · 1 token", "apply #1", "3 created"):
        assert text in ran.out
    assert PSK not in ran.all


def test_show_as_json_names_objects_without_their_content(call: Run) -> None:
    applied(call)
    ran = call("inventory", "show", "-o", "json")
    shown = json.loads(ran.out)
    assert [one["name"] for one in shown["shards"]] == [HEAD, FIRST]
    assert {(one["kind"], one["name"], one["state"]) for one in shown["entries"]} == {
        ("Site", "acme-site", "owned"),
        ("Bootstrap", "acme-settings", "owned"),
        ("Token", "acme-counter", "owned"),
    }
    assert (shown["damages"], shown["lease"], shown["lock"]) == ([], None, None)
    assert shown["notes"][0]["number"] == 1
    assert PSK not in ran.all


def test_show_before_the_first_apply_says_so(call: Run) -> None:
    ran = call("inventory", "show")
    assert ran.code == 0
    assert "never applied" in ran.out


def test_show_tells_damage_and_where(call: Run, fake: FakeServer) -> None:
    applied(call)
    forge(fake, FIRST, about="mine now")
    ran = call("inventory", "show")
    assert ran.code == 0
    assert f"{FIRST}: its signature is wrong" in ran.out
    assert call("plan", "--detailed-exitcode").code == 6


def test_rebuild_makes_a_damaged_inventory_whole(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    applied(call)
    forge(fake, FIRST, about="mine now")
    ran = call("inventory", "rebuild", "--yes")
    assert ran.code == 0, ran.all
    for id_ in ("Site/acme-site", "Bootstrap/acme-settings", "Token/acme-counter"):
        assert id_ in ran.out
    assert call("plan", "--detailed-exitcode").code == 0
    (kept,) = (tmp_path / ".pvm" / "inventory").iterdir()
    assert json.loads(kept.read_text())[FIRST]["about"] == "mine now"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = call("inventory", "rebuild", "--yes")
    assert "nothing to do" in again.out


@pytest.mark.parametrize("lost", [(HEAD,), (FIRST,), (HEAD, FIRST)], ids=["head", "entries", "all"])
def test_rebuild_after_a_loss_records_what_is_as_declared(
    call: Run, fake: FakeServer, lost: tuple[str, ...]
) -> None:
    applied(call)
    for name in lost:
        del fake.rows["bootstrap"][name]
    fake.rows["site"]["acme-site"]["proServerName"] = "edited"
    ran = call("inventory", "rebuild", "--yes", "-o", "json")
    assert ran.code == 0, ran.all
    done = json.loads(ran.out)
    if FIRST in lost:
        assert done["recorded"] == ["Bootstrap/acme-settings", "Token/acme-counter"]
        assert done["differing"] == ["Site/acme-site"]
    else:
        assert (done["recorded"], done["differing"]) == ([], [])
    assert call("inventory", "show", "-o", "json").code == 0
    assert json.loads(call("inventory", "show", "-o", "json").out)["damages"] == []


def test_a_new_key_signs_what_is_there(call: Run, fake: FakeServer) -> None:
    applied(call, PVM_DIGEST_KEY="")
    assert "is not signed" in call("inventory", "show").out
    assert call("plan", "--detailed-exitcode").code == 6
    assert call("inventory", "rebuild", "--yes").code == 0
    assert "mac" in str(fake.rows["bootstrap"][FIRST]["parameters"])
    assert call("plan", "--detailed-exitcode").code == 0
    shown = json.loads(call("inventory", "show", "-o", "json").out)
    assert {one["kind"] for one in shown["entries"]} == {"Site", "Bootstrap", "Token"}
    assert shown["notes"][0]["number"] == 1


def test_rebuild_needs_the_key_that_signed(call: Run) -> None:
    applied(call)
    ran = call("inventory", "rebuild", "--yes", PVM_DIGEST_KEY="")
    assert ran.code == 6
    assert "PVM_DIGEST_KEY" in ran.err


def test_rebuild_asks_on_a_terminal_only(call: Run, fake: FakeServer) -> None:
    ran = call("inventory", "rebuild")
    assert ran.code == 64
    assert "--yes" in ran.err
    assert fake.writes == 0


def test_rebuild_waits_for_nobody(call: Run, fake: FakeServer) -> None:
    applied(call)
    del fake.rows["bootstrap"][FIRST]
    lock = call("lock", "--until", "1h", "--reason", "INC-1")
    assert lock.code == 0, lock.all
    ran = call("inventory", "rebuild", "--yes")
    assert ran.code == 8
    assert "INC-1" in ran.err


def test_rebuild_changes_no_object(call: Run, fake: FakeServer) -> None:
    applied(call)
    del fake.rows["bootstrap"][FIRST]
    before = {
        kind: {name: row["version"] for name, row in rows.items() if not name.startswith("pvm-")}
        for kind, rows in fake.rows.items()
    }
    assert call("inventory", "rebuild", "--yes").code == 0
    for kind, versions in before.items():
        for name, version in versions.items():
            assert fake.rows[kind][name]["version"] == version
