"""The JSON form of a change set (DEC-16)."""

from reconciler.server.domain.change_set import ChangeSet
from reconciler.server.domain.limits import Limits


def read_change_set(raw: bytes, limits: Limits) -> ChangeSet:
    """The change set of a request body; documents of bootstraps keep their exact text.

    Raises:
        DomainError: MALFORMED_JSON, NOT_AN_OBJECT, TOO_LARGE, VALIDATION; `errors` carry the
            operation's index, and line and column within the whole body.
    """
    raise NotImplementedError
