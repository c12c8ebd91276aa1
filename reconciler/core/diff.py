"""What differs between two values, as changes of single fields; secrets are masked here, once."""

from collections.abc import Sequence

from reconciler.core.change import FieldChange
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue, Maybe


def field_changes(
    before: Maybe, after: Maybe, masking: Masking, ignored: Sequence[str] = ()
) -> tuple[FieldChange, ...]:
    """Sorted by pointer; empty when the values are equal as JSON, apart from `ignored` patterns."""
    raise NotImplementedError


def patch(changes: Sequence[FieldChange]) -> list[dict[str, JsonValue]]:
    """The changes as an RFC 6902 patch, in an order in which it can be applied."""
    raise NotImplementedError
