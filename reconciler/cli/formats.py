"""Formats that few calls ask for; the commands load this module only when one does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from reconciler.core.drift import Drift
from reconciler.core.plan import Plan
from reconciler.core.plan_json import encode_plan
from reconciler.core.problem import Problem
from reconciler.core.receipt import Receipt
from reconciler.core.revisions import RevisionDiff
from reconciler.render.annotation_lists import (
    drift_annotations,
    plan_annotations,
    problems_annotations,
    revisions_annotations,
)
from reconciler.render.drift_html import drift_html
from reconciler.render.junit_cases import drift_junit, problems_junit, receipt_junit
from reconciler.render.ndjson import lines_text
from reconciler.render.plan_html import plan_html
from reconciler.render.problems import problems_json
from reconciler.render.receipt_html import receipt_html
from reconciler.render.receipt_markdown import receipt_markdown
from reconciler.render.result_json import drift_json, receipt_json
from reconciler.render.revisions import revisions_json
from reconciler.render.revisions_html import revisions_html
from reconciler.render.sarif import problems_sarif
from reconciler.sources.git import folder_in_checkout
from reconciler.version import __version__


def format_plan(plan: Plan, format_: str, root: Path, key: bytes | None) -> str:
    """A plan, of the project in `root`."""
    if format_ == "ndjson":
        return lines_text("plan", encode_plan(plan, key))
    return (
        plan_html(plan) if format_ == "html" else plan_annotations(plan, folder_in_checkout(root))
    )


def format_revisions(diff: RevisionDiff, format_: str, root: Path) -> str:
    """What a merge would change."""
    if format_ == "ndjson":
        return lines_text("diff", revisions_json(diff))
    return (
        revisions_html(diff)
        if format_ == "html"
        else revisions_annotations(diff, folder_in_checkout(root))
    )


def format_drift(drift: Drift, format_: str, root: Path, *, unmanaged: bool) -> str:
    """What differs; `unmanaged` objects count or not."""
    if format_ == "ndjson":
        return lines_text("drift", drift_json(drift))
    if format_ == "html":
        return drift_html(drift)
    if format_ == "junit":
        return drift_junit(drift, unmanaged=unmanaged)
    return drift_annotations(drift, folder_in_checkout(root))


def format_receipt(receipt: Receipt, format_: str) -> str:
    """What an apply did."""
    return _RECEIPTS[format_](receipt)


def format_problems(
    problems: Sequence[Problem], objects: int, files: Collection[str], format_: str, root: Path
) -> str:
    """What is wrong with the files; `files` are all that declare something."""
    if format_ == "ndjson":
        return lines_text("validation", problems_json(problems, objects))
    if format_ == "junit":
        return problems_junit(problems, files)
    if format_ == "sarif":
        return problems_sarif(problems, __version__, folder_in_checkout(root))
    return problems_annotations(problems, objects, folder_in_checkout(root))


def _receipt_lines(receipt: Receipt) -> str:
    """Without the plan, which was told before."""
    told = {key: value for key, value in receipt_json(receipt).items() if key != "plan"}
    return lines_text("receipt", told)


_RECEIPTS: Final[Mapping[str, Callable[[Receipt], str]]] = {
    "ndjson": _receipt_lines,
    "markdown": receipt_markdown,
    "html": receipt_html,
    "junit": receipt_junit,
}
