"""JUnit XML: what build servers show as a list of tests that passed or failed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.render.screen import printable


class Verdict(StrEnum):
    """What became of a case; all but the first are the names of elements."""

    PASSED = "passed"
    FAILED = "failure"
    BROKEN = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was to be as it should be."""

    group: str
    """What it is listed under."""
    name: str
    verdict: Verdict = Verdict.PASSED
    sort: str = ""
    """A stable word for what is wrong."""
    message: str = ""
    details: tuple[str, ...] = ()
    """Lines."""
    file: str = ""
    line: int = 0


def suite_text(name: str, cases: Sequence[Case], *, seconds: float = 0.0) -> str:
    """One suite; whatever XML could not hold is shown as an escape."""
    counts = Counter(case.verdict for case in cases)
    numbers = {
        "name": printable(name),
        "tests": str(len(cases)),
        "failures": str(counts[Verdict.FAILED]),
        "errors": str(counts[Verdict.BROKEN]),
        "skipped": str(counts[Verdict.SKIPPED]),
        "time": f"{seconds:.3f}",
    }
    root = Element("testsuites", numbers)
    suite = SubElement(root, "testsuite", numbers)
    for case in cases:
        _add(suite, case)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add(suite: Element, case: Case) -> None:
    attributes = {"classname": printable(case.group), "name": printable(case.name), "time": "0"}
    if case.file:
        attributes["file"] = printable(case.file)
    if case.line:
        attributes["line"] = str(case.line)
    element = SubElement(suite, "testcase", attributes)
    if case.verdict is Verdict.PASSED:
        return
    told = {"message": printable(case.message)}
    if case.sort and case.verdict is not Verdict.SKIPPED:
        told["type"] = printable(case.sort)
    SubElement(element, case.verdict.value, told).text = "\n".join(map(printable, case.details))
