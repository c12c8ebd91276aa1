"""The first start on an empty database (DEC-10)."""

from dataclasses import dataclass, field

from reconciler.server.domain.roles import Role
from reconciler.server.usecases.ports import World

FIRST_LOGIN = "admin"


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
    raise NotImplementedError
