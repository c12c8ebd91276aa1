"""Each object against its declaration and its entry in the inventory: its row of the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from reconciler.core.classify import Facts, Recorded, Verdict, classify
from reconciler.core.diff import Differ
from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Key, State, is_reserved
from reconciler.core.kind import Kind
from reconciler.core.merge import FieldClass, Sides, merge, with_values
from reconciler.core.pointer import resolve
from reconciler.core.recording import seen_content
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer, sealed_pointers
from reconciler.core.values import ABSENT, JsonValue

_WHOLE = {
    Verdict.PENDING_UPDATE: FieldClass.PENDING,
    Verdict.DRIFT: FieldClass.DRIFT,
    Verdict.DIVERGED: FieldClass.CONFLICT,
    Verdict.NORMALISED: FieldClass.NORMALISED,
}
"""Objects whose fields say more than the object itself, and what it says without them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One object and its row."""

    kind: Kind
    key: Key
    verdict: Verdict
    desired: Desired | None
    """With the values of its secrets, as far as they are known."""
    live: Live | None
    entry: Entry | None
    fields: Mapping[str, FieldClass] = field(default_factory=lambda: MappingProxyType({}))
    unknown: tuple[str, ...] = ()
    """References whose values are not known here."""
    ignored: tuple[str, ...] = ()
    """Patterns of pointers that never compare, and that writes leave alone."""

    @property
    def id(self) -> ResourceId:
        """As declared; as the server or the inventory spells it when it is declared no more."""
        sides = (self.desired, self.live, self.entry)
        return next(side.id for side in sides if side is not None)

    def pointers(self, sort: FieldClass) -> tuple[str, ...]:
        """The fields of one class."""
        return tuple(pointer for pointer, found in self.fields.items() if found is sort)


@dataclass(frozen=True, slots=True)
class Judge:
    """What is the same for all objects of a kind."""

    kind: Kind
    differ: Differ
    sealer: Sealer
    ignored: tuple[str, ...]
    """Patterns of pointers that never compare."""
    values: Mapping[str, str]
    """The secrets that are known here, by the text of the reference."""

    def judge(
        self, key: str, desired: Desired | None, live: Live | None, entry: Entry | None
    ) -> Judged:
        """The row of an object that is at least on one side."""
        found = _Sides(self, desired, live, entry)
        verdict = classify(found.facts())
        fields: Mapping[str, FieldClass] = {}
        if verdict in _WHOLE:
            fields = found.fields(verdict)
            if FieldClass.CONFLICT in fields.values():
                verdict = Verdict.DIVERGED
        return Judged(
            self.kind,
            (self.kind.name, key),
            verdict,
            found.desired,
            live,
            entry,
            fields,
            tuple(found.unknown.values()),
            self.ignored,
        )


class _Sides:
    """One object, looked at from all sides."""

    def __init__(
        self, judge: Judge, desired: Desired | None, live: Live | None, entry: Entry | None
    ) -> None:
        self._judge = judge
        self._live = live
        self._entry = entry
        self.unknown: dict[str, str] = {}
        """References without a value, by pointer."""
        self.desired = self._filled(desired) if desired and desired.references else desired
        self._references = {
            *(desired.references if desired else ()),
            *(entry.references if entry else ()),
        }

    def facts(self) -> Facts:
        entry, live, desired = self._entry, self._live, self.desired
        equal = bool(desired and live and self._judge.differ.same(live.value, desired.value))
        recorded = Recorded.NOT
        git = server = False
        if entry is not None:
            read_back = entry.state is State.OWNED and bool(entry.seen)
            recorded = Recorded.OWNED if read_back else Recorded.ANNOUNCED
            left = entry.seen if read_back else entry.asked
            there = self._fingerprint(live.value) if live else ""
            server = bool(live) and there != left
            if desired is not None:
                git = (there if equal else self._asked_now(desired)) != entry.asked
        return Facts(desired is not None, recorded, live is not None, git, server, equal)

    def fields(self, verdict: Verdict) -> Mapping[str, FieldClass]:
        """The class of each field of an object that differs."""
        entry, live, desired = self._entry, self._live, self.desired
        if entry is None or live is None or desired is None or entry.content is ABSENT:
            return {"": _WHOLE[verdict]}
        declared, there = self._sealed(desired), self._seal(live.value)
        found = merge(Sides(entry.content, seen_content(entry), declared, there))
        if not self._judge.sealer.keyed:
            # Without a key nobody can tell which side changed a secret that both have.
            for pointer in sorted({*sealed_pointers(declared)} & {*sealed_pointers(there)}):
                if resolve(desired.value, pointer) != resolve(live.value, pointer):
                    found[pointer] = FieldClass.CONFLICT
        return found

    def _filled(self, desired: Desired) -> Desired:
        """The declaration with the secrets that are known, or known to be on the server."""
        known: dict[str, str] = {}
        for pointer, template in desired.references.items():
            value = self._judge.values.get(template)
            if value is None:
                self.unknown[pointer] = template
                value = self._on_server(pointer, template)
            if value is not None:
                known[pointer] = value
        filled = with_values(desired.value, known)
        return replace(desired, value=filled if isinstance(filled, Mapping) else desired.value)

    def _on_server(self, pointer: str, template: str) -> str | None:
        """The live value, if it is what this reference stood for at the last apply."""
        there = resolve(self._live.value, pointer) if self._live else ABSENT
        if not isinstance(there, str) or not self._judge.sealer.keyed:
            return None
        return there if self._judge.sealer.token(there) == self._base(pointer, template) else None

    def _base(self, pointer: str, template: str) -> JsonValue:
        """The token of what this very reference stood for at the last apply."""
        entry = self._entry
        if entry is None or entry.references.get(pointer) != template or entry.content is ABSENT:
            return None
        found = resolve(entry.content, pointer)
        return None if found is ABSENT else found

    def _sealed(self, desired: Desired) -> JsonValue:
        """The declaration sealed; an unknown secret is taken for what it was last time."""
        sealed = self._seal(desired.value)
        bases = {p: self._base(p, template) for p, template in self.unknown.items()}
        return with_values(sealed, {p: token for p, token in bases.items() if token is not None})

    def _asked_now(self, desired: Desired) -> str:
        if self.unknown:
            return self._judge.sealer.of_sealed(self._sealed(desired))
        return self._fingerprint(desired.value)

    def _seal(self, value: JsonValue) -> JsonValue:
        return self._judge.sealer.seal(value, self._references)

    def _fingerprint(self, value: JsonValue) -> str:
        return self._judge.sealer.fingerprint(value, self._references)


def index_live(kind: Kind, items: Sequence[Live]) -> tuple[dict[str, Live], tuple[ResourceId, ...]]:
    """By key without pvm's own objects, and what the server listed more than once.

    Of several the choice depends on what they hold, never on the order they came in.
    """
    found: dict[str, Live] = {}
    twice: list[Live] = []
    for item in items:
        if is_reserved(kind.name, item.id.name):
            continue
        first = found.setdefault(kind.key(item.id.name), item)
        if first is not item:
            twice.append(item)
    for item in twice:
        key = kind.key(item.id.name)
        found[key] = min(found[key], item, key=_content)
    return found, tuple(sorted({found[kind.key(item.id.name)].id for item in twice}))


def _content(item: Live) -> tuple[str, str, str]:
    return item.id.name, digest(item.value), item.version or ""
