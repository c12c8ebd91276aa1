"""Results as data: one JSON object each, with `formatVersion` and `type`."""

from collections.abc import Sequence

from reconciler.core.change import FieldChange
from reconciler.core.diagnosis import Check, Diagnosis
from reconciler.core.drift import Drift
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped
from reconciler.core.plan import Drifted, Header
from reconciler.core.plan_encoding import base_json, mark_json, was_json, writers_json
from reconciler.core.plan_json import encode_plan
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.core.values import ABSENT, JsonValue
from reconciler.render.drift_rows import is_gone
from reconciler.render.json import FORMAT_VERSION


def receipt_json(receipt: Receipt) -> dict[str, JsonValue]:
    """The plan, and the outcome of each of its steps in the same order."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "receipt",
        "plan": encode_plan(receipt.plan),
        "started": receipt.started.isoformat(),
        "finished": receipt.finished.isoformat(),
        "interrupted": receipt.interrupted,
        "outcomes": [_outcome_json(outcome) for outcome in receipt.outcomes],
        "discrepancies": [_discrepancy_json(one) for one in receipt.discrepancies],
        "normalised": [_discrepancy_json(one) for one in receipt.normalised],
        "postponed": receipt.postponed,
        "unverified": receipt.unverified,
        "requests": receipt.requests,
        "id": receipt.id,
        "number": receipt.number,
        "leaseLost": receipt.lease_lost,
        "unrecorded": receipt.unrecorded,
        "unjournaled": receipt.unjournaled,
        "undoFile": receipt.undo_file,
        "wave": receipt.wave,
    }


def _discrepancy_json(found: Discrepancy) -> dict[str, JsonValue]:
    return {"object": str(found.id), "reason": found.reason, "fields": fields_json(found.fields)}


def _outcome_json(outcome: Outcome) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {"object": str(outcome.id)}
    match outcome:
        case Applied():
            return {**value, "outcome": "applied", "result": outcome.result}
        case Failed():
            return {
                **value,
                "outcome": "failed",
                "reason": outcome.reason,
                "why": outcome.why.value,
            }
        case Skipped():
            because = str(outcome.because) if outcome.because else None
            return {
                **value,
                "outcome": "skipped",
                "because": because,
                "reason": outcome.reason,
            }


def drift_json(drift: Drift) -> dict[str, JsonValue]:
    """Every difference; `before` is what is declared, `after` what the server has."""
    found = (("drift", drift.drifted), ("conflict", drift.conflicts), ("unknown", drift.undecided))
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "drift",
        **_header_json(drift.header),
        "base": base_json(drift.base),
        "objects": [_drifted_json(class_, one) for class_, rows in found for one in rows],
        "cleanAfter": mark_json(drift.clean_after),
        "unmanaged": [str(id_) for id_ in drift.unmanaged],
        "pending": drift.pending,
        "inSync": drift.in_sync,
        "stops": [{"guard": s.guard, "reason": s.reason, "fix": s.fix} for s in drift.stops],
        "listed": drift.listed,
        "requests": drift.requests,
        "warnings": list(drift.warnings),
    }


def _drifted_json(class_: str, drifted: Drifted) -> dict[str, JsonValue]:
    return {
        "object": str(drifted.id),
        "class": class_,
        "onServer": not is_gone(drifted),
        "cause": drifted.cause,
        "changedBy": drifted.changed_by,
        "changedAt": drifted.changed_at,
        **writers_json(drifted),
        "fields": fields_json(drifted.fields),
        **({"was": was_json(drifted.fields, drifted.was)} if drifted.was else {}),
    }


def _header_json(header: Header) -> dict[str, JsonValue]:
    return {
        "tool": header.tool,
        "created": header.created.isoformat(),
        "project": header.project,
        "target": {"name": header.target, "url": header.url, "customer": header.customer},
        "source": {"commit": header.commit, "clean": header.clean, "hash": header.source_hash},
    }


def fields_json(fields: Sequence[FieldChange]) -> list[JsonValue]:
    """A side that does not exist is left out, which null could not say."""
    return [
        {
            "pointer": change.pointer,
            **({} if change.before is ABSENT else {"before": change.before}),
            **({} if change.after is ABSENT else {"after": change.after}),
            **({"hidden": True} if change.hidden else {}),
        }
        for change in fields
    ]


def diagnosis_json(diagnosis: Diagnosis) -> dict[str, JsonValue]:
    """Checks in the order they were made, and every setting."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "diagnosis",
        "checks": [_check_json(check) for check in diagnosis.checks],
        "settings": [
            {"name": s.name, "value": s.value, "origin": s.origin} for s in diagnosis.settings
        ],
    }


def _check_json(check: Check) -> dict[str, JsonValue]:
    return {
        "name": check.name,
        "status": check.status.value,
        "detail": check.detail,
        "fix": check.fix,
    }
