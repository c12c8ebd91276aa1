"""What a device gets: a transport of its own that speaks to device paths only."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """One device that asks. The token is no secret: it hangs as a QR code in the store."""

    url: str
    token: str
    app_id: str = ""
    device_id: str = ""
    ca_path: Path | None = None
    timeout_seconds: float = 15.0


def fetch_bootstrap(request: DeviceRequest) -> str:
    """The bootstrap's JSON, character for character as the device gets it.

    Raises:
        Misuse: The address or the certificate file can't be used.
        RemoteFailure: As for `core.ports.Reader`; an unknown token is `Rejected` with status 404.
    """
    raise NotImplementedError(request)
