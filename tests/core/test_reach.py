"""Reach: a device counts once in each row and once in all, whatever it depends on."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Class, Group, Plan, Step, UsedToken
from reconciler.core.reach import Footprint, used_since, with_reach, with_used_tokens
from reconciler.core.resource import Live
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.core.situations import HEADER

SITE = ResourceId("Site", "s1")
BOOTSTRAP = ResourceId("Bootstrap", "b1")
TOKEN = ResourceId("Token", "STORE-1")
TODAY = "2026-11-22T08:00:00.000Z"
LONG_AGO = "2026-10-01T08:00:00.000Z"


def update(id_: ResourceId, pointer: str = "/x") -> Update:
    return Update(id_, (FieldChange(pointer, 1, 2),), "a", "b", "1")


def planned(*changes: tuple[Change, int], blocked: Sequence[Blocked] = ()) -> Plan:
    """Changes with the numbers of their groups."""
    steps = tuple(Step(change, Class.PENDING_UPDATE, (), group) for change, group in changes)
    last = max((group for _, group in changes), default=-1)
    group = Group("update", Class.PENDING_UPDATE, "Site", ("a:1",), (), ())
    return Plan(HEADER, steps, (group,) * (last + 1), blocked=tuple(blocked))


def reached(plan: Plan, *footprints: Footprint) -> tuple[int, tuple[int, ...]]:
    found = with_reach(plan, footprints, KINDS).reach
    assert found is not None
    assert found.since == used_since(HEADER.created)
    return found.devices, found.groups


def test_a_device_counts_once_in_each_row_and_once_in_all() -> None:
    plan = planned((update(SITE), 0), (update(BOOTSTRAP), 1), (update(TOKEN), 1))
    everything = Footprint(("STORE-1", "STORE-2"), ("b1", "b2"), "s1", 5)
    at_site = Footprint((), (), "s1", 2)
    by_bootstrap = Footprint(("STORE-2",), ("b1",), "s2", 3)
    elsewhere = Footprint(("OTHER",), ("b9",), "s9", 100)
    found = reached(plan, everything, at_site, by_bootstrap, elsewhere)
    assert found == (10, (7, 8))


def test_tokens_are_the_same_in_any_case_and_sites_are_not() -> None:
    plan = planned((update(SITE), 0), (update(TOKEN), 1))
    assert reached(plan, Footprint(("store-1",), (), "S1", 4)) == (4, (0, 4))


def test_a_server_that_can_not_tell_leaves_the_plan_without_reach() -> None:
    plan = planned((update(TOKEN), 0))
    assert with_reach(plan, None, KINDS) is plan


_KINDS = st.sampled_from(["Site", "Bootstrap", "Token"])
_IDS = st.builds(ResourceId, _KINDS, st.sampled_from(["a", "b", "c"]))
_NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=2, unique=True).map(tuple)
_FOOTPRINTS = st.builds(
    Footprint, _NAMES, _NAMES, st.sampled_from(["", "a", "b", "d"]), st.integers(1, 3)
)


def depends(footprint: Footprint, id_: ResourceId) -> bool:
    named = {
        "Site": (footprint.site,),
        "Bootstrap": footprint.bootstraps,
        "Token": footprint.tokens,
    }
    return id_.name in named[id_.kind]


@given(
    st.dictionaries(_IDS, st.integers(0, 2), max_size=6),
    st.lists(_FOOTPRINTS, max_size=5),
    st.data(),
)
def test_reach_is_a_count_of_devices_one_by_one(
    groups: dict[ResourceId, int], footprints: list[Footprint], data: st.DataObject
) -> None:
    plan = planned(*((update(id_), group) for id_, group in groups.items()))
    devices = [one for one in footprints for _ in range(one.devices)]
    expected = tuple(
        sum(any(depends(one, id_) for id_, of in groups.items() if of == number) for one in devices)
        for number in range(len(plan.groups))
    )
    total = sum(any(depends(one, id_) for id_ in groups) for one in devices)
    shuffled = data.draw(st.permutations(footprints))
    assert reached(plan, *shuffled) == (total, expected)
    assert max(expected, default=0) <= total <= sum(expected)


def tokens(**facts: JsonValue) -> dict[tuple[str, str], Live]:
    return {("Token", "store-1"): Live(TOKEN, {}, "1", facts)}


def used(plan: Plan, **facts: JsonValue) -> tuple[UsedToken, ...]:
    return with_used_tokens(plan, tokens(**facts), KINDS).used


def test_a_deleted_or_repointed_token_in_use_is_named_with_its_uses() -> None:
    deleted = planned((Delete(TOKEN, (), "a", "1"), 0))
    assert used(deleted, lastUsedAt=TODAY, useCount=41) == (UsedToken(TOKEN, "delete", TODAY, 41),)
    repointed = planned((update(TOKEN, "/bootstrap"), 0))
    (one,) = with_reach(
        with_used_tokens(repointed, tokens(lastUsedAt=TODAY), KINDS),
        [Footprint(("STORE-1",), ("b1",), "", 7), Footprint(("STORE-1", "X"), (), "s", 2)],
        KINDS,
    ).used
    assert one == UsedToken(TOKEN, "repoint", TODAY, None, 9)


def test_a_deletion_that_a_guard_holds_back_is_named_too() -> None:
    held = Blocked(TOKEN, "delete", "used-token", "devices used it")
    assert used(planned(blocked=[held]), lastUsedAt=TODAY)[0].action == "delete"
    other = replace(held, guard="hold")
    assert used(planned(blocked=[other]), lastUsedAt=TODAY) == ()


def test_other_changes_and_tokens_that_rest_are_not_named() -> None:
    assert used(planned((update(TOKEN, "/description"), 0)), lastUsedAt=TODAY) == ()
    assert used(planned((Create(TOKEN, (), "b"), 0)), lastUsedAt=TODAY) == ()
    for other in (SITE, ResourceId("Bootstrap", "STORE-1")):
        assert used(planned((Delete(other, (), "a", "1"), 0)), lastUsedAt=TODAY) == ()
    gone = planned((Delete(TOKEN, (), "a", "1"), 0))
    for last in (None, LONG_AGO, "yesterday", "2026-11-22T08:00:00"):
        assert used(gone, lastUsedAt=last) == ()
    assert with_used_tokens(gone, {}, KINDS).used == ()
