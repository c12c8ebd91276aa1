from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.plan import Class, Group, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.project import Prune
from reconciler.core.provenance import Source
from reconciler.core.resource import Desired, Live
from tests.core.situations import desired, live, project, site, situation, token


@dataclass(slots=True)
class CountedFiles:
    """Every line is 1000 further down; notes what it was asked."""

    commits: Mapping[str, str] = field(default_factory=dict)
    asked: list[Source] = field(default_factory=list)

    def line_of(self, source: Source) -> int:
        self.asked.append(source)
        return 1000 + source.origin.line

    def removals(self, ids: Collection[ResourceId], since: str | None) -> Mapping[ResourceId, str]:
        assert since is None
        return {id_: self.commits[id_.name] for id_ in ids if id_.name in self.commits}


def groups(
    declared: list[Desired], server: list[Live], prune: Prune = Prune.NEVER
) -> tuple[Group, ...]:
    return make_plan(situation(declared, server, project(prune=prune)), PlanOptions()).groups


def test_tokens_of_one_file_are_one_row() -> None:
    declared = [
        desired("Token", f"T-{n:02}", token("b1"), file="tokens.yaml", line=n * 5 + 1)
        for n in range(60)
    ]
    (group,) = groups(declared, [live("Bootstrap", "b1", {})])
    assert (group.action, group.kind, group.causes) == ("create", "Token", ("tokens.yaml",))
    assert [id_.name for id_ in group.members] == [f"T-{n:02}" for n in range(60)]
    assert group.fields == ()


def test_a_single_document_is_named_by_its_line() -> None:
    (group,) = groups([desired("Site", "s1", site(), file="sites.yaml", line=12)], [])
    assert group.causes == ("sites.yaml:12",)


def test_updates_with_one_patch_and_one_file_are_one_row() -> None:
    declared = [
        desired("Bootstrap", f"b{n}", {"idle": 60, "site": f"s{n}"}, line=n + 1) for n in range(3)
    ]
    server = [live("Bootstrap", f"b{n}", {"idle": 30, "site": f"s{n}"}) for n in range(3)]
    (group,) = groups(declared, server)
    assert group.fields == (FieldChange("/idle", 30, 60),)
    lines = ("objects.yaml:1", "objects.yaml:2", "objects.yaml:3")
    assert (group.causes, group.class_) == (lines, Class.PENDING_UPDATE)


def test_true_and_one_are_two_patches() -> None:
    declared = [desired("Bootstrap", "b1", {"a": 1}), desired("Bootstrap", "b2", {"a": True})]
    server = [live("Bootstrap", name, {"a": 0}) for name in ("b1", "b2")]
    assert len(groups(declared, server)) == 2


def test_files_are_causes_apart() -> None:
    declared = [desired("Site", f"s{n}", site(), file=f"{n}.yaml", line=3) for n in range(2)]
    assert [group.causes for group in groups(declared, [])] == [("0.yaml:3",), ("1.yaml:3",)]


def test_an_inherited_field_is_caused_by_where_it_was_written() -> None:
    layer = Origin("layers/base.yaml", 0, 8, "/parameters/idle")
    declared = [
        Desired(item.id, item.value, item.origin, inherited={"/idle": layer})
        for item in (desired("Bootstrap", f"b{n}", {"idle": 2}, line=n + 1) for n in range(2))
    ]
    server = [live("Bootstrap", f"b{n}", {"idle": 1}) for n in range(2)]
    (group,) = groups(declared, server)
    assert group.causes == ("layers/base.yaml:8",)


def test_two_lines_of_a_layer_are_two_rows() -> None:
    declared = [
        replace(
            desired("Bootstrap", f"b{n}", {"idle": 2}, line=n + 1),
            inherited={"/idle": Origin("layers/base.yaml", 0, 8 + n % 2, "/parameters/idle")},
        )
        for n in range(6)
    ]
    server = [live("Bootstrap", f"b{n}", {"idle": 1}) for n in range(6)]
    found = groups(declared, server)
    assert [(group.causes, len(group.members)) for group in found] == [
        (("layers/base.yaml:8",), 3),
        (("layers/base.yaml:9",), 3),
    ]


def test_a_shared_line_is_asked_for_once_and_own_lines_only_where_they_are_named() -> None:
    layer = Origin("layers/base.yaml", 0, 8, "/parameters/idle")
    declared = [
        replace(
            desired("Bootstrap", f"b{n}", {"idle": 2, "own": 2}, line=n + 1),
            inherited={"/idle": layer},
        )
        for n in range(100)
    ]
    server = [live("Bootstrap", f"b{n}", {"idle": 1, "own": 1}) for n in range(100)]
    files = CountedFiles()
    made = make_plan(replace(situation(declared, server), provenance=files), PlanOptions())
    (group,) = made.groups
    assert group.causes == ("layers/base.yaml:1008", "objects.yaml")
    assert files.asked == [Source(layer, own=False)]


def test_rows_of_a_list_are_named_each_and_documents_by_their_file() -> None:
    declared = [desired("Site", f"s{n}", site(), file="nl.csv", line=n + 2) for n in range(3)]
    declared += [desired("Site", f"t{n}", site(), line=n + 2) for n in range(3)]
    assert [group.causes for group in groups(declared, [])] == [
        ("nl.csv:2", "nl.csv:3", "nl.csv:4"),
        ("objects.yaml",),
    ]


def test_many_edits_of_one_document_are_named_by_its_line() -> None:
    declared = [desired("Bootstrap", "b1", {f"k{n}": 2 for n in range(20)}, line=5)]
    (group,) = groups(declared, [live("Bootstrap", "b1", {f"k{n}": 1 for n in range(20)})])
    assert group.causes == ("objects.yaml:5",)


def test_a_deletion_names_the_commit_where_git_tells() -> None:
    server = [live("Bootstrap", name, {}) for name in ("b1", "b2", "b3")]
    files = CountedFiles({"b1": "1c9e0d4", "b3": "1c9e0d4"})
    rules = project(prune=Prune.SCOPE)
    made = make_plan(replace(situation([], server, rules), provenance=files), PlanOptions())
    assert [(group.causes, len(group.members)) for group in made.groups] == [
        (("not declared",), 1),
        (("removed in 1c9e0d4",), 2),
    ]


def test_deletions_are_caused_by_no_file() -> None:
    server = [live("Bootstrap", name, {}) for name in ("b2", "b1")]
    (group,) = groups([], server, Prune.SCOPE)
    assert (group.action, group.causes) == ("delete", ("not declared",))
    assert [id_.name for id_ in group.members] == ["b1", "b2"]


def test_groups_go_from_creations_to_deletions_and_by_kind() -> None:
    declared = [
        desired("Token", "T-1", token("b1")),
        desired("Bootstrap", "b1", {"a": 1}),
        desired("Site", "s1", site()),
    ]
    server = [live("Bootstrap", "b1", {}), live("Bootstrap", "b0", {})]
    found = [(group.action, group.kind) for group in groups(declared, server, Prune.SCOPE)]
    assert found == [
        ("create", "Site"),
        ("create", "Token"),
        ("update", "Bootstrap"),
        ("delete", "Bootstrap"),
    ]
