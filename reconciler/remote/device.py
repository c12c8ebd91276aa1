"""What a device asks for: a transport of its own that speaks to device paths only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.core.json_text import dump_json
from reconciler.core.ports import Denied, Rejected, RemoteFailure, Unreachable
from reconciler.core.values import JsonValue
from reconciler.remote.address import check_url, trust_for
from reconciler.remote.endpoints import (
    DEVICE_BOOTSTRAP,
    DEVICE_CHECKIN,
    DEVICE_LICENSE,
    DEVICE_REGISTER,
)
from reconciler.remote.startup import load_httpx

if TYPE_CHECKING:
    import httpx

    from reconciler.remote.answer import Answer, Refused

_FIXES: Final[Mapping[str, str]] = {
    "UNKNOWN_TOKEN": "`pvm export 'token/*'` lists the tokens; letter case is irrelevant",
    "UNKNOWN_DEVICE": "give a token: a device id stands for one only after its first call",
    "UNKNOWN_SITE": "declare the site, or give --site of one that exists",
    "APP_MISMATCH": "give --app-id of the application that the token is for",
    "VERSION_TOO_OLD": "give --app-version and --os-version of a newer client",
    "SITE_CONFLICT": "delete the entry made by hand at the other site, then register again",
    "PREMIUM_NOT_ALLOWED": "third-party devices get standard licenses only; ask for such a feature",
    "NO_LICENSE_AVAILABLE": "no seat is free: buy more, or obsolete a device that holds one",
    "LICENSE_EXPIRED": "its lot has ended and no other is free: renew it or buy more",
    "USE_EXM": "this device is signed in at Extension Manager, which gives it its licenses",
}


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """One device that asks. The token is no secret: it hangs as a QR code in the store.

    `details` are what the device says of itself beside that, by their names on the wire:
    `appVersion`, `manufacturer`, `model`, `osVersion`, `osBuild`.
    """

    url: str
    token: str
    app_id: str = ""
    device_id: str = ""
    ca_path: Path | None = None
    timeout_seconds: float = 15.0
    details: Mapping[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, str]:
        """What goes over the wire of it; an empty text is not said."""
        every = {"appId": self.app_id, "deviceId": self.device_id, **self.details}
        return {name: value for name, value in every.items() if value}


@dataclass(frozen=True, slots=True)
class _Call:
    """A device's call: an address, and a body where it has one."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, JsonValue] | None = None

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


def fetch_bootstrap(request: DeviceRequest, transport: "httpx.BaseTransport | None" = None) -> str:
    """The bootstrap's JSON, character for character as the device gets it; asked once.

    `transport` takes the network's place. Raises:
        Misuse: The address or the certificate file can't be used.
        RemoteFailure: As for `core.ports.Reader`; an unknown token is `Rejected` with status 404.
    """
    call = _Call("GET", DEVICE_BOOTSTRAP, request.said())
    _, text = _ask(request, call, transport)
    return text


def register(
    request: DeviceRequest, site: str = "", transport: "httpx.BaseTransport | None" = None
) -> JsonValue:
    """Register for push-to-talk at `site`, or at the one that the token's bootstrap names.

    Raises: as `fetch_bootstrap`.
    """
    body = {**request.said(), **({"site": site} if site else {})}
    return _ask(request, _Call("POST", DEVICE_REGISTER, body=body), transport)[0]


def check_in(request: DeviceRequest, transport: "httpx.BaseTransport | None" = None) -> JsonValue:
    """Say that the device is there. Raises: as `fetch_bootstrap`."""
    return _ask(request, _Call("POST", DEVICE_CHECKIN, body=request.said()), transport)[0]


def ask_licenses(
    request: DeviceRequest,
    features: Sequence[str],
    reason: str,
    transport: "httpx.BaseTransport | None" = None,
) -> JsonValue:
    """Ask for a license of each feature. Raises: as `fetch_bootstrap`."""
    body = {**request.said(), "features": list(features), "reason": reason}
    return _ask(request, _Call("POST", DEVICE_LICENSE, body=body), transport)[0]


def return_licenses(request: DeviceRequest, transport: "httpx.BaseTransport | None" = None) -> None:
    """Give the standard licenses back. Raises: as `fetch_bootstrap`."""
    known = ("appId", "deviceId", "appVersion")
    said = {name: value for name, value in request.said().items() if name in known}
    _ask(request, _Call("DELETE", DEVICE_LICENSE, said), transport)


def _ask(
    request: DeviceRequest, call: _Call, transport: "httpx.BaseTransport | None"
) -> tuple[JsonValue, str]:
    """The answer as a value and as it came; null where there is none to expect."""
    load_httpx()
    from reconciler.remote.answer import Garbled, NoAnswer, Refused, json_of  # noqa: PLC0415 -- start-up time

    try:
        answer = _exchange(request, call, transport)
        value = None if answer.status == HTTPStatus.NO_CONTENT else json_of(answer)
        return value, answer.body.decode()
    except Refused as refused:
        raise _refusal(call.label, refused) from refused
    except NoAnswer as error:
        raise Unreachable(call.label, error.reason) from error
    except Garbled as error:
        raise Rejected(call.label, str(error)) from error


def _exchange(
    request: DeviceRequest, call: _Call, transport: "httpx.BaseTransport | None"
) -> "Answer":
    from reconciler.remote import wire  # noqa: PLC0415 -- start-up time

    url = check_url(request.url)
    plug = wire.Plug(url, trust_for(url, request.ca_path), request.timeout_seconds, transport)
    clients = wire.Clients(plug, wire.admits_devices)
    headers = {"Accept": wire.JSON}
    if request.token:
        headers["X-PVM-Token"] = request.token
    body = None
    if call.body is not None:
        headers["Content-Type"] = wire.JSON
        body = dump_json(call.body).encode()
    try:
        asked = wire.Request(call.path, call.params, headers)
        return wire.DeviceWire(clients).send(call.method, asked, body)
    finally:
        clients.close()


def _refusal(label: str, refused: "Refused") -> RemoteFailure:
    from reconciler.remote.answer import problem_of, refusal_text  # noqa: PLC0415 -- start-up time

    status, text = refused.answer.status, refusal_text(refused.answer)
    fix = _FIXES.get(str(problem_of(refused.answer).get("code")), "")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Denied(label, text, status=status, fix=fix)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(label, text, status=status, fix=fix)
    return Rejected(label, text, status=status, fix=fix)
