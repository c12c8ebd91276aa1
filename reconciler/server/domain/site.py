"""Sites: where devices register for push-to-talk."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain.provisioning import Place


class SiteOrigin(StrEnum):
    """Who made a site: a caller, or PTT Pro's own list (Q-49)."""

    API = "API"
    SYNC = "SYNC"


@dataclass(frozen=True, slots=True)
class Site:
    """A stored site; `customer` is its customer's code."""

    customer: str
    name: str
    pro_server_name: str
    device_count: int
    source: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str
    version: int
    origin: SiteOrigin = SiteOrigin.API


def new_site(customer: str, place: Place, now: datetime) -> Site:
    """A site as PTT Pro has it, which nobody declared."""
    return Site(
        customer=customer,
        name=place.site,
        pro_server_name=place.server,
        device_count=0,
        source=None,
        created_at=now,
        updated_at=now,
        updated_by="pttpro",
        version=1,
        origin=SiteOrigin.SYNC,
    )
