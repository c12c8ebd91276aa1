"""What a kind is: data, no class per kind. The table of kinds is `kinds/__init__.py`."""

import re
from dataclasses import dataclass
from enum import StrEnum

_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Ownership(StrEnum):
    """Who may set a field."""

    MUTABLE = "mutable"
    IMMUTABLE = "immutable"
    SERVER = "server"
    WRITE_ONLY = "write-only"


class Sent(StrEnum):
    """Where a write carries a field."""

    QUERY = "query"
    BODY = "body"
    WHOLE_BODY = "whole body"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind, in the server's spelling."""

    name: str
    ownership: Ownership = Ownership.MUTABLE
    sent: Sent = Sent.BODY
    required: bool = False
    default: str | None = None
    """Filled in when a document leaves the field out; `None` for a required one."""
    refers_to: str | None = None
    """The kind that this field names an object of."""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a value that may name another object, which the server does not check."""

    pointer: str
    """Into the value: `/site`."""
    kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of object that pvm manages."""

    name: str
    """As in documents: `PortalUser`."""
    noun: str
    """For people, singular: `user`."""
    scope_key: str
    """Its key below `scope` in `pvm.yaml`: `users`."""
    path: str
    """The singular resource of the REST surface: `user`."""
    collection: str
    """The plural one: `users`."""
    identity: str
    """The server's field that holds the name: `loginName`."""
    name_pattern: re.Pattern[str]
    """Compared by full match."""
    fields: tuple[Field, ...]
    order: int
    """Creations go by ascending, deletions by descending order."""
    folds_case: bool = False
    value_field: str | None = None
    """The one field that is the object's whole value (`parameters`), else every mutable field."""
    mentions: tuple[Mention, ...] = ()
    invites: bool = False
    """Whether the server mails somebody when such an object is created."""

    def key(self, name: str) -> str:
        """`name` as names of this kind are told apart: ASCII letters fold, no others."""
        if not self.folds_case:
            return name
        return name.lower() if name.isascii() else name.translate(_FOLD)

    @property
    def declared(self) -> tuple[Field, ...]:
        """The fields that a document may set; the rest is made by the server."""
        return tuple(f for f in self.fields if f.ownership is not Ownership.SERVER)

    @property
    def value_pointer(self) -> str:
        """From a document's root to what compares."""
        return f"/{self.value_field}" if self.value_field else ""
