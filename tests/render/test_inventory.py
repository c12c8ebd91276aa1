from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core.holdings import Holdings, Repair, Shard
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Damage, Entry, Inventory, Lease, Lock, State
from reconciler.core.plan import Header
from reconciler.render.inventory import (
    age_text,
    history_json,
    history_text,
    holdings_json,
    holdings_text,
    lock_json,
    lock_text,
    note_text,
    repair_json,
    repair_text,
)
from reconciler.render.screen import columns_of
from reconciler.render.view import View
from tests.core.inventories import HEAD, NOON, NOTE, announced, entries, owned

HEADER = Header("acme", "prod", "https://pvm.acme.example", "ACME", NOON, "0")
LOCK = Lock(NOON + timedelta(hours=1), "INC-1 \x1b[31mred", "j.doe")
HELD = replace(
    HEAD, lease=Lease("ab", "ci-7", NOON + timedelta(seconds=60)), lock=LOCK, notes=(NOTE,)
)
DAMAGE = Damage("pvm-inventory-acme-02", "damaged", "its signature is wrong")
FOUND = Inventory(
    head=HELD,
    entries={(e.id.kind, e.id.name): e for e in (*entries(3), announced("T-1"))},
    foreign={("Bootstrap", "x"): "other", ("Bootstrap", "y"): "other"},
    protected=frozenset({("Bootstrap", f"p-{n:02}") for n in range(10)}),
    damages=(DAMAGE,),
    digest="sha256:5",
)
SHARDS = [Shard(f"pvm-inventory-acme-{n:02}", 1536 * n) for n in range(12)]
HOLDINGS = Holdings(HEADER, FOUND, SHARDS, NOON)
REPAIR = Repair(
    HEADER,
    (DAMAGE,),
    3,
    [ResourceId("Token", f"t-{n:02}") for n in range(9)],
    [ResourceId("Site", "s")],
    [ResourceId("Bootstrap", "p")],
)
WIDTHS = pytest.mark.parametrize("width", [60, 80, 120])


def test_holdings_read_as_agreed() -> None:
    assert holdings_text(HOLDINGS, View(100)).splitlines() == [
        "acme → prod  https://pvm.acme.example · apply #1",
        "",
        "SHARDS    reserved bootstraps on the server",
        *(f"    pvm-inventory-acme-{n:02}  {1.5 * n:>7.1f} KiB" for n in range(8)),
        "    … and 4 more (-v)",
        "",
        "damaged   pvm-inventory-acme-02: its signature is wrong (damaged)",
        "entries   3 bootstraps · 1 token",
        "announced Token/T-1",
        "protected Bootstrap/p-00, Bootstrap/p-01, Bootstrap/p-02, Bootstrap/p-03, Bootstrap/p-04,",
        "          Bootstrap/p-05, Bootstrap/p-06, Bootstrap/p-07 and 2 more",
        "foreign   2 objects of the project other",
        "lease     ci-7 is applying (until 2026-11-22 12:01Z unless renewed)",
        "lock      by j.doe until 2026-11-22 13:00Z: INC-1 \\x1b[31mred",
        "apply     #1  2026-11-22 12:00Z  9d03e77  ada (ci-7)  3 created",
    ]


def test_verbose_shortens_nothing() -> None:
    text = holdings_text(HOLDINGS, View(100, full=True))
    assert "more" not in text
    assert "pvm-inventory-acme-11" in text
    assert "Bootstrap/p-09" in text


def test_a_lease_that_ended_is_not_told_and_an_old_lock_is_over() -> None:
    text = holdings_text(replace(HOLDINGS, now=NOON + timedelta(hours=2)), View(100))
    assert "is applying" not in text
    assert "13:00Z (over): INC-1" in text


def test_nothing_known_is_said_in_words() -> None:
    empty = replace(HOLDINGS, inventory=Inventory(), shards=[])
    assert "never applied" in holdings_text(empty, View(100))
    assert "entries   none" in holdings_text(empty, View(100))
    broken = replace(HOLDINGS, inventory=Inventory(damages=(DAMAGE,)))
    assert "its inventory can't be read" in holdings_text(broken, View(100))


@WIDTHS
def test_every_line_fits(width: int) -> None:
    texts = (
        holdings_text(HOLDINGS, View(width)),
        repair_text(REPAIR, View(width), done=False),
        history_text(HEADER, FOUND, View(width)),
    )
    for text in texts:
        assert all(columns_of(line) <= width for line in text.splitlines())


def test_holdings_as_json_hold_names_and_no_content() -> None:
    secret = owned("Bootstrap", "b", {"psk": "canary"})
    shown = holdings_json(replace(HOLDINGS, inventory=replace(FOUND, entries={("B", "b"): secret})))
    assert "canary" not in str(shown)
    assert shown["entries"] == [
        {"kind": "Bootstrap", "name": "b", "state": "owned", "protect": False}
    ]
    assert shown["foreign"] == [
        {"object": "Bootstrap/x", "project": "other"},
        {"object": "Bootstrap/y", "project": "other"},
    ]
    assert shown["lease"] == {"id": "ab", "holder": "ci-7", "until": "2026-11-22T12:01:00+00:00"}
    assert holdings_json(replace(HOLDINGS, inventory=Inventory()))["lease"] is None


def test_a_rebuilding_says_what_it_would_do_and_what_it_did() -> None:
    before = repair_text(REPAIR, View(120), done=False)
    assert "kept      3 entries that can be trusted" in before
    assert "recorded  would be ours, being as declared: Token/t-00" in before
    assert "and 1 more" in before
    assert "differs   not ours until adopted: Site/s" in before
    assert "recorded  ours, being as declared: Token/t-00" in repair_text(
        REPAIR, View(120), done=True
    )
    nothing = replace(REPAIR, damages=(), recorded=[], differing=[])
    assert "nothing to do" in repair_text(nothing, View(120), done=True)
    shown = repair_json(REPAIR)
    assert (shown["kept"], shown["differing"], shown["protected"]) == (
        3,
        ["Site/s"],
        ["Bootstrap/p"],
    )


def test_history_is_the_latest_first() -> None:
    notes = (NOTE, replace(NOTE, number=2, commit=None, clean=False, run="", counts={}))
    inventory = Inventory(head=replace(HEAD, notes=notes))
    assert history_text(HEADER, inventory, View(100)).splitlines()[1:] == [
        "  #2  2026-11-22 12:00Z  no commit (changed)  ada  no change",
        "  #1  2026-11-22 12:00Z  9d03e77  ada (ci-7)  3 created",
    ]
    listed = history_json(HEADER, inventory)["notes"]
    assert isinstance(listed, list)
    assert [note["number"] for note in listed if isinstance(note, dict)] == [2, 1]


def test_history_tells_damage() -> None:
    text = history_text(HEADER, Inventory(damages=(DAMAGE,)), View(100))
    assert "damaged   pvm-inventory-acme-02" in text


def test_a_count_of_a_later_pvm_is_shown_too() -> None:
    assert note_text(replace(NOTE, counts={"moved": 2, "failed": 1})).endswith("1 failed · 2 moved")


def test_a_lock_is_told_with_its_end() -> None:
    assert lock_text(HEADER, None) == "acme → prod  not locked"
    assert "locked until 2026-11-22 13:00Z: INC-1" in lock_text(HEADER, LOCK)
    assert "\x1b" not in lock_text(HEADER, LOCK)
    assert lock_json(HEADER, None)["lock"] is None


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=3, hours=5), "3 d"),
    ],
)
def test_an_age_is_told_in_one_unit(age: timedelta, text: str) -> None:
    assert age_text(age) == text


def test_an_account_that_is_gone_is_shown_by_its_hash() -> None:
    gone = Entry(ResourceId("PortalUser", "hmac-sha256:ab"), State.ANNOUNCED)
    found = replace(FOUND, entries={("PortalUser", "x"): gone})
    assert "PortalUser/hmac-sha256:ab" in holdings_text(
        replace(HOLDINGS, inventory=found), View(100)
    )
