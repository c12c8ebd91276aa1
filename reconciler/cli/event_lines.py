"""`pvm apply -o ndjson`: the plan, what happens while it happens, and the receipt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.cli.call import Call
from reconciler.cli.formats import format_plan, format_receipt
from reconciler.cli.session import Session
from reconciler.cli.terminal import write_result
from reconciler.core.plan import Plan
from reconciler.core.receipt import Receipt
from reconciler.core.values import JsonValue
from reconciler.render.ndjson import event_text
from reconciler.workflow.journal import NOTHING_MORE, Journal, Point


class EventLines:
    """Tells each event as a line when it happens, and keeps all lines for reports."""

    def __init__(self, call: Call, clock: Callable[[], datetime]) -> None:
        self._call, self._clock = call, clock
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        """Every line so far."""
        return "\n".join(self._lines)

    def begin(self, plan: Plan, session: Session) -> None:
        """Tell what is about to be done."""
        self._tell(format_plan(plan, "ndjson", session.root, session.task.key))

    def noting_in(self, journal: Journal) -> Journal:
        """A journal that notes in another one first, and then tells."""
        return _TellingJournal(journal, self.tell_event)

    def tell_event(self, point: Point, details: Mapping[str, JsonValue]) -> None:
        """Tell what just happened."""
        self._tell(event_text(self._clock(), point.value, details))

    def end(self, receipt: Receipt) -> None:
        """Tell what was done."""
        self._tell(format_receipt(receipt, "ndjson"))

    def _tell(self, text: str) -> None:
        self._lines.append(text)
        if self._call.format == "ndjson":
            write_result(text, self._call)


@dataclass(frozen=True, slots=True)
class _TellingJournal:
    """As `Journal`."""

    journal: Journal
    tell: Callable[[Point, Mapping[str, JsonValue]], None]

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        self.journal.mark(point, details)
        self.tell(point, details)

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:
        return self.journal.keep_undo(document)
