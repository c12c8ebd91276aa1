"""How far files and server are apart, for Prometheus (`docs/reference/metrics.md`)."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypeAlias

from reconciler.core.holdings import Standing
from reconciler.core.resource import moment_of

Sample: TypeAlias = tuple[str, str, float]
"""Name, help and value of a gauge."""

_OBJECTS: Final = (
    ("pending", "pvm_pending_objects", "Objects that wait for an apply."),
    ("drift", "pvm_drift_objects", "Objects that somebody changed on the server."),
    ("conflict", "pvm_conflict_objects", "Objects that Git and somebody else changed."),
    ("blocked", "pvm_blocked_objects", "Objects that a guard leaves alone."),
    ("records", "pvm_record_objects", "Objects that only the inventory is behind with."),
)


def standing_metrics(standing: Standing) -> str:
    """Everything of a check that could be made."""
    samples = [*_up(standing.now, up=True), *_differences(standing), *_state(standing)]
    return _text(samples, standing.header.project, standing.header.target)


def failure_metrics(project: str, target: str, now: datetime) -> str:
    """What is left to say when the server could not be asked: nothing old is shown as new."""
    return _text([*_up(now, up=False)], project, target)


def _up(now: datetime, *, up: bool) -> Iterator[Sample]:
    yield "pvm_up", "Whether the files could be compared with the server.", float(up)
    yield "pvm_checked_timestamp_seconds", "When that was tried last.", now.timestamp()


def _differences(standing: Standing) -> Iterator[Sample]:
    for word, name, words in _OBJECTS:
        yield name, words, standing.counts[word]
    yield "pvm_stopping_guards", "Guards that would stop an apply.", len(standing.stops)
    words = "Age of the oldest commit that waits for an apply; 0 without one."
    waiting = standing.waiting_since
    if waiting is not None or not standing.counts["pending"]:
        yield "pvm_oldest_pending_seconds", words, _age(standing.now, waiting)
    words = "Age of the oldest drift; 0 without any."
    drifted = moment_of(standing.drifted_since)
    if drifted is not None or not standing.counts["drift"]:
        yield "pvm_oldest_drift_seconds", words, _age(standing.now, drifted)


def _state(standing: Standing) -> Iterator[Sample]:
    head, now = standing.head, standing.now
    if head is not None and head.notes:
        last = head.notes[-1]
        yield "pvm_last_apply_number", "The number of the last apply.", last.number
        moment = last.finished.timestamp()
        yield "pvm_last_apply_timestamp_seconds", "When the last apply ended.", moment
    lock, lease = (head.lock, head.lease) if head is not None else (None, None)
    locked = lock is not None and lock.until > now
    yield "pvm_locked", "Whether pvm lock stops every apply.", locked
    if lock is not None and locked:
        moment = lock.until.timestamp()
        yield "pvm_lock_end_timestamp_seconds", "When the lock ends by itself.", moment
    applying = lease is not None and lease.until > now
    yield "pvm_applying", "Whether an apply is running.", applying
    yield "pvm_held_objects", "Objects on hold.", len(standing.holds)
    if standing.holds:
        end = datetime.combine(standing.holds[0].until, time(), UTC) + timedelta(days=1)
        words = "When the first hold ends."
        yield "pvm_next_hold_end_timestamp_seconds", words, end.timestamp()


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _text(samples: list[Sample], project: str, target: str) -> str:
    labels = f'{{project="{_escaped(project)}",target="{_escaped(target)}"}}'
    lines: list[str] = []
    for name, words, value in samples:
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        lines.append(f"{name}{labels} {_number(value)}")
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{int(value)}" if value == int(value) else f"{value:.3f}"
