"""The HTTP/1.1 connection with deadlines that uvicorn lacks: slow or silent peers are cut off."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# A large change set may take longer than the plain deadline, a trickle may not.
MINIMUM_BYTES_PER_SECOND = 16 * 1024


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a peer may take for the head and for the body of one request."""

    header_seconds: float
    body_seconds: float


class GuardedH11(H11Protocol):
    """uvicorn's h11 protocol; `deadlines` is set by `guarded`."""

    deadlines: Deadlines

    _timer: asyncio.TimerHandle | None = None
    _awaiting: object = None
    _started = 0.0
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Give the peer `header_seconds` to send its first request."""
        super().connection_made(transport)
        self._await(h11.IDLE, self.deadlines.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline together with the peer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass data on, then see what the peer still owes."""
        super().data_received(data)
        self._received += len(data)
        self._watch()

    def on_response_complete(self) -> None:
        """A pipelined next request may lie half in the buffer."""
        super().on_response_complete()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the shape of every other error."""
        self._refuse(HTTPStatus.BAD_REQUEST, "MALFORMED_REQUEST", msg)

    def _watch(self) -> None:
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            allowed = self.deadlines.body_seconds
            if self._awaiting is state:
                allowed += self._received / MINIMUM_BYTES_PER_SECOND
            self._await(state, allowed)
        elif state is h11.IDLE and self.conn.trailing_data[0]:
            self._await(state, self.deadlines.header_seconds)
        elif not (state is h11.IDLE and self._awaiting is state):
            self._stop()

    def _await(self, state: object, seconds: float) -> None:
        """(Re)arm the timer, counted from the moment this part of the request began."""
        if self._awaiting is not state:
            self._awaiting, self._started, self._received = state, self.loop.time(), 0
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(self._started + seconds, self._expire)

    def _stop(self) -> None:
        self._awaiting = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn declares it never None
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "the request did not arrive in time"
        )

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Answer if no answer has begun, and hang up."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(
                {
                    "type": f"urn:pvm:error:{code}",
                    "title": status.phrase,
                    "status": status.value,
                    "detail": detail,
                    "code": code,
                }
            ).encode()
            head = h11.Response(
                status_code=status.value,
                headers=[("content-type", "application/problem+json"), ("connection", "close")],
                reason=status.phrase.encode(),
            )
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def guarded(deadlines: Deadlines) -> type[asyncio.Protocol]:
    """The protocol class with these deadlines, for `uvicorn.Config(http=…)`."""
    return type("GuardedH11", (GuardedH11,), {"deadlines": deadlines})
