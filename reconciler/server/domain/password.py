"""Rules for passwords: length, and nothing that stands beside it on the screen."""

from collections.abc import Sequence

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError

SHORTEST = 12
LONGEST = 256
_FEWEST_DIFFERENT = 5


def check_password(password: str, related: Sequence[str], field: str = "newPassword") -> None:
    """Refuse a weak password; `related` are the login name, the address and the like.

    Raises:
        DomainError: WEAK_PASSWORD; the text never repeats the password.
    """
    message = _weakness(password, related)
    if message is not None:
        raise DomainError(ErrorCode.WEAK_PASSWORD, message, (FieldError(field, message),))


def _weakness(password: str, related: Sequence[str]) -> str | None:
    if len(password) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        return "must be text"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return f"must have at least {_FEWEST_DIFFERENT} different characters"
    folded = password.casefold()
    if any(len(word) >= SHORTEST // 2 and word.casefold() in folded for word in related):
        return "must not contain the login name, the user name or the mail address"
    return None
