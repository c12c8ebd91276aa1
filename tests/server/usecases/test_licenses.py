"""Lists of licenses, below the API's own checks."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.licenses import (
    list_assigned,
    list_licenses,
    stream_assigned,
    stream_licenses,
)
from tests.server.usecases.pool import DEVICE, MITEL, Pool


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "BROKEN"), ("type", "Standard"), ("source", "OLD"), ("aid", "A")],
)
def test_a_value_that_no_lot_has_is_refused(pool: Pool, name: str, value: str) -> None:
    query = ListQuery(filters={name: value})
    for act in (list_licenses, stream_licenses):
        with pytest.raises(DomainError) as refusal:
            act(pool.world, pool.company.chief, query, pool.now)
        assert refusal.value.code is ErrorCode.VALIDATION


@pytest.mark.parametrize(
    ("name", "value"), [("license", "HELD"), ("useStatus", "HELD"), ("feature", "CUCM")]
)
def test_a_value_that_no_assignment_has_is_refused(pool: Pool, name: str, value: str) -> None:
    query = ListQuery(filters={name: value})
    for act in (list_assigned, stream_assigned):
        with pytest.raises(DomainError) as refusal:
            act(pool.world, pool.company.chief, query)
        assert refusal.value.code is ErrorCode.VALIDATION


@pytest.mark.requirement("L-46")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_only_a_super_admin_and_the_vendor_see_licenses(pool: Pool, role: Role) -> None:
    caller = pool.company.of(role)
    for act in (
        lambda: list_licenses(pool.world, caller, ListQuery(), pool.now),
        lambda: stream_licenses(pool.world, caller, ListQuery(), pool.now),
        lambda: list_assigned(pool.world, caller, ListQuery()),
        lambda: stream_assigned(pool.world, caller, ListQuery()),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code is ErrorCode.FORBIDDEN


def test_a_whole_list_is_what_its_pages_are(pool: Pool) -> None:
    for number in range(3):
        pool.sell(f"lot-{number}")
    pool.sync()
    for number in range(5):
        pool.ask(f"TC52_{number}", MITEL)
    chief = pool.company.chief
    lots = list(stream_licenses(pool.world, chief, ListQuery(), pool.now))
    pages = [list_licenses(pool.world, chief, ListQuery(page, 2), pool.now).rows for page in (0, 1)]
    assert lots == [*pages[0], *pages[1]]
    rows = list(stream_assigned(pool.world, chief, ListQuery()))
    assert len(rows) == list_assigned(pool.world, chief, ListQuery(size=2)).total == 5
    assert DEVICE not in {row.assignment.device_id for row in rows}
