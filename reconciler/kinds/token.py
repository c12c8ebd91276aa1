"""Token: what a device presents to get its bootstrap."""

import re
from collections.abc import Iterator

from reconciler.core.kind import Field, Finding, Kind, Ownership, Sent
from reconciler.core.problem import Severity
from reconciler.core.resource import Desired


def check_token(token: Desired) -> Iterator[Finding]:
    """An underscore is accepted by the server, but not promised by every client."""
    if "_" in token.id.name:
        yield Finding(
            pointer="/name",
            code="token-underscore",
            message="token holds an underscore",
            label="letters, digits and dashes are safe in every client",
            help="use a dash instead, unless devices already know this token",
            severity=Severity.WARNING,
        )


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
    check=check_token,
)
