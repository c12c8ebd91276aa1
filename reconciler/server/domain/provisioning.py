"""Automatic provisioning: whether, and how, a device gets into PTT Pro's device table."""

import json
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.client_versions import PROVISIONING
from reconciler.server.domain.customer import Customer


class Provisioning(StrEnum):
    """What became of a registration in PTT Pro's table."""

    PROVISIONED = "PROVISIONED"
    UNCHANGED = "UNCHANGED"
    MOVED = "MOVED"
    ADOPTED = "ADOPTED"
    SKIPPED = "SKIPPED"
    QUEUED = "QUEUED"


class Unasked(Enum):
    """PTT Pro did not answer, so what its table says is not known."""

    UNASKED = "not answered"


SITE_KEY: Final = "site"
UNASKED: Final = Unasked.UNASKED
Found = str | Unasked | None
"""The site where PTT Pro's table has a device; None where it has not."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site, which is a department of a PTT Pro server (S-03)."""

    server: str
    site: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What a registration meets. `own` is the entry that this server made or adopted.

    `telling` while this server still has to tell that PTT Pro server something it decided: what
    the table says then is this server's own earlier doing, whether or not it could be asked.
    """

    wanted: Place
    own: Place | None
    found: Found
    telling: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Someone entered the device at another site by hand; only they can remove it (S-11)."""

    site: str


@dataclass(frozen=True, slots=True)
class Booking:
    """What is done. `adopted` when the entry was made by hand and is ours from now on (Q-52)."""

    answer: Provisioning
    adopted: bool = False


def site_of_bootstrap(text: str) -> str | None:
    """The site that a bootstrap names (B-16, Q-50); anything but a text names none."""
    site = json.loads(text).get(SITE_KEY)
    return site if isinstance(site, str) and site else None


def reason_to_skip(customer: Customer, app: AppId | None, site: str | None) -> str | None:
    """Why a device is not entered automatically; None when it is (S-13 to S-16, S-19)."""
    content = customer.content
    if app not in PROVISIONING:
        return "this application needs no entry"
    if site is None:
        return "no site is known, so the entry is the customer's own affair"
    if not content.ptt_pro:
        return "the customer has no PTT Pro"
    if content.profile_manager:
        return "Profile Manager looks after the entries"
    if not customer.flags.auto_provisioning:
        return "automatic provisioning is switched off"
    return None


def decide(situation: Situation) -> Booking | Conflict:
    """What a registration does to the table (S-06, S-09 to S-12)."""
    wanted, own, found = situation.wanted, situation.own, situation.found
    if found is UNASKED and not situation.telling:
        return Booking(Provisioning.QUEUED)
    if isinstance(found, str) and found != wanted.site and not _is_own(situation, found):
        return Conflict(found)
    by_hand = found == wanted.site and not _is_own(situation, wanted.site)
    if own is None:
        return Booking(Provisioning.ADOPTED if by_hand else Provisioning.PROVISIONED, by_hand)
    if own != wanted:
        return Booking(Provisioning.MOVED, by_hand)
    missing = found is None and not situation.telling
    return Booking(Provisioning.PROVISIONED if missing else Provisioning.UNCHANGED)


def _is_own(situation: Situation, site: str) -> bool:
    own = situation.own
    place = Place(situation.wanted.server, site)
    return situation.telling or own == place
