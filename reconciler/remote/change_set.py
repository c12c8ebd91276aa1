"""Change sets: many writes in one request, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.ports import (
    Operation,
    Put,
    RemoteFailure,
    SetRefused,
    Stale,
    Written,
)
from reconciler.core.problem import Misuse
from reconciler.core.resource import Live
from reconciler.core.values import JsonValue
from reconciler.remote.access import Access
from reconciler.remote.answer import Answer, Garbled, Hide, Refused, json_of, problem_of
from reconciler.remote.delivery import Delivery, deliver
from reconciler.remote.discretion import hiding
from reconciler.remote.endpoints import CHANGES, silence
from reconciler.remote.reader import ServerReader, headers
from reconciler.remote.session import Session
from reconciler.remote.source import source_of
from reconciler.remote.standing import Standing, standings_of
from reconciler.remote.wire import JSON, Request, WriteWire, object_of

_LABEL: Final = f"POST {CHANGES}"
_OPERATIONS_A_SECOND: Final = 100
"""A slow server's pace: a large set may take so much longer than other requests."""
_CHANGED: Final = "somebody changed the object after it was read; make a new plan"

_Standings = Sequence[tuple[Standing, Live | None]]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The server's reasons by the operation's number; `missing` has nothing to delete."""

    failure: RemoteFailure
    reasons: Mapping[int, RemoteFailure]
    missing: bool


class ChangeSets:
    """Sends change sets; safe to share between threads."""

    def __init__(
        self, reader: ServerReader, wire: WriteWire, session: Session, access: Access
    ) -> None:
        self._reader = reader
        self._wire = wire
        self._session = session
        self._access = access

    def apply(self, operations: Sequence[Operation]) -> tuple[Written, ...]:
        """As `core.ports.Writer.change_set`: what is already as wanted counts as done."""
        results: dict[int, Written] = {}
        left = dict(enumerate(operations))
        while left:
            numbers, members = tuple(left), tuple(left.values())
            answer = self._send(members)
            if not isinstance(answer, _Refusal):
                results.update(zip(numbers, answer, strict=True))
                break
            settled = self._settle(members, answer, numbers)
            for place, written in settled.items():
                results[numbers[place]] = written
                del left[numbers[place]]
        return tuple(results[number] for number in range(len(operations)))

    def _send(self, operations: Sequence[Operation]) -> tuple[Written, ...] | _Refusal:
        """The results, or why the server wants none of it."""
        body = dump_json({"operations": [self._document(one) for one in operations]}).encode()
        params = self._reader.scope()
        for one in operations:
            params |= silence(one.kind, invites=self._access.invites)
        patience = len(operations) / _OPERATIONS_A_SECOND
        hide = hiding([(one.kind, one.desired) for one in operations if isinstance(one, Put)])

        def send(bearer: str) -> tuple[Written, ...] | _Refusal:
            sent = headers(bearer) | {"Content-Type": JSON}
            try:
                answer = self._wire.post(Request(CHANGES, params, sent, patience), body)
            except Refused as refused:
                refusal = self._refusal(refused, operations, hide)
                if refusal is None:
                    raise
                return refusal
            return _results(answer, len(operations))

        def look(*, lost: bool) -> tuple[Written, ...] | None:  # noqa: ARG001 -- only then asked
            return _arrived(operations, self._standings(operations))

        delivery: Delivery[tuple[Written, ...] | _Refusal] = Delivery(_LABEL, send, look, hide)
        return deliver(delivery, self._session)

    def _document(self, operation: Operation) -> JsonValue:
        document: dict[str, JsonValue] = {"kind": operation.kind.name}
        if isinstance(operation, Put):
            document |= {"op": "upsert", "name": operation.desired.id.name}
            document["body"] = dict(operation.desired.value)
            source = source_of(self._access.source, operation.desired)
            if source is not None and "sources" in self._reader.capabilities().offers:
                document["source"] = source
        else:
            document |= {"op": "delete", "name": operation.name}
        if not self._tagged():
            return document
        if operation.version is not None:
            document["ifMatch"] = operation.version
        elif isinstance(operation, Put):
            document["ifNoneMatch"] = "*"
        return document

    def _tagged(self) -> bool:
        return "etag" in self._reader.capabilities().offers

    def _standings(self, operations: Sequence[Operation]) -> _Standings:
        return standings_of(operations, self._reader, tagged=self._tagged())

    def _refusal(
        self, refused: Refused, operations: Sequence[Operation], hide: Hide
    ) -> _Refusal | None:
        """`None` for a refusal that names no operation, or that may be another next time."""
        named = _named(refused.answer, len(operations))
        status = refused.answer.status
        if not named or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        failure = self._session.failure(_LABEL, refused, hide)
        reasons = dict.fromkeys(named, failure)
        if len(named) > 1:
            # The failure's own text is about all of them.
            for number, text in named.items():
                told = self._session.scrub(hide(f"{status} {text}"))
                reasons[number] = type(failure)(_LABEL, told, status=status)
        missing = status == HTTPStatus.NOT_FOUND and not any(
            isinstance(operations[number], Put) for number in named
        )
        return _Refusal(failure, reasons, missing)

    def _settle(
        self, operations: Sequence[Operation], refusal: _Refusal, numbers: Sequence[int]
    ) -> Mapping[int, Written]:
        """What needs no writing any more, by its place in `operations`; never empty.

        The server names the first reason only, so all members are looked at. Raises `SetRefused`.
        """
        reasons = dict(refusal.reasons)
        if isinstance(refusal.failure, Stale) or refusal.missing:
            try:
                found = self._standings(operations)
            except (RemoteFailure, Misuse) as error:
                raise _refused(refusal.failure, reasons, numbers) from error
            settled = {
                place: Written("unchanged", live.version) if live else Written("deleted")
                for place, (standing, live) in enumerate(found)
                if standing is Standing.DONE
            }
            changed = [n for n, (standing, _) in enumerate(found) if standing is Standing.CHANGED]
            if settled and not changed:
                return settled
            for place in changed:
                stale = Stale(_LABEL, _CHANGED, status=HTTPStatus.PRECONDITION_FAILED)
                reasons.setdefault(place, stale)
            reasons = {place: why for place, why in reasons.items() if place not in settled}
        raise _refused(refusal.failure, reasons, numbers)


def _refused(
    failure: RemoteFailure, reasons: Mapping[int, RemoteFailure], numbers: Sequence[int]
) -> SetRefused:
    by_number = {numbers[place]: reason for place, reason in reasons.items()}
    return SetRefused(_LABEL, failure.message, by_number)


def _arrived(operations: Sequence[Operation], found: _Standings) -> tuple[Written, ...] | None:
    """The results of a set whose reply was lost; `None` when it did not arrive.

    One untouched object is proof that nothing of the set was done. An object that is as wanted
    proves the contrary only if it was not so before: then whatever is neither was changed by
    somebody afterwards. Raises `SetRefused` where there is no proof of either.
    """
    standings = [standing for standing, _ in found]
    if Standing.UNTOUCHED in standings:
        return None
    proven = any(
        standing is Standing.DONE and isinstance(operation, Put)
        for operation, standing in zip(operations, standings, strict=True)
    )
    changed = [n for n, standing in enumerate(standings) if standing is Standing.CHANGED]
    if changed and not proven:
        stale = Stale(_LABEL, _CHANGED, status=HTTPStatus.PRECONDITION_FAILED)
        raise SetRefused(_LABEL, _CHANGED, dict.fromkeys(changed, stale))
    return tuple(
        _outcome(operation, standing, live)
        for operation, (standing, live) in zip(operations, found, strict=True)
    )


def _outcome(operation: Operation, standing: Standing, live: Live | None) -> Written:
    if not isinstance(operation, Put):
        return Written("deleted")
    if standing is Standing.CHANGED:
        return Written("updated" if operation.version else "created")
    result = "created" if operation.version is None else "updated"
    unmoved = standing is Standing.SAME and operation.version is not None
    return Written("unchanged" if unmoved else result, live.version if live else None)


def _results(answer: Answer, count: int) -> tuple[Written, ...]:
    """Raises `Garbled` unless there is one result for each operation, in order."""
    rows = object_of(json_of(answer)).get("results")
    found = [_result(row) for row in rows] if isinstance(rows, list) else []
    if [index for index, _ in found] != list(range(count)):
        message = "the answer does not tell the result of each operation"
        raise Garbled(message)
    return tuple(written for _, written in found)


def _result(row: JsonValue) -> tuple[JsonValue, Written]:
    values = object_of(row)
    version = values.get("version")
    told = Written(str(values.get("result")), None if version is None else str(version))
    return values.get("index"), told


def _named(answer: Answer, count: int) -> Mapping[int, str]:
    """What a refusal says about single operations."""
    problem = problem_of(answer)
    errors = problem.get("errors")
    named: dict[int, str] = {}
    for error in map(object_of, errors if isinstance(errors, list) else []):
        number = error.get("index")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < count:
            continue
        field = f"{error['field']}: " if error.get("field") else ""
        text = f"{field}{error.get('message', '')}"
        before = f"{named[number]}; " if number in named else f"{problem.get('code', '')}: "
        named[number] = before + text
    return named
