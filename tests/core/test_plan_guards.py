from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from reconciler.core.history import Ancestry
from reconciler.core.inventory import Damage, Lock, Note
from reconciler.core.plan_guards import PLAN_GUARDS, Ground, plan_stops
from reconciler.core.ports import Account
from reconciler.core.project import Prune, Window
from tests.core.situations import ADMIN, HEAD, owned, project

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALM = Ground(
    project=project(),
    account=ADMIN,
    customer=None,
    inventory=owned([]),
    ancestry=Ancestry(contained=True),
    now=NOON,
)
APPLIED = replace(
    CALM.inventory,
    head=replace(
        HEAD,
        notes=(Note("n", 118, NOON, "9d03e77aa", True, "sha256:1", "root", "ci", {}),),  # noqa: FBT003 -- as the files were
    ),
)


def guards(ground: Ground) -> list[str]:
    return [stop.guard for stop in plan_stops(ground)]


def test_nothing_stops_a_calm_plan() -> None:
    assert guards(CALM) == []


@pytest.mark.parametrize(
    ("account", "stopped"),
    [(ADMIN, False), (Account("root", "Super-Admin", "OTHER"), True), (None, True)],
)
def test_the_customer_must_be_the_one_of_the_file(account: Account | None, stopped: bool) -> None:  # noqa: FBT001 -- a column
    ground = replace(CALM, customer="ACME", account=account)
    assert guards(ground) == (["customer"] if stopped else [])


@pytest.mark.parametrize(
    ("sort", "fix"),
    [
        ("missing", "rebuild"),
        ("damaged", "rebuild"),
        ("elsewhere", "url of this target"),
        ("hidden", "endpoints"),
        ("foreign", "another name"),
        ("unreadable", "PVM_DIGEST_KEY"),
        ("unsigned", "PVM_DIGEST_KEY"),
    ],
)
def test_a_shard_that_cannot_be_trusted_stops_everything(sort: str, fix: str) -> None:
    damage = Damage("pvm-inventory-acme-01", sort, "its signature is wrong")
    (stop,) = plan_stops(replace(CALM, inventory=replace(CALM.inventory, damages=(damage,))))
    assert stop.guard == "inventory"
    assert "pvm-inventory-acme-01" in stop.reason
    assert fix in stop.fix


def test_shards_that_suffer_alike_are_told_of_once() -> None:
    damages = tuple(
        Damage(f"pvm-inventory-acme-{number:02d}", "foreign", "it is not ours")
        for number in range(20)
    )
    (stop,) = plan_stops(replace(CALM, inventory=replace(CALM.inventory, damages=damages)))
    assert stop.reason == "pvm-inventory-acme-00 and 19 more: it is not ours"


@pytest.mark.parametrize(("minutes", "stopped"), [(1, True), (0, False), (-1, False)])
def test_a_lock_holds_until_its_end(minutes: int, stopped: bool) -> None:  # noqa: FBT001 -- a column
    lock = Lock(NOON + timedelta(minutes=minutes), "stock-taking", "ada")
    inventory = replace(CALM.inventory, head=replace(HEAD, lock=lock))
    assert guards(replace(CALM, inventory=inventory)) == (["lock"] if stopped else [])


LOST = Ancestry(contained=False)
CUT = Ancestry(contained=False, known=False, reason="the clone is shallow")


@pytest.mark.parametrize(
    ("ancestry", "rollback", "stopped"),
    [
        (LOST, "", True),
        (LOST, "9d03e77aa", False),
        (LOST, "9d03e77", False),
        (LOST, "1c9e0d4", True),
        (CUT, "", True),
        (CUT, "9d03e77", False),
        (Ancestry(contained=True, known=False, reason="no Git"), "", False),
        (Ancestry(contained=True), "", False),
    ],
)
def test_nobody_goes_back_without_saying_so(
    ancestry: Ancestry,
    rollback: str,
    stopped: bool,  # noqa: FBT001 -- a column
) -> None:
    ground = replace(CALM, inventory=APPLIED, ancestry=ancestry, rollback=rollback)
    assert guards(ground) == (["rollback"] if stopped else [])


def test_an_apply_outside_git_is_taken_back_by_the_hash_of_its_files() -> None:
    head = APPLIED.head
    assert head is not None
    note = replace(head.notes[-1], commit=None, source_hash="sha256:" + "5e" * 32)
    inventory = replace(APPLIED, head=replace(head, notes=(note,)))
    ground = replace(CALM, inventory=inventory, ancestry=LOST)
    (stop,) = plan_stops(ground)
    assert f"rollback={'5e' * 20}" in stop.fix
    assert guards(replace(ground, rollback="5e" * 20)) == []
    assert guards(replace(ground, rollback="5f5f")) == ["rollback"]


def test_a_shallow_clone_is_told_how_to_be_deeper() -> None:
    (stop,) = plan_stops(replace(CALM, inventory=APPLIED, ancestry=CUT))
    assert "fetch-depth: 0" in stop.fix


def test_the_first_apply_goes_back_behind_nothing() -> None:
    assert guards(replace(CALM, ancestry=LOST)) == []


def test_pruning_a_scope_needs_lists() -> None:
    blind = replace(CALM, unlisted=frozenset({"Token"}))
    assert guards(replace(blind, prune=Prune.SCOPE)) == ["prune"]
    assert guards(replace(blind, prune=Prune.OWNED)) == []


def test_what_cannot_be_read_cannot_be_planned() -> None:
    assert guards(replace(CALM, unreadable=frozenset({"Site"}))) == ["unreadable"]


@pytest.mark.parametrize(("start", "end", "stopped"), [(21, 5, True), (11, 13, False)])
def test_a_window_that_is_closed_stops_what_must_keep_to_it(
    start: int,
    end: int,
    stopped: bool,  # noqa: FBT001 -- a column
) -> None:
    window = Window(time(start), time(end), "UTC")
    assert guards(replace(CALM, window=window)) == (["window"] if stopped else [])


def test_each_guard_has_been_seen_to_stop_something() -> None:
    """A guard that is added needs its case above."""
    assert len(PLAN_GUARDS) == 7
