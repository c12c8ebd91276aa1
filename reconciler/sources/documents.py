"""Documents become declared objects; shape, placeholders and files of parameters are seen to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reconciler.authoring.fleets import Generated, Overridden
from reconciler.authoring.layers import Extending
from reconciler.authoring.lineage import Heritage, Use
from reconciler.authoring.variables import Filling, Variables
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json
from reconciler.core.kind import Kind, Ownership
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve
from reconciler.core.resource import NO_REFERENCES, NO_ROW, NOT_LAYERED, Desired
from reconciler.core.secrets import Masking
from reconciler.core.template import unescaped
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.sources.attached import AttachedFiles
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.files import FileTree
from reconciler.sources.fleet_documents import Fleets
from reconciler.sources.layering import LAYER, MAX_PARAMETERS_BYTES, Layering, is_layer
from reconciler.sources.placeholders import Cleared, clear_placeholders
from reconciler.sources.schema import accepts
from reconciler.sources.schema_faults import Later, schema_faults
from reconciler.sources.variables import variable_faults, variable_origin
from reconciler.sources.yaml_text import Document

_LARGEST_GROWTH: Final = 9
"""JSON bytes that one character of YAML can become at most (`a,` becomes `"a":null,`)."""

DOCUMENT_SCHEMAS: Final = {
    "Site": "site",
    "Bootstrap": "bootstrap",
    "Token": "token",
    "PortalUser": "portal-user",
    "Layer": "layer",
}
_LATER: Final = Later(frozenset())
FLEET: Final = "Fleet"
NO_VARIABLES: Final = Variables()


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind's documents are read, looked up once per kind."""

    kind: Kind
    schema: str
    may_be_secret: Callable[[str], bool]
    """Of a pointer into a document."""
    fields: tuple[tuple[str, str | None], ...]
    """What a document declares, and what stands in for a field that it leaves out."""


def _form(kind: Kind) -> _Form:
    fields = tuple(
        (field.name, field.default)
        for field in kind.fields
        if field.ownership is not Ownership.SERVER
    )
    return _Form(kind, DOCUMENT_SCHEMAS[kind.name], _may_be_secret(kind), fields)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a value brings along beside itself; pointers start at the value."""

    inherited: Mapping[str, Origin] = field(default_factory=lambda: NOT_LAYERED)
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    row: Mapping[str, JsonValue] = field(default_factory=lambda: NO_ROW)


_UNMARKED: Final = _Marks()


def _may_be_secret(kind: Kind) -> Callable[[str], bool]:
    """Where in a document of this kind a secret may stand: in what is its whole value, no name."""
    if kind.value_field is None:
        return lambda _: False
    start = f"{kind.value_pointer}/"
    names = {kind.value_pointer + mention.pointer for mention in kind.mentions}
    return lambda pointer: pointer.startswith(start) and pointer not in names


_FORMS: Final = {name: _form(kind) for name, kind in (*KINDS.items(), (LAYER.name, LAYER))}


class Declarations:
    """Gathers objects and faults, document by document."""

    def __init__(
        self, files: FileTree, masking: Masking, variables: Variables = NO_VARIABLES
    ) -> None:
        self.declared: list[Desired] = []
        self.refused: list[Desired] = []
        """Names of documents with faults: what refers to them is not at fault as well."""
        self.faults: list[Fault] = []
        self.attached = AttachedFiles(files, masking)
        self.layering = Layering()
        self.fleets = Fleets(files, masking)
        self.variables = variables
        self.uses: dict[Use, tuple[str, ...]] = {}
        self.exceptions: dict[ResourceId, Sequence[Overridden]] = {}
        self.templates: dict[ResourceId, Origin] = {}
        self._accepts_fleet = accepts("fleet")
        self._accepts = {name: accepts(form.schema) for name, form in _FORMS.items()}

    def heritage(self) -> Heritage:
        """What the values come from, once all documents were taken."""
        return Heritage(
            self.layering.layers,
            tuple(self.layering.waiting),
            self.exceptions,
            self.templates,
            self.uses,
            {name: variable_origin(self.variables.target, name) for name in self.variables.values},
        )

    def add(self, document: Document, file: str, *, placeholders: bool) -> None:
        """Take a document; `placeholders` tells whether its file holds `${` anywhere."""
        origin = Origin(file, document.number, document.line)
        faults: list[Fault] = []
        if placeholders:
            filled = self._fill(document.value, origin)
            document, faults = filled.of(document), filled.faults
        value: Any = document.value
        if isinstance(value, dict) and value.get("kind") == FLEET:
            self.faults += faults
            self._add_fleet(document, value, origin)
            return
        form = self._form_of(value, origin)
        if form is None:
            self.faults += faults
        elif faults:
            self._refuse(form.kind, value.get("name"), origin, faults)
        else:
            self._take(form, document, origin, _UNMARKED, placeholders=placeholders)

    def _add_fleet(self, document: Document, value: Mapping[str, Any], origin: Origin) -> None:
        """Take every document that a fleet's lines become."""
        if not self._accepts_fleet(document.value):
            self.faults += schema_faults(document.value, "fleet", origin, _LATER)
            return
        for one in self.fleets.documents(value, origin):
            start = one.row.origin
            form = _FORMS[str(one.document["kind"])]
            before = len(self.faults)
            written = Document(
                one.document, start.document, start.line, document.size, aliased=False
            )
            origins = _origins_of(one, form.kind.value_pointer)
            marks = _Marks(inherited=origins, row=one.row.values)
            id_ = ResourceId(form.kind.name, unescaped(str(one.document["name"])))
            self.templates[id_] = one.template.origin
            if one.overridden:
                self.exceptions[id_] = one.overridden
            self._take(form, written, start, marks, placeholders=True)
            self.faults[before:] = (
                replace(fault, origin=one.origin_of(fault.origin.pointer[len(start.pointer) :]))
                for fault in self.faults[before:]
            )

    def _take(
        self,
        form: _Form,
        document: Document,
        origin: Origin,
        marks: _Marks,
        *,
        placeholders: bool,
    ) -> None:
        value: Any = document.value
        faults: list[Fault] = []
        if placeholders:
            cleared = clear_placeholders(value, origin, form.may_be_secret)
            value, faults = cleared.value, cleared.faults
            marks = replace(marks, references=_below(form.kind.value_pointer, cleared))
        if not faults and not self._accepts[form.kind.name](value):
            faults = schema_faults(value, form.schema, origin, _LATER)
        if faults:
            self._refuse(form.kind, value.get("name"), origin, faults)
            return
        if form.kind.value_field is None:
            self._declare(form, value, origin, marks)
        else:
            self._add_whole(form, document, value, origin, marks)

    def _refuse(self, kind: Kind, name: object, origin: Origin, faults: list[Fault]) -> None:
        """Note the faults of a document; its name, if it has one, still counts as declared."""
        id_ = ResourceId(kind.name, name) if isinstance(name, str) else None
        self.faults += (replace(fault, object=id_) for fault in faults)
        if id_ is not None and is_layer(id_):
            self.layering.refused.add(id_.name)
        elif id_ is not None and kind.name_pattern.fullmatch(id_.name):
            self.refused.append(Desired(id_, {}, origin))

    def _form_of(self, value: Any, origin: Origin) -> _Form | None:  # noqa: ANN401 -- a document may be anything
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in _FORMS:
            return _FORMS[kind]
        self.faults.append(_kind_fault(value, origin))
        return None

    def _declare(
        self, form: _Form, value: Mapping[str, Any], origin: Origin, marks: _Marks
    ) -> None:
        kind = form.kind
        if kind.value_field is None:
            content = {name: value.get(name, default) for name, default in form.fields}
        else:
            content = value[kind.value_field]
            origin = origin.at(kind.value_pointer)
        desired = Desired(
            ResourceId(kind.name, value["name"]),
            content,
            origin,
            value.get("protect", False),
            marks.inherited,
            marks.references,
            tuple(value.get("renamedFrom", ())),
            marks.row,
        )
        if "extends" in value:
            extending = Extending(desired, value["extends"], value.get("remove", ()))
            self.layering.waiting.append(extending)
        elif kind is LAYER:
            self.layering.add(desired)
        else:
            self.declared.append(desired)

    def _add_whole(
        self,
        form: _Form,
        document: Document,
        value: Mapping[str, Any],
        origin: Origin,
        marks: _Marks,
    ) -> None:
        """Take an object whose value is one field: here or in a file of its own."""
        name = form.kind.value_field or ""
        if "extends" in value and not value.keys() & {name, "parametersFile"}:
            value = {**value, name: {}}
        if "parametersFile" in value:
            attached = self._attached(form.kind, value["parametersFile"], origin)
            if attached is None:
                self._refuse(form.kind, value["name"], origin, [])
                return
            parameters, marks = attached
            value = {**value, name: parameters}
        elif not document.aliased and document.size * _LARGEST_GROWTH <= MAX_PARAMETERS_BYTES:
            self._declare(form, value, origin, marks)
            return
        size = len(dump_json(value[name]).encode())
        if size > MAX_PARAMETERS_BYTES:
            message = f"{name} are larger than {MAX_PARAMETERS_BYTES // 1024} KiB as JSON"
            at = origin.at("/parametersFile" if "parametersFile" in value else f"/{name}")
            fault = Fault("parameters-too-large", message, at, at_key=True)
            self._refuse(form.kind, value["name"], origin, [fault])
            return
        self._declare(form, value, origin, marks)

    def _attached(self, kind: Kind, name: str, origin: Origin) -> tuple[JsonValue, _Marks] | None:
        """The value in a file that a document names; `None` when something is wrong."""
        found = self.attached.find(name, origin.at("/parametersFile"))
        if found is None or not found.placeholders:
            return None if found is None else (found.value, _Marks(found.origins))
        root = Origin(found.path, 0, 1)
        start = kind.value_pointer
        filled = self._fill(found.value, root, whole=False)
        cleared = clear_placeholders(
            filled.value,
            root,
            lambda pointer: _FORMS[kind.name].may_be_secret(start + pointer),
        )
        faults = [*filled.faults, *cleared.faults]
        self.faults += faults
        return None if faults else (cleared.value, _Marks(found.origins, cleared.references))

    def _fill(self, value: Any, origin: Origin, *, whole: bool = True) -> "_Filled":  # noqa: ANN401 -- a document may be anything
        """Put the target's variables in; `whole` tells a document from a value."""
        filling = Filling(self.variables)
        if not whole:
            filled = filling.fill(value, "")
        elif isinstance(value, dict) and value.get("kind") == FLEET:
            filled = filling.fleet(value)
        else:
            filled = filling.document(value)
        for pointer, names in filling.uses.items():
            self.uses[origin.file, origin.document, pointer] = names
        return _Filled(filled, list(variable_faults(filling, origin)), grown=bool(filling.uses))


@dataclass(frozen=True, slots=True)
class _Filled:
    """A document with its variables filled in."""

    value: Any
    faults: list[Fault]
    grown: bool
    """It may be larger than its text."""

    def of(self, document: Document) -> Document:
        return document._replace(value=self.value, aliased=document.aliased or self.grown)


def _kind_fault(value: Any, origin: Origin) -> Fault:  # noqa: ANN401 -- a document may be anything
    known = tuple(_FORMS)
    if not isinstance(value, dict):
        message = "document is not an object with fields"
        return Fault("wrong-type", message, origin, help="write fields: kind, name and more")
    if "kind" not in value:
        fix = f"there is {in_words(known)}"
        return Fault("missing-field", 'field "kind" is missing', origin, at_key=True, help=fix)
    kind = value["kind"]
    at = origin.at("/kind")
    if not isinstance(kind, str):
        return Fault("unknown-kind", "kind is not text", at, help=f"there is {in_words(known)}")
    if kind == "Project":
        fix = "a project's file is pvm.yaml in the project's folder; move it or remove it"
        return Fault("unknown-kind", "a project stands only in pvm.yaml", at, help=fix)
    fix = nearest(kind, known) or f"there is {in_words(known)}"
    return Fault("unknown-kind", "unknown kind", at, help=fix)


def _origins_of(one: Generated, start: str) -> dict[str, Origin]:
    """Where a generated object's values were written, by pointers into its value."""
    value: Any = resolve(one.document, start)
    top = [f"{start}{join((key,))}" for key in value] if isinstance(value, Mapping) else []
    pointers = dict.fromkeys([*top, *one.written])
    below = (pointer for pointer in pointers if pointer.startswith(f"{start}/"))
    return {pointer[len(start) :]: one.origin_of(pointer) for pointer in below}


def _below(start: str, cleared: Cleared) -> dict[str, str]:
    """The references of a document by pointers into what is its value."""
    return {pointer.removeprefix(start): text for pointer, text in cleared.references.items()}
