from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core.change import FieldChange, Update
from reconciler.core.identity import ResourceId
from reconciler.core.plan import (
    Blocked,
    Class,
    Drifted,
    Group,
    Plan,
    PlanOptions,
    Record,
    Sort,
    Step,
    Stop,
)
from reconciler.core.values import ABSENT
from reconciler.render.plan_text import plan_text
from reconciler.render.screen import columns_of
from reconciler.render.view import View


@pytest.mark.parametrize("width", [80, 120])
def test_a_plan_of_every_sort_of_row_reads_as_agreed(
    busy_plan: Plan, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"plan-{width}.txt", plan_text(busy_plan, View(width)))


def test_an_empty_plan_says_that_there_is_nothing_to_do(
    empty_plan: Plan, golden: Callable[[str, str], None]
) -> None:
    golden("plan-empty.txt", plan_text(empty_plan, View(80)))


def test_a_plan_of_an_undo_says_what_it_takes_back(
    undo_plan: Plan, golden: Callable[[str, str], None]
) -> None:
    golden("plan-undo.txt", plan_text(undo_plan, View(80), advise=False))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_screen(busy_plan: Plan, width: int) -> None:
    lines = plan_text(busy_plan, View(width)).splitlines()

    assert [line for line in lines if columns_of(line) > width] == []


def test_full_names_every_object(busy_plan: Plan) -> None:
    text = plan_text(busy_plan, View(120, full=True))

    assert all(step.change.id.name in text for step in busy_plan.steps if step.group != 2)


def test_only_a_plan_on_its_own_says_how_to_go_on(busy_plan: Plan) -> None:
    plan = replace(busy_plan, stops=(), drifted=())

    assert plan_text(plan, View(80)).endswith("next      pvm apply")
    assert "next" not in plan_text(plan, View(80), advise=False)


def test_a_plan_made_with_options_is_applied_with_them(busy_plan: Plan) -> None:
    options = PlanOptions(revert=(("*", "*"),))
    plan = replace(busy_plan, stops=(), drifted=(), options=options)

    assert plan_text(plan, View(80)).endswith("next      pvm apply, with the same options")


def test_drift_alone_says_how_to_take_it_back(busy_plan: Plan) -> None:
    plan = Plan(busy_plan.header, (), (), drifted=busy_plan.drifted)

    assert "next      drift stays until pvm apply --revert-drift" in plan_text(plan, View(120))


@pytest.mark.parametrize("full", [False, True])
def test_nothing_reaches_the_terminal_but_text(busy_plan: Plan, *, full: bool) -> None:
    text = plan_text(busy_plan, View(120, full=full))

    assert "日本語" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_long_lists_are_cut_and_say_so(busy_plan: Plan) -> None:
    fields = tuple(FieldChange(f"/f{n}", 1, 2) for n in range(31))
    left = tuple(
        replace(busy_plan.blocked[0], fields=(FieldChange(f"/b{n}", 1, 2),)) for n in range(30)
    )
    found = tuple(replace(busy_plan.drifted[0], fields=(field,)) for field in fields)
    group = replace(busy_plan.groups[1], fields=fields)
    plan = replace(
        busy_plan,
        groups=(group, *(replace(group, fields=()) for _ in range(42))),
        steps=(),
        blocked=left,
        drifted=found,
        warnings=("w",) * 37,
        stops=(Stop("customer", "another customer"),),
    )

    short, full = plan_text(plan, View(80)), plan_text(plan, View(80, full=True))

    hidden = ("… and 29 more (", "… and 22 more (", "… and 23 more groups (", "32 more warnings")
    assert [text in short for text in hidden] == [True] * 4
    assert "update 28,382 bootstraps" in short
    assert ("/f30" in short, "/b29" in short, "/f30" in full, "/b29" in full) == (0, 0, 1, 1)
    assert ("… and" in full, "Site/lab-4" in full) == (False, True)


STORES = tuple(ResourceId("Bootstrap", f"store-{n:04}") for n in range(10_000))
SSID = FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp")
LOST = FieldChange("", {"a": 1}, ABSENT)


def pending(plan: Plan) -> Plan:
    steps = tuple(
        Step(Update(id_, (SSID,), "b", "a", "1"), Class.PENDING_UPDATE, (), 0, kept=(SSID,))
        for id_ in STORES
    )
    group = Group("update", Class.PENDING_UPDATE, "Bootstrap", ("layer:1",), (SSID,), STORES)
    return replace(plan, steps=steps, groups=(group,))


def drifted(make: Callable[[ResourceId], Drifted]) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, drifted=tuple(map(make, STORES)))


def blocked(guard: str, reason: str, field: FieldChange = SSID) -> Callable[[Plan], Plan]:
    """In the reason, `{}` is the object."""
    return lambda plan: replace(
        plan,
        blocked=tuple(
            Blocked(id_, "update", guard, reason.format(id_), f"ours:{id_}", (field,))
            for id_ in STORES
        ),
    )


def odd_fields(id_: ResourceId) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(f"/{n}", id_.name, 1) for n in range(4))


def odd_drift(id_: ResourceId) -> Drifted:
    return Drifted(id_, odd_fields(id_), f"a:{id_.name}", id_.name, id_.name)


def odd_blocked(id_: ResourceId) -> Blocked:
    return Blocked(id_, "update", "adopt", "it differs", "set adopt: always", odd_fields(id_))


ONE_CAUSE: dict[str, Callable[[Plan], Plan]] = {
    "updates that keep drift": pending,
    "drift": drifted(lambda id_: Drifted(id_, (SSID,), "a:1", "j.doe")),
    "drift by many": drifted(lambda id_: Drifted(id_, (SSID,), id_.name, id_.name, id_.name)),
    "deleted": drifted(lambda id_: Drifted(id_, (replace(LOST, before=id_.name),), "a:1")),
    "adoption": blocked("adopt", "nobody owns it"),
    "conflicts": blocked("conflict", "both changed it at /wifi"),
    "drift, each its own": lambda plan: replace(plan, drifted=tuple(map(odd_drift, STORES))),
    "adoption, each its own": lambda plan: replace(plan, blocked=tuple(map(odd_blocked, STORES))),
    "conflicts, each its own": blocked("conflict", "was {}"),
    "referrers": blocked("referenced", "{} uses it", LOST),
    "adopted": lambda plan: replace(
        plan, records=tuple(Record(id_, Sort.ADOPTED) for id_ in STORES)
    ),
    "notes": lambda plan: replace(plan, unmanaged=STORES, retained=STORES, normalised=STORES),
    "a warning each": lambda plan: replace(plan, warnings=tuple(map(str, STORES))),
}
"""10,000 objects, and one thing that happened to all of them."""


@pytest.mark.parametrize("cause", ONE_CAUSE)
def test_one_cause_stays_under_one_screen(empty_plan: Plan, cause: str) -> None:
    plan = ONE_CAUSE[cause](empty_plan)
    short, full = (plan_text(plan, View(80, full=full)) for full in (False, True))

    assert short.count("\n") <= 40
    assert any(count in short for count in ("10,000", "9,992", "9,995"))
    if cause != "adopted":
        assert ("store-4711" in full, "… and" in full) == (True, False)


def test_objects_that_differ_alike_share_a_row(empty_plan: Plan) -> None:
    field = FieldChange("/a", 1, 2)
    found = (
        Drifted(ResourceId("Bootstrap", "a"), (field,), "x:1"),
        Drifted(ResourceId("Bootstrap", "b"), (replace(field, after=3),), "x:1"),
        Drifted(ResourceId("Bootstrap", "c"), (field,), "x:1"),
        Drifted(ResourceId("Bootstrap", "d"), (replace(field, hidden=True),), "x:1"),
        Drifted(ResourceId("Token", "e"), (field,), "x:1"),
    )

    text = plan_text(replace(empty_plan, drifted=found), View(120))

    assert [line.rstrip() for line in text.split("\n") if line.startswith("  ! ")] == [
        "  ! 2 bootstraps   a, c   x:1",
        "  ! 1 bootstrap    b   x:1",
        "  ! 1 bootstrap    d   x:1",
        "  ! 1 token        e   x:1",
    ]


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "just now"), (2, "2 min ago"), (119, "119 min ago"), (120, "2 h ago"), (4320, "3 d ago")],
)
def test_the_base_tells_its_age(busy_plan: Plan, minutes: int, text: str) -> None:
    assert busy_plan.base is not None
    finished = busy_plan.header.created - timedelta(minutes=minutes)
    plan = replace(busy_plan, base=replace(busy_plan.base, finished=finished))

    assert f"base apply #118 (1c9e0d4, {text})" in plan_text(plan, View(120))


def test_before_the_first_apply_nothing_is_said_about_what_changed(busy_plan: Plan) -> None:
    text = plan_text(replace(busy_plan, base=None), View(120))

    assert "PENDING   declared, and not yet so on the server" in text
    assert "base apply" not in text
    assert "CONFLICT  both changed since the last apply" in text


def test_files_that_are_not_committed_are_told(empty_plan: Plan) -> None:
    dirty = replace(empty_plan, header=replace(empty_plan.header, clean=False, customer=""))

    assert "commit 9d03e77 and uncommitted changes" in plan_text(dirty, View(120))


def test_without_lists_or_git_the_head_is_short(empty_plan: Plan) -> None:
    bare = replace(empty_plan, listed=None, header=replace(empty_plan.header, commit=None))

    head = plan_text(bare, View(120)).split("\n")[0]
    assert head == "acme-retail → prod  https://pvm.acme.example · customer ACME"
