"""Bootstraps that stand by themselves, written as what they change about layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.authoring.families import Family
from reconciler.authoring.leaves import Document, frozen
from reconciler.core.pointer import join, resolve
from reconciler.core.values import ABSENT, JsonValue


@dataclass(frozen=True, slots=True)
class Inheriting:
    """Layers by name, and what they come to together."""

    layers: Mapping[str, Document]
    """Parameters."""
    _known: dict[tuple[str, ...], Document] = field(default_factory=dict)

    def of(self, names: tuple[str, ...]) -> Document:
        """Layers merged from left to right."""
        if names not in self._known:
            last = self.layers.get(names[-1], {}) if names else {}
            self._known[names] = laid(self.of(names[:-1]), last) if names else {}
        return self._known[names]

    def complete(self, document: Document) -> Document:
        """A document with everything that it inherits; `extends` is gone."""
        names = document.get("extends")
        if not isinstance(names, list):
            return document
        own = document.get("parameters", {})
        rest = {key: value for key, value in document.items() if key != "extends"}
        below = self.of(tuple(map(str, names)))
        return {**rest, "parameters": laid(below, own if isinstance(own, Mapping) else {})}


def laid(below: Document, above: Document) -> Document:
    """One on top of the other, as `authoring/layers.py` does it."""
    found = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            found[key] = laid(under, value)
        else:
            found[key] = value
    return found


def changed_from(
    document: Document, wanted: Document, names: list[str], inherited: Document
) -> Document:
    """The bootstrap with these parameters as what it changes about the layers of these names."""
    removed: list[str] = []
    own = _difference(wanted, inherited, "", removed)
    found: dict[str, JsonValue] = {"kind": document["kind"], "name": document["name"]}
    found["extends"] = list(names)
    if own:
        found["parameters"] = own
    if removed:
        found["remove"] = list(removed)
    return found


def _difference(
    wanted: Document, inherited: Document, at: str, removed: list[str]
) -> dict[str, JsonValue]:
    """What has to be laid on top; what is inherited and not wanted goes into `removed`."""
    removed += (at + join((key,)) for key in inherited if key not in wanted)
    own: dict[str, JsonValue] = {}
    for key, value in wanted.items():
        have = inherited.get(key, ABSENT)
        if isinstance(value, Mapping) and isinstance(have, Mapping):
            inner = _difference(value, have, at + join((key,)), removed)
            if inner:
                own[key] = inner
        elif have is ABSENT or frozen(value) != frozen(have):
            own[key] = value
    return own


def nearest_label(family: Family, handle: str, document: Document) -> str:
    """The label whose leaves a document shares most."""
    score = dict.fromkeys(sorted(set(family.labels)), 0)
    for vector, leaves in family.members:
        if vector.handle == handle:
            found = resolve(document, join(vector.path))
            mark = ABSENT if found is ABSENT else frozen(found)
            for label in score:
                leaf = leaves[label]
                score[label] += mark == (ABSENT if leaf is ABSENT else frozen(leaf))
    return max(score, key=lambda label: score[label])
