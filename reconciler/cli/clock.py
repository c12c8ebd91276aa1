"""The client's only clock; everything else gets the time as a parameter."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251 -- this is the place that the rule speaks of
