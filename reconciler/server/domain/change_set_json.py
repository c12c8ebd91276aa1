"""The JSON form of a change set (DEC-16).

It is read value by value, because the document of a bootstrap must stay the text that was sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.server.domain.app_ids import check_app_id
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    Content,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError, refuse
from reconciler.server.domain.limits import Limits
from reconciler.server.domain.strict_json import (
    check_depth,
    check_surrogates,
    decode,
    malformed,
    read_value,
    skip_space,
)
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent, check_role
from reconciler.server.domain.write import Precondition, check_source

_FIELDS = ("op", "kind", "name", "body", "ifMatch", "ifNoneMatch", "source")
_MOST_ERRORS = 100
_LONGEST_VERSION = 18


@dataclass(frozen=True, slots=True)
class _Piece:
    """A value within the body: itself and its bounds."""

    value: object
    start: int
    end: int


class _Body:
    """A position that moves through a body's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def sees(self, sign: str) -> bool:
        self.at = skip_space(self.text, self.at)
        return self.text.startswith(sign, self.at)

    def take(self, sign: str) -> None:
        if not self.sees(sign):
            malformed(self.text, self.at, f"{sign} is missing here")
        self.at += 1

    def piece(self) -> _Piece:
        value, start, self.at = read_value(self.text, skip_space(self.text, self.at))
        return _Piece(value, start, self.at)

    def keys(self) -> Iterator[str]:
        """The keys of an object; the caller takes each value before it asks for the next."""
        seen: set[str] = set()
        self.take("{")
        while not self.sees("}"):
            if seen:
                self.take(",")
            key = self.piece()
            if not isinstance(key.value, str):
                malformed(self.text, key.start, "a key must be text in double quotes")
            if key.value in seen:
                malformed(self.text, key.start, "this key stands twice in its object")
            seen.add(key.value)
            self.take(":")
            yield key.value
        self.at += 1

    def entries(self) -> Iterator[int]:
        """The indexes of an array; the caller takes each value before it asks for the next."""
        index = 0
        self.take("[")
        while not self.sees("]"):
            if index:
                self.take(",")
            yield index
            index += 1
        self.at += 1

    def end(self) -> None:
        self.at = skip_space(self.text, self.at)
        if self.at < len(self.text):
            malformed(self.text, self.at, "there is more after the end of the document")


def read_change_set(raw: bytes, limits: Limits) -> ChangeSet:
    """The change set of a request body; documents of bootstraps keep their exact text.

    Raises:
        DomainError: MALFORMED_JSON, NOT_AN_OBJECT, TOO_LARGE, VALIDATION; `errors` carry the
            operation's index, and line and column within the whole body.
    """
    if len(raw) > limits.change_bytes:
        message = f"the change set is larger than {limits.change_bytes} bytes"
        raise DomainError(ErrorCode.TOO_LARGE, message)
    text = decode(raw)
    check_surrogates(text)
    body = _Body(text)
    if not body.sees("{"):
        body.piece()
        body.end()
        raise DomainError(ErrorCode.NOT_AN_OBJECT, "a change set must be an object: { … }")
    pieces: list[dict[str, _Piece]] | None = None
    dry_run: object = False
    for key in body.keys():  # noqa: SIM118 - a position that moves, not a mapping
        if key == "operations":
            pieces = _read_operations(body, limits)
        elif key == "dryRun":
            dry_run = body.piece().value
        else:
            refuse("body", "unknown key; known: operations, dryRun")
    body.end()
    if not isinstance(dry_run, bool):
        refuse("dryRun", "must be true or false")
    if not pieces:
        refuse("operations", "must be a list of at least one operation")
    return ChangeSet(_understand(text, pieces, limits), dry_run)


def _read_operations(body: _Body, limits: Limits) -> list[dict[str, _Piece]]:
    if not body.sees("["):
        body.piece()
        refuse("operations", "must be a list")
    operations: list[dict[str, _Piece]] = []
    for index in body.entries():
        if index >= limits.change_operations:
            message = f"a change set has at most {limits.change_operations} operations"
            raise DomainError(ErrorCode.TOO_LARGE, message)
        if not body.sees("{"):
            body.piece()
            error = FieldError("operations", "an operation must be an object", index=index)
            raise DomainError(ErrorCode.VALIDATION, f"operation {index}: no object", (error,))
        operations.append({key: body.piece() for key in body.keys()})  # noqa: SIM118 - as above
    return operations


def _understand(
    text: str, pieces: list[dict[str, _Piece]], limits: Limits
) -> tuple[Operation, ...]:
    operations: list[Operation] = []
    errors: list[FieldError] = []
    for index, fields in enumerate(pieces):
        try:
            operations.append(_operation(text, fields, limits))
        except DomainError as error:
            if error.code is not ErrorCode.VALIDATION:
                raise _placed(error, index) from None
            errors += _placed(error, index).errors
            if len(errors) >= _MOST_ERRORS:
                break
    if errors:
        message = f"operation {errors[0].index}: {errors[0].field}: {errors[0].message}"
        raise DomainError(ErrorCode.VALIDATION, message, errors)
    return tuple(operations)


def _placed(error: DomainError, index: int) -> DomainError:
    rows = [FieldError(e.field, e.message, e.line, e.column, index) for e in error.errors]
    rows = rows or [FieldError("body", error.detail, index=index)]
    return DomainError(error.code, f"operation {index}: {error.detail}", rows)


def _operation(text: str, fields: dict[str, _Piece], limits: Limits) -> Operation:
    if any(key not in _FIELDS for key in fields):
        refuse("operation", f"unknown key; known: {', '.join(_FIELDS)}")
    deletes = _choice(fields, "op", ("upsert", "delete")) == "delete"
    kind = KindName(_choice(fields, "kind", tuple(KindName)))
    body = fields.get("body")
    if deletes and body is not None:
        refuse("body", "a delete has none")
    if not deletes and body is None:
        refuse("body", "an upsert needs one")
    return Operation(
        kind=kind,
        name=_text(fields, "name"),
        content=None if body is None else _content(kind, text, body, limits),
        precondition=_precondition(fields),
        source=check_source(_text(fields, "source")) if "source" in fields else None,
    )


def _content(kind: KindName, text: str, body: _Piece, limits: Limits) -> Content:
    if not isinstance(body.value, dict):
        refuse("body", "must be an object")
    if kind is KindName.BOOTSTRAP:
        check_depth(text, body.start, body.end)
        document = text[body.start : body.end]
        if len(document.encode()) > limits.bootstrap_bytes:
            message = f"the document is larger than {limits.bootstrap_bytes} bytes"
            raise DomainError(ErrorCode.TOO_LARGE, message)
        return BootstrapContent(document)
    values = {key: _Piece(value, body.start, body.end) for key, value in body.value.items()}
    if kind is KindName.TOKEN:
        _only(values, ("appId", "bootstrap", "description"))
        description = _text(values, "description") if "description" in values else ""
        return TokenContent(
            check_app_id(_text(values, "appId")), _text(values, "bootstrap"), description
        )
    if kind is KindName.SITE:
        _only(values, ("proServerName",))
        return SiteContent(_text(values, "proServerName"))
    _only(values, ("role", "userName", "email"))
    return UserContent(
        check_role(_text(values, "role")), _text(values, "userName"), _text(values, "email")
    )


def _precondition(fields: dict[str, _Piece]) -> Precondition:
    versions: frozenset[int] | None = None
    if "ifMatch" in fields:
        wanted = _text(fields, "ifMatch")
        if wanted == "*":
            versions = frozenset()
        elif wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_VERSION:
            versions = frozenset({int(wanted)})
        else:
            refuse("ifMatch", 'must be a version such as "3", or "*"')
    if "ifNoneMatch" in fields and _text(fields, "ifNoneMatch") != "*":
        refuse("ifNoneMatch", 'must be "*"')
    return Precondition(versions, absent="ifNoneMatch" in fields)


def _only(values: dict[str, _Piece], known: tuple[str, ...]) -> None:
    if any(key not in known for key in values):
        refuse("body", f"unknown key; known: {', '.join(known)}")


def _text(fields: dict[str, _Piece], key: str) -> str:
    value = fields[key].value if key in fields else None
    if not isinstance(value, str):
        refuse(key, "must be text")
    return value


def _choice(fields: dict[str, _Piece], key: str, known: tuple[str, ...]) -> str:
    value = _text(fields, key)
    if value not in known:
        refuse(key, f"must be one of {', '.join(known)}")
    return value
