"""Identifiers sort by time, and stored times come back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.identifiers import first_id, milliseconds, moment, new_id

_TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001 - zone below
    lambda time: time.replace(tzinfo=UTC)
)
_ORDER = st.tuples(_TIMES, st.integers(0, 2**32 - 1))


@given(_TIMES)
def test_a_time_comes_back_cut_to_milliseconds(time: datetime) -> None:
    stored = moment(milliseconds(time))
    assert timedelta(0) <= time - stored < timedelta(milliseconds=1)
    assert moment(milliseconds(stored)) == stored


@given(_ORDER, _ORDER, st.binary(min_size=6, max_size=6))
def test_identifiers_sort_by_time_and_then_by_sequence(
    one: tuple[datetime, int], other: tuple[datetime, int], chance: bytes
) -> None:
    ids = [new_id(time, chance, sequence) for time, sequence in (one, other)]
    keys = [(milliseconds(time), sequence) for time, sequence in (one, other)]
    assert (ids[0] < ids[1]) == (keys[0] < keys[1])
    assert all(len(found) == 32 for found in ids)


@given(_ORDER, _TIMES, st.binary(min_size=6, max_size=6))
def test_a_window_of_identifiers_is_one_of_times(
    made: tuple[datetime, int], edge: datetime, chance: bytes
) -> None:
    time, sequence = made
    within = new_id(time, chance, sequence) >= first_id(edge)
    assert within == (milliseconds(time) >= milliseconds(edge))
