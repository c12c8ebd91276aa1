"""Connections: the only place that builds something that can write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.core.ports import Denied, Observer, Writer
from reconciler.remote.access import Access, Credentials
from reconciler.remote.address import check_url, trust_for
from reconciler.remote.endpoints import LOGIN_REQUEST
from reconciler.remote.startup import load_httpx

if TYPE_CHECKING:
    import httpx

    from reconciler.remote.wire import Clients, Rule


@contextmanager
def connect_reader(
    access: Access, transport: "httpx.BaseTransport | None" = None
) -> Iterator[Observer]:
    """Open a connection that reads and nothing else; the first request logs in.

    `transport` takes the network's place. Raises:
        Misuse: The address or the certificate file can't be used.
        Denied: There are no credentials.
    """
    load_httpx()
    from reconciler.remote.reader import ServerReader  # noqa: PLC0415 -- start-up time
    from reconciler.remote.session import Session  # noqa: PLC0415 -- start-up time
    from reconciler.remote.wire import ReadWire, admits_reading  # noqa: PLC0415 -- start-up time

    with _clients(access, admits_reading, transport) as clients:
        wire = ReadWire(clients)
        yield ServerReader(wire, Session(wire, access), access)


@contextmanager
def connect_writer(
    access: Access, transport: "httpx.BaseTransport | None" = None
) -> Iterator[Writer]:
    """Open a connection that can also write; raises as `connect_reader`."""
    load_httpx()
    from reconciler.remote.reader import ServerReader  # noqa: PLC0415 -- start-up time
    from reconciler.remote.session import Session  # noqa: PLC0415 -- start-up time
    from reconciler.remote.wire import ReadWire, WriteWire, admits_writing  # noqa: PLC0415 -- same
    from reconciler.remote.writer import ServerWriter  # noqa: PLC0415 -- start-up time

    with _clients(access, admits_writing, transport) as clients:
        wire = ReadWire(clients)
        session = Session(wire, access)
        reader = ServerReader(wire, session, access)
        yield ServerWriter(reader, WriteWire(clients), session, access)


@contextmanager
def _clients(
    access: Access, rule: "Rule", transport: "httpx.BaseTransport | None"
) -> "Iterator[Clients]":
    from reconciler.remote.wire import Clients, Plug  # noqa: PLC0415 -- start-up time

    _check_credentials(access.credentials)
    url = check_url(access.url)
    trust = trust_for(url, access.ca_path)
    clients = Clients(Plug(url, trust, access.limits.timeout_seconds, transport), rule)
    try:
        yield clients
    finally:
        clients.close()


def _check_credentials(credentials: Credentials) -> None:
    if credentials.token or (credentials.username and credentials.password):
        return
    message = "there are no credentials; set PVM_USERNAME and PVM_PASSWORD, or PVM_TOKEN"
    raise Denied(LOGIN_REQUEST, message)
