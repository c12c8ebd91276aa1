from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.core.plan import Header, Plan
from reconciler.core.plan_json import encode_plan
from reconciler.render.json import rows_text
from tests.cli.conftest import Run

PLAN = Plan(
    Header("acme", "prod", "https://pvm.acme.example", "", datetime(2026, 11, 22, tzinfo=UTC), "0"),
    (),
    (),
    unchanged=7,
)
KEY = "0123456789abcdef"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "plan.json"
    file.write_text(rows_text(encode_plan(PLAN)))
    return file


@pytest.mark.parametrize(
    ("format_", "start"),
    [("text", "acme → prod"), ("json", "{\n"), ("markdown", "### acme → prod")],
)
def test_a_saved_plan_is_shown_in_each_format(
    pvm: Run, saved: Path, format_: str, start: str
) -> None:
    ran = pvm("show", str(saved), "-o", format_)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(start)


def test_a_plan_shown_as_json_is_the_file(pvm: Run, saved: Path) -> None:
    assert pvm("show", str(saved), "-o", "json").out == saved.read_text() + "\n"


def test_a_signature_stays_and_is_told_when_there_is_no_key_to_check_it(
    pvm: Run, saved: Path
) -> None:
    saved.write_text(rows_text(encode_plan(PLAN, KEY.encode())))

    ran = pvm("show", str(saved), "-o", "json")

    assert (ran.code, ran.out) == (0, saved.read_text() + "\n")
    assert ran.err == f"warning: {saved} is signed, and PVM_DIGEST_KEY is not there to check it\n"


@pytest.mark.parametrize(
    ("variable", "key", "code"),
    [
        ("PVM_DIGEST_KEY", KEY, 0),
        ("PVM_PROD_DIGEST_KEY", KEY, 0),
        ("PVM_TEST_DIGEST_KEY", "another-key-of-16-bytes", 0),
        ("PVM_DIGEST_KEY", "another-key-of-16-bytes", 65),
        ("PVM_DIGEST_KEY", "short", 64),
    ],
)
def test_a_signature_is_checked_with_the_key_of_the_target(
    pvm: Run, saved: Path, variable: str, key: str, code: int
) -> None:
    saved.write_text(rows_text(encode_plan(PLAN, KEY.encode())))

    assert pvm("show", str(saved), env={variable: key}).code == code


def test_with_a_key_nothing_unsigned_is_shown(pvm: Run, saved: Path) -> None:
    ran = pvm("show", str(saved), env={"PVM_DIGEST_KEY": KEY})

    assert (ran.code, ran.out) == (65, "")
    assert "not signed with this PVM_DIGEST_KEY" in ran.err
    assert KEY not in ran.err


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"formatVersion": "99.0"}', b"[" * 100_000],
    ids=["empty", "cut", "array", "bare", "null", "binary", "newer", "deep"],
)
def test_what_is_no_plan_is_65(pvm: Run, saved: Path, content: bytes) -> None:
    saved.write_bytes(content)

    ran = pvm("show", str(saved))

    assert (ran.code, ran.out) == (65, "")
    assert ran.err.startswith("error[")


def test_a_plan_that_was_changed_is_65(pvm: Run, saved: Path) -> None:
    saved.write_text(saved.read_text().replace("acme.example", "evil.example"))

    assert pvm("show", str(saved)).code == 65
