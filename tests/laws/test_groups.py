"""Laws of the review: groups are the changes, and a comment keeps within its budget.

Planted and seen to be caught: the line of a shared cause left out of what a group shares, a patch
compared without its old values, an object in the group of the one before it, a comment that tries
no shorter form, and a row that counts the objects of its first group alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.change import Create, FieldChange
from reconciler.core.group import Member, group_by_cause
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.plan import Class, Group, Plan, PlanOptions, Reach, UsedToken
from reconciler.core.plan_encoding import group_json
from reconciler.core.planning import make_plan
from reconciler.core.provenance import DocumentsOnly, Source
from reconciler.core.situation import Situation
from reconciler.core.values import ABSENT
from reconciler.kinds import KINDS
from reconciler.render.markdown import BUDGET
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text, totals
from reconciler.render.rows import rows_of
from reconciler.render.view import View
from tests.core.situations import HEADER
from tests.laws.states import options, situations

CLASSES = {
    "create": Class.PENDING_CREATE,
    "update": Class.PENDING_UPDATE,
    "delete": Class.PENDING_DELETE,
}
SOURCES = st.builds(
    Source,
    st.builds(
        Origin,
        st.sampled_from(["layers/a.yaml", "nl.csv"]),
        st.just(0),
        st.integers(1, 3),
        st.sampled_from(["", "/a"]),
    ),
    st.booleans(),
    st.booleans(),
)
VALUES: st.SearchStrategy[Any] = st.sampled_from([ABSENT, True, 1, "x"])
FIELDS = st.lists(
    st.builds(FieldChange, st.sampled_from(["/a", "/b"]), VALUES, VALUES, st.booleans()),
    min_size=1,
    max_size=2,
    unique_by=lambda change: change.pointer,
).map(tuple)


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["Site", "Token"]),
                st.sampled_from(["create", "update", "update", "delete"]),
                FIELDS,
                st.lists(SOURCES, max_size=2).map(tuple),
                st.sampled_from(["not declared", "removed in 1c9e0d4"]),
            ),
            max_size=40,
        )
    )
    return [
        Member(
            KINDS[kind],
            ResourceId(kind, f"n{number:02}"),
            (kind, f"n{number:02}"),
            action,
            CLASSES[action],
            fields,
            sources,
            told,
        )
        for number, (kind, action, fields, sources, told) in enumerate(drawn)
    ]


def shared(member: Member) -> tuple[object, ...]:
    """What the members of a group have in common, spelled out."""
    causes = {
        (one.origin.file, 0 if one.own else one.origin.line, one.past) for one in member.sources
    }
    patch = [
        (one.pointer, repr(one.before), repr(one.after), one.hidden)
        for one in (member.fields if member.action == "update" else ())
    ]
    told = "" if causes else member.told
    return member.kind.name, member.action, frozenset(causes), tuple(patch), told


ACTIONS = {"+": "create", "~": "update", "-": "delete"}


@given(members())
def test_groups_partition_the_changes_by_cause_and_patch(drawn: list[Member]) -> None:
    grouping = group_by_cause(drawn, DocumentsOnly())
    held = [id_ for group in grouping.groups for id_ in group.members]
    assert sorted(held) == sorted(member.id for member in drawn)
    numbers = [(shared(member), grouping.numbers[member.key]) for member in drawn]
    assert len(set(numbers)) == len({one for one, _ in numbers}) == len(grouping.groups)
    for member in drawn:
        group = grouping.groups[grouping.numbers[member.key]]
        assert member.id in group.members
        assert (group.kind, group.action) == (member.kind.name, member.action)
        assert group.causes
        if member.action == "update":
            assert repr(group.fields) == repr(member.fields)


@given(members())
def test_rows_partition_the_groups(drawn: list[Member]) -> None:
    groups = group_by_cause(drawn, DocumentsOnly()).groups
    rows = rows_of(dict(enumerate(groups)))
    assert sorted(number for row in rows for number in row.numbers) == list(range(len(groups)))
    for row in rows:
        assert row.groups == tuple(groups[number] for number in row.numbers)
        assert (
            len({(one.action, one.class_, one.causes, repr(one.fields)) for one in row.groups}) == 1
        )


@given(situations(), options())
def test_groups_of_a_plan_are_its_steps(state: Situation, chosen: PlanOptions) -> None:
    plan = make_plan(state, chosen)
    steps = Counter((step.group, step.change.id) for step in plan.steps)
    assert steps == Counter(
        (number, id_) for number, group in enumerate(plan.groups) for id_ in group.members
    )
    for step in plan.steps:
        group = plan.groups[step.group]
        assert group.class_ is step.class_
        assert (group.action == "create") is isinstance(step.change, Create)


NASTY = st.text(st.sampled_from("ab|`*<>&@é\n\x1b 日"), min_size=1, max_size=400)


@st.composite
def large_groups(draw: st.DrawFn) -> Sequence[Group]:
    """Few shapes, each of them many times: what chance draws by itself is small."""
    groups: list[Group] = []
    for _ in range(draw(st.integers(0, 4))):
        action = draw(st.sampled_from(list(CLASSES)))
        kind = draw(st.sampled_from(list(KINDS)))
        fields = tuple(
            FieldChange(f"/{draw(NASTY)}", draw(NASTY), draw(NASTY))
            for _ in range(draw(st.integers(0, 3)))
        )
        causes = tuple(draw(st.lists(NASTY, min_size=1, max_size=3)))
        name = draw(NASTY)
        ids = tuple(ResourceId(kind, f"{name}{n}") for n in range(draw(st.integers(1, 5))))
        one = Group(action, CLASSES[action], kind, causes, fields, ids)
        groups += [
            replace(one, causes=(f"{n}.yaml:{n}", *causes))
            for n in range(draw(st.sampled_from([1, 3, 40, 400])))
        ]
    return groups


USED = tuple(
    UsedToken(ResourceId("Token", f"T-{n}"), "delete", "2026-11-22T08:00:00Z", n, n)
    for n in range(100)
)


def reach_of(groups: Sequence[Group]) -> Reach:
    return Reach(HEADER.created, 10**6, tuple(10**6 - n for n in range(len(groups))))


@given(members())
def test_the_rows_of_every_format_count_each_change_once(drawn: list[Member]) -> None:
    groups = group_by_cause(drawn, DocumentsOnly()).groups
    plan = Plan(HEADER, (), groups, reach=reach_of(groups))
    expected = Counter(member.action for member in drawn)

    encoded = [cast("dict[str, Any]", group_json(group)) for group in groups]
    by_json: Counter[str] = Counter()
    for one in encoded:
        by_json[one["action"]] += one["count"]
        assert one["count"] == len(set(one["members"]))
    text, markdown = plan_text(plan, View(120, full=True)), plan_markdown(plan)
    signs = re.findall(r"(?m)^  ([+~-]) +([\d,]+) [a-z]+ ", text)
    cells = re.findall(r"(?m)^\| ([a-z]+) \| ([\d,]+) [a-z]+ \|", markdown)
    by_text = counted((ACTIONS[sign], number) for sign, number in signs)
    assert by_json == by_text == counted(cells) == expected


def counted(rows: Iterable[tuple[str, str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for action, number in rows:
        counts[action] += int(number.replace(",", ""))
    return counts


@settings(max_examples=60)
@given(large_groups(), st.integers(0, 10**6))
def test_a_comment_keeps_its_budget_and_never_loses_the_totals(
    groups: Sequence[Group], unchanged: int
) -> None:
    plan = Plan(HEADER, (), tuple(groups), unchanged=unchanged, reach=reach_of(groups), used=USED)
    text = plan_markdown(plan)
    assert len(text) <= BUDGET
    assert totals(plan) in text
    rows = [one for one in text.split("\n") if one.startswith(("| create", "| update", "| delete"))]
    if "too many for a comment" in text:
        assert len(rows) == len({(group.action, group.kind) for group in groups})
    else:
        assert len(rows) == len(rows_of(dict(enumerate(groups))))
    shown = plan_text(plan, View(120))
    assert totals(plan) in " ".join(shown.split())
    assert len(shown.split("\n")) < 150
