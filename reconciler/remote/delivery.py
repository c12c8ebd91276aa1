"""Writes that arrive once: a lost reply is looked after before anything is sent again."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from reconciler.core.ports import RemoteFailure, SetRefused, Stale, Unreachable
from reconciler.remote.answer import Hide, NoAnswer, Refused, as_it_is
from reconciler.remote.session import Session

Done = TypeVar("Done")
Found_co = TypeVar("Found_co", covariant=True)


class Look(Protocol[Found_co]):
    """Reads what came of a write."""

    def __call__(self, *, lost: bool) -> Found_co | None:
        """What came of it when the server is as wanted, `None` when the write is still to do.

        With `lost` the write was sent and may have arrived. Raises `Stale` when somebody else
        changed the object.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Done]):
    """One write, and how to find out whether it arrived."""

    label: str
    """Method and path, for messages."""
    send: Callable[[str], Done]
    """One try with a bearer token. Raises `NoAnswer`, `Refused` or `Garbled`."""
    look: Look[Done]
    hide: Hide = as_it_is
    """Takes what was sent out of messages."""


def deliver(delivery: Delivery[Done], session: Session) -> Done:
    """Send until the server answers; before each repetition look whether it arrived."""
    lost = False

    def attempt(bearer: str) -> Done:
        nonlocal lost
        done = delivery.look(lost=True) if lost else None
        if done is not None:
            return done
        try:
            return delivery.send(bearer)
        except (NoAnswer, Refused) as error:
            lost = lost or _may_have_arrived(error)
            raise

    try:
        return session.perform(delivery.label, attempt, delivery.hide)
    except Stale:
        # Either our own write, its reply lost, or somebody wrote just what we want to.
        if (done := delivery.look(lost=lost)) is None:
            raise
        return done
    except Unreachable as failure:
        if not lost:
            raise
        return _last_look(delivery, failure)


def _last_look(delivery: Delivery[Done], failure: Unreachable) -> Done:
    try:
        done = delivery.look(lost=True)
    except (Stale, SetRefused):
        raise
    except RemoteFailure as error:
        message = f"{failure.message}; whether it was written could not be found out"
        raise Unreachable(delivery.label, message, status=failure.status) from error
    if done is None:
        raise failure
    return done


def _may_have_arrived(error: NoAnswer | Refused) -> bool:
    if isinstance(error, NoAnswer):
        return error.arrived
    return error.answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
