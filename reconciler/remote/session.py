"""Logging in, waiting, trying again, and saying what went wrong."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from reconciler.core.json_text import dump_json
from reconciler.core.ports import Denied, Rejected, RemoteFailure, Stale, Unreachable
from reconciler.core.secrets import mask_url
from reconciler.core.values import MASK
from reconciler.remote.access import Access
from reconciler.remote.answer import (
    Garbled,
    Hide,
    NoAnswer,
    Refused,
    as_it_is,
    json_of,
    refusal_text,
    retry_after,
)
from reconciler.remote.bucket import Bucket
from reconciler.remote.endpoints import LOGIN_REQUEST
from reconciler.remote.wire import ReadWire, object_of

Result = TypeVar("Result")
Attempt = Callable[[str], Result]
"""One try with the given bearer token. Raises `NoAnswer`, `Refused` or `Garbled`."""

_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_WAIT_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_STEP_SECONDS = 10.0


class Session:
    """One login shared by all threads of a command."""

    def __init__(self, wire: ReadWire, access: Access) -> None:
        self._wire = wire
        self._credentials = access.credentials
        self._timing = access.timing
        self._retries = access.limits.retries
        self._bucket = Bucket(access.limits.requests_per_second, access.timing)
        self._lock = threading.Lock()
        self._bearer = access.credentials.token
        self._secrets = {access.credentials.token, access.credentials.password} - {""}

    def perform(self, request: str, attempt: Attempt[Result], hide: Hide = as_it_is) -> Result:
        """Try until it works, cannot work, or was tried often enough.

        `request` is method and path, for messages; `hide` keeps what was sent out of them.
        Raises a `RemoteFailure`.
        """
        bearer = self._log_in(None)
        try:
            return self._retry(lambda: attempt(bearer))
        except Refused as refused:
            if refused.answer.status != HTTPStatus.UNAUTHORIZED or self._credentials.token:
                raise self.failure(request, refused, hide) from refused
        except (NoAnswer, Garbled) as error:
            raise self.failure(request, error, hide) from error
        bearer = self._log_in(bearer)
        try:
            return self._retry(lambda: attempt(bearer))
        except (Refused, NoAnswer, Garbled) as error:
            raise self.failure(request, error, hide) from error

    def _retry(self, attempt: Callable[[], Result]) -> Result:
        def paced() -> Result:
            self._bucket.take()
            return attempt()

        retrying = Retrying(
            stop=stop_after_attempt(self._retries + 1),
            retry=retry_if_exception(_may_pass),
            wait=self._wait,
            sleep=self._timing.sleep,
            reraise=True,
        )
        return retrying(paced)

    def _wait(self, state: RetryCallState) -> float:
        """What the server asks for, else twice as long each time, the second half by chance."""
        error = state.outcome.exception() if state.outcome else None
        asked = retry_after(error.answer) if isinstance(error, Refused) else None
        if asked is not None:
            return asked
        step = min(_LONGEST_STEP_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1))
        return step * (0.5 + 0.5 * self._timing.chance())

    def _log_in(self, expired: str | None) -> str:
        """A bearer token other than `expired`; threads that come together log in once."""
        with self._lock:
            if self._bearer and self._bearer != expired:
                return self._bearer
            body = dump_json(
                {"username": self._credentials.username, "password": self._credentials.password}
            ).encode()
            try:
                answer = object_of(self._retry(lambda: json_of(self._wire.log_in(body))))
            except (Refused, NoAnswer, Garbled) as error:
                raise self.failure(LOGIN_REQUEST, error) from error
            bearer = answer.get("accessToken")
            if not isinstance(bearer, str) or not bearer:
                message = "the answer holds no access token"
                raise Rejected(LOGIN_REQUEST, message)
            self._secrets.add(bearer)
            self._bearer = bearer
            return bearer

    def failure(
        self, request: str, error: NoAnswer | Refused | Garbled, hide: Hide = as_it_is
    ) -> RemoteFailure:
        """What happened to `request`, without any credential."""
        if isinstance(error, NoAnswer):
            return Unreachable(request, self.scrub(error.reason))
        if isinstance(error, Garbled):
            return Rejected(request, self.scrub(str(error)))
        status = error.answer.status
        text = refusal_text(error.answer, lambda told: self.scrub(hide(told)))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Denied(request, text + self._advice(request, status), status=status)
        if status == HTTPStatus.PRECONDITION_FAILED:
            return Stale(request, text, status=status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unreachable(request, text, status=status)
        asked = retry_after(error.answer)
        if status == HTTPStatus.TOO_MANY_REQUESTS and asked:
            text += f"; try again in {asked:.0f} s"
        return Rejected(request, text, status=status)

    def _advice(self, request: str, status: int) -> str:
        if status == HTTPStatus.FORBIDDEN:
            return "; these credentials lack the right"
        if request == LOGIN_REQUEST:
            return "; the user name or the password is wrong"
        if self._credentials.token:
            return "; the API token is wrong, expired or revoked"
        return "; the server does not accept its own login"

    def scrub(self, text: str) -> str:
        """`text` without any credential, even when the server repeats one."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return mask_url(text)


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may work a little later."""
    if isinstance(error, NoAnswer):
        return not error.lasting
    if not isinstance(error, Refused) or error.answer.status not in _BUSY:
        return False
    asked = retry_after(error.answer)
    return asked is None or asked <= _LONGEST_WAIT_SECONDS
