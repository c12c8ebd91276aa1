"""Reach in the rows, in the closing lines, and in a comment."""

from dataclasses import replace
from datetime import timedelta

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Group, Header, Plan, Reach, UsedToken
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text
from reconciler.render.reach_notes import reach_notes
from reconciler.render.rows import rows_of
from reconciler.render.view import View

LATE = "2026-11-21T08:00:00.000Z"


def group(action: str, kind: str = "Site", cause: str = "a.yaml:1", name: str = "s") -> Group:
    return Group(action, Class.PENDING_UPDATE, kind, (cause,), (), (ResourceId(kind, name),))


def planned(header: Header, devices: int, *groups: tuple[Group, int]) -> Plan:
    reach = Reach(header.created - timedelta(days=30), devices, tuple(n for _, n in groups))
    return Plan(header, (), tuple(one for one, _ in groups), reach=reach)


def token(number: int, **more: int) -> UsedToken:
    return UsedToken(ResourceId("Token", f"T-{number}"), "delete", LATE, **more)


def test_each_row_says_whom_it_reaches_but_for_creations(header: Header) -> None:
    plan = planned(
        header,
        8,
        (group("update", name="u"), 7),
        (group("update", cause="b.yaml:1", name="v"), 1),
        (group("delete", name="d"), 0),
        (group("create", name="c"), 0),
    )
    rows = rows_of(dict(enumerate(plan.groups)), plan.reach)
    told = ["reaches 7 devices", "reaches 1 device", "reaches no device", ""]
    assert [row.reach for row in rows] == told
    text, markdown = plan_text(plan, View(80)), plan_markdown(plan)
    assert [words for words in told if words and words in text] == told[:3]
    assert "| update | 1 site | `a.yaml:1` | `u` | 7 devices |" in markdown
    assert "| create | 1 site | `a.yaml:1` | `c` |  |" in markdown.replace(" (pending update)", "")


def test_what_one_line_of_a_list_makes_is_one_row_that_adds_up(header: Header) -> None:
    made = [group("create", kind, "nl.csv:3") for kind in ("Site", "Bootstrap", "Token")]
    plan = planned(header, 6, *((one, n) for n, one in enumerate(made, start=1)))
    (row,) = rows_of(dict(enumerate(plan.groups)), plan.reach)
    assert row.reach == "reaches 6 devices"


def test_without_reach_no_row_and_no_column_speaks_of_it(header: Header) -> None:
    plan = replace(planned(header, 7, (group("update"), 7)), reach=None)
    for text in (plan_text(plan, View(80)), plan_markdown(plan)):
        assert "reach" not in text.lower()


def notes(plan: Plan, *, full: bool = False) -> list[tuple[str, str]]:
    return list(reach_notes(plan, full=full))


def test_the_total_is_told_in_one_sentence(header: Header) -> None:
    since = f"{header.created - timedelta(days=30):%Y-%m-%d}"
    rest = f"the touched tokens (since {since}) or"
    changed = group("update")
    assert [notes(planned(header, count, (changed, count))) for count in (21876, 1, 0)] == [
        [("reach", f"21,876 devices in all, which use {rest} are registered at the touched sites")],
        [("reach", f"1 device in all, which uses {rest} is registered at the touched sites")],
        [],
    ]


def test_tokens_in_use_are_called_out_by_name_the_most_used_first(header: Header) -> None:
    plan = planned(header, 9)
    plan = replace(plan, used=(token(1, uses=1, devices=1), token(2, uses=41, devices=7)))
    assert notes(plan)[1:] == [
        ("in use", "delete T-2: 7 devices, last used 2026-11-21 08:00Z, 41 uses in all"),
        ("", "delete T-1: 1 device, last used 2026-11-21 08:00Z, 1 use in all"),
    ]
    bare = replace(plan, reach=None, used=(token(3), token(4, devices=0)))
    assert notes(bare) == [
        ("in use", "delete T-3: last used 2026-11-21 08:00Z"),
        ("", "delete T-4: last used 2026-11-21 08:00Z"),
    ]
    odd = replace(plan, reach=None, used=(replace(token(3), last_used_at="lately"),))
    assert notes(odd) == [("in use", "delete T-3: last used lately")]


def test_many_tokens_in_use_are_cut_and_counted(header: Header) -> None:
    plan = Plan(header, (), (), used=tuple(token(n, uses=n) for n in range(40)))
    shown = notes(plan)
    assert len(shown) == 6
    assert shown[0][1].startswith("delete T-39:")
    assert shown[-1] == ("", "… and 35 more tokens in use (-v shows all)")
    assert len(notes(plan, full=True)) == 40
