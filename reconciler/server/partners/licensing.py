"""The licensing system: over HTTP, or as a YAML file that an operator keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from reconciler.server.domain.errors import DomainError
from reconciler.server.partners.http_json import HttpPartner, Question
from reconciler.server.usecases.entitlements import read_entitlements
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError

_MOST_BYTES = 4 * 1024 * 1024
_DEEPEST = 8
_MOST_EVENTS = 500_000


@dataclass(frozen=True, slots=True)
class HttpLicensing:
    """The `LicensingSystem` port over HTTP; `docs/reference/partners.md` describes the call."""

    partner: HttpPartner

    def entitlements(self, customer: str) -> Sequence[Entitlement]:
        """What the customer of this code has bought. Raises PartnerError."""
        answer = self.partner.ask(Question("GET", "entitlements", {"customer": customer}))
        try:
            return read_entitlements(answer.get("entitlements"))
        except DomainError as error:
            message = f"{self.partner.name} told what is no entitlement: {error.detail}"
            raise PartnerError(message) from error


class LicensingFileError(Exception):
    """The file cannot be used; the text names line and column, and never a value."""


@dataclass(frozen=True, slots=True)
class FileLicensing:
    """The `LicensingSystem` port over a YAML file, read anew at every question."""

    path: Path

    def entitlements(self, customer: str) -> Sequence[Entitlement]:
        """What the customer of this code has bought; nothing when it is not named.

        Raises PartnerError.
        """
        try:
            rows = read_licensing_file(self.path)
        except LicensingFileError as error:
            raise PartnerError(str(error)) from error
        return rows.get(customer, ())


def read_licensing_file(path: Path) -> dict[str, tuple[Entitlement, ...]]:
    """The entitlements of each customer's code.

    Raises:
        LicensingFileError: it cannot be read; names the one place where it goes wrong first.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror})"
        raise LicensingFileError(message) from error
    root = _compose(path.name, raw)
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(path.name, root, "must map customer codes to lists of entitlements")
    found: dict[str, tuple[Entitlement, ...]] = {}
    for key, value in _pairs(path.name, root):
        try:
            found[key] = read_entitlements(_plain(path.name, value))
        except DomainError as error:
            place = _place(value, error.errors[0].field)
            raise _wrong(path.name, place, error.detail) from error
    return found


def _compose(name: str, raw: bytes) -> yaml.Node:
    """The document as nodes, so that every fault has its place; bounded before it is built."""
    if len(raw) > _MOST_BYTES:
        message = f"{name}: is larger than {_MOST_BYTES} bytes"
        raise LicensingFileError(message)
    try:
        text = raw.decode("utf-8")
        _survey(name, text)
        root: yaml.Node | None = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        message = f"{name}: is not UTF-8"
        raise LicensingFileError(message) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        message = f"{name}:{where}: {error.problem or 'is not YAML'}"
        raise LicensingFileError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        message = f"{name}: is not YAML ({type(error).__name__})"
        raise LicensingFileError(message) from error
    if root is None:
        message = f"{name}:1:1: is empty"
        raise LicensingFileError(message)
    return root


def _survey(name: str, text: str) -> None:
    """Refuse what would cost too much to build: depth, size, aliases."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            raise _wrong(name, event, "an alias has no place here")
        if depth > _DEEPEST or number > _MOST_EVENTS:
            raise _wrong(name, event, "the document is too deep or too long")


def _pairs(name: str, node: yaml.MappingNode) -> list[tuple[str, yaml.Node]]:
    pairs: list[tuple[str, yaml.Node]] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _wrong(name, key, "a key must be a text")
        if any(key.value == other for other, _ in pairs):
            raise _wrong(name, key, "the same key stands here twice")
        pairs.append((key.value, value))
    return pairs


def _plain(name: str, node: yaml.Node) -> object:
    """The node's value with JSON's types only: a date stays the text that was written."""
    if isinstance(node, yaml.MappingNode):
        return {key: _plain(name, value) for key, value in _pairs(name, node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(name, value) for value in node.value]
    text = str(node.value)
    quoted = getattr(node, "style", None) is not None
    if quoted:
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text  # noqa: PLR2004 - fits 64 bits


def _place(node: yaml.Node, field: str) -> yaml.Node:
    """The node that a path such as `entitlements.3.quantity` names, or the nearest above it."""
    for part in field.split(".")[1:]:
        if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), node)
    return node


def _wrong(name: str, place: yaml.Node | yaml.Event, message: str) -> LicensingFileError:
    mark = place.start_mark
    where = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
    return LicensingFileError(f"{name}:{where}: {message}")
