"""Bootstrap: a named piece of client configuration; any JSON object."""

import re

from reconciler.core.kind import Field, Kind, Mention, Ownership, Sent

BOOTSTRAP = Kind(
    name="Bootstrap",
    noun="bootstrap",
    scope_key="bootstraps",
    path="bootstrap",
    collection="bootstraps",
    identity="name",
    name_pattern=re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?", re.ASCII),
    fields=(
        Field("parameters", sent=Sent.WHOLE_BODY, required=True),
        Field("updatedBy", Ownership.SERVER, Sent.NOT),
    ),
    order=1,
    value_field="parameters",
    mentions=(Mention("/site", "Site"),),
)
