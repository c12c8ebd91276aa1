"""What it takes to take an apply back, without any secret.

Of each object the content before the apply is kept, its secrets sealed. A secret that the apply
left alone is still on the server; one that a reference stood for is looked up again; any other is
lost, and its object can't be restored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from reconciler.core.change import Change, Delete
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry
from reconciler.core.merge import same, with_values
from reconciler.core.origin import Origin
from reconciler.core.pointer import resolve
from reconciler.core.resource import NO_REFERENCES, Desired, Live
from reconciler.core.sealing import Sealer, sealed_pointers
from reconciler.core.secret_source import SecretSource
from reconciler.core.values import ABSENT, JsonValue, Maybe

FILE = "the undo file"
"""Where restored objects come from, for whoever asks for their origin."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """One object as it was before an apply."""

    id: ResourceId
    before: Maybe
    """Secrets sealed; `ABSENT`: it did not exist."""
    after: str
    """Fingerprint of what the apply wrote; empty: it deleted the object."""
    untouched: tuple[str, ...] = ()
    """Pointers of secrets that the apply left alone."""
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    """Pointers of secrets that a reference stood for, with its text."""
    lost: tuple[str, ...] = ()
    """Pointers of secrets that nobody can restore."""
    protect: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """Everything that one apply was about to change."""

    apply: str
    """The apply's random id."""
    number: int
    project: str
    project_id: str
    target: str
    url: str
    customer: str
    started: datetime
    """Aware, UTC."""
    commit: str | None
    objects: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True)
class Parties:
    """What is known about one object when the apply starts."""

    body: Desired | None
    """What is about to be written, secrets and all; `None` for a deletion."""
    live: Live | None
    entry: Entry | None
    sealer: Sealer
    after: str


def remember(change: Change, parties: Parties) -> Earlier:
    """The object of a step, before it is written."""
    entry, live = parties.entry, parties.live
    after = "" if isinstance(change, Delete) else parties.after
    protect = bool(entry and entry.protect)
    if live is None:
        return Earlier(change.id, ABSENT, after, protect=protect)
    known = entry.references if entry else NO_REFERENCES
    sealed = parties.sealer.seal(live.value, {*known, *_references(parties.body)})
    untouched, lost, references = [], [], {}
    for pointer in sealed_pointers(sealed):
        if parties.body and same(
            resolve(live.value, pointer), resolve(parties.body.value, pointer)
        ):
            untouched.append(pointer)
        elif _stood_for(pointer, sealed, entry, parties.sealer):
            references[pointer] = known[pointer]
        else:
            lost.append(pointer)
    return Earlier(
        change.id,
        sealed,
        after,
        tuple(untouched),
        MappingProxyType(references),
        tuple(lost),
        protect,
    )


def _references(body: Desired | None) -> Mapping[str, str]:
    return body.references if body else NO_REFERENCES


def _stood_for(pointer: str, sealed: JsonValue, entry: Entry | None, sealer: Sealer) -> bool:
    """Whether what is there is what the entry's reference stood for; nobody can tell unkeyed."""
    if entry is None or not sealer.keyed or pointer not in entry.references:
        return False
    return same(resolve(entry.content, pointer), resolve(sealed, pointer))


def is_as_left(earlier: Earlier, live: Live | None, entry: Entry | None, fingerprint: str) -> bool:
    """Whether nobody changed the object since; `fingerprint` is that of `live`."""
    if not earlier.after:
        return live is None
    if live is None:
        return False
    if fingerprint == earlier.after:
        return True
    # The server may keep it in another form than it was sent.
    return entry is not None and (entry.asked, entry.seen) == (earlier.after, fingerprint)


def restore(
    earlier: Earlier, live: Live | None, secrets: SecretSource, sealer: Sealer
) -> Desired | Sequence[str]:
    """The object as it was, or the pointers of the secrets that nobody has any more.

    Only for an object that existed. `live` is what the apply left there.
    """
    there: Maybe = ABSENT if live is None else live.value
    found: dict[str, JsonValue] = {}
    lost = list(earlier.lost)
    for pointer in earlier.untouched:
        secret = resolve(there, pointer)
        if secret is ABSENT:
            lost.append(pointer)
        else:
            found[pointer] = secret
    for pointer, template in earlier.references.items():
        text = secrets.value_of(template)
        if text is None or not same(sealer.token(text), resolve(earlier.before, pointer)):
            lost.append(pointer)
        else:
            found[pointer] = template
    before = with_values({} if earlier.before is ABSENT else earlier.before, found)
    if lost or not isinstance(before, Mapping):
        return tuple(sorted(lost))
    return Desired(
        earlier.id,
        before,
        Origin(FILE, 0, 0, ""),  # line 0: nobody wrote it on one
        protect=earlier.protect,
        references=earlier.references,
    )
