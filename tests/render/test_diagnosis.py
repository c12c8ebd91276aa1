from collections.abc import Callable

import pytest

from reconciler.core.diagnosis import Check, Diagnosis, Setting, Status
from reconciler.render.diagnosis import diagnosis_text
from reconciler.render.json import json_text
from reconciler.render.result_json import diagnosis_json
from reconciler.render.screen import columns_of
from reconciler.render.view import View

DIAGNOSIS = Diagnosis(
    (
        Check("connection", Status.OK, "https://pvm.acme.example answers, TLS is valid"),
        Check("clock", Status.WARNING, "97 s ahead of the server", "set this machine's clock"),
        Check(
            "login", Status.FAILED, "401 BAD_CREDENTIALS\x1b[2J" + " no" * 60, "check PVM_PASSWORD"
        ),
        Check("list bootstraps", Status.SKIPPED, "not tried"),
    ),
    (
        Setting("url", "https://pvm.acme.example", "environment PVM_URL"),
        Setting(
            "password", "set, not shown", "file /run/secrets/p (environment PVM_PASSWORD_FILE)"
        ),
        Setting("retries", "5", "default"),
    ),
)


@pytest.mark.parametrize("width", [80, 120])
def test_a_diagnosis_reads_as_agreed(golden: Callable[[str, str], None], width: int) -> None:
    golden(f"diagnosis-{width}.txt", diagnosis_text(DIAGNOSIS, View(width)))


def test_a_diagnosis_as_data(golden: Callable[[str, str], None]) -> None:
    golden("diagnosis.json", json_text(diagnosis_json(DIAGNOSIS)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(width: int) -> None:
    lines = diagnosis_text(DIAGNOSIS, View(width)).split("\n")

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []
