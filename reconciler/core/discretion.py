"""Words of a server without our secrets: an error message may quote what was sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote, quote_plus

from reconciler.core.json_text import dump_json
from reconciler.core.outcome import Failed, Outcome
from reconciler.core.pointer import join
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.core.secrets import Masking, is_secret, secret_parts
from reconciler.core.values import MASK, JsonValue

_SHORTEST: Final = 4
"""Characters; a shorter text stands in too many innocent words."""


class Discretion:
    """Replaces secrets wherever they stand in a text, also as URLs and JSON write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {
            spelling
            for secret in secrets
            if len(secret) >= _SHORTEST
            for spelling in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
        }
        spellings |= {dump_json(spelling)[1:-1] for spelling in spellings}
        self._spellings = sorted(spellings, key=lambda one: (-len(one), one))

    def text(self, text: str) -> str:
        """The text with each secret masked."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def receipt(self, receipt: Receipt) -> Receipt:
        """The receipt with what the server said put in discreet words."""
        return replace(
            receipt,
            outcomes=tuple(map(self._outcome, receipt.outcomes)),
            discrepancies=tuple(map(self._discrepancy, receipt.discrepancies)),
            unverified=self.text(receipt.unverified),
            unrecorded=self.text(receipt.unrecorded),
        )

    def _outcome(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Failed):
            return replace(outcome, reason=self.text(outcome.reason))
        return outcome

    def _discrepancy(self, found: Discrepancy) -> Discrepancy:
        return replace(found, reason=self.text(found.reason))


def secret_texts(
    value: JsonValue, masking: Masking, references: Sequence[str] = (), pointer: str = ""
) -> Iterator[str]:
    """Each text in a value that is never shown; `references` are pointers to more of them."""
    if isinstance(value, Mapping):
        pairs = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(str(number), item) for number, item in enumerate(value)]
    else:
        if isinstance(value, str):
            known = pointer in references or is_secret(pointer, masking)
            yield from (value,) if known else secret_parts(value)
        return
    for key, item in pairs:
        yield from secret_texts(item, masking, references, pointer + join((key,)))
