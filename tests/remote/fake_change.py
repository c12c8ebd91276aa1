"""What a write asks of the server in memory, from single calls and change sets alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.values import JsonValue

_PATHS = {"Site": "site", "Bootstrap": "bootstrap", "Token": "token", "PortalUser": "user"}

Fields = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Change:
    """One write, as single calls and change sets both ask for it. `fields` is `None` to delete."""

    path: str
    name: str
    fields: Fields | None
    match: str | None = None
    """The version that the object must have."""
    absent: bool = False

    @property
    def key(self) -> str:
        return self.name.lower() if self.path in ("token", "user") else self.name


class RefusedChangeError(Exception):
    """The change does not fit what is there."""

    def __init__(self, status: int, code: str, detail: str = "") -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(code)


def change_of(operation: JsonValue) -> Change:
    """One operation of a change set."""
    assert isinstance(operation, Mapping)
    kind, name, body = operation["kind"], operation["name"], operation.get("body")
    match = operation.get("ifMatch")
    assert isinstance(kind, str)
    assert isinstance(name, str)
    assert match is None or isinstance(match, str)
    assert (operation["op"] == "upsert") is isinstance(body, dict)
    fields = body if isinstance(body, dict) else None
    return Change(_PATHS[kind], name, fields, match, operation.get("ifNoneMatch") == "*")
