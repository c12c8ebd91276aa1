"""Entitlements from a YAML file that an operator keeps."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.server.partners.licensing import (
    FileLicensing,
    LicensingFileError,
    read_licensing_file,
)
from reconciler.server.usecases.partner_ports import PartnerError

CANARY = "canary-41e0"
GOOD = """\
# What our customers bought
acme:
  - externalId: 1111-2222-3333
    type: STANDARD
    source: LEGACY
    term: "1 Year Term"
    quantity: 385
    expiration: 2027-03-01T00:00:00Z
    valid: true
  - {externalId: "0042", type: PREMIUM, quantity: 5, graceDays: 10, overagePercent: 5}
globex: []
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "licenses.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.requirement("L-01")
def test_a_file_tells_what_each_customer_bought(tmp_path: Path) -> None:
    licensing = FileLicensing(write(tmp_path, GOOD))
    first, second = licensing.entitlements("acme")
    assert (first.external_id, first.term, first.quantity) == (
        "1111-2222-3333",
        "1 Year Term",
        385,
    )
    assert first.expiration is not None
    assert first.expiration.isoformat() == "2027-03-01T00:00:00+00:00"
    assert (second.external_id, second.expiration, second.grace_days) == ("0042", None, 10)
    assert licensing.entitlements("globex") == ()
    assert licensing.entitlements("nobody") == ()


def test_the_file_is_read_anew_each_time(tmp_path: Path) -> None:
    licensing = FileLicensing(write(tmp_path, GOOD))
    write(tmp_path, "acme: []\n")
    assert licensing.entitlements("acme") == ()
    (tmp_path / "licenses.yaml").unlink()
    with pytest.raises(PartnerError, match=r"^licenses\.yaml: "):
        licensing.entitlements("acme")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1: is empty"),
        ("- a\n", "1:1: must map"),
        ("text\n", "1:1: must map"),
        ("acme:\n  - {externalId: a, type: STANDARD, quantity: -7}\n", "2:47: "),
        ("acme:\n  - externalId: a\n    type: GOLD\n    quantity: 1\n", "3:11: "),
        ("acme:\n  - externalId: a\n    quantity: 1\n", "2:5: "),
        ("acme:\n  externalId: a\n", "2:3: "),
        ("acme: [\n", "2:1: "),
        ("acme:\n\t- a\n", "2:1: "),
        ("acme: []\nacme: []\n", "2:1: the same key"),
        ("acme:\n  - {externalId: a, externalId: b}\n", "2:21: the same key"),
        ("{[a]: []}\n", "1:2: a key must be a text"),
        ("a: &x []\nb: *x\n", "2:4: an alias"),
        ("a: []\n---\nb: []\n", "2:1: "),
        (f"acme:\n  - {CANARY}\n", "2:5: "),
        (f"acme:\n  - {{externalId: a, type: STANDARD, quantity: 1, {CANARY}: 1}}\n", "2:5: "),
        ("a: " + "[" * 100, "too deep"),
        ("a: " + "[" * 100_000, "too deep"),
    ],
)
def test_one_fault_is_named_with_its_place_and_without_a_value(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(LicensingFileError) as caught:
        read_licensing_file(write(tmp_path, text))
    assert str(caught.value).startswith("licenses.yaml:")
    assert place in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("raw", [b"a: \xff\n", b"a: \x00\n", b"x" * (4 * 1024 * 1024 + 1)])
def test_what_is_no_text_or_too_much_is_refused(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(LicensingFileError, match=r"^licenses\.yaml: "):
        read_licensing_file(write(tmp_path, raw))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet="ac-:[]{}&*!|>'\"#\n\t 1?~", max_size=60))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    """Whatever else it raised would end the server's start, or a job, with a riddle."""
    with suppress(LicensingFileError):
        read_licensing_file(write(tmp_path, text))
