"""An Extension Manager for tests of use cases: its key, its devices, its words about seats."""

from datetime import timedelta

import pytest

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, Use
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Device
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import Feature
from reconciler.server.domain.strict_json import read_object
from reconciler.server.usecases.bootstraps import get_bootstrap
from reconciler.server.usecases.extension_manager import (
    Admitted,
    Knock,
    PushedItem,
    Visit,
    admit,
    push_seats,
    sign_in,
)
from reconciler.server.usecases.license_seats import PushResult
from tests.server.company import ACME
from tests.server.usecases.pool import CUCM, DEVICE, Pool

NAME = "Ext3OPUAT"
MINUTE = timedelta(minutes=1)
HERE = "192.0.2.33"


def key_of(pool: Pool, code: str = ACME) -> str:
    """As a device gets it: inside the address in the Extension Manager bootstrap."""
    row = get_bootstrap(pool.world, pool.company.vendor, "Extension-Manager-Bootstrap", code)
    document = read_object(row.text.encode(), 10_000).value
    return str(document["var_location"]).partition("api_key=")[2]


def exm_of(pool: Pool) -> Admitted:
    return admit(pool.world, Knock(key_of(pool), HERE)).named(NAME)


def visit(pool: Pool, device_id: str = DEVICE, **more: object) -> Visit:
    contact: Contact = pool.contact(device_id, token=None, **more)
    return Visit(device_id, contact)


def enter(pool: Pool, device_id: str = DEVICE, *features: str, **more: object) -> None:
    wanted = [Feature(name) for name in features or (CUCM,)]
    sign_in(pool.world, exm_of(pool), visit(pool, device_id, **more), wanted)


def told(  # noqa: PLR0913 - the parts of one word, mostly left out
    pool: Pool,
    lot: str,
    use: Use = Use.IN_USE,
    device_id: str = DEVICE,
    feature: str = CUCM,
    *,
    ago: timedelta = timedelta(0),
) -> PushedItem:
    asker = Asker(device_id, "9.0.20406", Holder.EXM, NAME)
    seat = PushedSeat(asker, Feature(feature), lot, use, pool.now - ago)
    return PushedItem(seat, visit(pool, device_id))


def push(pool: Pool, *items: PushedItem) -> tuple[PushResult, ...]:
    return push_seats(pool.world, exm_of(pool), items)


def device(pool: Pool, device_id: str = DEVICE) -> Device | None:
    with pool.world.store.read(pool.customer) as tx:
        return tx.devices.find([device_id]).get(device_id)


def refusal(act: object) -> ErrorCode:
    assert callable(act)
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code
