"""Where a value comes from, part by part: each layer, the document or template, each exception."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.authoring.fleets import Overridden
from reconciler.authoring.layers import Extending
from reconciler.core.explanation import By, Contribution
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve, split
from reconciler.core.resource import Desired
from reconciler.core.template import has_references, unescaped
from reconciler.core.values import ABSENT, Maybe

Use = tuple[str, int, str]
"""Where a variable stands: file, number of the document, pointer as the file spells it."""
_LINE: Final = "rows"


@dataclass(frozen=True, slots=True)
class Heritage:
    """What the values of a project come from, as far as its objects do not say so themselves."""

    layers: Mapping[str, Desired] = field(default_factory=dict)
    extending: Sequence[Extending] = ()
    exceptions: Mapping[ResourceId, Sequence[Overridden]] = field(default_factory=dict)
    """What exceptions of fleets change, by the object that they are for."""
    templates: Mapping[ResourceId, Origin] = field(default_factory=dict)
    """Of the objects that fleets make."""
    uses: Mapping[Use, tuple[str, ...]] = field(default_factory=dict)
    """Names of variables by where they stand."""
    variables: Mapping[str, Origin] = field(default_factory=dict)
    """Where the target's variables are set."""


class Lineage:
    """What the values of one object come from."""

    def __init__(self, heritage: Heritage, item: Desired, kind: Kind) -> None:
        waiting = (one for one in heritage.extending if one.own.id == item.id)
        self._extending = next(waiting, None)
        self._own = self._extending.own if self._extending else item
        self._kind = kind
        self._heritage = heritage
        self._template = heritage.templates.get(item.id)
        self._uses: dict[tuple[str, int], dict[str, tuple[str, ...]]] = {}
        for (file, document, pointer), names in heritage.uses.items():
            self._uses.setdefault((file, document), {})[pointer] = names

    def removed(self) -> tuple[str, ...]:
        """Pointers of what layers say and the object does without."""
        return tuple(self._extending.remove) if self._extending else ()

    def contributions(self, pointer: str) -> tuple[Contribution, ...]:
        """Everything that says something about a value, in order; the last one has the say."""
        parts = [*self._inherited(pointer), *self._of_own(pointer)]
        return tuple(
            replace(part, wins=number == len(parts) - 1, variables=self._variables(part))
            for number, part in enumerate(parts)
        )

    def _inherited(self, pointer: str) -> Iterator[Contribution]:
        if self._extending is None:
            return
        layers = self._heritage.layers
        found = [
            part
            for name in self._extending.extends
            if name in layers
            for part in _said(layers[name], pointer, By.LAYER, name)
        ]
        yield from found
        for number, removed in enumerate(self._extending.remove):
            if found and (pointer == removed or pointer.startswith(f"{removed}/")):
                home = self._template or replace(self._own.origin, pointer="")
                yield Contribution(By.REMOVAL, "", ABSENT, home.at(f"/remove/{number}"))

    def _of_own(self, pointer: str) -> Iterator[Contribution]:
        """What the object's own document or line says, then its exceptions."""
        said = list(_said(self._own, pointer, By.DOCUMENT, ""))
        if self._template is None:
            yield from said
            return
        whole = self._kind.value_pointer + pointer
        place = self._template.at(whole)
        exceptions = self._heritage.exceptions.get(self._own.id, ())
        changes = [one for one in exceptions if _is_about(one, whole)]
        if said and not changes and not _is_written(self._own, pointer):
            yield replace(said[0], by=By.DEFAULT)
        elif changes:
            yield from _before(changes[0], whole, place)
            yield from (_excepted(one, whole) for one in changes)
        else:
            yield from (_of_line(part, place) for part in said)

    def _variables(self, part: Contribution) -> tuple[tuple[str, Origin], ...]:
        """The variables that its text was written with, and where they are set."""
        names: dict[str, None] = {}
        for at in (part.origin, part.template):
            uses = self._uses.get((at.file, at.document), {}) if at is not None else {}
            for pointer, used in uses.items():
                if at is not None and (pointer + "/").startswith(at.pointer + "/"):
                    names |= dict.fromkeys(used)
        known = self._heritage.variables
        return tuple((name, known[name]) for name in names if name in known)


def _said(part: Desired, pointer: str, by: By, name: str) -> Iterator[Contribution]:
    value = resolve(part.value, pointer)
    if value is not ABSENT:
        yield Contribution(by, name, value, part.origin_of(pointer), part.references)


def _is_written(own: Desired, pointer: str) -> bool:
    """Whether a fleet's document has the field; all that it has is known by its place."""
    return any((pointer + "/").startswith(known + "/") for known in own.inherited)


def _is_about(change: Overridden, whole: str) -> bool:
    """Whether an exception sets the value, or something around it."""
    return (whole + "/").startswith(change.pointer + "/")


def _before(change: Overridden, whole: str, template: Origin) -> Iterator[Contribution]:
    """What the line says without its exceptions."""
    rest = whole[len(change.pointer) :]
    value = _meant(resolve(change.before, rest))
    if value is not ABSENT:
        origin = change.before_origin.at(rest)
        yield _of_line(Contribution(By.DOCUMENT, "", value, origin), template)


def _excepted(change: Overridden, whole: str) -> Contribution:
    deviation = change.deviation
    rest = whole[len(change.pointer) :]
    return Contribution(
        By.EXCEPTION,
        "",
        _meant(resolve(deviation.values[change.pointer], rest)),
        deviation.origin.at("/set" + join((change.pointer,)) + rest),
        reason=deviation.reason,
        until=deviation.until,
    )


def _meant(value: Maybe) -> Maybe:
    """A text without references as it is meant; what an exception covers was never read so far."""
    if isinstance(value, str):
        return value if has_references(value) else unescaped(value)
    return value


def _of_line(part: Contribution, template: Origin) -> Contribution:
    """As a template says it, or a cell within one."""
    handle = split(template.pointer)[1]
    if part.origin.pointer.startswith("/documents/"):
        return replace(part, by=By.TEMPLATE, name=handle)
    names = split(part.origin.pointer)
    column = names[2] if names[:1] == (_LINE,) and len(names) > 2 else names[0]  # noqa: PLR2004 -- rows, number, column
    return replace(part, by=By.CELL, name=column, template=template)
