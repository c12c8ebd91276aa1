"""Who calls: a signed-in user and the credential it came with."""

from dataclasses import dataclass

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.roles import PERMISSIONS, Permission, Role, Scope, allowed


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """A customer as others refer to it."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user, read anew at every request. `customer` is None for the vendor.

    `credential` is the hash that the session or API token is stored under; some acts need a
    session, so that a stolen API token cannot make itself another one. A `service_account` may
    obsolete devices whatever its customer's profile says (X-9).
    """

    user_id: str
    login_name: str
    user_name: str
    email: str
    role: Role
    customer: CustomerRef | None
    scope: Scope
    credential: str
    is_api_token: bool
    service_account: bool = False

    def require_session(self) -> None:
        """Refuse machines' credentials. Raises FORBIDDEN."""
        if self.is_api_token:
            raise DomainError(ErrorCode.FORBIDDEN, "an API token may not do this; log in")

    def may(self, permission: Permission) -> bool:
        """Whether this caller may act so, with this credential."""
        return allowed(self.role, self.scope, permission)

    def require(self, permission: Permission) -> None:
        """Refuse what this caller may not do.

        Raises:
            DomainError: FORBIDDEN.
        """
        if self.may(permission):
            return
        if permission in PERMISSIONS[self.role]:
            raise DomainError(ErrorCode.FORBIDDEN, "this API token only reads; use one that writes")
        raise DomainError(ErrorCode.FORBIDDEN, f"the role {self.role} may not do this")

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Everything that this caller may do, in the table's order."""
        return tuple(permission for permission in Permission if self.may(permission))
