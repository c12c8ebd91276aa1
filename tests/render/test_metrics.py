"""The text file for Prometheus: each line is one that its parser would take."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from reconciler.core.inventory import Lease, Lock
from reconciler.core.project import Hold
from reconciler.render.metrics import failure_metrics, standing_metrics
from tests.core.inventories import NOON
from tests.render.test_inventory import HEADER, HELD
from tests.render.test_status import STANDING

_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r'\{project="(?P<project>(?:[^"\\\n]|\\\\|\\"|\\n)*)",'
    r'target="(?P<target>(?:[^"\\\n]|\\\\|\\"|\\n)*)"\} (?P<value>[0-9]+(?:\.[0-9]+)?)'
)
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def parsed(text: str) -> dict[str, float]:
    """As the exposition format says: HELP and TYPE of each name stand before its one sample."""
    assert text.endswith("\n")
    found: dict[str, float] = {}
    lines = text.removesuffix("\n").split("\n")
    for helps, types, sample in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        match = _LINE.fullmatch(sample)
        assert match is not None, sample
        name = match["name"]
        assert re.fullmatch(rf"# HELP {name} [A-Z][^\n]*\.", helps)
        assert types == f"# TYPE {name} gauge"
        assert name.startswith("pvm_")
        assert name not in found
        found[name] = float(match["value"])
    return found


def labels(text: str) -> set[tuple[str, str]]:
    samples = [match for line in text.split("\n") if (match := _LINE.fullmatch(line))]
    return {(plain(match["project"]), plain(match["target"])) for match in samples}


def plain(label: str) -> str:
    return re.sub(r'\\[\\"n]', lambda match: _ESCAPES[match[0]], label)


def test_a_standing_is_told_in_numbers_with_units() -> None:
    found = parsed(standing_metrics(STANDING))
    assert found == {
        "pvm_up": 1,
        "pvm_checked_timestamp_seconds": (NOON + timedelta(hours=2)).timestamp(),
        "pvm_pending_objects": 3331,
        "pvm_drift_objects": 1,
        "pvm_conflict_objects": 1,
        "pvm_blocked_objects": 0,
        "pvm_record_objects": 2,
        "pvm_stopping_guards": 7,
        "pvm_oldest_pending_seconds": 3 * 86400 + 7200,
        "pvm_oldest_drift_seconds": 15 * 3600 + 46 * 60 - 2 * 3600 + 2 * 3600,
        "pvm_last_apply_number": 1,
        "pvm_last_apply_timestamp_seconds": NOON.timestamp(),
        "pvm_locked": 0,
        "pvm_applying": 0,
        "pvm_held_objects": 0,
    }


def test_lock_lease_and_holds_have_their_ends() -> None:
    end = STANDING.now + timedelta(hours=1)
    head = replace(HELD, lock=Lock(end, "INC-1", "j.doe"), lease=Lease("l", "ci", end))
    holds = [Hold("Bootstrap", "b", date(2026, 12, 1), "INC-2", None)]
    found = parsed(standing_metrics(replace(STANDING, head=head, holds=holds)))
    assert (found["pvm_locked"], found["pvm_applying"], found["pvm_held_objects"]) == (1, 1, 1)
    assert found["pvm_lock_end_timestamp_seconds"] == end.timestamp()
    day_after = datetime(2026, 12, 2, tzinfo=UTC).timestamp()
    assert found["pvm_next_hold_end_timestamp_seconds"] == day_after


def test_an_age_that_nobody_knows_is_left_out_and_none_is_zero() -> None:
    unknown = parsed(
        standing_metrics(replace(STANDING, head=None, waiting_since=None, drifted_since=""))
    )
    assert not {name for name in unknown if "oldest" in name or "apply_" in name}
    nothing = dict.fromkeys(STANDING.counts, 0)
    calm = replace(STANDING, counts=nothing, waiting_since=None, drifted_since="")
    found = parsed(standing_metrics(calm))
    assert (found["pvm_oldest_pending_seconds"], found["pvm_oldest_drift_seconds"]) == (0, 0)


def test_a_check_that_failed_says_so_and_nothing_else() -> None:
    found = parsed(failure_metrics("acme", "prod", NOON))
    assert found == {"pvm_up": 0, "pvm_checked_timestamp_seconds": NOON.timestamp()}


def test_labels_hold_any_name() -> None:
    project, target = 'a"c\\me\n', "\\n"
    header = replace(HEADER, project=project, target=target)
    for text in (
        standing_metrics(replace(STANDING, header=header)),
        failure_metrics(project, target, NOON),
    ):
        assert labels(text) == {(project, target)}
