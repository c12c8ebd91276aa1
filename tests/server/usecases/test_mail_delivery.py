"""Mails leave the outbox, whatever the mail server does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from reconciler.server.domain.event import Event, EventType
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases.housekeeping import KEEP_MAILS, tidy
from reconciler.server.usecases.mail_delivery import (
    GIVEN_UP_AFTER,
    LONGEST_PAUSE,
    MOST_IN_VAIN,
    deliver_mails,
    mails_wait,
    next_try,
)
from reconciler.server.usecases.partner_ports import PartnerError, Partners
from reconciler.server.usecases.ports import Reach, WaitingMail, World
from reconciler.server.usecases.users import put_user
from tests.server.company import Company


@dataclass
class Mailer:
    """Takes mails, or fails while it is down or for one address."""

    sent: list[Mail] = field(default_factory=list)
    down: bool = False
    refuses: str = ""
    meanwhile: Callable[[], object] = lambda: None

    def send(self, mail: Mail) -> None:
        self.meanwhile()
        if self.down or mail.to == self.refuses:
            message = "the mail server refused"
            raise PartnerError(message)
        self.sent.append(mail)


class Still:
    """A simulation that nobody moves."""

    def move_clock(self, now: datetime) -> timedelta:  # noqa: ARG002 - nobody moves it
        return timedelta(0)

    def dawdle(self) -> None: ...

    def wake(self) -> None: ...


@pytest.fixture
def mailer() -> Mailer:
    return Mailer()


@pytest.fixture
def world(company: Company, mailer: Mailer) -> World:
    """The founding of the company has left a welcome mail to each of two chiefs."""
    return replace(company.world, partners=Partners(mailer=mailer))


def latest(world: World) -> list[WaitingMail]:
    with world.store.read(Reach.EVERYONE) as tx:
        return list(tx.outbox.latest(100))


def events(world: World) -> list[Event]:
    with world.store.read(Reach.EVERYONE) as tx:
        return list(tx.events.stream(ListQuery(filters={"type": EventType.PARTNER_ERROR})))


@pytest.mark.requirement("I-04")
def test_what_waits_is_sent_once_with_its_files(
    world: World, mailer: Mailer, company: Company
) -> None:
    waiting = company.mails
    assert mails_wait(world)
    assert deliver_mails(world) == {"sent": len(waiting)}
    assert mailer.sent == waiting
    assert all(mail.attachments for mail in mailer.sent)
    assert not mails_wait(world)
    assert deliver_mails(world) == {}
    assert company.mails == []


def test_a_mail_that_has_gone_leaves_nothing_to_read(world: World) -> None:
    """Its text may hold a link that is as good as a password."""
    deliver_mails(world)
    assert {(row.mail.body, row.mail.attachments) for row in latest(world)} == {("", ())}


def test_a_simulation_keeps_what_was_sent(world: World) -> None:
    deliver_mails(replace(world, simulation=Still()))
    assert all(row.mail.body and row.sent_at for row in latest(world))


def test_one_bad_address_keeps_no_other_mail(
    world: World, mailer: Mailer, company: Company
) -> None:
    mailer.refuses = company.mails[0].to
    assert deliver_mails(world) == {"postponed": 1, "sent": len(company.mails)}
    assert [mail.to for mail in company.mails] == [mailer.refuses]


def test_a_mail_server_that_is_down_gets_the_mails_later(
    world: World, mailer: Mailer, company: Company
) -> None:
    count = len(company.mails)
    mailer.down = True
    assert deliver_mails(world) == {"postponed": count}
    assert not mails_wait(world), "not before its time"
    mailer.down = False
    company.clock.advance(timedelta(minutes=1))
    assert deliver_mails(world) == {"sent": count}


def test_a_mail_server_that_is_down_is_not_asked_for_every_mail(
    world: World, mailer: Mailer, company: Company
) -> None:
    for number in range(4):
        content = UserContent(Role.USER, "New", f"new{number}@example.com")
        put_user(world, company.chief, f"new-{number}", content, Circumstances())
    mailer.down = True
    assert deliver_mails(world) == {"postponed": MOST_IN_VAIN}
    assert mails_wait(world)
    mailer.down = False
    company.clock.advance(timedelta(minutes=1))
    assert deliver_mails(world) == {"sent": 6}


def test_only_the_first_failure_is_an_event(world: World, mailer: Mailer, company: Company) -> None:
    mailer.down = True
    count = len(company.mails)
    for _ in range(3):
        deliver_mails(world)
        company.clock.advance(timedelta(hours=1))
    found = events(world)
    assert len(found) == count
    assert all("the mail server refused" in event.info for event in found)
    assert {event.customer for event in found} == {"acme", "globex"}


def test_a_mail_is_given_up_after_a_week_and_forgotten_after_a_month(
    world: World, company: Company
) -> None:
    company.clock.advance(GIVEN_UP_AFTER)
    assert not mails_wait(world)
    assert company.mails
    tidy(world)
    assert company.mails
    company.clock.advance(KEEP_MAILS)
    assert tidy(world)["mails"] == 2
    assert latest(world) == []


def test_without_a_mail_server_mails_wait(company: Company) -> None:
    assert not mails_wait(company.world)
    assert deliver_mails(company.world) == {"postponed": len(company.mails)}
    assert company.mails


def test_the_pauses_grow_to_six_hours() -> None:
    now = datetime.fromisoformat("2026-03-01T12:00:00Z")
    pauses = [next_try(tries, now) - now for tries in range(1, 40)]
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert pauses == sorted(pauses)
    assert max(pauses) == LONGEST_PAUSE
