"""Values without the fields that a project never compares."""

from collections.abc import Mapping, Sequence

from reconciler.core.pointer import split
from reconciler.core.values import ABSENT, JsonValue, Maybe


def without(value: JsonValue, patterns: Sequence[str]) -> JsonValue:
    """`value` without what the patterns name.

    A map that a pattern leads into goes too when nothing is left in it: whether a device has
    reported into `/telemetry` yet must not matter when `/telemetry/lastUpload` is ignored. Items
    of arrays become null instead, so that their neighbours keep their places.
    """
    rest = _strip(value, [split(pattern) for pattern in patterns])
    return {} if rest is ABSENT else rest


def _strip(value: JsonValue, patterns: Sequence[tuple[str, ...]]) -> Maybe:
    if not patterns:
        return value
    if () in patterns:
        return ABSENT
    if isinstance(value, Mapping):
        fields = {key: _strip(item, _below(patterns, key)) for key, item in value.items()}
        return {key: item for key, item in fields.items() if item is not ABSENT} or ABSENT
    if isinstance(value, list | tuple):
        items = (_strip(item, _below(patterns, str(n))) for n, item in enumerate(value))
        return [None if item is ABSENT else item for item in items]
    return value


def _below(patterns: Sequence[tuple[str, ...]], key: str) -> list[tuple[str, ...]]:
    return [pattern[1:] for pattern in patterns if pattern[0] in ("*", key)]


def with_ignored(value: JsonValue, live: JsonValue, patterns: Sequence[str]) -> JsonValue:
    """`value` with what the patterns name taken from `live`, so that a write leaves it alone.

    Only maps are followed: which item of an array belongs to which nobody can tell.
    """
    kept = _keep(value, live, [split(pattern) for pattern in patterns])
    return value if kept is ABSENT else kept


def _keep(value: Maybe, live: Maybe, patterns: Sequence[tuple[str, ...]]) -> Maybe:
    if () in patterns:
        return value if live is ABSENT else live
    if (
        not patterns
        or not isinstance(live, Mapping)
        or not (value is ABSENT or isinstance(value, Mapping))
    ):
        return value
    fields: dict[str, JsonValue] = {} if value is ABSENT else dict(value)
    for key in [*live, *(key for key in fields if key not in live)]:
        below = _below(patterns, key)
        kept = _keep(fields.get(key, ABSENT), live.get(key, ABSENT), below) if below else ABSENT
        if kept is not ABSENT:
            fields[key] = kept
    return fields if fields or value is not ABSENT else ABSENT
