"""What a bootstrap holds may be secret, so no server's message may repeat it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.kind import Kind
from reconciler.core.resource import Desired
from reconciler.core.values import MASK, JsonValue
from reconciler.remote.answer import Hide

_SHORTEST: Final = 4
"""Shorter texts stand in too many words."""


def hiding(written: Iterable[tuple[Kind, Desired]]) -> Hide:
    """Masks each text within the parameters of bootstraps, also as JSON spells it.

    Other kinds hold names, which messages are about.
    """

    def hide(text: str) -> str:
        values = (desired.value for kind, desired in written if kind.value_field)
        found = {leaf for value in values for leaf in _texts(value) if len(leaf) >= _SHORTEST}
        spelled = found | {dump_json(leaf)[1:-1] for leaf in found}
        # A text may be part of another.
        for leaf in sorted(spelled, key=len, reverse=True):
            text = text.replace(leaf, MASK)
        return text

    return hide


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)
