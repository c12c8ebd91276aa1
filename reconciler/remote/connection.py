"""Connections: the only place that builds something that can write."""

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.core.ports import Reader, Writer
from reconciler.remote.access import Access


@contextmanager
def connect_reader(access: Access) -> Iterator[Reader]:
    """Open a connection that reads and nothing else; the first request logs in.

    Raises:
        Misuse: The address or the certificate file can't be used, or there are no credentials.
    """
    raise NotImplementedError(access)
    yield


@contextmanager
def connect_writer(access: Access) -> Iterator[Writer]:
    """Open a connection that can also write; raises as `connect_reader`."""
    raise NotImplementedError(access)
    yield
