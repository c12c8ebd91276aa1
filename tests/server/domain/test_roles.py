"""The table of rights, written a second time by hand from the guides' table 7."""

import pytest

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.roles import Permission, Role, Scope, allowed, outranks

# Columns: User, Admin, Super-Admin, Vendor-Admin.
_TABLE = """
bootstrap:read    x x x x
bootstrap:write   . x x x
token:read        x x x x
token:write       . x x x
site:read         . . x x
site:write        . . x x
user:read         . . x x
user:write        . . x x
device:read       . . x x
device:write      . . x x
license:read      . . x x
license:write     . . . x
report:read       x x x x
customer:read     x x x x
customers:read    . . . x
customers:write   . . . x
job:read          . . . x
job:write         . . . x
account:read      x x x x
account:write     x x x x
"""
_ROLES = (Role.USER, Role.ADMIN, Role.SUPER_ADMIN, Role.VENDOR_ADMIN)
_CASES = [
    (role, line.split()[0], mark == "x")
    for line in _TABLE.strip().splitlines()
    for role, mark in zip(_ROLES, line.split()[1:], strict=True)
]


def _caller(role: Role, scope: Scope = Scope.WRITE) -> Caller:
    return Caller("u", "ann", "Ann", "ann@example.com", role, None, scope, "h", is_api_token=False)


@pytest.mark.requirement("A-07")
def test_the_roles_are_named_as_in_the_guides() -> None:
    assert [str(role) for role in Role] == ["User", "Admin", "Super-Admin", "Vendor-Admin"]


@pytest.mark.requirement("A-08", "A-09", "A-10")
@pytest.mark.parametrize(("role", "permission", "may"), _CASES)
def test_each_role_may_what_the_table_says(role: Role, permission: str, *, may: bool) -> None:
    assert allowed(role, Scope.WRITE, Permission(permission)) is may


def test_the_table_names_every_permission() -> None:
    assert {permission for _, permission, _ in _CASES} == {str(p) for p in Permission}


@pytest.mark.parametrize("role", _ROLES)
def test_a_credential_that_reads_loses_every_write_and_nothing_else(role: Role) -> None:
    for permission in Permission:
        reads = allowed(role, Scope.READ, permission)
        assert reads is (allowed(role, Scope.WRITE, permission) and "write" not in permission)


def test_a_refusal_tells_a_weak_role_from_a_token_that_only_reads() -> None:
    with pytest.raises(DomainError, match="role User") as refusal:
        _caller(Role.USER).require(Permission.WRITE_TOKENS)
    assert refusal.value.code is ErrorCode.FORBIDDEN
    with pytest.raises(DomainError, match="only reads"):
        _caller(Role.ADMIN, Scope.READ).require(Permission.WRITE_TOKENS)
    _caller(Role.ADMIN).require(Permission.WRITE_TOKENS)


def test_a_caller_lists_its_permissions() -> None:
    assert _caller(Role.USER).permissions == (
        Permission.READ_BOOTSTRAPS,
        Permission.READ_TOKENS,
        Permission.READ_REPORTS,
        Permission.READ_CUSTOMER,
        Permission.READ_ACCOUNT,
        Permission.WRITE_ACCOUNT,
    )


def test_roles_stand_above_each_other_in_one_line() -> None:
    ranks = [[outranks(role, other) for other in _ROLES] for role in _ROLES]
    assert ranks == [[below < own for below in range(4)] for own in range(4)]
