"""Mails leave the outbox: handed over one by one, tried again later when that fails."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from reconciler.server.domain.event import EventType, Severity
from reconciler.server.usecases.desk import Desk, Fact, vendor_or
from reconciler.server.usecases.partner_ports import PartnerError
from reconciler.server.usecases.ports import Reach, Transaction, WaitingMail, World
from reconciler.server.usecases.scope import present

_AT_ONCE = 50
_MOST_DOUBLINGS = 9
MOST_IN_VAIN = 3
LONGEST_PAUSE = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=7)
"""As long as the links of invitations live; later a mail would help nobody."""


def next_try(tries: int, now: datetime) -> datetime:
    """When a mail is tried again that failed so often: after 1, 2, 4, … minutes, at most 6 h."""
    pause = timedelta(minutes=2 ** min(tries - 1, _MOST_DOUBLINGS))
    return now + min(pause, LONGEST_PAUSE)


def mails_wait(world: World) -> bool:
    """Whether there is a mail to hand over now, and somebody to take it."""
    if world.partners.mailer is None:
        return False
    with world.store.read(Reach.EVERYONE) as tx:
        return bool(_due(tx, present(world), 1))


def deliver_mails(world: World) -> Mapping[str, int]:
    """Hand over every mail whose time has come; each is tried once.

    After a few failures in a row the others wait for the next run.
    """
    counts: Counter[str] = Counter()
    tried: set[str] = set()
    in_vain = 0
    while True:
        with world.store.read(Reach.EVERYONE) as tx:
            found = _due(tx, present(world), _AT_ONCE)
        fresh = [waiting for waiting in found if waiting.mail.id not in tried]
        if not fresh:
            return counts
        for waiting in fresh:
            if in_vain == MOST_IN_VAIN:
                return counts
            tried.add(waiting.mail.id)
            sent = _deliver(world, waiting)
            in_vain = 0 if sent else in_vain + 1
            counts["sent" if sent else "postponed"] += 1


def _due(tx: Transaction, now: datetime, limit: int) -> list[WaitingMail]:
    return list(tx.outbox.due(now, now - GIVEN_UP_AFTER, limit))


def _deliver(world: World, waiting: WaitingMail) -> bool:
    """Hand one over outside any transaction, then book it; a crash between sends it twice."""
    mailer = world.partners.mailer
    if mailer is None:
        return False
    try:
        mailer.send(waiting.mail)
    except PartnerError as error:
        _postpone(world, waiting, str(error))
        return False
    # What a mail says may be as good as a password, so it goes when the mail has gone.
    keep = world.simulation is not None
    now = present(world)
    world.store.write(
        Reach.VENDOR,
        lambda tx: tx.outbox.mark_sent(waiting.mail.id, now, keep=keep),
        alone=False,
    )
    return True


def _postpone(world: World, waiting: WaitingMail, reason: str) -> None:
    """Try again later; the first failure leaves an event."""
    tenant = vendor_or(waiting.customer)
    tries = waiting.tries + 1
    now = present(world)

    def work(tx: Transaction) -> None:
        tx.outbox.postpone(waiting.mail.id, tries, next_try(tries, now))
        if tries == 1:
            desk = Desk.open(world, tenant, None)
            info = f"a mail ({waiting.mail.kind}) could not be sent and is tried again: {reason}"
            kind = EventType.PARTNER_ERROR
            desk.note(Fact(kind, info, waiting.mail.kind, severity=Severity.WARN))
            desk.file(tx)

    world.store.write(tenant, work, alone=False)
