"""The first start on an empty database (DEC-10)."""

from dataclasses import dataclass, field

from reconciler.server.domain.event import EventType
from reconciler.server.domain.password import check_password
from reconciler.server.domain.roles import Role
from reconciler.server.domain.session import encode_secret
from reconciler.server.domain.user import User, UserStatus
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import write

FIRST_LOGIN = "admin"
_FIRST_EMAIL = "admin@pvm.invalid"
_PASSWORD_BYTES = 18


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user made at start, with the password to show once."""

    login_name: str
    role: Role
    password: str = field(repr=False)
    customer: str | None = None


def create_first_administrator(world: World, password: str | None = None) -> NewUser | None:
    """Create the first vendor administrator; None when the server has users already.

    Without `password` a random one is made. Of many starts at once, one creates it.

    Raises:
        DomainError: WEAK_PASSWORD.
    """
    with world.store.read(Reach.EVERYONE) as tx:
        if tx.users.any_exists():
            return None
    secret = password or encode_secret(world.chance(_PASSWORD_BYTES))
    check_password(secret, (FIRST_LOGIN,), "password")
    password_hash = world.hasher.hash(secret)

    def work(tx: Transaction) -> NewUser | None:
        if tx.users.any_exists():
            return None
        desk = Desk.open(world, Reach.VENDOR, None)
        user = User(
            id=desk.new_id(),
            customer=None,
            login_name=FIRST_LOGIN,
            user_name="Vendor administrator",
            role=Role.VENDOR_ADMIN,
            email=_FIRST_EMAIL,
            status=UserStatus.INVITED,
            last_login_at=None,
            source=None,
            created_at=desk.now,
            updated_at=desk.now,
            version=1,
        )
        tx.users.insert([user])
        tx.users.set_password(user.id, password_hash, desk.now)
        desk.note(Fact(EventType.USER_ADD, "first start", FIRST_LOGIN))
        desk.file(tx)
        return NewUser(FIRST_LOGIN, Role.VENDOR_ADMIN, secret)

    return write(world, Reach.VENDOR, work)
