"""Conditional requests: `If-Match`, `If-None-Match` and `ETag`.

An `ETag` is the row's version in quotes. A weak or foreign tag is a tag that never matches, so the
answer is 412 and not an error about its form.
"""

import re

from starlette.requests import Request

from reconciler.server.domain.errors import refuse
from reconciler.server.domain.write import Precondition

_TAG = re.compile(r'(?P<weak>W/)?"(?P<text>[\x21\x23-\x7e]*)"', re.ASCII)
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*(W/)?\"[\x21\x23-\x7e]*\")*\s*", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
TAGS = r'^\s*(\*|(W/)?"[!#-~]*"(\s*,\s*(W/)?"[!#-~]*")*)\s*$'
"""The form of `If-Match`, for the API's description."""
NEVER = 0
"""A version that no row has: versions count from 1."""


def etag(version: int) -> str:
    """The tag of a version."""
    return f'"{version}"'


def read_precondition(if_match: str | None, if_none_match: str | None) -> Precondition:
    """The condition of a write; a write knows no other `If-None-Match` than `*`.

    Raises:
        DomainError: VALIDATION, a header has another form.
    """
    if if_none_match is not None and if_none_match.strip() != "*":
        refuse("If-None-Match", "must be * (create only)")
    return Precondition(_versions(if_match), absent=if_none_match is not None)


def _versions(if_match: str | None) -> frozenset[int] | None:
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return frozenset()
    if not _LIST.fullmatch(if_match):
        refuse("If-Match", 'must be a version in double quotes, such as "3", or *')
    return frozenset(
        int(tag["text"]) if not tag["weak"] and _VERSION.fullmatch(tag["text"]) else NEVER
        for tag in _TAG.finditer(if_match)
    )


def is_known(request: Request, tag: str) -> bool:
    """Whether a reader's `If-None-Match` names this tag (weakly compared), so 304 is enough."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return tag in {f'"{found["text"]}"' for found in _TAG.finditer(header)}
