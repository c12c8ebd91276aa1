"""Every object in scope against its declaration and its entry: what is to be done, unguarded."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.core.catalog import CatalogFinding, check_catalog
from reconciler.core.classify import Verdict
from reconciler.core.comparison import Judge, Judged, index_live
from reconciler.core.decision import (
    Findings,
    Policy,
    covered,
    decide,
    decide_unrecorded,
    recreate,
    refuse_foreign,
)
from reconciler.core.diff import Differ
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Key
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin, Place
from reconciler.core.plan import PlanOptions, Record, Sort
from reconciler.core.problem import InvalidInput, Problem, Severity
from reconciler.core.recording import Page
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.secrets import Masking
from reconciler.core.situation import Situation


@dataclass(slots=True)
class Survey:
    """The objects by kind and key, and what was found about each."""

    situation: Situation
    options: PlanOptions
    declared: dict[str, dict[str, Desired]] = field(default_factory=dict)
    live: dict[str, dict[str, Live]] = field(default_factory=dict)
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    sealers: dict[str, Sealer] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    pages: dict[ResourceId, Page] = field(default_factory=dict)
    unknown: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    """References without a value here, of each object that has some."""
    protection: dict[Key, Record] = field(default_factory=dict)
    """Objects that are to be protected from now on, or no more."""
    warnings: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Look at everything.

        Raises:
            InvalidInput: An object is declared twice.
            KeyError: A kind of `kinds_to_read` that is in scope was not read.
        """
        situation = self.situation
        self._index()
        policy = Policy(situation.project, self.options, self._renamed())
        for kind in self._managed():
            self._compare(kind, policy)
        self._recreate_what_is_needed()

    def masking(self, references: Iterable[str] = ()) -> Masking:
        """What is never shown; `references` are pointers of one object."""
        return Masking((*self.situation.project.secrets, *references))

    def ignored(self, kind: str) -> tuple[str, ...]:
        """Patterns of pointers that never compare."""
        rules = self.situation.project.ignore
        return tuple(sorted(rule.path for rule in rules if rule.kind == kind))

    def _index(self) -> None:
        kinds = self.situation.kinds
        self.declared = {name: {} for name in kinds}
        for item in self.situation.declared:
            self.declared[item.id.kind][kinds[item.id.kind].key(item.id.name)] = item
        if sum(map(len, self.declared.values())) != len(self.situation.declared):
            self._refuse_twice()
        for name, kind in kinds.items():
            if name in self.situation.live:
                self.live[name], twice = index_live(kind, self.situation.live[name])
                self.warnings += [f"the server listed {id_} more than once" for id_ in twice]
            self.entries[name] = {}
            self.sealers[name] = Sealer(self.masking(), self.situation.key, self.ignored(name))
        for (name, key), entry in self.situation.inventory.entries.items():
            if name in kinds and self.situation.records(kinds[name]):
                self.entries[name][key] = entry

    def _refuse_twice(self) -> None:
        project = self.situation.project
        findings = check_catalog(self.situation.declared, self.situation.kinds, project.scope)
        raise InvalidInput(
            [_problem(f) for f in findings if f.severity is Severity.ERROR and f.related]
        )

    def _managed(self) -> tuple[Kind, ...]:
        globs = self.situation.project.scope.globs
        unreadable = self.situation.unreadable
        kinds = self.situation.kinds.values()
        return tuple(kind for kind in kinds if globs.get(kind.name) and kind.name not in unreadable)

    def _renamed(self) -> dict[Key, ResourceId]:
        kinds = self.situation.kinds
        return {
            (item.id.kind, kinds[item.id.kind].key(old)): item.id
            for item in self.situation.declared
            for old in item.renamed_from
        }

    def _compare(self, kind: Kind, policy: Policy) -> None:
        ignored = self.ignored(kind.name)
        judge = Judge(
            kind,
            Differ(self.masking(), ignored),
            self.sealers[kind.name],
            ignored,
            self.situation.values,
        )
        declared, live = self.declared[kind.name], self.live[kind.name]
        entries = self.entries[kind.name]
        put = decide if self.situation.records(kind) else decide_unrecorded
        in_scope = self.situation.project.scope.matcher(kind)
        for key in filter(in_scope, dict.fromkeys((*declared, *entries, *live))):
            sides = declared.get(key), live.get(key), entries.get(key)
            if not self._concerns_us(kind, key, sides):
                continue
            judged = judge.judge(key, *sides)
            if judged.unknown:
                self.unknown[judged.key] = judged.unknown
            owner = self.situation.inventory.foreign.get(judged.key)
            if owner is None:
                put(judged, policy, self.findings)
                self._protection(judged)
            else:
                refuse_foreign(judged, owner, self.findings)
            self._open_page(judged)

    def _concerns_us(
        self, kind: Kind, key: str, sides: tuple[Desired | None, Live | None, Entry | None]
    ) -> bool:
        """Whether the object is selected, not let go of and not somebody else's."""
        desired, _, entry = sides
        id_ = next(side.id for side in sides if side is not None)
        project, selection = self.situation.project, self.options.selection
        if (selection.select or selection.exclude) and not selection.covers(kind, id_):
            return False
        if covered(kind, id_.name, project.release):
            if entry is not None:
                self.findings.records.append(Record(id_, Sort.RELEASED))
            return False
        return desired is not None or (kind.name, key) not in self.situation.inventory.foreign

    def _protection(self, judged: Judged) -> None:
        """Whether the inventory says of an object of ours what its document says."""
        desired, entry = judged.desired, judged.entry
        if desired is None or entry is None or not self.situation.records(judged.kind):
            return
        if desired.protect != (judged.key in self.situation.inventory.protected):
            sort = Sort.PROTECTED if desired.protect else Sort.UNPROTECTED
            self.protection[judged.key] = Record(desired.id, sort)

    def _open_page(self, judged: Judged) -> None:
        """Keep what the inventory will need, if the object is touched at all."""
        if judged.verdict is Verdict.IN_SYNC and judged.key not in self.protection:
            return
        preserved: tuple[str, ...] = ()
        if self.findings.kept and self.findings.kept[-1].key == judged.key:
            preserved = tuple(self.findings.kept[-1].fields)
        self.pages[judged.id] = Page(
            judged.desired,
            judged.entry,
            self.sealers[judged.kind.name],
            self.situation.records(judged.kind),
            preserved,
        )

    def _recreate_what_is_needed(self) -> None:
        """A deleted object comes back when something pending refers to it."""
        missing, kinds = self.findings.missing, self.situation.kinds
        left = list(self.findings.candidates) if missing else []
        while left:
            for reference in left.pop().names_then:
                judged = missing.pop(
                    (reference.kind, kinds[reference.kind].key(reference.name)), None
                )
                if judged is not None:
                    left.append(recreate(judged))
                    self.findings.candidates.append(left[-1])


def _problem(finding: CatalogFinding) -> Problem:
    return Problem(
        code=finding.code,
        message=finding.message,
        place=line_of(finding.origin),
        label=finding.label,
        help=finding.help,
        pointer=finding.origin.pointer,
        object=finding.object,
        related=tuple(map(line_of, finding.related)),
    )


def line_of(origin: Origin) -> Place:
    """The document's first line: the exact place takes reading the file, which is not done here."""
    return Place(origin.file, origin.line, 1, origin.line, 1)
