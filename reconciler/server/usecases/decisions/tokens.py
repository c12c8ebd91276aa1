"""What becomes of a token."""

from reconciler.server.domain.change_set import Operation
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from reconciler.server.domain.names import fold
from reconciler.server.domain.token import Token, TokenContent
from reconciler.server.domain.write import Result
from reconciler.server.usecases.decisions.batch import Batch, Outcome
from reconciler.server.usecases.scope import missing


def put_token(batch: Batch, operation: Operation, content: TokenContent) -> Outcome:
    """Create, replace, or leave a token that is the same; its first spelling stays (Q-18).

    Raises:
        DomainError: STALE_VERSION, UNKNOWN_BOOTSTRAP, TOKEN_TAKEN.
    """
    key = fold(operation.name)
    current = batch.tokens.get(key)
    operation.precondition.check(current.version if current else None)
    bootstrap = batch.bootstraps.get(content.bootstrap)
    if bootstrap is None:
        message = "there is no such bootstrap; create it first"
        error = FieldError("bootstrap", message)
        raise DomainError(ErrorCode.UNKNOWN_BOOTSTRAP, f"bootstrap: {message}", (error,))
    if current is None and key in batch.foreign_tokens:
        message = "this token is not available; choose another"
        raise DomainError(ErrorCode.TOKEN_TAKEN, message, (FieldError("name", message),))
    if current is not None and _content(current) == content:
        return Outcome(Result.UNCHANGED, current)
    now = batch.desk.now
    row = Token(
        customer=batch.customer_code,
        name=current.name if current else operation.name,
        app_id=content.app_id,
        bootstrap=content.bootstrap,
        description=content.description,
        text=bootstrap.text,
        source=operation.source,
        created_at=current.created_at if current else now,
        updated_at=now,
        updated_by=batch.caller.login_name,
        last_used_at=current.last_used_at if current else None,
        use_count=current.use_count if current else 0,
        version=batch.tokens.next_version(key),
    )
    if current is not None:
        batch.deliveries[current.bootstrap].discard(key)
    batch.deliveries[row.bootstrap].add(key)
    batch.tokens.put(key, row)
    return Outcome(Result.UPDATED if current else Result.CREATED, row)


def delete_token(batch: Batch, operation: Operation) -> Outcome:
    """Delete a token. Raises NOT_FOUND, STALE_VERSION."""
    key = fold(operation.name)
    current = batch.tokens.get(key)
    if current is None:
        raise missing()
    operation.precondition.check(current.version)
    batch.deliveries[current.bootstrap].discard(key)
    batch.tokens.remove(key)
    return Outcome(Result.DELETED, current)


def _content(token: Token) -> TokenContent:
    return TokenContent(token.app_id, token.bootstrap, token.description)
