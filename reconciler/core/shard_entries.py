"""One line of text for each entry of the inventory.

Digests that follow from the content are left out: they don't compress. Accounts are personal
data that not everybody who reads bootstraps may see: of them only keyed digests are kept.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from reconciler.core.fingerprint import canonical, digest_text, keyed_digest
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Key, State
from reconciler.core.json_text import JsonError, parse_answer
from reconciler.core.kind import Kind
from reconciler.core.merge import with_values
from reconciler.core.shards import DAMAGED, Untrusted, pack, text_of
from reconciler.core.situation import is_recorded
from reconciler.core.values import ABSENT, JsonValue, Maybe

LINE_BYTES: Final = 48 * 1024
"""Packed; an entry that takes more keeps its digests only, lest it fills a shard alone."""

_PERSONAL: Final = "PortalUser"
_HASHED: Final = "hmac-sha256:"
_SMALL: Final = 8 * 1024
"""A line of so many characters fits without being packed for a trial."""
_FIELDS: Final = frozenset(
    ("kind", "name", "state", "asked", "seen", "content", "kept", "references", "protect")
)


class EntryForm:
    """Entries to lines and back, with one key and for the accounts that are known."""

    def __init__(
        self, kinds: Mapping[str, Kind], key: bytes | None, logins: Collection[str] = ()
    ) -> None:
        self._kinds = kinds
        self._key = key
        self._logins = {self._hash(login): login for login in logins} if key is not None else {}

    def key(self, id_: ResourceId) -> Key:
        """What identifies an object."""
        kind = self._kinds.get(id_.kind)
        return id_.kind, kind.key(id_.name) if kind else id_.name

    def stored_key(self, id_: ResourceId) -> Key:
        """As `key`, of the name that a line holds."""
        return self.key(ResourceId(id_.kind, self.stored_name(id_)))

    def stored_name(self, id_: ResourceId) -> str:
        """The name as a line holds it: of an account its keyed hash."""
        if id_.kind != _PERSONAL or id_.name.startswith(_HASHED):
            return id_.name
        return self._hash(id_.name)

    def is_recorded(self, kind: str) -> bool:
        """Whether lines may hold objects of the kind."""
        return kind in self._kinds and is_recorded(kind, self._key)

    def line(self, entry: Entry) -> str:
        """The entry as canonical JSON; one too long, or not to be read again, lacks its content."""
        for shorter in (entry, _without_content(entry), _without_content(entry, bare=True)):
            text = canonical(self._fields(shorter))
            if _is_text(text) and (len(text) <= _SMALL or len(pack([text])) <= LINE_BYTES):
                return text
        message = f"{entry.id} has a name that can't be recorded"
        raise ValueError(message)

    def entry(self, line: str) -> Entry:
        """The entry; a hashed login stays one unless it is known. Raises `Untrusted`."""
        fields = object_of(line)
        id_ = ResourceId(text_of(fields, "kind"), text_of(fields, "name"))
        if fields.keys() - _FIELDS or not self.is_recorded(id_.kind):
            raise Untrusted(DAMAGED, "it holds an entry that pvm would not write")
        content: Maybe = fields.get("content", ABSENT)
        kept = {p: _maybe(boxed) for p, boxed in _map(fields, "kept").items()}
        derived_asked, derived_seen = self._derived(content, kept)
        asked = text_of(fields, "asked") if "asked" in fields else derived_asked
        return Entry(
            ResourceId(id_.kind, self._logins.get(id_.name, id_.name)),
            _state(text_of(fields, "state")),
            asked=asked,
            seen=text_of(fields, "seen") if "seen" in fields else derived_seen or asked,
            content=content,
            kept=MappingProxyType(kept),
            references=MappingProxyType(_texts(_map(fields, "references"))),
            protect=fields.get("protect") is True,
        )

    def owned(self, line: str) -> ResourceId:
        """Only what a line is about, of an account its login where that is known.

        Raises:
            Untrusted: It is no entry's line.
        """
        fields = object_of(line)
        name = text_of(fields, "name")
        return ResourceId(text_of(fields, "kind"), self._logins.get(name, name))

    def known_key(self, line: str) -> Key:
        """The key of what a line is about; raises `Untrusted`."""
        return self.key(self.owned(line))

    def _fields(self, entry: Entry) -> dict[str, JsonValue]:
        if entry.id.kind == _PERSONAL:
            entry = _without_content(entry)
        derived_asked, derived_seen = self._derived(entry.content, entry.kept)
        fields: dict[str, JsonValue] = {
            "kind": entry.id.kind,
            "name": self.stored_name(entry.id),
            "state": entry.state.value,
        }
        if entry.asked != derived_asked:
            fields["asked"] = entry.asked
        if entry.seen != (derived_seen or entry.asked):
            fields["seen"] = entry.seen
        if entry.content is not ABSENT:
            fields["content"] = entry.content
        if entry.kept:
            fields["kept"] = {p: _boxed(value) for p, value in entry.kept.items()}
        if entry.references:
            fields["references"] = dict(entry.references)
        if entry.protect:
            fields["protect"] = True
        return fields

    def _derived(self, content: Maybe, kept: Mapping[str, Maybe]) -> tuple[str, str]:
        """The digests of content that was recorded as it is usual."""
        if content is ABSENT:
            return "", ""
        value: JsonValue = content
        asked = digest_text(canonical(value), self._key)
        if not kept:
            return asked, asked
        try:
            return asked, digest_text(canonical(with_values(value, kept)), self._key)
        except (ValueError, IndexError) as error:
            raise Untrusted(DAMAGED, "it holds differences that don't fit its content") from error

    def _hash(self, login: str) -> str:
        if self._key is None:
            message = "accounts are recorded with a key only"
            raise ValueError(message)
        return keyed_digest(self._key, ["login", self._kinds[_PERSONAL].key(login)])


def _is_text(text: str) -> bool:
    """Whether it can be sent; half a surrogate pair can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def object_of(line: str) -> Mapping[str, JsonValue]:
    """A line's JSON object; raises `Untrusted`."""
    try:
        value = parse_answer(line)
    except JsonError as error:
        raise Untrusted(DAMAGED, "it holds a line that is no JSON") from error
    if not isinstance(value, Mapping):
        raise Untrusted(DAMAGED, "it holds a line that is no object")
    return value


def _without_content(entry: Entry, *, bare: bool = False) -> Entry:
    """With its digests only; `bare`, without its references too."""
    return Entry(
        entry.id,
        entry.state,
        asked=entry.asked,
        seen=entry.seen,
        references=MappingProxyType({}) if bare else entry.references,
        protect=entry.protect,
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as error:
        raise Untrusted(DAMAGED, "it holds an entry in a state that pvm does not know") from error


def _map(fields: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    found = fields.get(name, {})
    if not isinstance(found, Mapping):
        raise Untrusted(DAMAGED, f'it holds an entry whose "{name}" is no object')
    return found


def _texts(fields: Mapping[str, JsonValue]) -> dict[str, str]:
    return {name: text_of(fields, name) for name in fields}


def _boxed(value: Maybe) -> list[JsonValue]:
    return [] if value is ABSENT else [value]


def _maybe(boxed: JsonValue) -> Maybe:
    if not isinstance(boxed, list) or len(boxed) > 1:
        raise Untrusted(DAMAGED, "it holds a difference that pvm would not write")
    return boxed[0] if boxed else ABSENT
