"""The server for writing. Only `connection.connect_writer` makes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from reconciler.core.json_text import dump_json
from reconciler.core.kind import Field, Kind, Sent
from reconciler.core.ports import Account, Capabilities, RemoteFailure, Stale, Unreachable
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue, json_equal
from reconciler.remote.access import Access
from reconciler.remote.answer import Answer, NoAnswer, Refused, is_missing
from reconciler.remote.endpoints import endpoints_of
from reconciler.remote.reader import ServerReader, headers
from reconciler.remote.session import Session
from reconciler.remote.wire import JSON, Request, WriteWire

_RESULTS: Final = frozenset({"created", "updated", "unchanged"})
_SAFE_IN_HEADER: Final = "/:@ ._-+,()"
_LONGEST_SOURCE: Final = 512
"""The server refuses more; half a place is worse than none."""


@dataclass(frozen=True, slots=True)
class _Write:
    """One write, and how to find out whether it arrived."""

    label: str
    send: Callable[[str], Answer]
    look: Callable[[], str | None]
    """The result when the server is already as wanted, `None` when the write is still to do.

    Raises `Stale` when somebody else changed the object.
    """


class ServerWriter:
    """Implements `core.ports.Writer`; safe to share between threads."""

    def __init__(
        self, reader: ServerReader, wire: WriteWire, session: Session, access: Access
    ) -> None:
        self._reader = reader
        self._wire = wire
        self._session = session
        self._access = access

    def capabilities(self) -> Capabilities:
        """As the reader."""
        return self._reader.capabilities()

    def account(self) -> Account:
        """As the reader."""
        return self._reader.account()

    def fetch(self, kind: Kind) -> list[Live]:
        """As the reader."""
        return self._reader.fetch(kind)

    def find(self, kind: Kind, name: str) -> Live | None:
        """As the reader."""
        return self._reader.find(kind, name)

    def requests(self) -> Mapping[str, int]:
        """As the reader."""
        return self._reader.requests()

    def upsert(self, kind: Kind, desired: Desired, version: str | None) -> str:
        """Create or replace; an object that is already as wanted counts as done."""
        endpoints = endpoints_of(kind, self._access.endpoints)
        path, body = endpoints.write, _body(kind, desired)
        params = {"name": desired.id.name, **_params(kind, desired), **self._reader.scope()}
        extra = self._precondition(version) | self._source(desired)
        if body is not None:
            extra["Content-Type"] = JSON

        def send(bearer: str) -> Answer:
            return self._wire.post(Request(path, params, headers(bearer) | extra), body)

        def look() -> str | None:
            live = self.find(kind, desired.id.name)
            if live is not None and json_equal(live.value, desired.value):
                return "created" if version is None else "updated"
            _check_untouched(f"POST {path}", live, version)
            return None

        result = self._perform(_Write(f"POST {path}", send, look))
        if isinstance(result, str):
            return result
        told = result.headers.get("x-pvm-result", "")
        return told if told in _RESULTS else ("created" if version is None else "updated")

    def delete(self, kind: Kind, name: str, version: str | None) -> None:
        """Delete; an object that is already gone counts as done."""
        path = endpoints_of(kind, self._access.endpoints).delete
        params = {"name": name, **self._reader.scope()}
        extra = self._precondition(version) if version is not None else {}

        def send(bearer: str) -> Answer:
            try:
                return self._wire.delete(Request(path, params, headers(bearer) | extra))
            except Refused as refused:
                if is_missing(refused.answer):
                    return refused.answer
                raise

        def look() -> str | None:
            live = self.find(kind, name)
            if live is None:
                return "deleted"
            _check_untouched(f"DELETE {path}", live, version)
            return None

        self._perform(_Write(f"DELETE {path}", send, look))

    def _perform(self, write: _Write) -> Answer | str:
        """Send until the server answers; before each repetition look whether it arrived."""
        lost = False

        def attempt(bearer: str) -> Answer | str:
            nonlocal lost
            done = write.look() if lost else None
            if done is not None:
                return done
            try:
                return write.send(bearer)
            except (NoAnswer, Refused) as error:
                lost = lost or _may_have_arrived(error)
                raise

        try:
            return self._session.perform(write.label, attempt)
        except Stale:
            if (done := write.look()) is None:
                raise
            # Either our own write, its reply lost, or somebody wrote just what we want to.
            return done if lost else "unchanged"
        except Unreachable as failure:
            if not lost:
                raise
            return self._last_look(write, failure)

    def _last_look(self, write: _Write, failure: Unreachable) -> str:
        try:
            done = write.look()
        except Stale:
            raise
        except RemoteFailure as error:
            message = f"{failure.message}; whether it was written could not be found out"
            raise Unreachable(write.label, message, status=failure.status) from error
        if done is None:
            raise failure
        return done

    def _precondition(self, version: str | None) -> dict[str, str]:
        if "etag" not in self.capabilities().offers:
            return {}
        return {"If-None-Match": "*"} if version is None else {"If-Match": f'"{version}"'}

    def _source(self, desired: Desired) -> dict[str, str]:
        if not self._access.source or "sources" not in self.capabilities().offers:
            return {}
        text = quote(f"{self._access.source} {desired.origin}", safe=_SAFE_IN_HEADER)
        return {"X-PVM-Source": text} if len(text) <= _LONGEST_SOURCE else {}


def _may_have_arrived(error: NoAnswer | Refused) -> bool:
    if isinstance(error, NoAnswer):
        return error.arrived
    return error.answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _check_untouched(label: str, live: Live | None, version: str | None) -> None:
    """Raises `Stale` unless the object is as it was when the plan was made."""
    if (live.version if live else None) != version:
        message = "somebody changed the object after it was read; make a new plan"
        raise Stale(label, message, status=HTTPStatus.PRECONDITION_FAILED)


def _params(kind: Kind, desired: Desired) -> dict[str, str]:
    return {name: str(value) for name, value in _sent(kind, desired, Sent.QUERY)}


def _body(kind: Kind, desired: Desired) -> bytes | None:
    """The parameters of a bootstrap, the fields of other kinds, or nothing at all."""
    if kind.value_field is not None:
        return dump_json(desired.value).encode()
    fields = dict(_sent(kind, desired, Sent.BODY))
    return dump_json(fields).encode() if fields else None


def _sent(kind: Kind, desired: Desired, where: Sent) -> list[tuple[str, JsonValue]]:
    def wanted(field: Field) -> bool:
        return field.sent is where and field.name in desired.value

    return [(field.name, desired.value[field.name]) for field in kind.fields if wanted(field)]
