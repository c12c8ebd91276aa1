"""Names and short texts: full match, ASCII; the client checks the same vectors."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.names import (
    check_customer_code,
    check_description,
    check_email,
    check_label,
    check_login_name,
    check_text,
    check_token_name,
    fold,
    is_token_name,
)

_VECTORS = json.loads(Path(__file__, "../../../vectors/names.json").resolve().read_text("utf-8"))
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "Token": check_token_name,
    "Bootstrap": check_label,
    "Site": check_label,
    "PortalUser": check_login_name,
    "Customer": check_customer_code,
}


def _id(vector: dict[str, str]) -> str:
    return f"{vector['kind']}: {vector['name']}"


@pytest.mark.requirement("T-02", "T-03")
@pytest.mark.parametrize("vector", _VECTORS, ids=_id)
def test_every_vector_is_judged_as_the_client_judges_it(vector: dict[str, str]) -> None:
    check = _CHECKS[vector["kind"]]
    if vector["ok"]:
        assert check(vector["text"]) == vector["text"]
        return
    with pytest.raises(DomainError) as refusal:
        check(vector["text"])
    assert refusal.value.code == vector["code"]
    assert refusal.value.errors[0].field == "name"


@given(st.text())
def test_folding_keeps_good_token_names_apart(text: str) -> None:
    if is_token_name(text):
        assert len(fold(text)) == len(text)
        assert fold(text) == text.casefold()


@pytest.mark.requirement("T-07")
def test_a_description_is_optional_and_short() -> None:
    assert check_description("") == ""
    assert check_description("é" * 255)
    for bad in ("x" * 256, "a\nb", "a\0b", "\ud800"):
        with pytest.raises(DomainError) as refusal:
            check_description(bad)
        assert refusal.value.code is ErrorCode.VALIDATION


@pytest.mark.parametrize("bad", ["", " a", "a ", "a\tb", "x" * 129, "\x7f", "\udfff"])
def test_a_text_says_something_on_one_line(bad: str) -> None:
    with pytest.raises(DomainError):
        check_text("userName", bad)


def test_a_text_may_be_in_any_script() -> None:
    assert check_text("userName", "Zoë Müller-Łukasz 李") == "Zoë Müller-Łukasz 李"


@pytest.mark.parametrize("good", ["a@b.co", "first.last+tag@sub.example.com", "x" * 64 + "@ex.com"])
def test_a_mail_address_is_taken(good: str) -> None:
    assert check_email(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a",
        "a@b",
        "a@b.",
        "a@.b",
        "@b.co",
        "a b@c.de",
        "a@b.co\n",
        "a@b..co",
        "a@-b.co",
        "a@b.co\r\nBcc: x@y.zz",
        "ä@b.co",
        "x" * 65 + "@b.co",
        "a@" + "b" * 64 + ".co",
        "a@" + ".".join(["b" * 60] * 5),
        "a@b.co,c@d.ef",
        "<a@b.co>",
    ],
)
def test_anything_else_is_no_mail_address(bad: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_email(bad)
    assert refusal.value.errors[0].field == "email"
