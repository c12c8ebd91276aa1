from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.plan import Header
from reconciler.core.plan_age import Expired, check_age, expires_at, refuse_expired

MADE = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = Header("acme", "prod", "https://x", "ACME", MADE, "0.1")
HOUR = timedelta(hours=1)


def test_a_plan_is_good_for_a_day() -> None:
    assert expires_at(HEADER) == MADE + 24 * HOUR
    assert check_age(HEADER, MADE + 24 * HOUR) is None
    refuse_expired(HEADER, MADE + 24 * HOUR)


@pytest.mark.parametrize(
    ("expires", "max_age", "good_for"),
    [
        (None, HOUR, HOUR),
        (MADE + 2 * HOUR, None, 2 * HOUR),
        (MADE + 2 * HOUR, HOUR, HOUR),
        (MADE + 2 * HOUR, 48 * HOUR, 2 * HOUR),
        (MADE + 48 * HOUR, None, 48 * HOUR),
    ],
)
def test_the_stricter_of_maker_and_user_counts(
    expires: datetime | None, max_age: timedelta | None, good_for: timedelta
) -> None:
    header = replace(HEADER, expires=expires)

    assert check_age(header, MADE + good_for, max_age) is None
    with pytest.raises(Expired) as caught:
        refuse_expired(header, MADE + good_for + timedelta(seconds=1), max_age)
    assert caught.value.problem.code == "plan-expired"
    assert f"ended at {MADE + good_for:%Y-%m-%d %H:%M}Z" in caught.value.problem.message
    assert "pvm plan --out" in caught.value.problem.help
