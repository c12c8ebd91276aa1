"""What a server has as layers, fleets with their lists, and documents of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.authoring.factoring import Factored, FoundFleet, factor
from reconciler.core.kind import Kind
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.sources.writer import filed, written_documents
from reconciler.sources.yaml_output import Verbatim, as_written, document_text

_LAYERS: Final = "layers"
_FLEETS: Final = "fleets"
_QUOTED: Final = frozenset(',;"')


@dataclass(frozen=True, slots=True)
class FactoredFiles:
    """Files, and how much structure there is in them."""

    files: Mapping[str, str]
    """Relative path to text."""
    layers: int
    fleets: int
    rows: int
    documents: int
    """Those that stand by themselves."""


def factored_files(
    objects: Sequence[Desired], kinds: Mapping[str, Kind], masking: Masking
) -> FactoredFiles:
    """Lay objects out with layers and fleets.

    Raises:
        Misuse: An object is nested deeper than files may be.
    """
    documents = [_as_in_files(one) for _, one in written_documents(objects, kinds)]
    found = factor(documents, lambda one: len(_text(one).encode()), masking)
    lines = (part for fleet in found.fleets for part in fleet.parts.values())
    return FactoredFiles(
        files=_files(found, kinds),
        layers=len(found.layers),
        fleets=len(found.fleets),
        rows=sum(map(len, lines)),
        documents=len(found.documents),
    )


def _files(found: Factored, kinds: Mapping[str, Kind]) -> dict[str, str]:
    texts = [(_LAYERS, _text(layer)) for layer in found.layers]
    texts += ((kinds[str(one["kind"])].scope_key, _text(one)) for one in found.documents)
    files = filed(texts)
    for fleet in found.fleets:
        files |= _fleet_files(fleet)
    return files


def _fleet_files(fleet: FoundFleet) -> dict[str, str]:
    """The fleet, and its rows in a folder beside it."""
    name = str(fleet.document["name"])
    kind = {"kind": fleet.document["kind"], "name": name, "rows": [f"{name}/*.csv"]}
    files = {f"{_FLEETS}/{name}.yaml": _text({**kind, **fleet.document})}
    for part, lines in fleet.parts.items():
        rows = [",".join(lines[0]), *(",".join(map(_cell, line.values())) for line in lines)]
        files[f"{_FLEETS}/{name}/{part}.csv"] = "\n".join(rows) + "\n"
    return files


def _cell(text: str) -> str:
    """A cell, in quotes where it needs them."""
    if _QUOTED.isdisjoint(text) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'


def _text(document: Mapping[str, JsonValue]) -> str:
    """A document whose texts are already as files have them."""
    marked = _verbatim(document)
    return document_text(marked if isinstance(marked, Mapping) else {})


def _verbatim(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return Verbatim(value)
    if isinstance(value, Mapping):
        return {Verbatim(key): _verbatim(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_verbatim(item) for item in value]
    return value


def _as_in_files(value: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The document with every text as a file has it, keys too."""
    return {as_written(key): _written_value(item) for key, item in value.items()}


def _written_value(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return as_written(value)
    if isinstance(value, Mapping):
        return _as_in_files(value)
    if isinstance(value, list | tuple):
        return [_written_value(item) for item in value]
    return value
