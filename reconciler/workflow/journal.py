"""What an apply did, event by event, for whoever looks after it: nothing needs it to continue."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from reconciler.core.values import JsonValue

NOTHING_MORE: Final[Mapping[str, JsonValue]] = MappingProxyType({})


class Point(StrEnum):
    """The places in an apply that a journal hears of, in their order."""

    STARTED = "started"
    LEASED = "leased"
    PREPARED = "prepared"
    """The plan was made afresh, and what is to be undone was written down."""
    WAVE = "wave"
    ANNOUNCED = "announced"
    WRITTEN = "written"
    """One step, whatever came of it."""
    READ_BACK = "read-back"
    RECORDED = "recorded"
    """The inventory holds what was written."""
    RELEASED = "released"
    FINISHED = "finished"


class Journal(Protocol):
    """Takes note before the apply goes on; `cli/local_state.py` writes a file."""

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        """Note one event; `details` holds names, numbers and results, and no content.

        Raises:
            OSError: It could not be written down.
        """
        ...

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:
        """Store what it takes to take the apply back (`core/undo_json.py`); returns where.

        Raises:
            OSError: It could not be written down.
        """
        ...


class NoJournal:
    """Notes nothing."""

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        """Nothing."""

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:  # noqa: ARG002 -- the protocol's
        """Nowhere."""
        return ""
