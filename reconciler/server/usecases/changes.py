"""Writing declared objects: single calls and change sets go through the same checks."""

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import ChangeSet, OperationResult
from reconciler.server.usecases.ports import World


def apply_changes(
    world: World, caller: Caller, change_set: ChangeSet, customer: str | None = None
) -> tuple[OperationResult, ...]:
    """Do every operation in its order, or none (DEC-6, DEC-16).

    Raises:
        DomainError: of the first operation that fails; `errors` carry its index. FORBIDDEN,
            CUSTOMER_REQUIRED, VALIDATION, NOT_FOUND, STALE_VERSION, UNKNOWN_BOOTSTRAP,
            TOKEN_TAKEN, IN_USE, PTTPRO_DISABLED, CONFLICT, LAST_SUPER_ADMIN, SELF.
    """
    raise NotImplementedError
