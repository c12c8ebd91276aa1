"""Documents become declared objects; shape, placeholders and files of parameters are seen to."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reconciler.core.identity import ResourceId
from reconciler.core.json_text import JsonError, dump_json, parse_json
from reconciler.core.kind import Kind, Ownership
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.problem import Problem
from reconciler.core.resource import NOT_LAYERED, Desired
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.files import Files
from reconciler.sources.schema import accepts
from reconciler.sources.schema_faults import Later, schema_faults
from reconciler.sources.source_text import SourceText, Span, decode
from reconciler.sources.yaml_text import Document

MAX_PARAMETERS_BYTES: Final = 256 * 1024
"""Of one bootstrap as compact JSON: what the server takes unless it is told otherwise."""
MAX_PARAMETERS_DEPTH: Final = 64
_LARGEST_GROWTH: Final = 9
"""JSON bytes that one character of YAML can become at most (`a,` becomes `"a":null,`)."""

_SCHEMAS: Final = {
    "Site": "site",
    "Bootstrap": "bootstrap",
    "Token": "token",
    "PortalUser": "portal-user",
}
_LATER: Final = Later(frozenset({"extends", "remove", "renamedFrom"}))
_LATER_KINDS: Final = ("Layer", "Fleet")
_PLACEHOLDER = re.compile(r"(\$?)\$\{")


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind's documents are read, looked up once per kind."""

    kind: Kind
    schema: str
    fields: tuple[tuple[str, str | None], ...]
    """What a document declares, and what stands in for a field that it leaves out."""


def _form(kind: Kind) -> _Form:
    fields = tuple(
        (field.name, field.default)
        for field in kind.fields
        if field.ownership is not Ownership.SERVER
    )
    return _Form(kind, _SCHEMAS[kind.name], fields)


_FORMS: Final = {name: _form(kind) for name, kind in KINDS.items()}


class Declarations:
    """Gathers objects and faults, document by document."""

    def __init__(self, files: Files, masking: Masking) -> None:
        self.declared: list[Desired] = []
        self.refused: list[Desired] = []
        """Names of documents with faults: what refers to them is not at fault as well."""
        self.faults: list[Fault] = []
        self.problems: list[Problem] = []
        self.attached: dict[str, bytes] = {}
        """Files that documents name, as far as they could be read."""
        self._files = files
        self._masking = masking
        self._accepts = {name: accepts(form.schema) for name, form in _FORMS.items()}

    def add(self, document: Document, file: str, *, placeholders: bool) -> None:
        """Take a document; `placeholders` tells whether its file holds `${` anywhere."""
        origin = Origin(file, document.number, document.line)
        value: Any = document.value
        form = self._form_of(value, origin)
        if form is None:
            return
        faults: list[Fault] = []
        if placeholders:
            value, faults = _without_placeholders(value, origin)
        if not faults and not self._accepts[form.kind.name](value):
            faults = schema_faults(value, form.schema, origin, _LATER)
        if faults:
            self._refuse(form.kind, value.get("name"), origin, faults)
            return
        if form.kind.value_field is None:
            self._declare(form, value, origin, NOT_LAYERED)
        else:
            self._add_whole(form, document, value, origin)

    def _refuse(self, kind: Kind, name: object, origin: Origin, faults: list[Fault]) -> None:
        """Note the faults of a document; its name, if it has one, still counts as declared."""
        id_ = ResourceId(kind.name, name) if isinstance(name, str) else None
        self.faults += (replace(fault, object=id_) for fault in faults)
        if id_ is not None and kind.name_pattern.fullmatch(id_.name):
            self.refused.append(Desired(id_, {}, origin))

    def _form_of(self, value: Any, origin: Origin) -> _Form | None:  # noqa: ANN401 -- a document may be anything
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in _FORMS:
            return _FORMS[kind]
        self.faults.append(_kind_fault(value, origin))
        return None

    def _declare(
        self, form: _Form, value: Mapping[str, Any], origin: Origin, inherited: Mapping[str, Origin]
    ) -> None:
        kind = form.kind
        if kind.value_field is None:
            content = {name: value.get(name, default) for name, default in form.fields}
        else:
            content = value[kind.value_field]
            origin = origin.at(kind.value_pointer)
        protect = value.get("protect", False)
        id_ = ResourceId(kind.name, value["name"])
        self.declared.append(Desired(id_, content, origin, protect, inherited))

    def _add_whole(
        self, form: _Form, document: Document, value: Mapping[str, Any], origin: Origin
    ) -> None:
        """Take an object whose value is one field: here or in a file of its own."""
        field = form.kind.value_field or ""
        inherited = NOT_LAYERED
        if "parametersFile" in value:
            path = posixpath.normpath(
                posixpath.join(posixpath.dirname(origin.file), value["parametersFile"])
            )
            text = self._attached_text(path, origin.at("/parametersFile"))
            parameters = self._attached_value(path, text) if text is not None else None
            if text is None or parameters is None:
                self._refuse(form.kind, value["name"], origin, [])
                return
            inherited = _origins_in(path, text)
            value = {**value, field: parameters}
        elif not document.aliased and document.size * _LARGEST_GROWTH <= MAX_PARAMETERS_BYTES:
            self._declare(form, value, origin, inherited)
            return
        size = len(dump_json(value[field]).encode())
        if size > MAX_PARAMETERS_BYTES:
            message = f"{field} are larger than {MAX_PARAMETERS_BYTES // 1024} KiB as JSON"
            at = origin.at("/parametersFile" if inherited else f"/{field}")
            fault = Fault("parameters-too-large", message, at, at_key=True)
            self._refuse(form.kind, value["name"], origin, [fault])
            return
        self._declare(form, value, origin, inherited)

    def _attached_text(self, path: str, at: Origin) -> str | None:
        """The text of a file that a document names."""
        if not path.endswith(".json"):
            fix = "other formats can't be read by this version"
            self.faults.append(Fault("parameters-file", "not a .json file", at, help=fix))
            return None
        if path.startswith(("/", "../")) or "\0" in path or self._files.leaves(path):
            fix = "copy the file into the project"
            self.faults.append(
                Fault("parameters-file", "file is outside the project", at, help=fix)
            )
            return None
        data = self._files.read(path)
        if isinstance(data, Problem):
            self.faults.append(Fault("parameters-file", data.message, at, help="check the path"))
            return None
        self.attached[path] = data
        text = decode(path, data)
        if isinstance(text, Problem):
            self.problems.append(text)
            return None
        return text

    def _attached_value(self, path: str, text: str) -> JsonValue:
        """The object in such a file, or `None` when something is wrong with it."""
        source = SourceText(path, text, self._masking)
        span, message = Span(0, 0, 1), ""
        value: JsonValue = None
        try:
            value = parse_json(text)
        except JsonError as error:
            span = Span(error.line - 1, error.column - 1, error.column)
            message = f"not valid JSON: {error.message}"
        else:
            if not isinstance(value, dict):
                message = "parameters must be an object"
            elif depth_of(value) > MAX_PARAMETERS_DEPTH:
                message = f"nested deeper than {MAX_PARAMETERS_DEPTH} levels"
        if message:
            self.problems.append(Problem("parameters-json", message, source.place(span)))
            return None
        clear, faults = (
            _without_placeholders(value, Origin(path, 0, 1)) if "${" in text else (value, [])
        )
        self.faults += faults
        return None if faults else clear


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
    if kind in _LATER_KINDS:
        message = f"kind {kind} is not supported by this version"
        return Fault("not-supported", message, at, help="write the objects one by one")
    if kind == "Project":
        fix = "a project's file is pvm.yaml in the project's folder; move it or remove it"
        return Fault("unknown-kind", "a project stands only in pvm.yaml", at, help=fix)
    fix = nearest(kind, known) or f"there is {in_words(known)}"
    return Fault("unknown-kind", "unknown kind", at, help=fix)


def _without_placeholders(value: JsonValue, at: Origin) -> tuple[JsonValue, list[Fault]]:
    """`value` with `$${` as `${`; a real placeholder is a fault."""
    faults: list[Fault] = []

    def clear(text: str, origin: Origin, *, at_key: bool = False) -> str:
        if any(not match[1] for match in _PLACEHOLDER.finditer(text)):
            message = "placeholders are not supported by this version"
            fix = "write the value itself, or $${ for a literal ${"
            faults.append(Fault("not-supported", message, origin, at_key=at_key, help=fix))
        return text.replace("$${", "${")

    def walk(inner: JsonValue, origin: Origin) -> JsonValue:
        if isinstance(inner, str):
            return clear(inner, origin) if "${" in inner else inner
        if isinstance(inner, Mapping):
            below = [(key, origin.at(join([key])), item) for key, item in inner.items()]
            return {clear(key, o, at_key=True): walk(item, o) for key, o, item in below}
        if isinstance(inner, list):
            return [walk(item, origin.at(f"/{n}")) for n, item in enumerate(inner)]
        return inner

    return walk(value, at), faults


def _origins_in(path: str, text: str) -> dict[str, Origin]:
    """Where the top fields of a file of parameters were written."""
    from reconciler.sources.json_spots import json_spots  # noqa: PLC0415 -- few projects need it

    return {
        pointer: Origin(path, 0, spot.value.line + 1, pointer)
        for pointer, spot in json_spots(text).items()
        if pointer.count("/") == 1
    }


def depth_of(value: JsonValue) -> int:
    """Levels of nesting, the value itself counted."""
    depth = 0
    level: list[JsonValue] = [value]
    while level:
        depth += any(isinstance(item, list | dict) for item in level)
        level = [inner for item in level for inner in _inner(item)]
    return depth


def _inner(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
