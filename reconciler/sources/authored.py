"""Who wrote what: the documents, layers and lines behind each declared object."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from reconciler.authoring.fleets import Generated, Row
from reconciler.authoring.layers import Extending, inherit
from reconciler.authoring.variables import Filling, uses_variables
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import parse_json
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve, split
from reconciler.core.problem import Problem
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.core.template import unescaped
from reconciler.core.values import ABSENT, JsonValue, Maybe
from reconciler.kinds import KINDS
from reconciler.sources.documents import FLEET, Declarations
from reconciler.sources.files import Files, is_xml
from reconciler.sources.fleet_documents import Fleets
from reconciler.sources.fleet_rows import beside
from reconciler.sources.project import PROJECT_FILE
from reconciler.sources.repository import Repository
from reconciler.sources.variables import variables_of
from reconciler.sources.voice_xml import read_voice_xml
from reconciler.sources.yaml_file import read_yaml

EXCEPTIONS: Final = "/exceptions/"
"""Where the exceptions of a fleet stand in its document."""

Key: TypeAlias = tuple[str, str]
Spot: TypeAlias = tuple[str, int]
"""A file and the number of a document in it."""


def key_of(id_: ResourceId) -> Key:
    """What tells objects apart."""
    return id_.kind, KINDS[id_.kind].key(id_.name)


@dataclass(frozen=True, slots=True)
class Made:
    """An object that a line of a fleet makes."""

    by: Generated
    fleet: Spot
    key: str
    """The value of the line's key."""


@dataclass(slots=True)
class Authored:
    """A project as it is written."""

    declared: dict[Key, Desired] = field(default_factory=dict)
    documents: dict[Spot, Any] = field(default_factory=dict)
    """As the files have them, placeholders and all; attached JSON too."""
    made: dict[Key, Made] = field(default_factory=dict)
    extending: dict[Key, Extending] = field(default_factory=dict)
    layers: Mapping[str, Desired] = field(default_factory=dict)

    def spot(self, key: Key) -> Spot:
        """The document of an object that no fleet makes."""
        origin = self.declared[key].origin
        return origin.file, origin.document

    def attached(self, key: Key) -> Spot | None:
        """The file that holds an object's parameters, if one does."""
        if key in self.made:
            return None
        return self._named_in(self.spot(key))

    def layer_spots(self) -> set[Spot]:
        """The documents of layers, and the files that hold their parameters."""
        spots = {(one.origin.file, one.origin.document) for one in self.layers.values()}
        return spots | {file for spot in spots if (file := self._named_in(spot)) is not None}

    def _named_in(self, spot: Spot) -> Spot | None:
        name = self.documents[spot].get("parametersFile")
        return (beside(spot[0], name), 0) if name is not None else None

    def own(self, key: Key) -> Any:  # noqa: ANN401 -- a document may be anything
        """An object's own document, without what it inherits; columns filled in."""
        return self.made[key].by.document if key in self.made else self.documents[self.spot(key)]

    def inherited(self, key: Key) -> JsonValue:
        """What layers give to an object, its removals done."""
        one = self.extending.get(key)
        if one is None:
            return {}
        layers = [self.layers[name] for name in one.extends if name in self.layers]
        return inherit(
            replace(one.own, value={}, references={}), layers, one.remove
        ).bootstrap.value

    def origin_of(self, key: Key, pointer: str) -> Origin:
        """Where a value was written."""
        return self.declared[key].origin_of(pointer)

    def varies(self, key: Key, pointer: str) -> bool:
        """Whether a variable is part of a value: another target has another one there."""
        if resolve(self.declared[key].value, pointer) is ABSENT:
            return False
        origin, made = self.origin_of(key, pointer), self.made.get(key)
        document: Maybe = self.documents.get((origin.file, origin.document), ABSENT)
        at = unescaped(origin.pointer)
        if made is not None and not at.startswith(EXCEPTIONS):
            template = self.documents[made.fleet]["documents"][made.by.template.handle]
            whole = KINDS[key[0]].value_pointer + pointer
            if uses_variables(resolve(template, raw_pointer(template, whole))):
                return True
        return uses_variables(resolve(document, raw_pointer(document, at)))

    def row_mates(self, row: Row) -> dict[Key, Made]:
        """Every object of one line."""
        return {key: one for key, one in self.made.items() if one.by.row is row}

    def siblings(self, made: Made) -> list[Key]:
        """Every object of one template."""
        at = made.by.template.origin
        return [key for key, one in self.made.items() if one.by.template.origin == at]


def read_authored(root: Path, repository: Repository) -> Authored:
    """Read the files of a valid repository once more, keeping who wrote what."""
    files, masking = Files(root), Masking(repository.project.secrets)
    variables = variables_of(repository.project, repository.target)
    declarations, fleets = Declarations(files, masking, variables), Fleets(files, masking)
    found = Authored({key_of(one.id): one for one in repository.declared})
    for path in repository.files:
        data = files.read(path)
        if path == PROJECT_FILE or path.endswith(".csv") or isinstance(data, Problem):
            continue
        if path.endswith(".json"):
            found.documents[path, 0] = parse_json(data.decode())
            continue
        if is_xml(path):
            found.documents[path, 0] = read_voice_xml(data).parameters
            continue
        for document in read_yaml(path, data, masking).documents:
            found.documents[path, document.number] = document.value
            declarations.add(document, path, placeholders=True)
            value: Any = document.value
            if value["kind"] == FLEET:
                origin = Origin(path, document.number, document.line)
                filled = Filling(variables).fleet(value)
                for one in fleets.documents(filled, origin):
                    id_ = ResourceId(
                        str(one.document["kind"]), unescaped(str(one.document["name"]))
                    )
                    key = str(one.row.values[value["key"]])
                    found.made[key_of(id_)] = Made(one, (path, document.number), key)
    found.layers = declarations.layering.layers
    found.extending = {key_of(one.own.id): one for one in declarations.layering.waiting}
    return found


def raw_pointer(document: Maybe, pointer: str) -> str:
    """The pointer as the file spells its keys: `$${` where `${` is meant."""
    parts: list[str] = []
    for part in split(pointer):
        spelled = part.replace("${", "$${")
        if isinstance(document, Mapping):
            spelled = next((key for key in document if unescaped(key) == part), spelled)
            document = document.get(spelled, ABSENT)
        parts.append(spelled)
    return join(parts)
