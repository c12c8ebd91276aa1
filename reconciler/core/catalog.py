"""What is wrong between declared objects: declared twice, referring to nothing, out of scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import is_reserved
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.problem import Severity
from reconciler.core.project import Scope
from reconciler.core.references import Reference, namings
from reconciler.core.resource import Desired

_SUGGESTIONS: Final = 20
_COMPARISONS: Final = 200_000
"""Of names, spent on suggestions: a broken fleet must not take minutes to be told so."""


@dataclass(frozen=True, slots=True)
class CatalogFinding:
    """A problem whose exact position the caller finds from `origin`."""

    code: str
    message: str
    object: ResourceId
    origin: Origin
    """With the pointer, from the document's root, to the value at fault."""
    label: str = ""
    help: str = ""
    related: tuple[Origin, ...] = ()
    severity: Severity = Severity.ERROR


def check_catalog(
    declared: Sequence[Desired], kinds: Mapping[str, Kind], scope: Scope
) -> list[CatalogFinding]:
    """All findings: objects declared twice or out of scope, renames, then references."""
    catalog = _Catalog(kinds, scope)
    for item in declared:
        catalog.add(item)
    for item in declared:
        if item.renamed_from:
            catalog.trace(item)
    for kind in kinds.values():
        catalog.follow(kind)
    return catalog.findings


class _Catalog:
    """The declared objects by kind and key, and what is wrong with them."""

    def __init__(self, kinds: Mapping[str, Kind], scope: Scope) -> None:
        self.kinds = kinds
        self.in_scope = {name: scope.matcher(kind) for name, kind in kinds.items()}
        self.objects: dict[str, dict[str, Desired]] = {name: {} for name in kinds}
        self.findings: list[CatalogFinding] = []
        self.suggestions = 0
        self.renamed: dict[tuple[str, str], Desired] = {}
        """Kind name and key of each earlier name, with the object that had it."""

    def add(self, item: Desired) -> None:
        kind = self.kinds[item.id.kind]
        key = kind.key(item.id.name)
        first = self.objects[kind.name].setdefault(key, item)
        if first is not item:
            self.findings.append(_declared_twice(kind, item, first))
        elif is_reserved(kind.name, item.id.name):
            self.findings.append(_reserved(kind, item))
        elif not self.in_scope[kind.name](key):
            self.findings.append(_out_of_scope(kind, item))

    def trace(self, item: Desired) -> None:
        """Check an object's earlier names: each belongs to it alone."""
        kind = self.kinds[item.id.kind]
        for number, name in enumerate(item.renamed_from):
            key = kind.key(name)
            declared = self.objects[kind.name].get(key)
            first = self.renamed.setdefault((kind.name, key), item)
            if declared is not None:
                fault = "itself" if declared is item else "an object that is still declared"
                self.findings.append(_wrong_rename(kind, item, number, (fault, declared)))
            elif first is not item:
                fault = f'"{name}", as another {kind.noun} is'
                self.findings.append(_wrong_rename(kind, item, number, (fault, first)))

    def follow(self, kind: Kind) -> None:
        """Check what objects of this kind name."""
        for naming in namings(kind):
            target, known = self.kinds[naming.kind], self.objects[naming.kind]
            for item in self.objects[kind.name].values():
                name = naming.read(item.value)
                if name is None:
                    continue
                if is_reserved(target.name, name):
                    self.findings.append(_refers_to_reserved(kind, item, join(naming.parts)))
                    continue
                if target.key(name) in known:
                    continue
                covered = self.in_scope[target.name](target.key(name))
                if covered or naming.binding:
                    reference = Reference(join(naming.parts), target.name, name, naming.binding)
                    self.findings.append(self._dangling(item, reference, covered=covered))

    def _dangling(self, item: Desired, reference: Reference, *, covered: bool) -> CatalogFinding:
        noun, target = self.kinds[item.id.kind].noun, self.kinds[reference.kind].noun
        certain = covered and reference.binding
        return CatalogFinding(
            code=f"{noun}-unknown-{target}",
            message=f"{noun} refers to a {target} that "
            + ("does not exist" if certain else "this project does not declare"),
            object=item.id,
            origin=item.origin_of(reference.pointer),
            label="not declared in this project",
            help=self._nearest(reference)
            or (
                f"declare the {target}, or correct the name"
                if covered
                else f"outside the scope: plan looks for the {target} on the server"
            ),
            severity=Severity.ERROR if certain else Severity.WARNING,
        )

    def _nearest(self, reference: Reference) -> str:
        names = self.objects[reference.kind]
        if self.suggestions >= max(1, min(_SUGGESTIONS, _COMPARISONS // (len(names) + 1))):
            return ""
        self.suggestions += 1
        close = get_close_matches(reference.name, names, n=1, cutoff=0.75)
        if not close:
            return ""
        found = names[close[0]]
        return f'did you mean "{found.id.name}"?  ({found.origin})'


def _declared_twice(kind: Kind, item: Desired, first: Desired) -> CatalogFinding:
    spelled = "" if first.id == item.id else f', there as "{first.id.name}"'
    return CatalogFinding(
        code=f"{kind.noun}-declared-twice",
        message=f'{kind.noun} "{item.id.name}" is declared twice',
        object=item.id,
        origin=_name_of(item),
        label=f"declared first in {first.origin}{spelled}",
        help="remove one of the two documents, or rename it",
        related=(_name_of(first),),
    )


def _out_of_scope(kind: Kind, item: Desired) -> CatalogFinding:
    return CatalogFinding(
        code=f"{kind.noun}-out-of-scope",
        message=f'{kind.noun} "{item.id.name}" is outside the scope of this project',
        object=item.id,
        origin=_name_of(item),
        label=f"no glob below scope.{kind.scope_key} covers it",
        help=f'add a glob to "{kind.scope_key}" below "scope" in pvm.yaml, or remove the document',
    )


def _reserved(kind: Kind, item: Desired) -> CatalogFinding:
    return CatalogFinding(
        code=f"{kind.noun}-reserved",
        message=f'{kind.noun} "{item.id.name}" has a name that pvm keeps for itself',
        object=item.id,
        origin=_name_of(item),
        help="choose another name",
    )


def _refers_to_reserved(kind: Kind, item: Desired, pointer: str) -> CatalogFinding:
    return CatalogFinding(
        code=f"{kind.noun}-reserved",
        message=f"{kind.noun} refers to a bootstrap that pvm keeps for itself",
        object=item.id,
        origin=item.origin_of(pointer),
        label="holds pvm's inventory; no device may receive it",
        help="name another bootstrap",
    )


def _wrong_rename(
    kind: Kind, item: Desired, number: int, fault: tuple[str, Desired]
) -> CatalogFinding:
    message, other = fault
    return CatalogFinding(
        code=f"{kind.noun}-renamed",
        message=f'{kind.noun} "{item.id.name}" is renamed from {message}',
        object=item.id,
        origin=replace(_name_of(item), pointer=f"/renamedFrom/{number}"),
        label="" if other is item else f'"{other.id.name}" stands in {other.origin}',
        help="remove the earlier name, or the document that still uses it",
        related=() if other is item else (_name_of(other),),
    )


def _name_of(item: Desired) -> Origin:
    return Origin(item.origin.file, item.origin.document, item.origin.line, "/name")
