"""What a write tells the server about the line it comes from."""

from typing import Final
from urllib.parse import quote

from reconciler.core.resource import Desired

_SAFE: Final = "/:@ ._-+,()"
_LONGEST: Final = 512
"""The server refuses more; half a place is worse than none."""


def source_of(repository: str, desired: Desired) -> str | None:
    """`<repository>@<commit> <file>:<line>`, the same in a header and in a change set.

    `repository` holds the part before the blank; without it, or when the place is too long, there
    is nothing to tell.
    """
    text = quote(f"{repository} {desired.origin}", safe=_SAFE)
    return text if repository and len(text) <= _LONGEST else None
