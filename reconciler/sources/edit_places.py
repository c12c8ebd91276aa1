"""Where an edit belongs: the value's own place if that changes nothing else, else an exception."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.authoring.fleets import columns_in
from reconciler.core.adoption import Wish
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve
from reconciler.core.template import escaped, unescaped
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal, text_of
from reconciler.kinds import KINDS
from reconciler.sources.authored import EXCEPTIONS, Authored, Key, Made, Spot, key_of, raw_pointer
from reconciler.sources.columns import CellError, read_column
from reconciler.sources.edit_steps import (
    Deviate,
    Foresee,
    RemoveDocument,
    SetCell,
    SetValue,
    Step,
    Unwrite,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """Wishes that one edit fulfils, or none; the first alternative that is exactly right counts."""

    wishes: tuple[Wish, ...]
    alternatives: tuple[tuple[Step, ...], ...]
    parts: tuple["Unit", ...] = ()
    """What to try instead when no alternative is right."""
    gone: ResourceId | None = None


class Places:
    """Looks for the places of all wishes at once: shared values may change only together."""

    def __init__(self, authored: Authored, wishes: Sequence[Wish]) -> None:
        self._authored = authored
        self._wishes = {(key_of(wish.id), wish.pointer): wish for wish in wishes}
        self._inheriting: dict[tuple[str, int, str], list[Key]] = {}

    def units(self) -> list[Unit]:
        """Every wish in exactly one of them."""
        left = dict(self._wishes)
        found: list[Unit] = []
        for at, wish in self._wishes.items():
            if at not in left:
                continue
            unit = self._shared(wish, left) or self._alone(wish)
            for one in unit.wishes:
                left.pop((key_of(one.id), one.pointer), None)
            found.append(unit)
        return found

    def gone(self, id_: ResourceId) -> Unit | None:
        """The removal of an object's document; `None` when a fleet's line makes it."""
        key = key_of(id_)
        if key in self._authored.made:
            return None
        return Unit((), ((RemoveDocument(self._authored.spot(key)),),), gone=id_)

    def _shared(self, wish: Wish, left: Mapping[tuple[Key, str], Wish]) -> Unit | None:
        """One edit for all objects that get their value from the same place."""
        for keys, steps in (*self._of_layer(wish), *self._of_cell(wish), *self._of_template(wish)):
            wanted = [left.get((key, pointer)) for key, pointer in keys]
            wishes = [one for one in wanted if one is not None]
            if len(wishes) < len(wanted):
                continue
            alone = tuple(self._alone(one) for one in wishes)
            whole = (*steps, *self._foreseen(wishes))
            if len(wishes) == 1:
                return Unit((wish,), (whole, *alone[0].alternatives))
            return Unit(tuple(wishes), (whole,), alone)
        return None

    def _foreseen(self, wishes: Sequence[Wish]) -> Iterator[Step]:
        for wish in wishes:
            key, pointer = key_of(wish.id), self._document_pointer(wish)
            if (
                key in self._authored.made
                and resolve(self._authored.own(key), pointer) is not ABSENT
            ):
                yield Foresee(key, pointer, _raw(wish))

    def _of_layer(self, wish: Wish) -> Iterator[tuple[list[tuple[Key, str]], tuple[Step, ...]]]:
        """A layer's value, or one in a file that several documents name."""
        key = key_of(wish.id)
        origin, attached = self._origin(key, wish.pointer), self._authored.attached(key)
        spot = (origin.file, origin.document)
        if spot != attached and spot not in self._authored.layer_spots():
            return
        keys = self._heirs(origin)
        if spot == attached:
            keys = self._users(spot)
        if key in keys and all(self._alike(wish, one) for one in keys):
            document = self._authored.documents[spot]
            at = raw_pointer(document, unescaped(origin.pointer))
            value = _raw(wish)
            yield [(one, wish.pointer) for one in keys], (SetValue(spot, at, value),)

    def _origin(self, key: Key, pointer: str) -> Origin:
        origin = self._authored.origin_of(key, pointer)
        attached = self._authored.attached(key)
        if attached and (origin.file, origin.document) == self._authored.spot(key):
            return Origin(*attached, 1, pointer)
        return origin

    def _users(self, attached: Spot | None) -> list[Key]:
        """Every object whose parameters are in that file."""
        authored = self._authored
        return [key for key in authored.declared if authored.attached(key) == attached]

    def _heirs(self, origin: Origin) -> list[Key]:
        """Every object that has a value from there."""
        if not self._inheriting:
            for key, one in self._authored.declared.items():
                for pointer in one.inherited:
                    for at in (pointer, *self._below(one.value, pointer)):
                        found = one.origin_of(at)
                        place = found.file, found.document, found.pointer
                        self._inheriting.setdefault(place, []).append(key)
        return self._inheriting.get((origin.file, origin.document, origin.pointer), [])

    def _below(self, value: Maybe, pointer: str) -> Iterator[str]:
        inner = resolve(value, pointer)
        if isinstance(inner, Mapping):
            for name in inner:
                below = pointer + join((name,))
                yield below
                yield from self._below(value, below)

    def _alike(self, wish: Wish, key: Key) -> bool:
        other = self._wishes.get((key, wish.pointer))
        if other is None or dict(other.references) != dict(wish.references):
            return False
        return _same(other.value, wish.value)

    def _of_template(self, wish: Wish) -> Iterator[tuple[list[tuple[Key, str]], tuple[Step, ...]]]:
        """A value that is the same for every line of a fleet."""
        key = key_of(wish.id)
        made = self._authored.made.get(key)
        if made is None:
            return
        pointer = self._document_pointer(wish)
        template = made.by.template
        keys = self._authored.siblings(made)
        filled = any(at == pointer or at.startswith(f"{pointer}/") for at in made.by.written)
        if filled and wish.value is not ABSENT:
            return
        if not all(self._alike(wish, one) for one in keys):
            return
        at = template.origin.pointer + raw_pointer(template.document, pointer)
        if wish.value is ABSENT and resolve(template.document, pointer) is ABSENT:
            return
        yield [(one, wish.pointer) for one in keys], (SetValue(made.fleet, at, _raw(wish)),)

    def _of_cell(self, wish: Wish) -> Iterator[tuple[list[tuple[Key, str]], tuple[Step, ...]]]:
        """A cell, where each of its uses is to change accordingly."""
        key = key_of(wish.id)
        made = self._authored.made.get(key)
        if made is None or wish.references:
            return
        pointer = self._document_pointer(wish)
        text = resolve(made.by.template.document, raw_pointer(made.by.template.document, pointer))
        written = made.by.written.get(pointer)
        if not isinstance(text, str) or written is None:
            return
        if not written.pointer.startswith(made.by.row.origin.pointer) or _is_exception(written):
            return
        for column in dict.fromkeys(name for _, name in columns_in(text)):
            cell = self._cell_text(made, column, text, wish.value)
            uses = self._uses(made, column) if cell is not None else None
            if cell is not None and uses is not None:
                yield uses, (self._cell_step(made, column, cell),)

    def _cell_text(self, made: Made, column: str, text: str, value: Maybe) -> str | None:
        """What the cell has to hold so that the text becomes the value; `None` if nothing does."""
        rules = self._authored.documents[made.fleet]["columns"][column]
        exact = text == f"${{{column}}}"
        if value is ABSENT:
            return "" if exact and rules.get("optional") else None
        if exact:
            found = text_of(value) if isinstance(value, str | int) or _is_number(value) else ""
        else:
            found = _middle(text, column, made, value) if isinstance(value, str) else ""
        if not found or "\n" in found or "\r" in found or found.strip() != found:
            return None
        try:
            read = read_column(column, rules).read(found)
        except CellError:
            return None
        return found if not exact or _same(read, value) else None

    def _uses(self, made: Made, column: str) -> list[tuple[Key, str]] | None:
        """Every place that the cell fills; `None` if one of them is no value of an object."""
        found: list[tuple[Key, str]] = []
        fleet = self._authored.documents[made.fleet]
        if fleet["key"] == column:
            return None
        mates = self._authored.row_mates(made.by.row)
        for handle, template in fleet["documents"].items():
            for at, name in columns_in(template):
                if name != column:
                    continue
                start = KINDS[str(template["kind"])].value_pointer
                users = [key for key, one in mates.items() if one.by.template.handle == handle]
                if at == "/name" or not at.startswith(f"{start}/") or len(users) > 1:
                    return None
                found += [(user, unescaped(at[len(start) :])) for user in users]
        return found

    def _cell_step(self, made: Made, column: str, text: str) -> Step:
        origin = made.by.row.origin
        if not origin.pointer:
            return SetCell(origin.file, origin.line, column, text)
        rules = self._authored.documents[made.fleet]["columns"][column]
        value: Maybe = ABSENT
        if text:
            value = read_column(column, rules).read(text)
        return SetValue(made.fleet, origin.pointer + join((column,)), value)

    def _alone(self, wish: Wish) -> Unit:
        """Edits that concern one object only."""
        key = key_of(wish.id)
        if self._authored.varies(key, wish.pointer):
            return Unit((wish,), ())
        own: list[Step] = []
        pointer = self._document_pointer(wish)
        made = self._authored.made.get(key)
        attached = self._authored.attached(key)
        has_own = resolve(self._authored.own(key), pointer) is not ABSENT
        inherited = resolve(self._authored.inherited(key), wish.pointer) is not ABSENT
        if attached is not None:
            users = self._users(attached)
            if len(users) > 1:
                return Unit((wish,), ())
            document = self._authored.documents[attached]
            has_own = resolve(document, raw_pointer(document, wish.pointer)) is not ABSENT
        if wish.value is not ABSENT or has_own:
            own.append(self._own_step(key, wish, pointer, attached))
        without = Unwrite(key, wish.pointer.replace("${", "$${"))
        if wish.value is ABSENT:
            # A layer may lose the value at the same time.
            ways = ((*own, without), tuple(own)) if inherited else (tuple(own),)
            return Unit((wish,), tuple(way for way in ways if way))
        alternatives: list[tuple[Step, ...]] = [tuple(own)]
        if inherited:
            alternatives.append((*own, without))
        in_place = self._in_exception(made, pointer, wish)
        return Unit((wish,), (*in_place, *alternatives))

    def _own_step(self, key: Key, wish: Wish, pointer: str, attached: Spot | None) -> Step:
        if key in self._authored.made:
            return Deviate(key, pointer, _raw(wish))
        if attached is not None:
            at = raw_pointer(self._authored.documents[attached], wish.pointer)
            return SetValue(attached, at, _raw(wish))
        return SetValue(self._authored.spot(key), pointer, _raw(wish))

    def _in_exception(
        self, made: Made | None, pointer: str, wish: Wish
    ) -> tuple[tuple[Step, ...], ...]:
        """The value of an exception that is there already."""
        if made is None or wish.value is ABSENT:
            return ()
        origin = made.by.origin_of(pointer)
        if not _is_exception(origin) or origin.file != made.fleet[0]:
            return ()
        return ((SetValue(made.fleet, origin.pointer, _raw(wish)),),)

    def _document_pointer(self, wish: Wish) -> str:
        """From the root of the object's own document, as it spells its keys."""
        whole = KINDS[wish.id.kind].value_pointer + wish.pointer
        return raw_pointer(self._authored.own(key_of(wish.id)), whole)


def _is_exception(origin: Origin) -> bool:
    return origin.pointer.startswith(EXCEPTIONS)


def _middle(text: str, column: str, made: Made, value: str) -> str:
    """What stands for the column in a text that has others, or words, around it."""
    for _, other in columns_in(text):
        if other != column:
            filled = text_of(made.by.row.values.get(other, ""))
            text = text.replace(f"${{{other}}}", escaped(filled))
    before, sign, after = text.partition(f"${{{column}}}")
    if not sign or f"${{{column}}}" in after:
        return ""
    before, after = unescaped(before), unescaped(after)
    fits = value.startswith(before) and value.endswith(after)
    return value[len(before) : len(value) - len(after)] if fits else ""


def _raw(wish: Wish) -> Maybe:
    """The value as a file spells it."""
    return ABSENT if wish.value is ABSENT else _spelled(wish.value, "", wish.references)


def _spelled(value: JsonValue, at: str, references: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return value if at in references else escaped(value)
    if isinstance(value, Mapping):
        pairs: Iterator[tuple[str, Any]] = iter(value.items())
        return {escaped(key): _spelled(item, at + join((key,)), references) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [_spelled(item, f"{at}/{number}", references) for number, item in enumerate(value)]
    return value


def _same(a: Maybe, b: Maybe) -> bool:
    if a is ABSENT or b is ABSENT:
        return a is b
    return json_equal(a, b)


def _is_number(value: Maybe) -> bool:
    return value is not ABSENT and not isinstance(value, str | Mapping | list | tuple | None)
