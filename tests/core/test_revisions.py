from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.plan import Record, Sort
from reconciler.core.project import Hold, Ignore, Project, Prune, Scope
from reconciler.core.provenance import DocumentsOnly
from reconciler.core.resource import Desired
from reconciler.core.revisions import Revision, RevisionDiff, diff_revisions
from reconciler.core.values import ABSENT, MASK
from reconciler.kinds import KINDS
from tests.core.situations import desired, project, site

RULES = project()
DAY = date(2026, 12, 1)
PLACE = Place("pvm.yaml", 9, 1, 9, 2)


def compare(
    before: Sequence[Desired],
    after: Sequence[Desired],
    rules: tuple[Project | None, Project | None] = (RULES, RULES),
) -> RevisionDiff:
    return diff_revisions(
        Revision("main", "a" * 40, rules[0], before),
        Revision("HEAD", "b" * 40, rules[1], after),
        KINDS,
        DocumentsOnly(),
    )


def secret(name: str, value: str, reference: str = "") -> Desired:
    found = desired("Bootstrap", name, {"wifi": {"psk": value}})
    return replace(found, references={"/wifi/psk": reference}) if reference else found


def only(diff: RevisionDiff) -> FieldChange:
    (member,) = diff.members
    (change,) = member.fields
    return change


def test_created_updated_deleted_and_unchanged_objects_are_told_apart() -> None:
    before = [desired("Site", name, site(), line=n) for n, name in enumerate("abc", 1)]
    after = [desired("Site", "A", site()), desired("Site", "b", site("dev04a"), line=7)]
    diff = compare(before, [*after, desired("Token", "T", {}, line=9)])
    found = [
        (one.action, one.id.name, diff.groups[diff.numbers[one.key]].causes) for one in diff.members
    ]
    assert found == [
        ("create", "A", ("objects.yaml:1",)),
        ("delete", "a", ("removed from objects.yaml",)),
        ("update", "b", ("objects.yaml:7",)),
        ("delete", "c", ("removed from objects.yaml",)),
        ("create", "T", ("objects.yaml:9",)),
    ]
    assert diff.found


def test_names_of_tokens_are_one_whatever_their_case() -> None:
    diff = compare(
        [desired("Token", "T-1", {"a": 1})], [desired("Token", "t-1", {"a": Decimal("1.0")})]
    )
    assert (diff.members, diff.unchanged, diff.found) == ((), 1, False)


def test_a_field_that_goes_is_caused_by_where_it_was() -> None:
    layer = {"/idle": Origin("layers/base.yaml", 0, 8, "/parameters/idle")}
    before = replace(desired("Bootstrap", "b", {"idle": 1, "a": 1}), inherited=layer)
    diff = compare([before], [desired("Bootstrap", "b", {"a": 1})])
    assert diff.groups[0].causes == ("removed from layers/base.yaml:8",)
    assert only(diff) == FieldChange("/idle", 1, ABSENT)


def test_references_are_compared_and_shown_as_they_stand() -> None:
    before, after = secret("b", "${env:A}", "${env:A}"), secret("b", "${env:B}", "${env:B}")
    assert only(compare([before], [after])) == FieldChange("/wifi/psk", "${env:A}", "${env:B}")


def test_a_clear_text_that_a_reference_replaces_stays_masked() -> None:
    change = only(compare([secret("b", "hunter2")], [secret("b", "${env:B}", "${env:B}")]))
    assert change == FieldChange("/wifi/psk", MASK, "${env:B}", hidden=True)


def test_where_one_object_has_a_reference_no_object_shows_a_value() -> None:
    reference = replace(desired("Bootstrap", "a", {"x": "${env:X}"}), references={"/x": "${env:X}"})
    sides = [[reference, desired("Bootstrap", "b", {"x": value})] for value in ("one", "two")]
    assert only(compare(sides[0], sides[1])) == FieldChange("/x", MASK, MASK, hidden=True)


def test_secrets_of_either_project_are_masked() -> None:
    sides = [[desired("Bootstrap", "b", {"x": value})] for value in ("one", "two")]
    rules = (project(secrets=("/x",)), project())
    assert only(compare(sides[0], sides[1], rules)).hidden


def test_what_is_ignored_is_no_change() -> None:
    sides = [[desired("Bootstrap", "b", {"x": value})] for value in ("one", "two")]
    rules = (project(), project(ignore=(Ignore("Bootstrap", "/x", "r"),)))
    assert not compare(sides[0], sides[1], rules).found


def test_only_what_is_in_scope_of_one_side_counts() -> None:
    narrow = project(scope=Scope({"Site": ("a",)}))
    declared = [desired("Site", "a", site()), desired("Site", "b", site())]
    assert [one.id.name for one in compare([], declared, (narrow, narrow)).members] == ["a"]
    assert len(compare([], declared, (narrow, RULES)).members) == 2


def test_without_a_project_before_everything_is_new() -> None:
    diff = compare([], [desired("Site", "a", site())], (None, RULES))
    assert [(one.action, diff.settings) for one in diff.members] == [("create", ())]
    assert compare([], [], (None, None)).found is False


def test_protection_is_told_beside_the_values() -> None:
    loose = desired("Site", "a", site())
    diff = compare([loose], [replace(loose, protect=True)])
    assert diff.records == (Record(ResourceId("Site", "a"), Sort.PROTECTED),)
    assert diff.found
    back = compare([replace(loose, protect=True)], [loose])
    assert back.records == (Record(ResourceId("Site", "a"), Sort.UNPROTECTED),)


def test_changed_settings_are_named_and_moved_lines_are_not() -> None:
    held = Hold("Site", "a", DAY, "r")
    old = replace(project(prune=Prune.NEVER), holds=(held,))
    new = replace(project(prune=Prune.OWNED), holds=(replace(held, place=PLACE),), name="other")
    assert compare([], [], (old, new)).settings == ("prune",)


def test_groups_are_those_of_a_plan() -> None:
    layer = {"/idle": Origin("layers/base.yaml", 0, 8, "/parameters/idle")}

    def stores(idle: int) -> list[Desired]:
        value: Mapping[str, Any] = {"idle": idle}
        made = (desired("Bootstrap", f"b{n}", value, line=n + 1) for n in range(50))
        return [replace(one, inherited=layer) for one in made]

    (group,) = compare(stores(1), stores(2)).groups
    assert (group.causes, len(group.members)) == (("layers/base.yaml:8",), 50)
    assert group.fields == (FieldChange("/idle", 1, 2),)
