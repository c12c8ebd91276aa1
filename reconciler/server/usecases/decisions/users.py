"""What becomes of a portal user."""

from dataclasses import replace
from typing import NoReturn

from reconciler.server.domain.change_set import Operation
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError, refuse
from reconciler.server.domain.names import fold
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import User, UserContent, UserStatus, check_rank
from reconciler.server.domain.write import Result
from reconciler.server.usecases.decisions.batch import Batch, Outcome
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.scope import missing


def put_user(batch: Batch, operation: Operation, content: UserContent) -> Outcome:
    """Create, replace, or leave a user that is the same. A new one is invited by mail.

    Raises:
        DomainError: STALE_VERSION, FORBIDDEN, CONFLICT, LAST_SUPER_ADMIN, SELF.
    """
    check_rank(batch.caller.role, content.role)
    if (content.role is Role.VENDOR_ADMIN) != (batch.tenant is Reach.VENDOR):
        refuse("role", "the vendor's administrators belong to no customer, all others to one")
    key = fold(operation.name)
    current = batch.users.get(key)
    operation.precondition.check(current.version if current else None)
    if current is None and key in batch.people.logins:
        _refuse_taken("name", "this login name is not available; choose another")
    holder = batch.people.emails.get(fold(content.email))
    if holder is not None and (current is None or holder != current.id):
        _refuse_taken("email", "this mail address belongs to another user")
    _check_service_account(batch, content, current)
    row = (
        _created(batch, operation, content)
        if current is None
        else _changed(batch, operation, content, current)
    )
    if row is current:
        return Outcome(Result.UNCHANGED, row)
    _remember(batch, current, row)
    batch.users.put(key, row)
    invited_anew = current is None or fold(current.email) != fold(row.email)
    if current is not None and invited_anew:
        batch.desk.end_links(row)
    mails = operation.invites and content.password is None
    if row.status is UserStatus.INVITED and invited_anew and mails:
        batch.desk.invite(row)
    return Outcome(Result.UPDATED if current else Result.CREATED, row)


def delete_user(batch: Batch, operation: Operation) -> Outcome:
    """Delete a user; its sessions, API tokens and links end with it.

    Raises:
        DomainError: NOT_FOUND, STALE_VERSION, FORBIDDEN, LAST_SUPER_ADMIN, SELF.
    """
    key = fold(operation.name)
    current = batch.users.get(key)
    if current is None:
        raise missing()
    operation.precondition.check(current.version)
    check_rank(batch.caller.role, current.role)
    _keep_super_admin(batch, current)
    if current.id == batch.caller.user_id:
        raise DomainError(ErrorCode.SELF, "nobody deletes the own user; ask another administrator")
    batch.people.super_admins.discard(current.id)
    batch.people.emails.pop(fold(current.email), None)
    batch.people.logins -= {key}
    batch.users.remove(key)
    batch.desk.withdraw(current)
    return Outcome(Result.DELETED, current)


def _created(batch: Batch, operation: Operation, content: UserContent) -> User:
    return User(
        id=batch.desk.new_id(),
        customer=batch.customer_code or None,
        login_name=operation.name,
        user_name=content.user_name,
        role=content.role,
        email=content.email,
        status=UserStatus.INVITED,
        last_login_at=None,
        source=operation.source,
        created_at=batch.desk.now,
        updated_at=batch.desk.now,
        version=batch.users.next_version(fold(operation.name)),
        service_account=bool(content.service_account),
    )


def _changed(batch: Batch, operation: Operation, content: UserContent, current: User) -> User:
    """The row with the new content; the very same row when nothing differs."""
    check_rank(batch.caller.role, current.role)
    wanted = content.service_account
    service_account = current.service_account if wanted is None else wanted
    same = (current.role, current.user_name, current.email, current.service_account)
    if same == (content.role, content.user_name, content.email, service_account):
        return current
    if service_account and not current.service_account:
        _keep_super_admin(batch, current)
    if current.role is not content.role:
        _keep_super_admin(batch, current)
        if current.id == batch.caller.user_id:
            raise DomainError(ErrorCode.SELF, "nobody changes the own role; ask another one")
    return replace(
        current,
        role=content.role,
        user_name=content.user_name,
        email=content.email,
        source=operation.source,
        updated_at=batch.desk.now,
        version=batch.users.next_version(fold(operation.name)),
        service_account=service_account,
    )


def _check_service_account(batch: Batch, content: UserContent, current: User | None) -> None:
    """Machines that may obsolete under any profile are the vendor's choice. Raises FORBIDDEN."""
    wanted = content.service_account
    now = current is not None and current.service_account
    if wanted is None or wanted == now or batch.caller.role is Role.VENDOR_ADMIN:
        return
    message = "only the vendor makes a user a service account, or none again"
    raise DomainError(ErrorCode.FORBIDDEN, message)


def _keep_super_admin(batch: Batch, current: User) -> None:
    """A customer never loses its last Super-Admin (Q-30). Raises LAST_SUPER_ADMIN."""
    if batch.people.super_admins == {current.id}:
        message = "it is the customer's last Super-Admin; make another one first"
        raise DomainError(ErrorCode.LAST_SUPER_ADMIN, message)


def _remember(batch: Batch, before: User | None, after: User) -> None:
    """Keep what the following operations of the same set compare with."""
    people = batch.people
    if before is not None:
        people.emails.pop(fold(before.email), None)
    people.emails[fold(after.email)] = after.id
    if after.role is Role.SUPER_ADMIN and not after.service_account:
        people.super_admins.add(after.id)
    else:
        people.super_admins.discard(after.id)


def _refuse_taken(field: str, message: str) -> NoReturn:
    raise DomainError(ErrorCode.CONFLICT, f"{field}: {message}", (FieldError(field, message),))
