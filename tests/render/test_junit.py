from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from reconciler.core.diagnosis import Check, Diagnosis, Status
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Why
from reconciler.core.outcome import Skipped as NotTried
from reconciler.core.plan import Drifted, Header, Plan, Stop
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.render.junit import Case, Verdict, suite_text
from reconciler.render.junit_cases import (
    diagnosis_junit,
    drift_junit,
    problems_junit,
    receipt_junit,
)
from tests.render.test_drift import FIELDS, LOST
from tests.render.test_problems import PROBLEMS

TestCase.__test__ = False  # pytest takes the reader's class for ours
SITE, TOKEN, LAB = ResourceId("Site", "a"), ResourceId("Token", "b"), ResourceId("Site", "lab")


def cases(text: str) -> list[tuple[str, str, str, str]]:
    """Each case as a reader that is not ours sees it: group, name, element, message."""
    root = JUnitXml.fromstring(text.encode())
    found = []
    for suite in root:
        assert (suite.tests, suite.failures) == (len(list(suite)), suite.failures)
        for case in suite:
            results = [(type(one).__name__, one.message or "") for one in case.result]
            sort, message = results[0] if results else ("", "")
            found.append((case.classname or "", case.name or "", sort, message))
    return found


def test_each_error_is_a_case_and_so_is_each_good_file() -> None:
    found = cases(problems_junit(PROBLEMS, {"tokens/kiosk.yaml", "sites/東.yaml", "good.yaml"}))

    assert [(group, name, sort) for group, name, sort, _ in found] == [
        ("tokens/kiosk.yaml", "token-unknown-bootstrap at line 8, column 12", "Failure"),
        ("a\\x1b[2J.yaml", "hostile at line 1, column 3", "Failure"),
        ("project", "no-place", "Failure"),
        ("good.yaml", "is valid", ""),
        ("sites/東.yaml", "is valid", ""),
    ]


def test_a_failure_holds_the_line_with_its_carets() -> None:
    (suite,) = JUnitXml.fromstring(problems_junit(PROBLEMS[:1], ()).encode())
    (case,) = suite
    (failure,) = case.result

    assert isinstance(failure, Failure)
    assert failure.type == "token-unknown-bootstrap"
    assert failure.text is not None
    assert "8 | bootstrap: store-0412-kisok\n  |            ^^^^^" in failure.text
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (1, 1, 0, 0)
    assert case._elem.get("line") == "8"  # noqa: SLF001 -- build servers read it, the reader does not


@pytest.fixture
def drift(header: Header) -> Drift:
    many = tuple(replace(FIELDS[0], pointer=f"/{n}") for n in range(12))
    return Drift(
        header,
        drifted=(
            Drifted(SITE, (LOST,), "sites/nl.yaml:21"),
            Drifted(TOKEN, many, "t.yaml:3", "j.doe", "2026-11-21T22:14:00Z"),
        ),
        conflicts=(Drifted(ResourceId("Token", "c"), FIELDS, "t.yaml:9"),),
        unmanaged=(LAB,),
        in_sync=243,
        stops=(Stop("inventory", "shard 01 is damaged", "pvm inventory rebuild"),),
    )


def test_each_object_that_differs_is_a_case(drift: Drift) -> None:
    text = drift_junit(drift, unmanaged=False)

    assert cases(text) == [
        ("plan", "inventory", "Error", "shard 01 is damaged"),
        ("Token", "c", "Failure", "the server differs from Git"),
        ("Site", "a", "Failure", "it is not on the server"),
        (
            *("Token", "b", "Failure"),
            "the server differs from Git; last written by j.doe, 2026-11-21T22:14:00Z",
        ),
        ("server", "243 objects in sync", "", ""),
    ]
    assert '/0    Git "acme-lab" · server "acme-temp\\u001b[2J"' in text
    assert "… and 2 more" in text


def test_what_nobody_declares_counts_when_it_is_asked_for(drift: Drift) -> None:
    found = cases(drift_junit(drift, unmanaged=True))

    assert ("Site", "lab", "Failure", "it is in scope, and nothing declares it") in found


def test_each_step_of_an_apply_is_a_case(busy_plan: Plan) -> None:
    start = busy_plan.header.created
    conflict, *_, held = busy_plan.blocked[1:]
    receipt = Receipt(
        replace(busy_plan, blocked=(conflict, held)),
        (
            Applied(SITE, "created"),
            Applied(LAB, "updated"),
            Failed(TOKEN, "400 BAD_NAME", Why.DENIED),
            NotTried(ResourceId("Token", "c"), TOKEN),
            NotTried(ResourceId("Token", "d"), None),
        ),
        start,
        start,
        discrepancies=(Discrepancy(LAB, "the server keeps another value"),),
        postponed="the window closed",
    )

    assert [case[:3] for case in cases(receipt_junit(receipt))] == [
        ("plan", "updates", "Error"),
        ("Site", "a", ""),
        ("Site", "lab", "Failure"),
        ("Token", "b", "Failure"),
        ("Token", "c", "Skipped"),
        ("Token", "d", "Skipped"),
        ("Bootstrap", "store-1180", "Failure"),
        ("Token", "STORE-0039", "Skipped"),
        ("apply", "waves", "Failure"),
    ]


def test_each_check_of_the_doctor_is_a_case() -> None:
    checks = [Check(status.value, status, "so it is", "do this") for status in Status]

    found = cases(diagnosis_junit(Diagnosis(tuple(checks), ())))
    assert [(name, sort) for _, name, sort, _ in found] == [
        ("ok", ""),
        ("warning", ""),
        ("failed", "Failure"),
        ("skipped", "Skipped"),
    ]


@given(st.text(), st.sampled_from(Verdict))
def test_any_text_can_be_read_back(text: str, verdict: Verdict) -> None:
    case = Case(f"g{text}", f"n{text}", verdict, "s", f"m{text}", (text, text), text, 1)

    (suite,) = JUnitXml.fromstring(suite_text(text, (case,)).encode())
    (read,) = suite
    classes = {Verdict.FAILED: Failure, Verdict.BROKEN: Error, Verdict.SKIPPED: Skipped}
    assert [type(result) for result in read.result] == [
        classes[found] for found in (verdict,) if found in classes
    ]
    assert read.name is not None
    assert read.name.isprintable()
