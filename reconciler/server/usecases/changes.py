"""Writing declared objects: single calls and change sets go through the same checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    KindName,
    Operation,
    OperationResult,
    SiteContent,
)
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.names import (
    check_label,
    check_login_name,
    check_text,
    check_token_name,
)
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.token import TokenContent, check_token
from reconciler.server.domain.user import UserContent, check_user
from reconciler.server.domain.write import Result, at_index, check_source
from reconciler.server.usecases.decisions.batch import Batch, Outcome, read_batch
from reconciler.server.usecases.decisions.bootstraps import delete_bootstrap, put_bootstrap
from reconciler.server.usecases.decisions.sites import delete_site, put_site
from reconciler.server.usecases.decisions.tokens import delete_token, put_token
from reconciler.server.usecases.decisions.users import delete_user, put_user
from reconciler.server.usecases.desk import Desk
from reconciler.server.usecases.ports import Tenant, Transaction, World
from reconciler.server.usecases.scope import home, missing, write

PERMISSIONS: Mapping[KindName, Permission] = {
    KindName.BOOTSTRAP: Permission.WRITE_BOOTSTRAPS,
    KindName.TOKEN: Permission.WRITE_TOKENS,
    KindName.SITE: Permission.WRITE_SITES,
    KindName.PORTAL_USER: Permission.WRITE_USERS,
}
_CHECK_NAME: Mapping[KindName, Callable[[str], str]] = {
    KindName.BOOTSTRAP: check_label,
    KindName.TOKEN: check_token_name,
    KindName.SITE: check_label,
    KindName.PORTAL_USER: check_login_name,
}
_DELETE: Mapping[KindName, Callable[[Batch, Operation], Outcome]] = {
    KindName.BOOTSTRAP: delete_bootstrap,
    KindName.TOKEN: delete_token,
    KindName.SITE: delete_site,
    KindName.PORTAL_USER: delete_user,
}


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes, and whose rows."""

    world: World
    caller: Caller
    tenant: Tenant

    def single(self, operation: Operation, *, dry_run: bool) -> Outcome:
        """One operation in a transaction of its own. Raises as `apply_changes`, without index."""
        check_operation(operation)

        def work(tx: Transaction) -> Outcome:
            return self.run_single(tx, operation, dry_run=dry_run)

        return write(self.world, self.tenant, work)

    def run_single(self, tx: Transaction, operation: Operation, *, dry_run: bool) -> Outcome:
        """One checked operation within a transaction."""
        batch = self._read(tx, (operation,))
        outcome = batch.record(operation, _decide(batch, operation))
        if not dry_run:
            batch.store(tx)
        return outcome

    def run(self, tx: Transaction, change_set: ChangeSet) -> list[Outcome]:
        """Decide every operation, then store them all, within a transaction."""
        batch = self._read(tx, change_set.operations)
        outcomes: list[Outcome] = []
        for index, operation in enumerate(change_set.operations):
            try:
                outcomes.append(batch.record(operation, _decide(batch, operation)))
            except DomainError as error:
                raise at_index(error, index) from None
        if not change_set.dry_run:
            batch.store(tx)
        return outcomes

    def _read(self, tx: Transaction, operations: Sequence[Operation]) -> Batch:
        desk = Desk.open(self.world, self.tenant, self.caller.login_name)
        return read_batch(tx, desk, self.caller, operations)


def apply_changes(
    world: World, caller: Caller, change_set: ChangeSet, customer: str | None = None
) -> tuple[OperationResult, ...]:
    """Do every operation in its order, or none (DEC-6, DEC-16).

    Raises:
        DomainError: of the first operation that fails; `errors` carry its index. FORBIDDEN,
            CUSTOMER_REQUIRED, VALIDATION, NOT_FOUND, STALE_VERSION, UNKNOWN_BOOTSTRAP,
            TOKEN_TAKEN, IN_USE, PTTPRO_DISABLED, CONFLICT, LAST_SUPER_ADMIN, SELF.
    """
    if len(change_set.operations) > world.limits.change_operations:
        message = f"a change set has at most {world.limits.change_operations} operations"
        raise DomainError(ErrorCode.TOO_LARGE, message)
    for index, operation in enumerate(change_set.operations):
        try:
            caller.require(PERMISSIONS[operation.kind])
            check_operation(operation)
        except DomainError as error:
            raise at_index(error, index) from None
    tenant = home(world, caller, customer, lambda _tx: ())
    act = Act(world, caller, tenant)
    outcomes = write(world, tenant, lambda tx: act.run(tx, change_set))
    return tuple(
        OperationResult(
            index, outcome.result, None if outcome.result is Result.DELETED else outcome.row.version
        )
        for index, outcome in enumerate(outcomes)
    )


def check_operation(operation: Operation) -> None:
    """Refuse names and texts that nothing can have, before any look-up folds or binds them.

    Raises:
        DomainError: VALIDATION; NOT_FOUND for deleting what cannot exist.
    """
    check_source(operation.source)
    if operation.content is None:
        if not is_name(operation.kind, operation.name):
            raise missing()
        return
    _CHECK_NAME[operation.kind](operation.name)
    match operation.content:
        case TokenContent() as content:
            check_token(content)
        case SiteContent() as content:
            check_text("proServerName", content.pro_server_name)
        case UserContent() as content:
            check_user(content)
        case BootstrapContent():
            pass


def is_name(kind: KindName, name: str) -> bool:
    """Whether an object of this kind can have this name."""
    try:
        _CHECK_NAME[kind](name)
    except DomainError:
        return False
    return True


def _decide(batch: Batch, operation: Operation) -> Outcome:
    match operation.content:
        case None:
            return _DELETE[operation.kind](batch, operation)
        case BootstrapContent() as content:
            return put_bootstrap(batch, operation, content)
        case TokenContent() as content:
            return put_token(batch, operation, content)
        case SiteContent() as content:
            return put_site(batch, operation, content)
        case UserContent() as content:
            return put_user(batch, operation, content)
