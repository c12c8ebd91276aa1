"""The device's download of its bootstrap (D-07)."""

from reconciler.server.usecases.ports import Delivery, World


def download_bootstrap(world: World, token: str, app_id: str | None = None) -> Delivery:
    """What this token delivers; `text` is exactly what was stored, `sha256` its digest.

    The token's last use and use count move. A device that names its application gets only what
    is meant for it (T-20).

    Raises:
        DomainError: UNKNOWN_TOKEN, APP_MISMATCH.
    """
    raise NotImplementedError
