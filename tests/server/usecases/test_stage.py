"""The stage of a rehearsal."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.store.database import Database
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.bootstraps import list_bootstraps
from reconciler.server.usecases.sites import list_sites
from reconciler.server.usecases.stage import STAGE, add_stage
from reconciler.server.usecases.tokens import list_tokens
from tests.server.company import Company, world_over


def test_a_stage_is_empty_and_its_user_may_write_there(database: Database) -> None:
    world = world_over(database).world
    user = add_stage(world)
    assert (user.role, user.customer) == (Role.SUPER_ADMIN, STAGE)
    assert user.password not in repr(user)
    attempt = Attempt(user.login_name, user.password, "127.0.0.1")
    caller = authenticate(world, log_in(world, attempt).secret)
    for read in (list_bootstraps, list_tokens, list_sites):
        assert read(world, caller, ListQuery()).total == 0


def test_a_database_with_users_is_no_stage(company: Company) -> None:
    with pytest.raises(DomainError) as caught:
        add_stage(company.world)
    assert caught.value.code is ErrorCode.CONFLICT
