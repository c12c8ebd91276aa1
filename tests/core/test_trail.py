"""Who left what drifted: what events say, and nothing that they do not."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Head, Inventory, Note
from reconciler.core.plan import Drifted, Mark
from reconciler.core.trail import Deed, Happening, Trail, last_clean, look_back_to, traced
from reconciler.core.values import ABSENT
from reconciler.kinds import KINDS

APPLIED = datetime(2026, 11, 20, 9, tzinfo=UTC)
EARLY, FIRST, LAST = (f"2026-11-{day}T10:00:00.000Z" for day in (19, 20, 21))
EDITED = Drifted(
    ResourceId("Token", "STORE-1"), (FieldChange("/description", "a", "b"),), "t:1", "j.doe", LAST
)
GONE = Drifted(ResourceId("Site", "s1"), (FieldChange("", {}, ABSENT),), "s:1")


def edit(by: str, at: str, name: str = "store-1") -> Happening:
    return Happening("Token", name, Deed.UPDATE, by, at)


def one(row: Drifted, *happenings: Happening, complete: bool = True) -> Drifted:
    (found,) = traced([row], Trail(happenings, complete), APPLIED, KINDS)
    return found


def test_several_people_are_named_from_the_first_to_the_last() -> None:
    found = one(EDITED, edit("j.doe", LAST), edit("a.smith", FIRST), edit("old", EARLY))
    assert (found.writers, found.first_at) == (("a.smith", "j.doe"), FIRST)
    assert (found.changed_by, found.changed_at) == ("j.doe", LAST)


@pytest.mark.parametrize(
    ("happenings", "complete"),
    [
        ((edit("j.doe", LAST), edit("a.smith", FIRST)), False),
        ((edit("j.doe", LAST), edit("a.smith", EARLY)), True),
        ((edit("j.doe", LAST), edit("j.doe", FIRST)), True),
        ((edit("a.smith", LAST), edit("b", FIRST)), True),
        ((edit("a.smith", FIRST, "STORE-2"),), True),
        ((edit("j.doe", "soon"), edit("a.smith", "later")), True),
        ((), True),
    ],
    ids=["cut off", "before", "alone", "not the last writer", "another object", "no times", "none"],
)
def test_otherwise_the_objects_own_word_stands(
    happenings: tuple[Happening, ...],
    complete: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    assert one(EDITED, *happenings, complete=complete) == EDITED


def test_without_a_moment_to_start_from_nobody_is_added() -> None:
    trail = Trail((edit("j.doe", LAST), edit("a.smith", FIRST)), complete=True)
    assert traced([EDITED], trail, None, KINDS) == (EDITED,)


def test_an_object_that_tells_nothing_is_told_of_by_the_newest_event() -> None:
    bare = Drifted(EDITED.id, EDITED.fields, "t:1")
    found = one(bare, edit("a.smith", LAST), edit("b", EARLY), complete=False)
    assert (found.changed_by, found.changed_at) == ("a.smith", LAST)


def test_a_deleted_object_is_told_of_by_its_deletion_alone() -> None:
    deleted = Happening("Site", "s1", Deed.DELETE, "j.doe", LAST)
    found = one(GONE, deleted, Happening("Site", "s1", Deed.UPDATE, "a", FIRST))
    assert (found.changed_by, found.changed_at, found.writers) == ("j.doe", LAST, ())
    by_itself = Happening("Site", "s1", Deed.DELETE, "", LAST)
    assert one(GONE, by_itself).changed_by == ""
    assert one(GONE, Happening("Site", "s1", Deed.UPDATE, "a", FIRST)) == GONE
    assert one(GONE, Happening("Site", "S1", Deed.DELETE, "a", FIRST)) == GONE


def test_what_was_deleted_after_the_objects_were_read_is_left_out() -> None:
    gone_by_now = Happening("Token", "STORE-1", Deed.DELETE, "x", LAST)
    assert one(EDITED, gone_by_now, edit("y", FIRST)) == EDITED


def noted(*counts: dict[str, int]) -> Inventory:
    notes = tuple(
        Note(f"{n}", n, APPLIED + timedelta(hours=n), None, None, "", "ci", "run", given)
        for n, given in enumerate(counts, start=1)
    )
    return Inventory(head=Head("acme", "", "prod", 1, notes=notes))


def test_drift_came_after_the_last_apply_that_left_none() -> None:
    inventory = noted({"drift": 0}, {"drift": 0}, {"drift": 2}, {"created": 1})
    assert last_clean(inventory) == Mark(2, APPLIED + timedelta(hours=2))
    assert look_back_to(inventory) == APPLIED + timedelta(hours=2)


def test_where_no_apply_says_so_nobody_knows() -> None:
    inventory = noted({"created": 1}, {"drift": 1})
    assert last_clean(inventory) is None
    assert look_back_to(inventory) == APPLIED + timedelta(hours=1)
    assert last_clean(Inventory()) is None
    assert look_back_to(Inventory()) is None
