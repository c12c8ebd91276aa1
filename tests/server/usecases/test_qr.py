"""Images that an independent reader reads."""

from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import SCHEMES
from reconciler.server.usecases.qr import draw_qr
from tests.server.scanner import scan

_TOKENS = st.from_regex("[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)
_SCHEMES = ("", *(f"{scheme}://" for scheme in SCHEMES.values()))


@pytest.mark.requirement("T-13", "D-01")
@settings(max_examples=60, deadline=None)
@given(token=_TOKENS, prefix=st.sampled_from(_SCHEMES), form=st.sampled_from(["png", "svg"]))
@example(token="1", prefix="", form="png")
@example(token="W" * 64, prefix="wfcvp://", form="png")
@example(token="W" * 64, prefix="wfcvp://", form="svg")
def test_every_token_and_every_intent_is_read_back(
    token: str, prefix: str, form: Literal["png", "svg"]
) -> None:
    assert scan(draw_qr(prefix + token, form, 4)) == prefix + token


@pytest.mark.requirement("T-13")
@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("scale", [2, 8, 40])
def test_each_scale_is_read_back(form: Literal["png", "svg"], scale: int) -> None:
    assert scan(draw_qr("STORE-0421", form, scale)) == "STORE-0421"


def test_the_reader_reads_what_is_drawn_and_nothing_else() -> None:
    drawn = draw_qr("STORE-1", "svg", 4)
    assert scan(drawn) != "STORE-2"
    with pytest.raises(ValueError, match="not enough values"):
        scan(drawn.replace(b"#fff", b"#000"))
