"""Who may do what: one table."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """Roles as the guides spell them (A-07); the vendor's stands above every customer."""

    USER = "User"
    ADMIN = "Admin"
    SUPER_ADMIN = "Super-Admin"
    VENDOR_ADMIN = "Vendor-Admin"


class Scope(StrEnum):
    """What a credential is good for; a session always writes (DEC-9)."""

    READ = "read"
    WRITE = "write"


class Permission(StrEnum):
    """One kind of act. A name that ends in `:write` is refused to credentials that only read."""

    READ_BOOTSTRAPS = "bootstrap:read"
    WRITE_BOOTSTRAPS = "bootstrap:write"
    READ_TOKENS = "token:read"
    WRITE_TOKENS = "token:write"
    READ_SITES = "site:read"
    WRITE_SITES = "site:write"
    READ_USERS = "user:read"
    WRITE_USERS = "user:write"
    READ_DEVICES = "device:read"
    WRITE_DEVICES = "device:write"
    READ_LICENSES = "license:read"
    WRITE_LICENSES = "license:write"
    READ_REPORTS = "report:read"
    READ_CUSTOMER = "customer:read"
    READ_CUSTOMERS = "customers:read"
    WRITE_CUSTOMERS = "customers:write"
    READ_JOBS = "job:read"
    WRITE_JOBS = "job:write"
    READ_ACCOUNT = "account:read"
    WRITE_ACCOUNT = "account:write"

    @property
    def writes(self) -> bool:
        """Whether a credential that only reads is refused."""
        return self.value.endswith(":write")


_EVERYONE = frozenset(
    {
        Permission.READ_BOOTSTRAPS,
        Permission.READ_TOKENS,
        Permission.READ_REPORTS,
        Permission.READ_CUSTOMER,
        Permission.READ_ACCOUNT,
        Permission.WRITE_ACCOUNT,
    }
)
_ADMIN = _EVERYONE | {Permission.WRITE_BOOTSTRAPS, Permission.WRITE_TOKENS}
_SUPER_ADMIN = _ADMIN | {
    Permission.READ_SITES,
    Permission.WRITE_SITES,
    Permission.READ_USERS,
    Permission.WRITE_USERS,
    Permission.READ_DEVICES,
    Permission.WRITE_DEVICES,
    Permission.READ_LICENSES,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.USER: _EVERYONE,
    Role.ADMIN: _ADMIN,
    Role.SUPER_ADMIN: _SUPER_ADMIN,
    Role.VENDOR_ADMIN: frozenset(Permission),
}
_RANK = {role: rank for rank, role in enumerate(Role)}


def allowed(role: Role, scope: Scope, permission: Permission) -> bool:
    """Whether a credential of this scope lets this role act."""
    return permission in PERMISSIONS[role] and (scope is Scope.WRITE or not permission.writes)


def outranks(role: Role, other: Role) -> bool:
    """Whether `role` stands above `other`."""
    return _RANK[role] > _RANK[other]
