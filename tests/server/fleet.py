"""Devices that call, and a PTT Pro server with a table, for tests of use cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Lock
from typing import Any

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Device, Hardware
from reconciler.server.domain.event import Event
from reconciler.server.domain.history import HistoryRecord
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.token import TokenContent
from reconciler.server.usecases.customers import CustomerOrder, put_customer, read_customer
from reconciler.server.usecases.device_ports import PttProEntry, PttProTask
from reconciler.server.usecases.partner_ports import PartnerError, Partners
from reconciler.server.usecases.ports import Reach, World
from reconciler.server.usecases.registration import Registration, register
from reconciler.server.usecases.tokens import put_token
from tests.server.company import ACME, GLOBEX, ONCE, Company
from tests.server.usecases.calls import bootstrap, site

DAY = timedelta(days=1)
DEVICE = "TC52_18304522512397"
ZEBRA = Hardware("Zebra Technologies", "TC52", "Android 11", "11-26-05.00-RG-U00-STD")
NEW_PTT = "3.3.10197"


@dataclass
class FakePttPro:
    """PTT Pro servers.

    `meanwhile` happens once, just before the next call that changes a table; `when_asked` once,
    just before the next answer about a table is on its way.
    """

    table: dict[tuple[str, str], str] = field(default_factory=dict)
    down: bool = False
    down_servers: set[str] = field(default_factory=set)
    told: int = 0
    meanwhile: Callable[[], object] | None = None
    when_asked: Callable[[], object] | None = None
    _lock: Lock = field(default_factory=Lock)

    def sites(self, server: str) -> Sequence[str]:
        self._require_up(server)
        return [f"{server} one", "two", "no/site"]

    def site_of(self, server: str, device_id: str) -> str | None:
        self._require_up(server)
        answer = self.table.get((server, device_id))
        happening, self.when_asked = self.when_asked, None
        if happening is not None:
            happening()
        return answer

    def enter(self, server: str, site: str, device_id: str) -> None:
        self._happen(server)
        with self._lock:
            self.table[server, device_id] = site

    def remove(self, server: str, device_id: str) -> None:
        self._happen(server)
        with self._lock:
            self.table.pop((server, device_id), None)

    def _happen(self, server: str) -> None:
        self._require_up(server)
        with self._lock:
            self.told += 1
            happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening()

    def _require_up(self, server: str) -> None:
        if self.down or server in self.down_servers:
            message = "PTT Pro does not answer"
            raise PartnerError(message)


@dataclass
class Fleet:
    """The devices of two customers; acme has the sites a and b, each with a token PTT-<site>."""

    company: Company
    ptt_pro: FakePttPro
    world: World
    acme: CustomerRef
    globex: CustomerRef

    def advance(self, by: timedelta) -> None:
        self.company.clock.advance(by)

    def contact(self, token: str | None = "PTT-a", device_id: str | None = DEVICE) -> Contact:
        return Contact(token, device_id, None, NEW_PTT, ZEBRA, "192.0.2.9")

    def register(
        self, token: str = "PTT-a", device_id: str = DEVICE, at: str | None = None
    ) -> Registration:
        return register(self.world, self.contact(token, device_id), at)

    def device(self, device_id: str = DEVICE, of: CustomerRef | None = None) -> Device:
        with self.world.store.read(of or self.acme) as tx:
            return tx.devices.find([device_id])[device_id]

    def home(self, device_id: str = DEVICE) -> CustomerRef | None:
        with self.world.store.read(Reach.EVERYONE) as tx:
            return tx.devices.home(device_id)

    def entry(self, device_id: str = DEVICE, of: CustomerRef | None = None) -> PttProEntry | None:
        with self.world.store.read(of or self.acme) as tx:
            return tx.ptt_pro.find([device_id]).get(device_id)

    def tasks(self, device_id: str = DEVICE) -> Sequence[PttProTask]:
        with self.world.store.read(Reach.EVERYONE) as tx:
            return tx.ptt_pro.tasks(device_id)

    def history(self, of: CustomerRef | Reach | None = None) -> list[HistoryRecord]:
        """Oldest first."""
        with self.world.store.read(of or self.acme) as tx:
            return list(tx.history.stream(ListQuery()))[::-1]

    def events(self, kind: str, of: CustomerRef | None = None) -> list[Event]:
        """Events of a type, oldest first."""
        with self.world.store.read(of or self.acme) as tx:
            return list(tx.events.stream(ListQuery(filters={"type": kind})))[::-1]

    def set(self, code: str = ACME, **changes: Any) -> None:  # noqa: ANN401 - settings of every type
        """Change a customer's settings."""
        vendor = self.company.vendor
        content = read_customer(self.world, vendor, code).content
        order = CustomerOrder(replace(content, **changes))
        put_customer(self.world, vendor, code, order, ONCE)

    def put_token(
        self, name: str, text: str, app: AppId = AppId.PTT_PRO_ANDROID, by: Caller | None = None
    ) -> None:
        """A token with a bootstrap of its own."""
        caller = by or self.company.chief
        bootstrap(self.world, caller, name, text)
        put_token(self.world, caller, name, TokenContent(app, name, ""), ONCE)


def fleet_of(company: Company) -> Fleet:
    """A fleet without devices."""
    ptt_pro = FakePttPro()
    world = replace(company.world, partners=Partners(ptt_pro=ptt_pro))
    chief, stranger = company.chief, company.stranger
    assert chief.customer is not None
    assert stranger.customer is not None
    fleet = Fleet(company, ptt_pro, world, chief.customer, stranger.customer)
    for name in ("a", "b"):
        site(world, chief, name)
        fleet.put_token(f"PTT-{name}", f'{{"site":"{name}","zems":{{"x":1}},"log":[1]}}')
    site(world, stranger, "a")
    fleet.put_token("GLOBEX-a", '{"site":"a"}', by=stranger)
    fleet.set(ptt_pro_server_name="pro-1")
    fleet.set(GLOBEX, ptt_pro_server_name="pro-1")
    return fleet
