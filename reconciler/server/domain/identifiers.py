"""Identifiers that sort by the time they were made."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANCE_BYTES = 6


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970; the rest is cut off."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds_since_1970: int) -> datetime:
    """The UTC time of a stored number."""
    return _EPOCH + timedelta(milliseconds=milliseconds_since_1970)


def new_id(now: datetime, chance: bytes, sequence: int = 0) -> str:
    """32 hexadecimal digits: milliseconds, a sequence within them, six random bytes."""
    return f"{milliseconds(now):012x}{sequence:08x}{chance[:CHANCE_BYTES].hex()}"


def first_id(now: datetime) -> str:
    """Sorts after every identifier from before this millisecond, and before all later ones."""
    return f"{milliseconds(now):012x}"
