from collections.abc import Mapping

import pytest

from reconciler.core.plan import PlanOptions, Stop
from reconciler.core.planning import make_plan
from reconciler.core.ports import Account
from reconciler.core.project import DEFAULT_SAFETY, Prune, Safety, Threshold
from reconciler.core.resource import Desired, Live
from reconciler.core.thresholds import allowed
from tests.core.situations import ADMIN, NO_LIMITS, desired, live, project, situation, token, user

VENDOR = Account("zebra", "Vendor-Admin", "")


@pytest.mark.parametrize(
    ("threshold", "existing", "limit"),
    [
        (Threshold(), 1000, None),
        (Threshold(25), 1000, 25),
        (Threshold(25, 5), 20, 25),
        (Threshold(25, 5), 21, 1),
        (Threshold(25, 5), 1000, 25),
        (Threshold(percent=5), 20, None),
        (Threshold(percent=5), 100, 5),
        (Threshold(0), 0, 0),
    ],
)
def test_the_stricter_limit_wins_and_percentages_need_many(
    threshold: Threshold, existing: int, limit: int | None
) -> None:
    assert allowed(threshold, existing) == limit


def stops(
    declared: list[Desired],
    server: list[Live],
    safety: Safety,
    acks: Mapping[str, int] | None = None,
) -> list[str]:
    state = situation(declared, server, project(prune=Prune.SCOPE, safety=safety))
    return [stop.reason for stop in make_plan(state, PlanOptions(acks=acks or {})).stops]


KEPT = [desired("Bootstrap", "b1", {}), desired("Token", "keep", token("b1"))]
SERVER = [
    live("Bootstrap", "b1", {}),
    live("Token", "keep", token("b1")),
    *(live("Token", f"T-{n}", token("b1")) for n in range(3)),
]
TWO = Safety(deletes={"": Threshold(2)}, updates={"": Threshold(0)})


@pytest.mark.parametrize(
    ("acks", "stopped"),
    [
        ({}, True),
        ({"deletes.Token": 2}, True),
        ({"deletes.Token": 3}, False),
        ({"deletes.Token": 4}, False),
        ({"deletes": 3}, False),
        ({"deletes": 2}, True),
        ({"updates.Token": 3, "deletes.Site": 3}, True),
    ],
)
def test_deletions_beyond_the_limit_need_an_acknowledgement(
    acks: Mapping[str, int],
    stopped: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    assert stops(KEPT, SERVER, TWO, acks) == (["deletes of tokens: 3 > 2"] if stopped else [])


def test_a_common_acknowledgement_counts_all_kinds_together() -> None:
    safety = Safety(deletes={"": Threshold(0)}, updates={})
    server = [*SERVER, live("Bootstrap", "b2", {})]
    assert stops(KEPT, server, safety, {"deletes": 3, "deletes.Bootstrap": 1}) == [
        "deletes of tokens: 3 > 0"
    ]
    assert stops(KEPT, server, safety, {"deletes": 4}) == []


def test_the_fix_can_be_typed_as_it_stands() -> None:
    state = situation(KEPT, SERVER, project(prune=Prune.SCOPE, safety=TWO))
    (stop,) = make_plan(state, PlanOptions()).stops
    assert stop.fix.endswith("--ack deletes.Token=3")


def test_updates_have_limits_of_their_own() -> None:
    declared = [desired("Bootstrap", "b1", {"a": 1}), *KEPT[1:]]
    assert stops(declared, SERVER[:2], TWO) == ["updates of bootstraps: 1 > 0"]
    assert stops(declared, SERVER[:2], TWO, {"updates": 1}) == []


def test_deleting_an_account_always_needs_an_acknowledgement() -> None:
    declared = [desired("PortalUser", "root", user("Super-Admin"))]
    server = [live("PortalUser", name, user("Super-Admin")) for name in ("root", "x")]
    server += [live("PortalUser", "y", user())]
    assert "deletes of users: 1 > 0" in stops(declared, server, DEFAULT_SAFETY)


def test_creations_have_no_limit() -> None:
    assert stops([desired("Bootstrap", f"b{n}", {}) for n in range(200)], [], DEFAULT_SAFETY) == []


def test_objects_out_of_scope_do_not_raise_a_limit() -> None:
    assert stops(KEPT, SERVER, DEFAULT_SAFETY) == []


def test_a_kind_that_is_declared_nowhere_is_not_emptied() -> None:
    empty = stops([], [live("Bootstrap", "b1", {})], DEFAULT_SAFETY)
    assert empty == ["no bootstrap is declared at all, and 1 would be deleted"]
    assert stops([], [live("Bootstrap", "b1", {})], NO_LIMITS) == []


@pytest.mark.parametrize(
    ("account", "answer"),
    [
        (ADMIN, None),
        (Account("a", "Admin", "OTHER"), '"OTHER"'),
        (VENDOR, "no customer"),
        (None, "no customer"),
    ],
)
def test_another_customer_stops_everything(account: Account | None, answer: str | None) -> None:
    state = situation([], [], project(customer="ACME"), account=account)
    expected = (
        ()
        if answer is None
        else (
            Stop(
                "customer",
                f'the project file says customer "ACME", the server says {answer}',
                "use the credentials of that customer, or correct the target in pvm.yaml",
            ),
        )
    )
    assert make_plan(state, PlanOptions()).stops == expected
