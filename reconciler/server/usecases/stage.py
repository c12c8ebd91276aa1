"""The stage: a customer with nothing in it, for a rehearsal."""

from typing import Final

from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.roles import Role
from reconciler.server.domain.session import encode_secret
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.customers import CustomerOrder, put_customer
from reconciler.server.usecases.first_start import NewUser, create_first_administrator
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.setup import FirstAdministrator

STAGE: Final = "rehearsal"
_PASSWORD_BYTES: Final = 18
_LOGIN_BYTES: Final = 8


def add_stage(world: World) -> NewUser:
    """An empty customer in an empty database; the user who may write there collides with nobody.

    Raises:
        DomainError: CONFLICT, when the server has users already.
    """
    vendor = create_first_administrator(world)
    if vendor is None:
        raise DomainError(ErrorCode.CONFLICT, "the database of a rehearsal has users already")
    attempt = Attempt(vendor.login_name, vendor.password, "127.0.0.1")
    caller = authenticate(world, log_in(world, attempt).secret)
    login = f"{STAGE}-{world.chance(_LOGIN_BYTES).hex()}"
    password = encode_secret(world.chance(_PASSWORD_BYTES))
    content = CustomerContent(name="Rehearsal", ptt_pro=True, ptt_pro_server_name=STAGE)
    first = FirstAdministrator(login, login, f"{login}@{STAGE}.invalid", password)
    put_customer(world, caller, STAGE, CustomerOrder(content, first), Circumstances())
    return NewUser(login, Role.SUPER_ADMIN, password, STAGE)
