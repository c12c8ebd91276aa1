"""From a situation to a plan: one pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.candidate import Candidate, Key, order
from reconciler.core.catalog import CatalogFinding, check_catalog
from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.comparison import Choice, Comparison, Side, compare, index_live
from reconciler.core.diff import Differ
from reconciler.core.fingerprint import digest
from reconciler.core.graph import Surface, dangling, referrer_refusals, step_needs, unmet_refusals
from reconciler.core.group import group_by_cause
from reconciler.core.guards import Refusal, Surroundings, last_super_admins, object_refusal
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin, Place
from reconciler.core.plan import Blocked, Header, Plan, PlanOptions, Step, Stop
from reconciler.core.ports import Account
from reconciler.core.problem import InvalidInput, Problem, Severity
from reconciler.core.project import Project, Prune
from reconciler.core.references import referred_kinds
from reconciler.core.resource import Desired, Live
from reconciler.core.secrets import Masking
from reconciler.core.thresholds import Extent, emptied, too_many, wrong_customer
from reconciler.core.values import ABSENT


@dataclass(frozen=True, slots=True)
class Situation:
    """What is declared and what the server has."""

    header: Header
    project: Project
    kinds: Mapping[str, Kind]
    declared: Sequence[Desired]
    live: Mapping[str, Sequence[Live]]
    """All objects of each kind that was listed, in scope or not, by kind name."""
    account: Account | None
    """Whose credentials apply would use; without it accounts are never deleted."""
    protected: frozenset[ResourceId] = frozenset()
    """Objects that must stay although nothing declares them any more."""


def kinds_to_read(
    project: Project, kinds: Mapping[str, Kind], *, prune: Prune | None = None
) -> tuple[Kind, ...]:
    """The kinds that `Situation.live` must hold, in order: those in scope, and what they refer to.

    With `prune: scope` also the kinds that may still refer to what would be deleted.
    """
    managed = {name for name in kinds if project.scope.globs.get(name)}
    wanted = set(managed)
    for name in managed:
        wanted |= {f.refers_to for f in kinds[name].fields if f.refers_to}
    if (prune or project.prune) is Prune.SCOPE:
        wanted |= {name for name, kind in kinds.items() if referred_kinds(kind) & managed}
    return tuple(kind for name, kind in kinds.items() if name in wanted)


def make_plan(situation: Situation, options: PlanOptions) -> Plan:
    """Everything apply would do; the same bytes for the same inputs in any order.

    Raises:
        InvalidInput: An object is declared twice, or refers to something that is neither declared
            nor on the server.
        KeyError: A kind of `kinds_to_read` that is in scope was not listed.
    """
    return _Planner(situation, options).plan()


class _Planner:
    """The steps of one calculation; nothing outlives it."""

    def __init__(self, situation: Situation, options: PlanOptions) -> None:
        self.situation = situation
        self.options = options
        self.prune = options.prune or situation.project.prune
        self.warnings: list[str] = []
        self.differs = {name: self._differ(name) for name in situation.kinds}
        self.declared = self._index_declared()
        self.live = self._index_live()

    def plan(self) -> Plan:
        found = self._compare()
        candidates = sorted(found.candidates, key=order)
        surface = self._surface()
        self._refuse_dangling(candidates, surface)
        refused = self._refusals(candidates, surface)
        accepted = [c for c in candidates if c.key not in refused]
        blocked = [self._blocked(c, refused[c.key]) for c in candidates if c.key in refused]
        drafts = [(c, self._fields(c)) for c in accepted]
        grouping = group_by_cause(drafts)
        needs = step_needs(accepted, surface)
        steps = tuple(
            Step(
                change=_change(c, grouping.groups[grouping.numbers[c.key]].fields or fields),
                class_=c.class_,
                needs=needs[c.key],
                group=grouping.numbers[c.key],
            )
            for c, fields in drafts
        )
        return Plan(
            header=self.situation.header,
            steps=steps,
            groups=grouping.groups,
            blocked=tuple(blocked),
            stops=self._stops(accepted),
            unmanaged=tuple(sorted(found.unmanaged)),
            unchanged=found.unchanged,
            listed={k: len(self.situation.live[k]) for k in self.situation.kinds if k in self.live},
            warnings=tuple(self.warnings),
        )

    def _differ(self, kind: str) -> Differ:
        project = self.situation.project
        ignored = sorted(rule.path for rule in project.ignore if rule.kind == kind)
        return Differ(Masking(project.secrets), ignored)

    def _index_declared(self) -> dict[str, dict[str, Desired]]:
        kinds = self.situation.kinds
        found: dict[str, dict[str, Desired]] = {name: {} for name in kinds}
        for item in self.situation.declared:
            found[item.id.kind][kinds[item.id.kind].key(item.id.name)] = item
        if sum(map(len, found.values())) != len(self.situation.declared):
            findings = check_catalog(self.situation.declared, kinds, self.situation.project.scope)
            raise InvalidInput(
                [_problem(f) for f in findings if f.severity is Severity.ERROR and f.related]
            )
        return found

    def _index_live(self) -> dict[str, dict[str, Live]]:
        found: dict[str, dict[str, Live]] = {}
        for name, kind in self.situation.kinds.items():
            if name in self.situation.live:
                found[name], twice = index_live(kind, self.situation.live[name])
                self.warnings += [f"the server listed {id_} more than once" for id_ in twice]
        return found

    def _managed(self) -> tuple[Kind, ...]:
        globs = self.situation.project.scope.globs
        return tuple(kind for kind in self.situation.kinds.values() if globs.get(kind.name))

    def _compare(self) -> Comparison:
        found = Comparison()
        choice = Choice(self.options.selection, self.prune)
        for kind in self._managed():
            in_scope = self.situation.project.scope.matcher(kind)
            side = Side(kind, self.declared[kind.name], self.live[kind.name], in_scope)
            compare(side, self.differs[kind.name], choice, found)
        return found

    def _surface(self) -> Surface:
        keys = ((name, key) for name, items in self.declared.items() for key in items)
        return Surface(self.situation.kinds, self.live, frozenset(keys))

    def _refuse_dangling(self, candidates: Sequence[Candidate], surface: Surface) -> None:
        problems = [
            Problem(
                code=f"{candidate.kind.noun}-unknown-{surface.kinds[reference.kind].noun}",
                message=f'{candidate.kind.noun} "{candidate.id.name}" refers to a '
                f'{surface.kinds[reference.kind].noun} "{reference.name}" that does not exist',
                place=_line(candidate.desired.origin) if candidate.desired else None,
                label="neither declared in this project nor on the server",
                help="declare it, or correct the name",
                pointer=reference.pointer,
                object=candidate.id,
            )
            for candidate, reference in dangling(candidates, surface)
        ]
        if problems:
            raise InvalidInput(problems)

    def _refusals(self, candidates: Sequence[Candidate], surface: Surface) -> Mapping[Key, Refusal]:
        kinds = self.situation.kinds
        around = Surroundings(
            account=self.situation.account,
            users=self.live.get("PortalUser", {}),
            protected=frozenset(
                (id_.kind, kinds[id_.kind].key(id_.name)) for id_ in self.situation.protected
            ),
        )
        refused: dict[Key, Refusal] = {}
        for candidate in candidates:
            refusal = object_refusal(candidate, around)
            if refusal is not None:
                refused[candidate.key] = refusal
        refused |= last_super_admins([c for c in candidates if c.key not in refused], around)
        unmet = unmet_refusals(candidates, refused, surface)
        return referrer_refusals(candidates, unmet, surface)

    def _blocked(self, candidate: Candidate, refusal: Refusal) -> Blocked:
        return Blocked(
            id=candidate.id,
            action=candidate.action,
            guard=refusal.guard,
            reason=refusal.reason,
            fix=refusal.fix,
            fields=self._fields(candidate) if candidate.action == "update" else (),
        )

    def _fields(self, candidate: Candidate) -> tuple[FieldChange, ...]:
        differ = self.differs[candidate.kind.name]
        before = ABSENT if candidate.live is None else candidate.live.value
        after = ABSENT if candidate.desired is None else candidate.desired.value
        return differ.changes(before, after)

    def _stops(self, accepted: Sequence[Candidate]) -> tuple[Stop, ...]:
        project, header = self.situation.project, self.situation.header
        target = project.targets.get(header.target)
        touched = dict.fromkeys(candidate.kind for candidate in accepted)
        extents = {kind.name: self._extent(kind) for kind in touched}
        return (
            *wrong_customer(target.customer if target else None, self.situation.account),
            *emptied(accepted, extents, project.safety),
            *too_many(accepted, extents, project.safety, self.options.acks),
        )

    def _extent(self, kind: Kind) -> Extent:
        in_scope = self.situation.project.scope.matcher(kind)
        return Extent(
            declared=len(self.declared[kind.name]),
            existing=sum(map(in_scope, self.live[kind.name])),
        )


def _change(candidate: Candidate, fields: tuple[FieldChange, ...]) -> Change:
    live, desired = candidate.live, candidate.desired
    version = live.version if live else None
    after = digest(desired.value) if desired else ""
    before = digest(live.value) if live else ""
    if desired is None:
        return Delete(candidate.id, fields, before, version)
    if live is None:
        return Create(candidate.id, fields, after)
    return Update(candidate.id, fields, before, after, version)


def _problem(finding: CatalogFinding) -> Problem:
    return Problem(
        code=finding.code,
        message=finding.message,
        place=_line(finding.origin),
        label=finding.label,
        help=finding.help,
        pointer=finding.origin.pointer,
        object=finding.object,
        related=tuple(map(_line, finding.related)),
    )


def _line(origin: Origin) -> Place:
    """The document's first line: the exact place takes reading the file, which is not done here."""
    return Place(origin.file, origin.line, 1, origin.line, 1)
