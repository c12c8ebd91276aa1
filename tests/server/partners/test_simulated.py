"""Simulated partners: their books survive, their moods are obeyed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.partners.simulated import (
    SimulatedLicensing,
    SimulatedMailer,
    SimulatedPttPro,
    Temper,
)
from reconciler.server.store.database import Database
from reconciler.server.usecases.entitlements import entitlement_row, read_entitlements
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError
from reconciler.server.usecases.simulated_partners import (
    LicensingBook,
    PttProBook,
    read_mood,
    set_mood,
)
from tests.databases import opened

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAIL = Mail("1", "ann@example.com", "RESET", "s", "b", NOW)
ODD = ("dev03b", "dev03", 'a"b', "DEV03B", "%", "_", "ä:b", "\\")


@dataclass
class Partners:
    """Every simulator over one database; counts how often it dawdled."""

    store: Database
    dawdled: int = 0
    acts: dict[PartnerName, Callable[[], object]] = field(init=False)

    def __post_init__(self) -> None:
        book = PttProBook(self.store)
        self.ptt_pro = SimulatedPttPro(self.temper(PartnerName.PTT_PRO), book)
        self.licensing = SimulatedLicensing(
            self.temper(PartnerName.LICENSING), LicensingBook(self.store), lambda: NOW
        )
        self.mailer = SimulatedMailer(self.temper(PartnerName.MAIL))
        self.acts = {
            PartnerName.PTT_PRO: partial(self.ptt_pro.sites, "dev03b"),
            PartnerName.LICENSING: partial(self.licensing.entitlements, "acme"),
            PartnerName.MAIL: partial(self.mailer.send, MAIL),
        }

    def temper(self, partner: PartnerName) -> Temper:
        return Temper(self.store, partner, self._dawdle)

    def _dawdle(self) -> None:
        self.dawdled += 1


@pytest.fixture
def partners(database: Database) -> Partners:
    return Partners(database)


def test_a_ptt_pro_table_has_each_device_at_one_site(partners: Partners) -> None:
    ptt_pro = partners.ptt_pro
    assert ptt_pro.site_of("dev03b", "TC52_1") is None
    for site in ("site-1", "site-2", "site-2"):
        ptt_pro.enter("dev03b", site, "TC52_1")
    assert ptt_pro.site_of("dev03b", "TC52_1") == "site-2"
    assert ptt_pro.sites("dev03b") == ("site-1", "site-2")
    for _ in range(2):
        ptt_pro.remove("dev03b", "TC52_1")
    assert ptt_pro.site_of("dev03b", "TC52_1") is None


def test_no_server_sees_anothers_table(partners: Partners) -> None:
    book = PttProBook(partners.store)
    for server in ODD:
        book.enter(server, f"at {server}", "TC52_1")
        book.add_site(server, "more")
    for server in ODD:
        assert book.devices(server) == {"TC52_1": f"at {server}"}
        assert set(book.sites(server)) == {f"at {server}", "more"}


def test_the_longest_names_fit(partners: Partners) -> None:
    book = PttProBook(partners.store)
    server, device = '"' * 128, "T" * 128
    book.enter(server, "s" * 64, device)
    assert book.devices(server) == {device: "s" * 64}


def test_what_was_sold_is_told_until_something_else_is_sold(partners: Partners) -> None:
    book = LicensingBook(partners.store)
    sold = Entitlement("A", LotSource.LEGACY, LicenseType.PREMIUM, "Test", 3, None, valid=False)
    book.sell("acme", [sold])
    assert partners.licensing.entitlements("acme") == (sold,)
    book.sell("acme", [])
    assert partners.licensing.entitlements("acme") == ()


def test_who_bought_nothing_yet_has_a_sample_that_stays_the_same(partners: Partners) -> None:
    book = LicensingBook(partners.store)
    sample = book.entitlements("acme", NOW)
    assert book.entitlements("acme", NOW + timedelta(days=9)) == sample
    kinds = [(lot.type, lot.expiration) for lot in sample]
    assert [kind for kind, _ in kinds].count(LicenseType.STANDARD) == 2
    assert [kind for kind, _ in kinds].count(LicenseType.PREMIUM) == 1
    assert len({end for kind, end in kinds if kind is LicenseType.STANDARD}) == 2
    others = book.entitlements("globex", NOW)
    assert not {lot.external_id for lot in sample} & {lot.external_id for lot in others}
    assert read_entitlements([entitlement_row(lot) for lot in sample]) == sample


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.SLOW, Mood.WRONG])
@pytest.mark.parametrize("partner", [PartnerName.PTT_PRO, PartnerName.LICENSING, PartnerName.MAIL])
def test_a_mood_fails_that_partner_and_no_other(
    partners: Partners, partner: PartnerName, mood: Mood
) -> None:
    set_mood(partners.store, partner, mood)
    for name, act in partners.acts.items():
        if name is partner:
            with pytest.raises(PartnerError, match=partner):
                act()
        else:
            act()
    assert partners.dawdled == (mood is Mood.SLOW)
    set_mood(partners.store, partner, Mood.WELL)
    partners.acts[partner]()


def test_every_ptt_pro_call_obeys_the_mood(partners: Partners) -> None:
    set_mood(partners.store, PartnerName.PTT_PRO, Mood.DOWN)
    ptt_pro = partners.ptt_pro
    for act in (
        partial(ptt_pro.sites, "s"),
        partial(ptt_pro.site_of, "s", "d"),
        partial(ptt_pro.enter, "s", "site", "d"),
        partial(ptt_pro.remove, "s", "d"),
    ):
        with pytest.raises(PartnerError):
            act()
    assert PttProBook(partners.store).devices("s") == {}


def test_books_and_moods_outlive_the_server(database_url: str) -> None:
    with opened(database_url) as store:
        PttProBook(store).enter("dev03b", "site-1", "TC52_1")
        set_mood(store, PartnerName.MAIL, Mood.SLOW)
    with opened(database_url) as store:
        assert PttProBook(store).site_of("dev03b", "TC52_1") == "site-1"
        assert read_mood(store, PartnerName.MAIL) is Mood.SLOW
        assert read_mood(store, PartnerName.LICENSING) is Mood.WELL
