"""Reasons to leave an object alone. What can't be evaluated refuses."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.candidate import Candidate, Key
from reconciler.core.ports import Account
from reconciler.core.resource import Live

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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What guards know besides the object itself."""

    account: Account | None
    users: Mapping[str, Live]
    """The accounts that the server listed, by key."""
    protected: frozenset[Key]


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
    if candidate.action != "delete" or candidate.key not in around.protected:
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


OBJECT_GUARDS: Final[tuple[ObjectGuard, ...]] = (starter_pair, protect, own_account, site_devices)


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
