"""Bootstraps that extend layers: gathered until every file is read, then completed."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.authoring.layers import Extending, inherit
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json
from reconciler.core.resource import Desired
from reconciler.kinds import KINDS
from reconciler.sources.faults import Fault, nearest

LAYER: Final = replace(KINDS["Bootstrap"], name="Layer", noun="layer", collection="layers")
"""Read as a bootstrap is; it never reaches the server."""
MAX_PARAMETERS_BYTES: Final = 256 * 1024
"""Of one bootstrap as compact JSON: what the server takes unless it is told otherwise."""


@dataclass(slots=True)
class Layering:
    """Layers by name, and who waits for them."""

    layers: dict[str, Desired] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Layers with faults of their own: what extends them is not at fault as well."""
    waiting: list[Extending] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, layer: Desired) -> None:
        """Take a layer; a second one of its name is a fault."""
        first = self.layers.setdefault(layer.id.name, layer)
        if first is layer:
            return
        self.faults.append(
            Fault(
                "layer-declared-twice",
                f'layer "{layer.id.name}" is declared twice',
                replace(layer.origin, pointer="/name"),
                label=f"declared first in {first.origin}",
                help="remove one of the two documents, or rename it",
                object=layer.id,
                related=(replace(first.origin, pointer="/name"),),
            )
        )

    def complete(self, named_in_vain: Container[str]) -> Iterator[Desired]:
        """Every bootstrap that can be completed; for the others there is a fault."""
        for one in self.waiting:
            unknown = [n for n, name in enumerate(one.extends) if name not in self.layers]
            for number in unknown:
                name = one.extends[number]
                if name not in self.refused and name not in named_in_vain:
                    self.faults.append(_unknown_layer(one, number, self.layers))
            if not unknown:
                yield from self._completed(one)

    def _completed(self, one: Extending) -> Iterator[Desired]:
        layers = [self.layers[name] for name in one.extends]
        found = inherit(one.own, layers, one.remove)
        self.faults += (_removes_nothing(one, pointer) for pointer in found.missed)
        if len(dump_json(found.bootstrap.value).encode()) > MAX_PARAMETERS_BYTES:
            message = f"parameters are larger than {MAX_PARAMETERS_BYTES // 1024} KiB as JSON"
            at = one.document.at("/extends")
            self.faults.append(
                Fault("parameters-too-large", message, at, at_key=True, object=one.own.id)
            )
        elif not found.missed:
            yield found.bootstrap


def _unknown_layer(one: Extending, number: int, layers: Mapping[str, Desired]) -> Fault:
    near = nearest(one.extends[number], tuple(layers))
    return Fault(
        "bootstrap-unknown-layer",
        "bootstrap extends a layer that does not exist",
        one.document.at(f"/extends/{number}"),
        label="not declared in this project",
        help=near or "declare the layer, or correct the name",
        object=one.own.id,
    )


def _removes_nothing(one: Extending, pointer: str) -> Fault:
    number = list(one.remove).index(pointer)
    return Fault(
        "removes-nothing",
        "there is nothing to remove",
        one.document.at(f"/remove/{number}"),
        label="no layer sets it",
        help="correct the pointer, or leave it out",
        object=one.own.id,
    )


def is_layer(id_: ResourceId) -> bool:
    """Whether it is no object of the server."""
    return id_.kind == LAYER.name
