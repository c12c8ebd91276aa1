"""Whatever devices, Extension Managers, time and the vendor do: licenses are as the model says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, ReleaseReason, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import Customer, FlagOverrides
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.history import Action
from reconciler.server.domain.licensing import LotSource, LotState
from reconciler.server.usecases.contacts import Errand, recorded
from reconciler.server.usecases.license_grants import request_licenses, return_licenses
from reconciler.server.usecases.license_release import (
    free_all_seats,
    free_seats,
    release_silent,
)
from reconciler.server.usecases.license_seats import (
    apply_push,
    grant_from_exm,
    stamp_exm_contact,
)
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.partner_ports import Entitlement, Partners
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import present, write
from tests.server.company import ACME, Chance, Clock, CountingHasher, content
from tests.server.license_model import DAY, GRANTED, HOUR, Model, Sold
from tests.server.memory import MemoryStore, Tables
from tests.server.usecases.pool import Seller

Answer = TypeVar("Answer")
ZEBRAS, FOREIGN = ("TC52_1", "TC52_2"), "SM-A5_TAI9f"
DEVICES = (*ZEBRAS, FOREIGN)
VERSION = "9.0.22405"
INSTANT = timedelta(milliseconds=1)
FEATURES = ("CUCM_STANDARD", "MITEL", "AURA_PREMIUM", "CME_PREMIUM")
REASONS = ("INITIAL", "INTERVAL", "TOKEN_SCAN", "REBOOT", "EXPIRED")
a_device = st.sampled_from(DEVICES)
some_features = st.lists(st.sampled_from(FEATURES), min_size=1, max_size=3)
a_lot = st.sampled_from([("A", "STANDARD"), ("B", "STANDARD"), ("C", "STANDARD"), ("A", "PREMIUM")])
some_days = st.sampled_from([0, 1, 29, 30, 31, 90, 300, None])
a_while = st.sampled_from(
    [INSTANT, HOUR - INSTANT, HOUR, DAY, 10 * DAY, 30 * DAY - INSTANT, 30 * DAY, 100 * DAY]
)


@dataclass
class Rig:
    """A server's use cases for one customer, on some store."""

    world: World
    clock: Clock
    seller: Seller
    customer: CustomerRef
    settle: Callable[[int, int, FlagOverrides], None]
    close: Callable[[], None]


def memory_rig() -> Rig:
    """On a store in memory."""
    clock, seller, ref = Clock(), Seller(), CustomerRef("1", ACME, "Acme Ltd")
    tables = Tables(Customer("1", ACME, content(), clock(), clock(), 1))
    store = MemoryStore(tables, ref)
    world = World(store, clock, Chance(), CountingHasher(), partners=Partners(licensing=seller))  # type: ignore[arg-type]  # it has what licenses touch

    def settle(overage: int, grace: int, flags: FlagOverrides) -> None:
        known = store.tables.customer
        changed = replace(
            known.content, overage_percent=overage, grace_period_days=grace, flag_overrides=flags
        )
        store.tables.customer = replace(known, content=changed)

    return Rig(world, clock, seller, ref, settle, lambda: None)


class LicenseMachine(RuleBasedStateMachine):
    """Each rule does one thing at the server and at the model, and compares the answers."""

    build: Callable[[], Rig] = staticmethod(memory_rig)

    def __init__(self) -> None:
        super().__init__()
        self.rig = type(self).build()
        self.model = Model(present(self.rig.world), foreign=frozenset({FOREIGN}))

    def teardown(self) -> None:
        self.rig.close()

    @initialize(
        farthest=st.booleans(),
        detection=st.booleans(),
        overage=st.sampled_from([0, 50]),
        grace=st.sampled_from([0, 10]),
    )
    def begin(self, *, farthest: bool, detection: bool, overage: int, grace: int) -> None:
        flags = FlagOverrides(
            expiry_detection=detection, selection="farthest" if farthest else "sticky"
        )
        self.rig.settle(overage, grace, flags)
        model = self.model
        model.farthest, model.detection = farthest, detection
        model.overage_percent, model.grace_days = overage, grace
        self.sells(("A", "STANDARD"), 2, 300, new=True)
        self.sells(("B", "STANDARD"), 1, 30, new=False)
        self.sells(("A", "PREMIUM"), 1, 300, new=False)
        self.syncs()

    @rule(key=a_lot, quantity=st.integers(0, 3), days=some_days, new=st.booleans())
    def sells(self, key: tuple[str, str], quantity: int, days: int | None, *, new: bool) -> None:
        end = None if days is None else self.model.now + days * DAY
        self.model.sold[key] = Sold(quantity, end, new)

    @precondition(lambda self: self.model.sold)
    @rule(data=st.data(), invalid=st.booleans())
    def withdraws(self, data: st.DataObject, *, invalid: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.sold)))
        if invalid:
            self.model.sold[key].valid = False
        else:
            del self.model.sold[key]

    @rule()
    def syncs(self) -> None:
        self.rig.seller.sold[ACME] = [
            Entitlement(
                name,
                LotSource.NEW if sold.new else LotSource.LEGACY,
                LicenseType(kind),
                "Test",
                sold.quantity,
                sold.end,
                sold.valid,
            )
            for (name, kind), sold in self.model.sold.items()
        ]
        sync(self.rig.world, self.rig.customer)
        self.model.sync()

    @rule(device=a_device, features=some_features, reason=st.sampled_from(REASONS))
    def asks(self, device: str, features: list[str], reason: str) -> None:
        self._own_grant(
            lambda: request_licenses(self.rig.world, self._contact(device), features, reason),
            lambda: self.model.ask(device, features, reason),
        )

    @precondition(lambda self: self.model.holders())
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def asks_again(self, data: st.DataObject, reason: str) -> None:
        """Devices mostly ask for what they have; drawn blindly, they hardly ever would."""
        device, feature = data.draw(st.sampled_from(self.model.holders()))
        self.asks(device, [feature], reason)

    @precondition(lambda self: self.model.holders())
    @rule(data=st.data(), key=a_lot, quantity=st.integers(1, 3), reason=st.sampled_from(REASONS))
    def asks_again_later(
        self, data: st.DataObject, key: tuple[str, str], quantity: int, reason: str
    ) -> None:
        """When its lot has ended, or another one was bought."""
        if data.draw(st.booleans()):
            self.sells(key, quantity, 300, new=False)
            self.syncs()
        else:
            self.waits_for_an_edge(data, early=False)
        self.asks_again(data, reason)

    @rule(device=a_device)
    def returns(self, device: str) -> None:
        return_licenses(self.rig.world, self._contact(device))
        self.model.contacts[device] = self.model.now
        self.model.free(device, "RETURNED")

    @rule(device=a_device)
    def calls(self, device: str) -> None:
        errand = Errand(Action.CHECKIN, lambda _tx, _arrival: None)
        recorded(self.rig.world, self._contact(device), errand)
        self.model.contacts[device] = self.model.now

    @rule(by=a_while)
    def waits(self, by: timedelta) -> None:
        self.rig.clock.advance(by)
        self.model.now += by

    @rule(data=st.data(), early=st.booleans())
    def sweeps_at_an_edge(self, data: st.DataObject, *, early: bool) -> None:
        self.waits_for_an_edge(data, early=early)
        self.sweeps()
        self.sweeps_exm()

    @rule(data=st.data(), early=st.booleans())
    def waits_for_an_edge(self, data: st.DataObject, *, early: bool) -> None:
        """Up to the very moment at which something ends, or to an instant before it."""
        coming = [edge for edge in self.model.edges() if edge - INSTANT > self.model.now]
        if coming:
            edge = data.draw(st.sampled_from(coming))
            self.waits(edge - self.model.now - (INSTANT if early else timedelta()))

    @rule()
    def sweeps(self) -> None:
        release_silent(self.rig.world, self.rig.customer)
        self.model.sweep()

    @rule()
    def sweeps_exm(self) -> None:
        def work(tx: Transaction) -> None:
            silent = tx.assignments.silent(Holder.EXM, self.model.now - HOUR, 100)
            free_seats(tx, silent, ReleaseReason.EXM_TIMEOUT, self.model.now)

        self._write(work)
        self.model.sweep_exm()

    @rule(device=a_device, features=some_features)
    def signs_in(self, device: str, features: list[str]) -> None:
        asker = Asker(device, VERSION, Holder.EXM, "Ext1")
        wanted = [Feature(one) for one in features]
        self._own_grant(
            lambda: self._write(lambda tx: grant_from_exm(tx, asker, wanted, self.model.now)),
            lambda: self.model.sign_in(device, features),
        )

    @rule(device=a_device)
    def signs_out(self, device: str) -> None:
        self._free(device, ReleaseReason.SIGN_OUT)
        self.model.free(device, "SIGN_OUT")

    @rule(device=a_device)
    def calls_exm(self, device: str) -> None:
        self._write(lambda tx: stamp_exm_contact(tx, device, self.model.now))
        self.model.call_exm(device)

    @rule(
        device=a_device,
        feature=st.sampled_from(FEATURES),
        lot=st.sampled_from(["A", "B", "nobody's"]),
        use=st.sampled_from(list(Use)),
        ago=st.sampled_from([-HOUR, timedelta(), INSTANT, HOUR, 31 * DAY]),
    )
    def pushes(self, device: str, feature: str, lot: str, use: Use, ago: timedelta) -> None:
        said, asker = self.model.now - ago, Asker(device, VERSION, Holder.EXM, "Ext1")
        pushed = PushedSeat(asker, Feature(feature), lot, use, said)
        done = self._write(lambda tx: apply_push(tx, pushed, self.model.now))
        assert done.result == self.model.push(device, feature, lot, use, said)

    @rule(device=a_device, holders=st.sampled_from([("PVM",), ("PVM", "EXM")]))
    def is_obsoleted(self, device: str, holders: Sequence[str]) -> None:
        self._free(device, ReleaseReason.OBSOLETE, [Holder(one) for one in holders])
        self.model.free(device, "OBSOLETE", holders)

    @invariant()
    def seats_are_as_the_model_says(self) -> None:
        with self.rig.world.store.read(self.rig.customer) as tx:
            lots = {lot.id: (lot.external_id, str(lot.type)) for lot in tx.lots.all()}
            found = {
                (row.device_id, str(row.feature)): (
                    lots[row.lot_id],
                    str(row.use),
                    str(row.holder),
                    row.first_assigned_at,
                )
                for device in DEVICES
                for row in tx.assignments.of_device(device)
            }
        assert found == {
            key: (seat.lot, seat.status, seat.holder, seat.first)
            for key, seat in self.model.seats.items()
        }

    @invariant()
    def lots_are_as_the_model_says(self) -> None:
        now, used = self.model.now, self.model.used()
        with self.rig.world.store.read(self.rig.customer) as tx:
            counted = tx.assignments.counted()
            for lot in tx.lots.all():
                key = lot.external_id, str(lot.type)
                assert lot.used == counted.get(lot.id, 0) == used[key]
                expected = self.model.lots[key]
                assert (lot.total, lot.expiration) == (expected.total, expected.ends[0])
                assert (lot.state(now) is LotState.ACTIVE) == expected.runs(now)

    def _own_grant(self, server: Callable[[], object], model: Callable[[], str]) -> None:
        """Both answer the same, and no lot is given beyond what it has."""
        before = self.model.used()
        try:
            server()
            answer = GRANTED
        except DomainError as refusal:
            answer = str(refusal.code)
        assert answer == model()
        with self.rig.world.store.read(self.rig.customer) as tx:
            for lot in tx.lots.all():
                least = before[lot.external_id, str(lot.type)]
                assert lot.used <= max(lot.total, least)

    def _contact(self, device: str) -> Contact:
        maker = "samsung" if device == FOREIGN else "Zebra Technologies"
        hardware = Hardware(maker, "", "Android 13")
        return Contact("Direct-Access-Token", device, None, VERSION, hardware)

    def _free(
        self, device: str, reason: ReleaseReason, holders: Sequence[Holder] = tuple(Holder)
    ) -> None:
        self._write(lambda tx: free_all_seats(tx, device, reason, self.model.now, holders))

    def _write(self, work: Callable[[Transaction], Answer]) -> Answer:
        return write(self.rig.world, self.rig.customer, work)
