"""Waiting after vain tries: longer each time, never for good."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.throttle import (
    FORGOTTEN_AFTER,
    LONGEST_WAIT,
    Turnstile,
    login_turnstiles,
    network_of,
    reset_turnstiles,
)

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_GATE = Turnstile("k", 5)


@pytest.mark.parametrize(
    ("count", "wait"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (14, 512), (15, 900), (10**9, 900)],
)
def test_the_wait_doubles_after_the_free_tries_up_to_a_quarter_of_an_hour(
    count: int, wait: int
) -> None:
    assert _GATE.wait_seconds(count, _NOW, _NOW) == wait


def test_a_first_try_never_waits() -> None:
    assert _GATE.wait_seconds(0, None, _NOW) == 0


@given(
    count=st.integers(0, 2**40),
    since=st.integers(0, int(FORGOTTEN_AFTER.total_seconds()) * 2000).map(
        lambda ms: timedelta(milliseconds=ms)
    ),
)
def test_waiting_as_long_as_told_is_always_enough(count: int, since: timedelta) -> None:
    now = _NOW + since
    wait = _GATE.wait_seconds(count, _NOW, now)
    assert 0 <= wait <= LONGEST_WAIT.total_seconds()
    assert _GATE.wait_seconds(count, _NOW, now + timedelta(seconds=wait)) == 0
    if since >= LONGEST_WAIT:
        assert wait == 0


@pytest.mark.parametrize(
    ("since", "left"), [(0.0, 8), (0.001, 8), (1.0, 7), (7.0, 1), (7.999, 1), (8.0, 0), (9.0, 0)]
)
def test_parts_of_seconds_are_rounded_up(since: float, left: int) -> None:
    assert _GATE.wait_seconds(8, _NOW, _NOW + timedelta(seconds=since)) == left


def test_old_tries_are_forgotten() -> None:
    almost = _NOW + FORGOTTEN_AFTER - timedelta(milliseconds=1)
    assert _GATE.current(7, _NOW, almost) == 7
    assert _GATE.current(7, _NOW, _NOW + FORGOTTEN_AFTER) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
    ],
)
def test_neighbours_share_a_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_peer_without_address_stands_for_itself() -> None:
    assert network_of("unix socket") == network_of("Unix Socket") != network_of("other")


def test_keys_hold_neither_names_nor_addresses_of_people() -> None:
    keys = [
        gate.key
        for gates in (login_turnstiles("Ann", "192.0.2.7"), reset_turnstiles("ann@x.yz", "::1"))
        for gate in gates
    ]
    assert len(set(keys)) == len(keys)
    assert not any("ann" in key.lower() for key in keys)


def test_a_logins_case_makes_no_new_counter() -> None:
    assert login_turnstiles("ANN", "192.0.2.7") == login_turnstiles("ann", "192.0.2.8")
