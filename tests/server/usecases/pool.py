"""A customer's pool of licenses for tests: a licensing system that sells, devices that ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.server.domain.assignments import Assignment, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import Customer, CustomerContent
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.event import Event
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.history import HistoryRecord
from reconciler.server.domain.licensing import Lot, LotSource
from reconciler.server.domain.listing import ListQuery
from reconciler.server.usecases.customers import CustomerOrder, put_customer, read_customer
from reconciler.server.usecases.license_grants import Licensed, request_licenses, return_licenses
from reconciler.server.usecases.license_sync import Synced, sync
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError, Partners
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import present
from tests.server.company import ACME, ONCE, Company

TOKEN = "Direct-Access-Token"
DEVICE = "TC52_18304522512397"
VERSION = "9.0.20406"
CUCM, MITEL, PREMIUM = "CUCM_STANDARD", "MITEL", "AURA_PREMIUM"
DAY = timedelta(days=1)
ZEBRA = Hardware(manufacturer="Zebra Technologies", model="TC52", os_version="Android 11")
SAMSUNG = Hardware(manufacturer="samsung", model="SM-A5", os_version="Android 11")


@dataclass
class Seller:
    """A licensing system that knows what it was told, by customer."""

    sold: dict[str, list[Entitlement]] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    def entitlements(self, customer: str) -> Sequence[Entitlement]:
        self.asked += 1
        if self.down:
            message = "the licensing system does not answer"
            raise PartnerError(message)
        return list(self.sold.get(customer, ()))


@dataclass
class Pool:
    """The licenses of acme."""

    company: Company
    seller: Seller
    world: World
    customer: CustomerRef

    @property
    def now(self) -> datetime:
        return present(self.world)

    def advance(self, by: timedelta) -> None:
        self.company.clock.advance(by)

    def sell(self, name: str, quantity: int = 10, days: float | None = 100, **more: object) -> None:
        """Sell a lot, in place of one of this name; without days it is perpetual."""
        ends = None if days is None else self.now + days * DAY
        made = Entitlement(name, LotSource.LEGACY, LicenseType.STANDARD, "Test", quantity, ends)
        made = replace(made, **more)  # type: ignore[arg-type]  # fields by name
        kept = [
            one
            for one in self.seller.sold.get(ACME, [])
            if (one.external_id, one.type) != (made.external_id, made.type)
        ]
        self.seller.sold[ACME] = [*kept, made]

    def sync(self) -> Synced:
        return sync(self.world, self.customer)

    def stock(
        self, name: str, quantity: int = 10, days: float | None = 100, **more: object
    ) -> None:
        """Sell a lot and synchronise."""
        self.sell(name, quantity, days, **more)
        self.sync()

    def contact(self, device_id: str | None = DEVICE, **more: object) -> Contact:
        contact = Contact(TOKEN, device_id, None, VERSION, ZEBRA, "192.0.2.9")
        return replace(contact, **more)  # type: ignore[arg-type]  # fields by name

    def ask(
        self,
        device_id: str | None = DEVICE,
        *features: str,
        reason: str = "INITIAL",
        **more: object,
    ) -> Licensed:
        contact = self.contact(device_id, **more)
        return request_licenses(self.world, contact, features or (CUCM,), reason)

    def give_back(self, device_id: str = DEVICE) -> tuple[Assignment, ...]:
        return return_licenses(self.world, self.contact(device_id))

    def lots(self) -> dict[str, Lot]:
        """The lots by their external ids; one of each type never share one in these tests."""
        with self.world.store.read(self.customer) as tx:
            return {lot.external_id: lot for lot in tx.lots.all()}

    def rows(self, device_id: str = DEVICE) -> dict[str, Assignment]:
        with self.world.store.read(self.customer) as tx:
            return {str(row.feature): row for row in tx.assignments.of_device(device_id)}

    def use(self, device_id: str = DEVICE, feature: str = CUCM) -> Use | None:
        row = self.rows(device_id).get(feature)
        return None if row is None else row.use

    def lot_of(self, device_id: str = DEVICE, feature: str = CUCM) -> str:
        """The external id of the lot that a device holds a seat of, "" for none."""
        row = self.rows(device_id).get(feature)
        if row is None or not row.use.assigned:
            return ""
        return next(lot.external_id for lot in self.lots().values() if lot.id == row.lot_id)

    def events(self, kind: str) -> list[Event]:
        """Events of a type, oldest first."""
        query = ListQuery(filters={"type": kind}, size=100)
        with self.world.store.read(self.customer) as tx:
            return list(tx.events.stream(query))[::-1]

    def history(self) -> list[HistoryRecord]:
        """Oldest first."""
        with self.world.store.read(self.customer) as tx:
            return list(tx.history.stream(ListQuery()))[::-1]

    def settle(self, **changes: object) -> Customer:
        """Change the customer's settings."""
        vendor = self.company.vendor
        content: CustomerContent = read_customer(self.world, vendor, ACME).content
        order = CustomerOrder(replace(content, **changes))  # type: ignore[arg-type]  # fields by name
        return put_customer(self.world, vendor, ACME, order, ONCE).row

    def assert_counted(self) -> None:
        """`used` of every lot is the number of seats that are held."""
        with self.world.store.read(self.customer) as tx:
            counted = tx.assignments.counted()
            assert {lot.id: lot.used for lot in tx.lots.all() if lot.used} == counted


def pool_of(company: Company) -> Pool:
    """An empty pool."""
    chief = company.chief
    assert chief.customer is not None
    seller = Seller()
    world = replace(company.world, partners=Partners(licensing=seller))
    return Pool(company, seller, world, chief.customer)
