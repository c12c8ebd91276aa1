"""Reasons to leave an object alone. What can't be evaluated refuses."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.core.candidate import Candidate
from reconciler.core.inventory import Inventory, Key
from reconciler.core.ports import Account
from reconciler.core.project import Project
from reconciler.core.resource import Live, moment_of
from reconciler.core.values import ABSENT, JsonValue, Maybe

_SUPER: Final = "Super-Admin"
_STARTER: Final = re.compile(
    r"(Direct-Access|Extension-Manager)-(Bootstrap|Token)(-[a-z0-9][a-z0-9-]{0,39})?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why, in a stable word and in a sentence, and what would help."""

    guard: str
    reason: str
    fix: str = ""
    pointers: tuple[str, ...] = ()
    """The fields that it is about; none means the whole object."""
    base: Maybe = ABSENT
    """What was declared at the last apply, sealed, where it matters and was recorded."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What guards know besides the object itself."""

    account: Account | None
    users: Mapping[str, Live]
    """The accounts that the server listed, by key."""
    inventory: Inventory
    project: Project
    now: datetime
    unlisted: frozenset[str] = frozenset()
    """Kinds of which the server has no list: what else is there nobody knows."""
    fingerprint: Callable[[Candidate], str] = lambda _: ""
    """Of what a candidate would write."""


ObjectGuard = Callable[[Candidate, Surroundings], Refusal | None]


def starter_pair(candidate: Candidate, _: Surroundings) -> Refusal | None:
    """The server made these for the customer; devices and the Extension Manager rely on them."""
    if candidate.action != "delete" or candidate.kind.name not in ("Bootstrap", "Token"):
        return None
    if not _STARTER.fullmatch(candidate.id.name):
        return None
    return Refusal(
        "starter-pair",
        f"this {candidate.kind.noun} came with the customer and is never deleted",
        f'declare it, or narrow "{candidate.kind.scope_key}" below "scope" in pvm.yaml',
    )


def protect(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """A document said `protect: true`, and still counts after it is gone."""
    if candidate.action != "delete":
        return None
    entry = around.inventory.entries.get(candidate.key)
    if candidate.key not in around.inventory.protected and not (entry and entry.protect):
        return None
    return Refusal(
        "protect",
        f"this {candidate.kind.noun} was declared with protect: true",
        "declare it again without protect, apply, and remove the document then",
    )


def own_account(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """Who applies must not lock themselves out."""
    if not _ends_or_changes_role(candidate):
        return None
    if around.account is None:
        return Refusal(
            "own-account",
            "the server did not say whose credentials these are, so this account may be its own",
            "check the account in the portal, and change it there",
        )
    if candidate.kind.key(around.account.login) != candidate.key[1]:
        return None
    return Refusal(
        "own-account",
        "pvm is signed in with this account",
        "apply with the credentials of another Super-Admin",
    )


def site_devices(candidate: Candidate, _: Surroundings) -> Refusal | None:
    """Devices of a deleted site would lose their configuration."""
    if candidate.kind.name != "Site" or candidate.action != "delete" or candidate.live is None:
        return None
    count = candidate.live.facts.get("deviceCount")
    if isinstance(count, int) and not isinstance(count, bool):
        if count <= 0:
            return None
        noun = "device is" if count == 1 else "devices are"
        reason = f"{count} {noun} registered at this site"
    else:
        reason = "the server does not say how many devices are registered at this site"
    return Refusal("devices", reason, "move the devices to another site first")


def hold(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """The project leaves it alone for a while; the last day is included."""
    for held in around.project.holds:
        same = (
            held.kind == candidate.kind.name and candidate.kind.key(held.name) == candidate.key[1]
        )
        if same and around.now.date() <= held.until:
            return Refusal("hold", f"on hold until {held.until}: {held.reason}")
    return None


def unrecorded_delete(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """Without an inventory nobody knows what was protected, or whose an object is."""
    if candidate.action != "delete" or around.inventory.head is not None:
        return None
    return Refusal(
        "inventory",
        "this server holds no inventory of this project yet, so nothing is deleted",
        "apply once; after the loss of an inventory run pvm inventory rebuild first",
    )


def unverified(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """Without lists nobody can tell what else refers to it."""
    if candidate.action != "delete" or not around.unlisted:
        return None
    return Refusal(
        "unverified",
        "the server has no lists, so nobody can tell what still refers to it",
        "check it in the portal, then add --ack unverified=N",
    )


def used_token(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """Devices would lose their configuration."""
    if candidate.kind.name != "Token" or candidate.action != "delete" or candidate.live is None:
        return None
    days = around.project.safety.used_token_days
    used = candidate.live.facts.get("lastUsedAt", ABSENT)
    if used is None:
        return None
    moment = moment_of(used)
    if moment is not None and around.now - moment > timedelta(days=days):
        return None
    moved = f"; it is {candidate.renamed_to.name} now" if candidate.renamed_to else ""
    return Refusal(
        "used-token",
        _use_of(candidate.id.name, candidate.live.facts, moment) + moved,
        f"wait until it was unused for {days} days, or add --ack used=N",
    )


def _use_of(token: str, facts: Mapping[str, JsonValue], last: datetime | None) -> str:
    """How often devices used a token, and when last, as far as the server tells."""
    if last is None:
        return f"the server does not say when {token} was used"
    when = f"the last time on {last.astimezone(UTC):%Y-%m-%d at %H:%MZ}"
    count = facts.get("useCount")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return f"a device used {token}, {when}"
    return f"devices used {token} {'once' if count == 1 else f'{count:,} times'}, {when}"


def undone(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """`pvm undo` took this very value back, and Git still declares it."""
    head = around.inventory.head
    taken_back = head.undone.get(str(candidate.id)) if head else None
    if taken_back is None or taken_back != around.fingerprint(candidate):
        return None
    return Refusal(
        "undone",
        "pvm undo took this change back, and Git still asks for it",
        "revert the commit in Git, or add --ack undone=N to apply it again",
    )


OBJECT_GUARDS: Final[tuple[ObjectGuard, ...]] = (
    hold,
    starter_pair,
    protect,
    own_account,
    site_devices,
    unrecorded_delete,
    unverified,
    used_token,
    undone,
)
ACKNOWLEDGED: Final = {"used-token": "used", "unverified": "unverified", "undone": "undone"}
"""Guards that an acknowledgement lifts, if it covers the number of objects they refuse."""


def acknowledged(refused: Mapping[Key, Refusal], acks: Mapping[str, int]) -> Mapping[Key, Refusal]:
    """The refusals that are left, with the number that would lift them."""
    counts = Counter(refusal.guard for refusal in refused.values())
    lifted = {guard for guard, ack in ACKNOWLEDGED.items() if counts[guard] <= acks.get(ack, 0)}
    return {
        key: _numbered(refusal, counts[refusal.guard])
        for key, refusal in refused.items()
        if refusal.guard not in lifted
    }


def _numbered(refusal: Refusal, count: int) -> Refusal:
    """With the number that an acknowledgement has to cover, ready to be copied."""
    if refusal.guard not in ACKNOWLEDGED:
        return refusal
    return replace(refusal, fix=refusal.fix.replace("=N", f"={count}"))


def object_refusal(candidate: Candidate, around: Surroundings) -> Refusal | None:
    """The first guard that refuses this object."""
    for guard in OBJECT_GUARDS:
        refusal = guard(candidate, around)
        if refusal is not None:
            return refusal
    return None


def last_super_admins(
    candidates: Iterable[Candidate], around: Surroundings
) -> Mapping[Key, Refusal]:
    """Refusals that keep one Super-Admin who can sign in; `candidates` in order, none refused yet.

    Who is still invited, or disabled, does not count: nobody could sign in any more.
    """
    active = {key for key, user in around.users.items() if _is_active_super(user)}
    refusals: dict[Key, Refusal] = {}
    for candidate in candidates:
        if not _ends_super(candidate):
            continue
        if active - {candidate.key[1]}:
            active.discard(candidate.key[1])
            continue
        refusals[candidate.key] = Refusal(
            "last-super-admin",
            "no other Super-Admin would be left who can sign in",
            "let another Super-Admin sign in first",
        )
    return refusals


def _ends_or_changes_role(candidate: Candidate) -> bool:
    if candidate.kind.name != "PortalUser" or candidate.live is None:
        return False
    if candidate.desired is None:
        return True
    return candidate.desired.value.get("role") != candidate.live.value.get("role")


def _ends_super(candidate: Candidate) -> bool:
    return (
        _ends_or_changes_role(candidate)
        and candidate.live is not None
        and candidate.live.value.get("role") == _SUPER
    )


def _is_active_super(user: Live) -> bool:
    return user.value.get("role") == _SUPER and user.facts.get("status") == "ACTIVE"
