"""What a device gets: a transport of its own that speaks to device paths only."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.ports import Denied, Rejected, RemoteFailure, Unreachable
from reconciler.remote.address import check_url, trust_for
from reconciler.remote.endpoints import DEVICE_BOOTSTRAP
from reconciler.remote.startup import load_httpx

if TYPE_CHECKING:
    import httpx

    from reconciler.remote.answer import Refused

_LABEL = f"GET {DEVICE_BOOTSTRAP}"


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """One device that asks. The token is no secret: it hangs as a QR code in the store."""

    url: str
    token: str
    app_id: str = ""
    device_id: str = ""
    ca_path: Path | None = None
    timeout_seconds: float = 15.0


def fetch_bootstrap(request: DeviceRequest, transport: "httpx.BaseTransport | None" = None) -> str:
    """The bootstrap's JSON, character for character as the device gets it; asked once.

    `transport` takes the network's place. Raises:
        Misuse: The address or the certificate file can't be used.
        RemoteFailure: As for `core.ports.Reader`; an unknown token is `Rejected` with status 404.
    """
    load_httpx()
    from reconciler.remote.answer import Garbled, NoAnswer, Refused, json_of  # noqa: PLC0415 -- start-up time
    from reconciler.remote.wire import (  # noqa: PLC0415 -- start-up time
        JSON,
        Clients,
        Plug,
        ReadWire,
        Request,
        admits_devices,
    )

    url = check_url(request.url)
    plug = Plug(url, trust_for(url, request.ca_path), request.timeout_seconds, transport)
    clients = Clients(plug, admits_devices)
    params = {"appId": request.app_id, "deviceId": request.device_id}
    asked = Request(
        DEVICE_BOOTSTRAP,
        {name: value for name, value in params.items() if value},
        {"Accept": JSON, "X-PVM-Token": request.token},
    )
    try:
        answer = ReadWire(clients).get(asked)
        json_of(answer)
        return answer.body.decode()
    except Refused as refused:
        raise _refusal(refused) from refused
    except NoAnswer as error:
        raise Unreachable(_LABEL, error.reason) from error
    except Garbled as error:
        raise Rejected(_LABEL, str(error)) from error
    finally:
        clients.close()


def _refusal(refused: "Refused") -> RemoteFailure:
    from reconciler.remote.answer import refusal_text  # noqa: PLC0415 -- start-up time

    status, text = refused.answer.status, refusal_text(refused.answer)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Denied(_LABEL, text, status=status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(_LABEL, text, status=status)
    return Rejected(_LABEL, text, status=status)
