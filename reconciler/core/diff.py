"""What differs between two values, as changes of single fields; secrets are masked here, once."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.fingerprint import canonical, digest
from reconciler.core.ignoring import without
from reconciler.core.pointer import join, order_key, step
from reconciler.core.secrets import Masking, mask
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal

_LONG_TEXT: Final = 500
"""Characters; DeepDiff would compare longer texts line by line, which nobody sees here."""
_REPORTS: Final = (
    "type_changes",
    "values_changed",
    "dictionary_item_added",
    "dictionary_item_removed",
    "iterable_item_added",
    "iterable_item_removed",
)


def field_changes(
    before: Maybe, after: Maybe, masking: Masking, ignored: Sequence[str] = ()
) -> tuple[FieldChange, ...]:
    """Sorted by pointer; empty when the values are equal as JSON, apart from `ignored` patterns."""
    return Differ(masking, ignored).changes(before, after)


def patch(changes: Sequence[FieldChange]) -> list[dict[str, JsonValue]]:
    """The changes as an RFC 6902 patch: removals last, from the end, so that no index moves."""
    ordered = sorted(changes, key=lambda change: order_key(change.pointer))
    removals = [change for change in ordered if change.after is ABSENT]
    rest = [change for change in ordered if change.after is not ABSENT]
    return [_operation(change) for change in (*rest, *reversed(removals))]


def _operation(change: FieldChange) -> dict[str, JsonValue]:
    if change.after is ABSENT:
        return {"op": "remove", "path": change.pointer}
    sort = "add" if change.before is ABSENT else "replace"
    return {"op": sort, "path": change.pointer, "value": change.after}


class Differ:
    """Describes differences, each distinct one once: thousands of objects may share a change."""

    def __init__(self, masking: Masking, ignored: Sequence[str] = ()) -> None:
        self._masking = masking
        self._ignored = tuple(ignored)
        self._known: dict[str, tuple[FieldChange, ...]] = {}

    def same(self, before: JsonValue, after: JsonValue) -> bool:
        """Whether nothing differs apart from what is ignored."""
        if json_equal(before, after):
            return True
        return bool(self._ignored) and json_equal(self._compared(before), self._compared(after))

    def whole(self, before: Maybe, after: Maybe) -> tuple[FieldChange, ...]:
        """One change of the whole value."""
        return (self._masked("", before, after),)

    def changes(self, before: Maybe, after: Maybe) -> tuple[FieldChange, ...]:
        """As `field_changes`."""
        if before is ABSENT or after is ABSENT:
            return () if before is after else self.whole(before, after)
        old, new = self._compared(before), self._compared(after)
        if json_equal(old, new):
            return ()
        old, new = _unequal_part(old, new)
        key = canonical([old, new])
        if key not in self._known:
            self._known[key] = self._describe((old, new), before, after)
        return self._known[key]

    def _compared(self, value: JsonValue) -> JsonValue:
        return without(value, self._ignored) if self._ignored else value

    def _describe(
        self, unequal: tuple[JsonValue, JsonValue], before: JsonValue, after: JsonValue
    ) -> tuple[FieldChange, ...]:
        found = [
            self._masked(join(parts), _resolve(before, parts), _resolve(after, parts))
            for parts in _unequal_places(*unequal)
        ]
        return tuple(sorted(found, key=lambda change: order_key(change.pointer)))

    def _masked(self, pointer: str, before: Maybe, after: Maybe) -> FieldChange:
        hidden = False
        if before is not ABSENT:
            before, hidden = mask(before, self._masking, pointer)
        if after is not ABSENT:
            after, also = mask(after, self._masking, pointer)
            hidden = hidden or also
        return FieldChange(pointer, before, after, hidden)


def _unequal_part(before: JsonValue, after: JsonValue) -> tuple[JsonValue, JsonValue]:
    """Two unequal values, reduced to the fields that differ; equal array items become null.

    What is left has the same pointers, is small, and is alike for all objects with one change.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _unequal_fields(before, after)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        pairs = [
            (None, None) if json_equal(old, new) else _unequal_part(old, new)
            for old, new in zip(before, after, strict=False)
        ]
        kept = len(pairs)
        return (
            [*(old for old, _ in pairs), *before[kept:]],
            [*(new for _, new in pairs), *after[kept:]],
        )
    return _short(before), _short(after)


def _unequal_fields(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> tuple[JsonValue, JsonValue]:
    old: dict[str, JsonValue] = {}
    new: dict[str, JsonValue] = {}
    for key, value in before.items():
        other = after.get(key, ABSENT)
        if other is ABSENT:
            old[key] = value
        elif not json_equal(value, other):
            old[key], new[key] = _unequal_part(value, other)
    new.update({key: value for key, value in after.items() if key not in before})
    return old, new


def _short(value: JsonValue) -> JsonValue:
    return digest(value) if isinstance(value, str) and len(value) > _LONG_TEXT else value


def _unequal_places(before: JsonValue, after: JsonValue) -> list[list[str | int]]:
    """DeepDiff's view of what differs, as paths of keys and indices."""
    from deepdiff import DeepDiff  # noqa: PLC0415 -- 0.1 s that a plan without changes saves

    tree = DeepDiff(
        before,
        after,
        view="tree",
        zip_ordered_iterables=True,
        # Without these two it leaves out keys that start with "__", and reports a map as changed
        # as a whole when few of its keys are common.
        ignore_private_variables=False,
        threshold_to_diff_deeper=0,
    )
    return [level.path(output_format="list") for name in _REPORTS for level in tree.get(name, ())]


def _resolve(value: Maybe, parts: Sequence[str | int]) -> Maybe:
    for part in parts:
        value = step(value, str(part))
    return value
