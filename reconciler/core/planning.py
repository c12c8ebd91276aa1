"""From a situation to a plan: one pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.candidate import Candidate, order
from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.graph import Surface, dangling, referrer_refusals, step_needs, unmet_refusals
from reconciler.core.group import group_by_cause, members_of
from reconciler.core.guards import (
    Refusal,
    Surroundings,
    acknowledged,
    last_super_admins,
    object_refusal,
)
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Base, Blocked, Group, Plan, PlanOptions, Record, Sort, Step, Stop
from reconciler.core.plan_guards import Ground, plan_stops
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.project import Rollout
from reconciler.core.recording import Ledger
from reconciler.core.resource import NO_ROW, Desired
from reconciler.core.shown import Shown, values_before
from reconciler.core.situation import Situation, ended_agreements, unrecorded_kinds
from reconciler.core.survey import Survey, line_of
from reconciler.core.thresholds import Extent, emptied, sort_of, too_many
from reconciler.core.values import text_of
from reconciler.core.waves import assign_waves


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan, and what only its execution needs: nothing of this is ever saved."""

    plan: Plan
    bodies: Mapping[ResourceId, Desired]
    """What each creation and update writes, merged with what of the server's is preserved."""
    ledger: Ledger


def make_plan(situation: Situation, options: PlanOptions) -> Plan:
    """Everything apply would do; the same bytes for the same inputs in any order.

    Raises as `draft_plan`.
    """
    return draft_plan(situation, options).plan


def draft_plan(situation: Situation, options: PlanOptions) -> Draft:
    """The plan with what it takes to execute it.

    Raises:
        InvalidInput: An object is declared twice, or refers to something that is neither declared
            nor on the server.
        KeyError: A kind of `kinds_to_read` that is in scope was not read.
    """
    return _Planner(situation, options).draft()


class _Planner:
    """The steps of one calculation; nothing outlives it."""

    def __init__(self, situation: Situation, options: PlanOptions) -> None:
        self.situation = situation
        self.options = options
        self.survey = Survey(situation, options)
        self.survey.run()
        self.found = self.survey.findings
        self.ledger = Ledger(self.survey.pages)
        self.shown = Shown(self.survey)

    def draft(self) -> Draft:
        candidates = sorted(self.found.candidates, key=order)
        surface = self._surface()
        self._refuse_dangling(candidates, surface)
        refused = self._refusals(candidates, surface)
        accepted = [c for c in candidates if c.key not in refused]
        blocked = [self._blocked(c, refused[c.key]) for c in candidates if c.key in refused]
        steps, groups = self._steps(accepted, surface)
        stops, steps, names = self._stops_and_waves(accepted, steps)
        kinds, live = self.situation.kinds, self.survey.live
        plan = Plan(
            header=self.situation.header,
            steps=steps,
            groups=groups,
            blocked=tuple(blocked),
            stops=stops,
            unmanaged=tuple(sorted(self.found.unmanaged)),
            unchanged=self.found.unchanged,
            listed={name: len(live[name]) for name in kinds if name in live},
            warnings=(*self.survey.warnings, *self._warnings()),
            records=self._records(accepted),
            drifted=self.shown.drifted(),
            normalised=tuple(sorted(self.found.normalised)),
            retained=tuple(sorted(self.found.retained)),
            base=self._base(),
            waves=_sizes(steps),
            wave_names=names,
            options=self.options,
        )
        bodies = {c.id: c.desired for c in accepted if c.desired is not None}
        return Draft(plan, bodies, self.ledger)

    def _records(self, accepted: Sequence[Candidate]) -> tuple[Record, ...]:
        """With what is protected from now on, or no more, where nothing else records that."""
        told = {record.id for record in self.found.records} | {c.id for c in accepted}
        protection = [r for r in self.survey.protection.values() if r.id not in told]
        return tuple(sorted((*self.found.records, *protection), key=lambda r: (r.sort, r.id)))

    def _steps(
        self, accepted: Sequence[Candidate], surface: Surface
    ) -> tuple[tuple[Step, ...], tuple[Group, ...]]:
        drafts = [(c, self.shown.fields(c)) for c in accepted]
        grouping = group_by_cause(
            members_of(drafts, self._removals(accepted)), self.situation.provenance
        )
        groups, numbers = grouping.groups, grouping.numbers
        needs = step_needs(accepted, surface)
        steps = tuple(
            Step(
                change=self._change(c, groups[numbers[c.key]].fields or fields),
                class_=c.class_,
                needs=needs[c.key],
                group=numbers[c.key],
                kept=self.shown.kept_in(c) if c.preserved else (),
            )
            for c, fields in drafts
        )
        return steps, groups

    def _removals(self, accepted: Sequence[Candidate]) -> Mapping[ResourceId, str]:
        """The commits that took what is deleted out of the files."""
        gone = [c.id for c in accepted if c.action == "delete" and c.renamed_to is None]
        last = self.situation.inventory.last
        since = last.commit if last else None
        return self.situation.provenance.removals(gone, since) if gone else {}

    def _change(self, candidate: Candidate, fields: tuple[FieldChange, ...]) -> Change:
        live, desired = candidate.live, candidate.desired
        version = live.version if live else None
        before = self.ledger.fingerprint(candidate.id, live.value) if live else ""
        after = ""
        if desired and candidate.key not in self.survey.unknown:
            after = self.ledger.fingerprint(candidate.id, desired.value)
        if desired is None:
            return Delete(candidate.id, fields, before, version)
        if live is None:
            return Create(candidate.id, fields, after)
        return Update(candidate.id, fields, before, after, version)

    def _surface(self) -> Surface:
        keys = ((name, key) for name, items in self.survey.declared.items() for key in items)
        restores = self.situation.header.undoes is not None
        return Surface(self.situation.kinds, self.survey.live, frozenset(keys), restores)

    def _refuse_dangling(self, candidates: Sequence[Candidate], surface: Surface) -> None:
        problems = [
            Problem(
                code=f"{candidate.kind.noun}-unknown-{surface.kinds[reference.kind].noun}",
                message=f'{candidate.kind.noun} "{candidate.id.name}" refers to a '
                f'{surface.kinds[reference.kind].noun} "{reference.name}" that does not exist',
                place=line_of(candidate.desired.origin) if candidate.desired else None,
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
        situation = self.situation
        around = Surroundings(
            account=situation.account,
            users=self.survey.live.get("PortalUser", {}),
            inventory=situation.inventory,
            project=situation.project,
            now=situation.header.created,
            unlisted=situation.unlisted,
            fingerprint=self._written,
        )
        refused: dict[Key, Refusal] = dict(self.found.refused)
        for candidate in candidates:
            refusal = object_refusal(candidate, around)
            if refusal is not None:
                refused.setdefault(candidate.key, refusal)
        refused = dict(acknowledged(refused, self.options.acks))
        refused |= last_super_admins([c for c in candidates if c.key not in refused], around)
        unmet = unmet_refusals(candidates, refused, surface)
        return referrer_refusals(candidates, unmet, surface)

    def _written(self, candidate: Candidate) -> str:
        desired = candidate.desired
        return self.ledger.fingerprint(candidate.id, desired.value) if desired else ""

    def _blocked(self, candidate: Candidate, refusal: Refusal) -> Blocked:
        fields = self.shown.refused(candidate, refusal.pointers)
        return Blocked(
            id=candidate.id,
            action=candidate.action,
            guard=refusal.guard,
            reason=refusal.reason,
            fix=refusal.fix,
            fields=fields,
            was=values_before(fields, refusal.base),
        )

    def _stops_and_waves(
        self, accepted: Sequence[Candidate], steps: tuple[Step, ...]
    ) -> tuple[tuple[Stop, ...], tuple[Step, ...], tuple[str, ...]]:
        """The plan guards; a plan with too many updates keeps to waves and window, if any."""
        situation, acks = self.situation, self.options.acks
        project = situation.project
        counted = self._counted(accepted)
        extents = {kind.name: self._extent(kind) for kind in dict.fromkeys(k for _, k in counted)}
        updates = [(sort, kind) for sort, kind in counted if sort == "updates"]
        rolls_out = bool(too_many(updates, extents, project.safety, {}))
        names: tuple[str, ...] = ()
        if rolls_out and project.rollout.waves:
            steps, names = _in_waves(accepted, steps, project.rollout)
        target = project.targets.get(situation.header.target)
        ground = Ground(
            project=project,
            account=situation.account,
            customer=target.customer if target else None,
            inventory=situation.inventory,
            ancestry=situation.ancestry,
            now=situation.header.created,
            rollback=self.options.rollback,
            prune=self.options.prune or project.prune,
            unlisted=situation.unlisted,
            unreadable=situation.unreadable,
            window=project.rollout.window if rolls_out else None,
        )
        stops = (
            *plan_stops(ground),
            *emptied(accepted, extents, project.safety),
            *too_many(counted, extents, project.safety, acks),
        )
        return stops, steps, names

    def _counted(self, accepted: Sequence[Candidate]) -> list[tuple[str, Kind]]:
        """What counts for thresholds."""
        kinds = self.situation.kinds
        sorts = ((sort_of(candidate), candidate.kind) for candidate in accepted)
        changes = [(sort, kind) for sort, kind in sorts if sort is not None]
        adopted = [r.id.kind for r in self.found.records if r.sort is Sort.ADOPTED]
        return changes + [("adopt", kinds[name]) for name in adopted]

    def _extent(self, kind: Kind) -> Extent:
        in_scope = self.situation.project.scope.matcher(kind)
        return Extent(
            declared=len(self.survey.declared[kind.name]),
            existing=sum(map(in_scope, self.survey.live[kind.name])),
        )

    def _base(self) -> Base | None:
        last = self.situation.inventory.last
        if last is None:
            return None
        digest = self.situation.inventory.digest
        return Base(last.id, last.number, last.finished, last.commit, digest)

    def _warnings(self) -> Sequence[str]:
        """What the reader must know beside the changes."""
        return (*ended_agreements(self.situation), *unrecorded_kinds(self.situation))


def _in_waves(
    accepted: Sequence[Candidate], steps: Sequence[Step], rollout: Rollout
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps with their waves, and the names of these where there are several."""
    rows = [one.desired.row if one.desired else NO_ROW for one in accepted]
    cells = [{column: text_of(value) for column, value in row.items()} for row in rows]
    found = assign_waves(steps, rollout, cells)
    pairs = zip(steps, found.numbers, strict=True)
    waved = tuple(replace(step, wave=number) for step, number in pairs)
    return waved, found.names if len(found.names) > 1 else ()


def _sizes(steps: Sequence[Step]) -> tuple[int, ...]:
    """Steps in each wave; nothing where there is one."""
    last = max((step.wave for step in steps), default=1)
    if last == 1:
        return ()
    return tuple(sum(step.wave == number for step in steps) for number in range(1, last + 1))
