"""`pvm drift --adopt`: what the files would have to say, taken from the server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.core.adoption import Left, Wish, Wishes
from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift
from reconciler.core.extraction import Extraction, extract_secrets, masked_again
from reconciler.core.fingerprint import canonical
from reconciler.core.identity import ResourceId
from reconciler.core.merge import with_values
from reconciler.core.plan import Drifted
from reconciler.core.pointer import join, resolve, split
from reconciler.core.resource import Desired, Live
from reconciler.core.secrets import Masking, mask
from reconciler.core.template import references_in
from reconciler.core.values import ABSENT, JsonValue, Maybe
from reconciler.kinds import KINDS
from reconciler.workflow.difference import masking_of
from reconciler.workflow.plan import Prepared
from reconciler.workflow.task import Task

_CONFLICT: Final = "Git changed it as well; pvm plan shows how to decide"
_UNDECIDED: Final = "never applied: copy what pvm export shows, or set adopt: always in pvm.yaml"
_UNKNOWN_SECRET: Final = "a secret in the same list has no value here; set it and try again"
_CLEAR_SECRET: Final = "the server has a secret where no reference can stand"


def find_wishes(task: Task, drift: Drift, prepared: Prepared) -> Wishes:
    """Everything that drifted, as the files would have to say it."""
    gatherer = _Gatherer(task, prepared)
    for row in drift.drifted:
        gatherer.take(row)
    left = [
        *gatherer.left,
        *(Left(row.id, _CONFLICT) for row in drift.conflicts),
        *(Left(row.id, _UNDECIDED) for row in drift.undecided),
    ]
    return Wishes(
        tuple(gatherer.found), tuple(gatherer.gone), tuple(left), dict(gatherer.variables)
    )


@dataclass(slots=True)
class _Gatherer:
    """Goes through the objects that drifted."""

    task: Task
    prepared: Prepared
    found: list[Wish] = field(default_factory=list)
    gone: list[ResourceId] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    _masking: Masking = field(default_factory=Masking)
    _declared: dict[tuple[str, str], Desired] = field(default_factory=dict)
    _live: dict[tuple[str, str], Live] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _known: dict[str, Desired] = field(default_factory=dict)
    """What was extracted before: equal secrets at equal places share a variable."""

    def __post_init__(self) -> None:
        declared = self.task.declared
        self._masking = masking_of(self.task.project, declared)
        self._declared = {_key(one.id): one for one in declared}
        self._live = {_key(one.id): one for rows in self.prepared.live.values() for one in rows}
        templates = {text for one in declared for text in one.references.values()}
        self._taken = {ref.name for text in templates for ref in references_in(text)}

    def take(self, row: Drifted) -> None:
        """One object, place by place."""
        declared = self._declared.get(_key(row.id))
        live = self._live.get(_key(row.id))
        if declared is None:
            return
        if live is None:
            self.gone.append(declared.id)
            return
        for pointer in _places(row.fields, declared.value, live.value):
            self._place(declared, live, pointer)

    def _place(self, declared: Desired, live: Live, pointer: str) -> None:
        before, after = resolve(declared.value, pointer), resolve(live.value, pointer)
        shown_before = ABSENT if before is ABSENT else mask(before, self._masking, pointer)[0]
        if after is ABSENT:
            change = FieldChange(pointer, shown_before, ABSENT)
            self.found.append(Wish(declared.id, pointer, ABSENT, shown=change))
            return
        kept, unknown = self._kept_references(declared, live, pointer)
        if unknown:
            self.left.append(Left(declared.id, _UNKNOWN_SECRET, pointer))
            return
        bare = with_values({}, {pointer: after})
        bare = with_values(bare, dict.fromkeys(kept, None))
        item = self._extracted(declared.id, pointer, bare)
        whole = with_values(item.value, kept)
        references = {**item.references, **kept}
        value = resolve(whole, pointer)
        if masked_again(replace(item, references=references), self._masking)[1]:
            self.left.append(Left(declared.id, _CLEAR_SECRET, pointer))
            return
        own = {at[len(pointer) :]: text for at, text in references.items()}
        shown = FieldChange(pointer, shown_before, value)
        self.found.append(Wish(declared.id, pointer, value, own, shown))

    def _kept_references(
        self, declared: Desired, live: Live, pointer: str
    ) -> tuple[dict[str, str], bool]:
        """References below a place that still stand for what the server has."""
        kept: dict[str, str] = {}
        unknown = False
        for at, template in declared.references.items():
            if not at.startswith(f"{pointer}/"):
                continue
            value = self.task.secrets.value_of(template)
            unknown = unknown or value is None
            if value is not None and value == resolve(live.value, at):
                kept[at] = template
        return kept, unknown

    def _extracted(self, id_: ResourceId, pointer: str, bare: JsonValue) -> Desired:
        known = canonical([id_.kind, pointer, bare])
        if known not in self._known:
            value = bare if isinstance(bare, Mapping) else {}
            taken = {*self._taken, *self.variables}
            found = extract_secrets([Live(id_, value)], KINDS, self._masking, taken)
            self.variables |= found.variables
            self._known[known] = found.objects[0]
        return self._known[known]


def _places(fields: tuple[FieldChange, ...], declared: JsonValue, live: JsonValue) -> Iterator[str]:
    """The places that differ, none below another; lists are not looked into."""
    found = dict.fromkeys(_place_of(change.pointer, declared, live) for change in fields)
    for pointer in found:
        if not any(pointer.startswith(f"{other}/") for other in found):
            yield pointer


def _place_of(pointer: str, declared: Maybe, live: Maybe) -> str:
    parts: list[str] = []
    for part in split(pointer):
        parts.append(part)
        declared = resolve(declared, join((part,)))
        live = resolve(live, join((part,)))
        if not (isinstance(declared, Mapping) and isinstance(live, Mapping)):
            break
    return join(parts)


def _key(id_: ResourceId) -> tuple[str, str]:
    return id_.kind, KINDS[id_.kind].key(id_.name)


def unmanaged_documents(task: Task, drift: Drift, prepared: Prepared) -> Extraction:
    """What nobody declares, as it would have to be declared."""
    wanted = {_key(id_) for id_ in drift.unmanaged}
    objects = [one for rows in prepared.live.values() for one in rows if _key(one.id) in wanted]
    templates = {text for one in task.declared for text in one.references.values()}
    taken = {ref.name for text in templates for ref in references_in(text)}
    return extract_secrets(objects, KINDS, masking_of(task.project, task.declared), taken)
