"""The server for writing. Only `connection.connect_writer` makes one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.kind import Field, Kind, Sent
from reconciler.core.ports import Account, Capabilities, Operation, Stale, Written
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue, json_equal
from reconciler.remote.access import Access
from reconciler.remote.answer import Answer, Refused, is_missing
from reconciler.remote.change_set import ChangeSets
from reconciler.remote.delivery import Delivery, deliver
from reconciler.remote.discretion import hiding
from reconciler.remote.endpoints import endpoints_of, silence
from reconciler.remote.reader import ServerReader, headers
from reconciler.remote.session import Session
from reconciler.remote.source import source_of
from reconciler.remote.wire import JSON, Request, WriteWire

_RESULTS: Final = frozenset({"created", "updated", "unchanged"})
_DELETED: Final = Written("deleted")


class ServerWriter:
    """Implements `core.ports.Writer`; safe to share between threads."""

    def __init__(
        self, reader: ServerReader, wire: WriteWire, session: Session, access: Access
    ) -> None:
        self._reader = reader
        self._wire = wire
        self._session = session
        self._access = access
        self._change_sets = ChangeSets(reader, wire, session, access)

    def capabilities(self) -> Capabilities:
        """As the reader."""
        return self._reader.capabilities()

    def account(self) -> Account | None:
        """As the reader."""
        return self._reader.account()

    def now(self) -> datetime:
        """As the reader."""
        return self._reader.now()

    def lists(self, kind: Kind) -> bool:
        """As the reader."""
        return self._reader.lists(kind)

    def reads(self, kind: Kind) -> bool:
        """As the reader."""
        return self._reader.reads(kind)

    def fetch(self, kind: Kind) -> list[Live]:
        """As the reader."""
        return self._reader.fetch(kind)

    def find(self, kind: Kind, name: str) -> Live | None:
        """As the reader."""
        return self._reader.find(kind, name)

    def requests(self) -> Mapping[str, int]:
        """As the reader."""
        return self._reader.requests()

    def upsert(self, kind: Kind, desired: Desired, version: str | None) -> Written:
        """Create or replace; an object that is already as wanted counts as done."""
        endpoints = endpoints_of(kind, self._access.endpoints)
        path, body = endpoints.write, _body(kind, desired)
        params = {"name": desired.id.name, **_params(kind, desired), **self._reader.scope()}
        params |= silence(kind, invites=self._access.invites)
        extra = self._precondition(version) | self._source(desired)
        if body is not None:
            extra["Content-Type"] = JSON
        asked = "created" if version is None else "updated"

        def send(bearer: str) -> Written:
            return _written(
                self._wire.post(Request(path, params, headers(bearer) | extra), body), asked
            )

        def look(*, lost: bool) -> Written | None:
            live = self.find(kind, desired.id.name)
            if live is not None and json_equal(live.value, desired.value):
                return Written(asked if lost else "unchanged", live.version)
            _check_untouched(f"POST {path}", live, version)
            return None

        hide = hiding([(kind, desired)])
        return deliver(Delivery(f"POST {path}", send, look, hide), self._session)

    def delete(self, kind: Kind, name: str, version: str | None) -> None:
        """Delete; an object that is already gone counts as done."""
        path = endpoints_of(kind, self._access.endpoints).delete
        params = {"name": name, **self._reader.scope()}
        extra = self._precondition(version) if version is not None else {}

        def send(bearer: str) -> Written:
            try:
                self._wire.delete(Request(path, params, headers(bearer) | extra))
            except Refused as refused:
                if not is_missing(refused.answer):
                    raise
            return _DELETED

        def look(*, lost: bool) -> Written | None:  # noqa: ARG001 -- gone is gone
            live = self.find(kind, name)
            if live is None:
                return _DELETED
            _check_untouched(f"DELETE {path}", live, version)
            return None

        deliver(Delivery(f"DELETE {path}", send, look), self._session)

    def change_set(self, operations: Sequence[Operation]) -> tuple[Written, ...]:
        """All or nothing; an operation whose object is already as wanted counts as done."""
        return self._change_sets.apply(operations)

    def _precondition(self, version: str | None) -> dict[str, str]:
        if "etag" not in self.capabilities().offers:
            return {}
        return {"If-None-Match": "*"} if version is None else {"If-Match": f'"{version}"'}

    def _source(self, desired: Desired) -> dict[str, str]:
        text = source_of(self._access.source, desired)
        if text is None or "sources" not in self.capabilities().offers:
            return {}
        return {"X-PVM-Source": text}


def _written(answer: Answer, asked: str) -> Written:
    """What the answer tells; what was asked for where it does not."""
    told = answer.headers.get("x-pvm-result", "")
    tag = answer.headers.get("etag", "").removeprefix("W/").strip('"')
    return Written(told if told in _RESULTS else asked, tag or None)


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
