from reconciler.remote.bucket import Bucket
from tests.remote.fake_server import Waits


def test_one_seconds_worth_goes_out_at_once() -> None:
    waits = Waits()
    bucket = Bucket(40, waits.timing)
    for _ in range(40):
        bucket.take()
    assert waits.seconds == []


def test_more_than_that_is_spread_evenly() -> None:
    waits = Waits()
    bucket = Bucket(10, waits.timing)
    for _ in range(35):
        bucket.take()
    assert round(waits.now, 6) == 2.5


def test_a_pause_does_not_save_up_more_than_one_second() -> None:
    waits = Waits()
    bucket = Bucket(10, waits.timing)
    waits.now = 3600.0
    for _ in range(11):
        bucket.take()
    assert round(waits.now - 3600.0, 6) == 0.1
