"""Devices that ask a real server for their license and give it back, from any process.

No test's state is in here: processes of their own import it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

TOKEN = "Direct-Access-Token"
LOST = 0
"""The status of a request whose answer never came."""
_PATIENCE_SECONDS = 60
_LICENSE = "/client/api/v1/license"


def ask_all(url: str, device_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Ask for one license for each device, one after the other; each with its status."""
    return [(device_id, ask(url, device_id)) for device_id in device_ids]


def return_all(url: str, device_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Give back the license of each device."""
    return [(device_id, give_back(url, device_id)) for device_id in device_ids]


def ask(url: str, device_id: str) -> int:
    body = {
        "token": TOKEN,
        "deviceId": device_id,
        "appId": "WFC_VOICE_ANDROID",
        "appVersion": "9.0.20406",
        "manufacturer": "Zebra Technologies",
        "features": ["CUCM_STANDARD"],
    }
    return _status(url, "POST", _LICENSE, json.dumps(body))


def give_back(url: str, device_id: str) -> int:
    return _status(
        url, "DELETE", f"{_LICENSE}?{urlencode({'token': TOKEN, 'deviceId': device_id})}"
    )


def _status(url: str, method: str, path: str, body: str | None = None) -> int:
    address = urlsplit(url)
    headers = {"content-type": "application/json"} if body is not None else {}
    connection = HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_SECONDS)
    with closing(connection):
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return LOST
        return answer.status


@dataclass(frozen=True, slots=True)
class Desk:
    """The customer's Super-Admin, who sees the licenses; a session outlives a server."""

    url: str
    session: str

    def used(self) -> int:
        """The seats that the one lot counts as used."""
        (lot,) = self._rows("/admin/api/v1/licenses")
        return int(lot["totalUsed"])

    def holders(self) -> set[str]:
        """The devices that hold a license."""
        rows = self._rows("/admin/api/v1/licenses/assigned?license=ASSIGNED")
        return {row["deviceId"] for row in rows}

    def _rows(self, path: str) -> Iterator[Mapping[str, str]]:
        headers = {
            "accept": "application/x-ndjson",
            "authorization": f"Bearer {self.session}",
        }
        return map(json.loads, _text(self.url, "GET", path, None, headers).splitlines())


def sign_in(url: str, login: str, password: str) -> str:
    """A new session."""
    body = json.dumps({"username": login, "password": password})
    headers = {"content-type": "application/json"}
    answer = _text(url, "POST", "/admin/api/v1/auth/admin", body, headers)
    return str(json.loads(answer)["accessToken"])


def _text(url: str, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> str:
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE_SECONDS)
    with closing(connection):
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
    assert answer.status == 200, text
    return text
