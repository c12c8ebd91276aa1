"""The books of simulated partners: what a PTT Pro server and a licensing system would know.

These are other systems' data, so nothing here is any customer's. They live in the database,
so a restart forgets nothing.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.usecases.entitlements import entitlement_row, read_entitlements
from reconciler.server.usecases.partner_ports import Entitlement
from reconciler.server.usecases.ports import Reach, Store, Transaction

_MOODS = "mood"
_SITES = "site"
_DEVICES = "device"
_YEAR = timedelta(days=365)
_HALF_YEAR = timedelta(days=182)


def read_mood(store: Store, partner: PartnerName) -> Mood:
    """How a partner feels; well, unless somebody said otherwise."""
    with store.read(Reach.VENDOR) as tx:
        found = tx.simulated.get(partner, _MOODS)
    return Mood.WELL if found is None else Mood(json.loads(found))


def set_mood(store: Store, partner: PartnerName, mood: Mood) -> None:
    """From now on the partner feels so."""
    _write(store, lambda tx: tx.simulated.put(partner, _MOODS, json.dumps(mood)))


@dataclass(frozen=True, slots=True)
class PttProBook:
    """The device tables of every simulated PTT Pro server, whatever mood it is in."""

    store: Store

    def sites(self, server: str) -> tuple[str, ...]:
        """The departments of a server, sorted."""
        prefix = _key(_SITES, server, "")
        return tuple(name for _, name in self._all(prefix))

    def add_site(self, server: str, site: str) -> None:
        """A department; entering a device makes a missing one too."""
        _write(self.store, lambda tx: _put(tx, _key(_SITES, server, site), site))

    def site_of(self, server: str, device_id: str) -> str | None:
        """Where a device is entered."""
        with self.store.read(Reach.VENDOR) as tx:
            found = tx.simulated.get(PartnerName.PTT_PRO, _key(_DEVICES, server, device_id))
        return None if found is None else str(json.loads(found))

    def enter(self, server: str, site: str, device_id: str) -> None:
        """Enter a device at a site, in place of another."""

        def work(tx: Transaction) -> None:
            _put(tx, _key(_SITES, server, site), site)
            _put(tx, _key(_DEVICES, server, device_id), site)

        _write(self.store, work)

    def remove(self, server: str, device_id: str) -> None:
        """Remove a device's entry, if there is one."""
        key = _key(_DEVICES, server, device_id)
        _write(self.store, lambda tx: tx.simulated.drop(PartnerName.PTT_PRO, key))

    def devices(self, server: str) -> Mapping[str, str]:
        """The whole table of a server: device id to site."""
        prefix = _key(_DEVICES, server, "")
        return {json.loads(key.removeprefix(prefix)): site for key, site in self._all(prefix)}

    def _all(self, prefix: str) -> Sequence[tuple[str, str]]:
        with self.store.read(Reach.VENDOR) as tx:
            found = tx.simulated.all(PartnerName.PTT_PRO, prefix)
        return [(key, json.loads(body)) for key, body in found.items()]


@dataclass(frozen=True, slots=True)
class LicensingBook:
    """What each customer bought in the simulated licensing system."""

    store: Store

    def entitlements(self, customer: str, now: datetime) -> tuple[Entitlement, ...]:
        """A customer's; one that nobody told of has bought a sample."""
        with self.store.read(Reach.VENDOR) as tx:
            found = tx.simulated.get(PartnerName.LICENSING, customer)
        if found is not None:
            return read_entitlements(json.loads(found))
        sample = _sample(customer, now)
        self.sell(customer, sample)
        return sample

    def sell(self, customer: str, entitlements: Sequence[Entitlement]) -> None:
        """From now on a customer has bought exactly these."""
        body = json.dumps([entitlement_row(row) for row in entitlements])
        _write(self.store, lambda tx: tx.simulated.put(PartnerName.LICENSING, customer, body))


def _sample(customer: str, now: datetime) -> tuple[Entitlement, ...]:
    """Two standard lots that end at different times, and a premium one."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    standard, premium = LicenseType.STANDARD, LicenseType.PREMIUM
    ends = (midnight + _HALF_YEAR, midnight + _YEAR, midnight + _YEAR)
    lots = ((standard, "1 Year Term", 20), (standard, "Subscription", 50), (premium, "Trial", 5))
    return tuple(
        Entitlement(
            external_id=_activation_id(f"{customer}/{number}"),
            source=LotSource.NEW,
            type=kind,
            term=term,
            quantity=quantity,
            expiration=end,
        )
        for number, ((kind, term, quantity), end) in enumerate(zip(lots, ends, strict=True), 1)
    )


def _activation_id(seed: str) -> str:
    """Groups of digits as real ones have them; always the same for the same lot."""
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return "-".join(digits[at : at + 4] for at in range(0, 32, 4))


def _key(table: str, server: str, name: str) -> str:
    """Quoted, so that no server's name can be mistaken for another's with a longer one."""
    return f"{table}:{_quoted(server)}:" + (_quoted(name) if name else "")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _put(tx: Transaction, key: str, value: str) -> None:
    tx.simulated.put(PartnerName.PTT_PRO, key, json.dumps(value))


def _write(store: Store, work: Callable[[Transaction], None]) -> None:
    store.write(Reach.VENDOR, work, alone=False)
