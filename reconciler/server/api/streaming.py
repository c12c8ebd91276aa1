"""A list sent while it is read: rows come from one read transaction, in constant memory."""

from collections.abc import AsyncIterator, Generator

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse


def stream(pieces: Generator[bytes, None, None], media_type: str) -> Response:
    """The answer that sends these pieces.

    The first piece is read now, so a refusal is still an error document and not a broken stream.
    """
    first = next(pieces, b"")
    return StreamingResponse(_send(first, pieces), media_type=f"{media_type}; charset=utf-8")


async def _send(first: bytes, pieces: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """Read in threads; end the read transaction even when the peer hangs up."""
    try:
        piece: bytes | None = first
        while piece is not None:
            yield piece
            piece = await run_in_threadpool(next, pieces, None)
    finally:
        with CancelScope(shield=True):
            await run_in_threadpool(pieces.close)
