"""Token: what a device presents to get its bootstrap."""

import re

from reconciler.core.kind import Field, Kind, Ownership, Sent

TOKEN = Kind(
    name="Token",
    noun="token",
    scope_key="tokens",
    path="token",
    collection="tokens",
    identity="name",
    name_pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII),
    fields=(
        Field("appId", sent=Sent.QUERY, required=True),
        Field("bootstrap", sent=Sent.QUERY, required=True, refers_to="Bootstrap"),
        Field("description", sent=Sent.QUERY, default=""),
        Field("lastUsedAt", Ownership.SERVER, Sent.NOT),
        Field("useCount", Ownership.SERVER, Sent.NOT),
        Field("updatedBy", Ownership.SERVER, Sent.NOT),
    ),
    order=2,
    folds_case=True,
)
