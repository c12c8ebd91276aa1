"""The device's download of its bootstrap (D-07)."""

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.names import fold, is_token_name
from reconciler.server.usecases.ports import Delivery, World
from reconciler.server.usecases.scope import present


def download_bootstrap(world: World, token: str, app_id: str | None = None) -> Delivery:
    """What this token delivers; `text` is exactly what was stored, `sha256` its digest.

    The token's last use and use count move. A device that names its application gets only what
    is meant for it (T-20).

    Raises:
        DomainError: UNKNOWN_TOKEN, APP_MISMATCH.
    """
    delivery = world.store.deliver(fold(token)) if is_token_name(token) else None
    if delivery is None:
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "this token is unknown")
    if app_id is not None and app_id != delivery.app_id:
        raise DomainError(ErrorCode.APP_MISMATCH, "this token is for another application")
    world.store.stamp_delivery(delivery, present(world))
    return delivery
