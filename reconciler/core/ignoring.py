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
