"""Site: a store, ward or hall that devices register at."""

import re

from reconciler.core.kind import Field, Kind, Ownership, Sent

SITE = Kind(
    name="Site",
    noun="site",
    scope_key="sites",
    path="site",
    collection="sites",
    identity="name",
    name_pattern=re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?", re.ASCII),
    fields=(
        Field("proServerName", required=True),
        Field("deviceCount", Ownership.SERVER, Sent.NOT),
        Field("updatedBy", Ownership.SERVER, Sent.NOT),
    ),
    order=0,
)
