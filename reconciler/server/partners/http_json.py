"""Asking another system over HTTP, with deadlines and bounds.

The standard library's client does: no redirect is followed, no proxy of the environment is used,
and an answer that is too long, too slow or no JSON object is a refusal like any other.
"""

import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Final, NoReturn
from urllib.parse import urlencode, urlsplit

from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.strict_json import read_object
from reconciler.server.usecases.partner_ports import PartnerError

TIMEOUT_SECONDS: Final = 3.0
_MOST_BYTES: Final = 8 * 1024 * 1024
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `path` is below the partner's address."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class HttpPartner:
    """Another system at a URL; `name` is how refusals call it. `token` is sent as a bearer's."""

    name: str
    url: str
    token: str | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    def ask(self, question: Question) -> Mapping[str, object]:
        """The JSON object that it answers.

        Raises:
            PartnerError: whatever goes wrong; the text holds nothing of the answer.
        """
        try:
            status, raw = self._exchange(question)
        except TimeoutError as error:
            message = f"{self.name} did not answer within {self.timeout_seconds:g} seconds"
            raise PartnerError(message) from error
        except (OSError, HTTPException, ValueError) as error:
            message = f"{self.name} cannot be reached ({type(error).__name__})"
            raise PartnerError(message) from error
        if status != _OK:
            message = f"{self.name} answered with status {status}"
            raise PartnerError(message)
        try:
            return read_object(raw, _MOST_BYTES).value
        except DomainError as error:
            message = f"{self.name} answered something that is no JSON object"
            raise PartnerError(message) from error

    def refuse_without(self, what: str) -> NoReturn:
        """Refuse an answer that lacks what was asked for. Raises PartnerError."""
        message = f"{self.name} answered without {what}"
        raise PartnerError(message)

    def _exchange(self, question: Question) -> tuple[int, bytes]:
        target = urlsplit(self.url)
        connection = self._connect(target.scheme, target.netloc)
        headers = {"accept": "application/json", "connection": "close"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        body = None
        if question.body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(dict(question.body)).encode()
        path = f"{target.path.rstrip('/')}/{question.path}?{urlencode(question.query)}"
        connection.connect()
        # A timeout is for each piece; who sends a piece now and then would keep us for ever.
        watch = Timer(2 * self.timeout_seconds, _hang_up, (connection.sock,))
        watch.start()
        try:
            connection.request(question.method, path, body, headers)
            answer = connection.getresponse()
            raw = answer.read(_MOST_BYTES + 1)
        finally:
            watch.cancel()
            connection.close()
        return answer.status, raw

    def _connect(self, scheme: str, host: str) -> HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(host, timeout=self.timeout_seconds, context=context)
        return HTTPConnection(host, timeout=self.timeout_seconds)


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
