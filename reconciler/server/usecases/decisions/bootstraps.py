"""What becomes of a bootstrap."""

from dataclasses import replace

from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.change_set import BootstrapContent, Operation
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from reconciler.server.domain.write import Result
from reconciler.server.usecases.decisions.batch import Batch, Outcome
from reconciler.server.usecases.scope import missing

_MOST_NAMED = 100


def put_bootstrap(batch: Batch, operation: Operation, content: BootstrapContent) -> Outcome:
    """Create, replace, or leave a bootstrap whose text is the same. Raises STALE_VERSION."""
    current = batch.bootstraps.get(operation.name)
    operation.precondition.check(current.version if current else None)
    if current is not None and current.text == content.text:
        return Outcome(Result.UNCHANGED, current)
    now = batch.desk.now
    row = Bootstrap(
        customer=batch.customer_code,
        name=operation.name,
        text=content.text,
        tokens=current.tokens if current else (),
        source=operation.source,
        created_at=current.created_at if current else now,
        updated_at=now,
        updated_by=batch.caller.login_name,
        version=batch.bootstraps.next_version(operation.name),
    )
    batch.bootstraps.put(operation.name, row)
    return Outcome(Result.UPDATED if current else Result.CREATED, row)


def delete_bootstrap(batch: Batch, operation: Operation) -> Outcome:
    """Delete a bootstrap that no token delivers (Q-23). Raises NOT_FOUND, IN_USE."""
    current = batch.bootstraps.get(operation.name)
    if current is None:
        raise missing()
    operation.precondition.check(current.version)
    users = [batch.tokens.get(key) for key in batch.deliveries.get(operation.name, ())]
    names = sorted(token.name for token in users if token is not None)
    if names:
        message = f"{len(names)} token{'s deliver' if len(names) > 1 else ' delivers'} it"
        errors = [FieldError("token", name) for name in names[:_MOST_NAMED]]
        raise DomainError(ErrorCode.IN_USE, f"{message}; delete or repoint them first", errors)
    batch.bootstraps.remove(operation.name)
    return Outcome(Result.DELETED, replace(current, tokens=()))
