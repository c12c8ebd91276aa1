"""PortalUser: an account of the administration portal."""

import re

from reconciler.core.kind import Field, Kind, Ownership, Sent

PORTAL_USER = Kind(
    name="PortalUser",
    noun="user",
    scope_key="users",
    path="user",
    collection="users",
    identity="loginName",
    name_pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", re.ASCII),
    fields=(
        Field("userName", required=True),
        Field("role", required=True),
        Field("email", required=True),
        Field("status", Ownership.SERVER, Sent.NOT),
        Field("lastLoginAt", Ownership.SERVER, Sent.NOT),
    ),
    order=3,
    folds_case=True,
    invites=True,
)
