"""Portal users."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.names import check_email, check_text
from reconciler.server.domain.roles import Role, outranks


class UserStatus(StrEnum):
    """INVITED users have no password yet; DISABLED ones may not sign in."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class UserContent:
    """What a caller declares of a user.

    Only the vendor gives a `password`, in a call and never in a document (DEC-13). Only the
    vendor makes a `service_account` of a user, or none again; None leaves it as it is.
    """

    role: Role
    user_name: str
    email: str
    password: str | None = field(default=None, repr=False)
    service_account: bool | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A stored portal user; `customer` is its customer's code, None for the vendor's own.

    A service account is a machine's: it may obsolete devices under any profile (X-9), and never
    counts as a customer's last Super-Admin.
    """

    id: str
    customer: str | None
    login_name: str
    user_name: str
    role: Role
    email: str
    status: UserStatus
    last_login_at: datetime | None
    source: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    service_account: bool = False


def check_role(text: str) -> Role:
    """The role of this name, spelt exactly so (A-07). Raises VALIDATION."""
    known = {str(member): member for member in Role}
    if text not in known:
        refuse("role", f"must be one of {', '.join(known)}")
    return known[text]


def check_user(content: UserContent) -> None:
    """Refuse texts that a user cannot have. Raises VALIDATION."""
    check_text("userName", content.user_name)
    check_email(content.email)


def check_rank(own: Role, wanted: Role) -> None:
    """Nobody gives, changes or takes a role above the own one. Raises FORBIDDEN."""
    if outranks(wanted, own):
        raise DomainError(ErrorCode.FORBIDDEN, "that role is above your own")
