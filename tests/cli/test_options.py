import pytest

from reconciler.cli.options import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("1ms", 0.001), ("15s", 15.0), ("2m", 120.0), ("1h", 3600.0)]
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "s", "0s", "1.5s", "-1s", "1d", "1s ", "\u0661s", "9999999s"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 15s"):
        parse_duration(text)
