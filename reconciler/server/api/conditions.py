"""Conditional requests: `If-Match`, `If-None-Match` and `ETag`.

An `ETag` is the row's version in quotes. A weak or foreign tag is a tag that never matches, so the
answer is 412 and not an error about its form.
"""

import re

from starlette.requests import Request

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError

_TAG = re.compile(r'(?P<weak>W/)?"(?P<text>[\x21\x23-\x7e]*)"', re.ASCII)
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*(W/)?\"[\x21\x23-\x7e]*\")*\s*", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
NEVER = 0
"""A version that no row has: versions count from 1."""


def etag(version: int) -> str:
    """The tag of a version."""
    return f'"{version}"'


def expected_versions(header: str | None) -> frozenset[int] | None:
    """What `If-Match` allows; `None` for no header, an empty set for `*` (any that exists).

    Raises:
        DomainError: VALIDATION, the header is not a list of tags.
    """
    if header is None:
        return None
    if header.strip() == "*":
        return frozenset()
    if not _LIST.fullmatch(header):
        _refuse("If-Match", 'a version in double quotes, such as "3", or *')
    return frozenset(
        int(tag["text"]) if not tag["weak"] and _VERSION.fullmatch(tag["text"]) else NEVER
        for tag in _TAG.finditer(header)
    )


def only_if_absent(header: str | None) -> bool:
    """Whether a write may only create; a write knows no other `If-None-Match` than `*`.

    Raises:
        DomainError: VALIDATION, the header is anything but `*`.
    """
    if header is None:
        return False
    if header.strip() != "*":
        _refuse("If-None-Match", "* (create only)")
    return True


def is_known(request: Request, tag: str) -> bool:
    """Whether a reader's `If-None-Match` names this tag (weakly compared), so 304 is enough."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return tag in {f'"{found["text"]}"' for found in _TAG.finditer(header)}


def _refuse(header: str, wanted: str) -> None:
    errors = (FieldError(header, f"must be {wanted}"),)
    raise DomainError(ErrorCode.VALIDATION, "a header does not fit this operation", errors=errors)
