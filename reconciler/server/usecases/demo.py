"""The demo: a sample customer with one user of each role and some objects (DEC-10)."""

from reconciler.server.usecases.first_start import NewUser
from reconciler.server.usecases.ports import World

CUSTOMER = "demo"


def fill_demo(world: World) -> tuple[NewUser, ...]:
    """Fill an empty database; the users come with passwords, the vendor's first.

    Empty when the server has users already.
    """
    raise NotImplementedError
