"""Variables: `${var:NAME}` becomes what the target says, before anything else reads the document.

A text that is one variable and nothing else keeps the type of its value; inside a text it is text.
What was filled in is never read as a placeholder again.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.core.pointer import join
from reconciler.core.template import escaped
from reconciler.core.values import JsonValue, Maybe, text_of

_PLACEHOLDER: Final = re.compile(r"(\$\$\{)|\$\{var:([^}]*)\}")
_FIXED: Final = ("kind", "parametersFile")
"""What a document is, and which files are read, is the same for every target."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What one target sets, and what every target has to set for the files to be right."""

    target: str = ""
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    required: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Names by target: of this one, or of all where none was chosen."""

    def lacking(self, name: str) -> tuple[str, ...]:
        """The targets that have to set it and do not."""
        return tuple(target for target, names in self.required.items() if name not in names)


@dataclass(slots=True)
class Filling:
    """One document's variables, filled in; `uses` tells where they stood, as the file spells it."""

    variables: Variables
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def document(self, value: JsonValue, at: str = "") -> Any:  # noqa: ANN401 -- a document may be anything
        """Fill in a whole document."""
        if not isinstance(value, Mapping):
            return value
        return {
            key: item if key in _FIXED else self.fill(item, at + join((key,)))
            for key, item in value.items()
        }

    def fleet(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fill in a fleet's templates and exceptions; its lines and columns have no variables."""
        filled = dict(value)
        documents, exceptions = value.get("documents"), value.get("exceptions")
        if isinstance(documents, Mapping):
            filled["documents"] = {
                handle: self.document(item, "/documents" + join((handle,)))
                for handle, item in documents.items()
            }
        if isinstance(exceptions, list):
            filled["exceptions"] = [
                {**item, "set": self.fill(item["set"], f"/exceptions/{number}/set")}
                if isinstance(item, Mapping) and "set" in item
                else item
                for number, item in enumerate(exceptions)
            ]
        return filled

    def fill(self, value: JsonValue, at: str) -> JsonValue:
        """Fill in a value; keys stay as they are."""
        if isinstance(value, str):
            return self._text(value, at) if "${var:" in value else value
        if isinstance(value, Mapping):
            return {key: self.fill(item, at + join((key,))) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, f"{at}/{number}") for number, item in enumerate(value)]
        return value

    def _text(self, text: str, at: str) -> JsonValue:
        names = tuple(found[2] for found in _PLACEHOLDER.finditer(text) if found[1] is None)
        if not names:
            return text
        self.uses[at] = tuple(dict.fromkeys(names))
        if text == f"${{var:{names[0]}}}":
            value = self._value(names[0])
            return escaped(value) if isinstance(value, str) else value
        return self._inside(text)

    def _inside(self, text: str) -> str:
        """Values and what stands around them; no value makes a placeholder with its neighbour."""
        result, filled, position = "", "", 0
        for found in _PLACEHOLDER.finditer(text):
            literal = text[position : found.start()] + (found[1] or "")
            if literal:
                result, filled = result + _spelled(filled, literal) + literal, ""
            position = found.end()
            if found[1] is None:
                filled += text_of(self._value(found[2]))
        return result + _spelled(filled, text[position:]) + text[position:]

    def _value(self, name: str) -> JsonValue:
        """The name itself where nothing is set, so that one mistake makes one problem."""
        return self.variables.values.get(name, name)


def uses_variables(value: Maybe) -> bool:
    """Whether a variable stands anywhere in a value as a file spells it."""
    if isinstance(value, str):
        return any(found[1] is None for found in _PLACEHOLDER.finditer(value))
    if isinstance(value, Mapping):
        return any(map(uses_variables, value.values()))
    return isinstance(value, list) and any(map(uses_variables, value))


def _spelled(filled: str, following: str) -> str:
    """A value as a file would spell it before what follows."""
    opens = filled.endswith("$") and following.startswith("{")
    return escaped(filled) + ("$" if opens else "")
