"""Placeholders in documents: literal ones are undone, references to secrets noted and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.template import BadTemplateError, references_in, unescaped
from reconciler.core.values import JsonValue
from reconciler.sources.faults import Fault

_MISPLACED = "secrets can't stand here"
_PLACES = "references work in the texts of a bootstrap's parameters only"


@dataclass(slots=True)
class Cleared:
    """A value as it compares, and what was found on the way."""

    value: JsonValue = None
    references: dict[str, str] = field(default_factory=dict)
    """Pointers into the value whose text, kept as written, refers to secrets."""
    faults: list[Fault] = field(default_factory=list)


def clear_placeholders(value: JsonValue, origin: Origin, allowed: Callable[[str], bool]) -> Cleared:
    """Undo each `$${`; `allowed` tells at which pointers into `value` a secret may stand."""
    walk = _Walk(origin, allowed)
    walk.cleared.value = walk.value(value, "", "")
    return walk.cleared


class _Walk:
    """One pass; `written` is the pointer as the file has it, `pointer` as the result has it."""

    def __init__(self, origin: Origin, allowed: Callable[[str], bool]) -> None:
        self.cleared = Cleared()
        self._origin = origin
        self._allowed = allowed

    def value(self, value: JsonValue, written: str, pointer: str) -> JsonValue:
        if isinstance(value, str):
            return self._text(value, written, pointer) if "${" in value else value
        if isinstance(value, Mapping):
            return dict(self._entry(key, value[key], written, pointer) for key in value)
        if isinstance(value, list):
            return [self.value(v, f"{written}/{n}", f"{pointer}/{n}") for n, v in enumerate(value)]
        return value

    def _entry(
        self, key: str, item: JsonValue, written: str, pointer: str
    ) -> tuple[str, JsonValue]:
        at, meant = written + join((key,)), unescaped(key)
        if "${" in key and self._refers(key, at, at_key=True):
            self._misplaced(at, at_key=True)
        return meant, self.value(item, at, pointer + join((meant,)))

    def _text(self, text: str, written: str, pointer: str) -> str:
        if not self._refers(text, written, at_key=False):
            return unescaped(text)
        if not self._allowed(pointer):
            self._misplaced(written, at_key=False)
        self.cleared.references[pointer] = text
        return text

    def _refers(self, text: str, written: str, *, at_key: bool) -> bool:
        try:
            return bool(references_in(text))
        except BadTemplateError as bad:
            at = self._origin.at(written)
            fault = Fault(bad.code, bad.message, at, at_key=at_key, help=bad.fix)
            self.cleared.faults.append(fault)
            return False

    def _misplaced(self, written: str, *, at_key: bool) -> None:
        at = self._origin.at(written)
        fault = Fault("secret-misplaced", _MISPLACED, at, at_key=at_key, help=_PLACES)
        self.cleared.faults.append(fault)
