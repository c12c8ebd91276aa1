"""Simulated partners over HTTP, only with `--sim`.

The calls below `/sim/pttpro` and `/sim/licensing` are those that the real partners' clients make,
so another server may be connected to them. Vendor administrators may call all of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from reconciler.server.api.answers import plain
from reconciler.server.api.bodies import read_json
from reconciler.server.api.call import Call, Raw, Signed
from reconciler.server.api.extension_manager import features_of, show_seats, visit_of
from reconciler.server.api.extension_manager_rows import DeviceTold
from reconciler.server.api.queries import read_time
from reconciler.server.api.representation import optional_time, time_text
from reconciler.server.api.simulation_bodies import (
    ClockBody,
    EntitlementsBody,
    MoodBody,
    SignInBody,
    SiteNameBody,
)
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.names import check_customer_code
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.usecases import extension_manager, simulation
from reconciler.server.usecases.entitlements import entitlement_row, read_entitlements
from reconciler.server.usecases.extension_manager import Admitted
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.ports import WaitingMail
from reconciler.server.usecases.scope import present
from reconciler.server.usecases.simulated_exm import simulated_exm
from reconciler.server.usecases.simulated_partners import LicensingBook, PttProBook

router = APIRouter(prefix="/sim", include_in_schema=False)


async def _rehearsal(call: Signed) -> Call:
    """A vendor administrator's call. Raises FORBIDDEN, NOT_FOUND."""
    simulation.rehearse(call.world, call.caller)
    return call


Rehearsal = Annotated[Call, Depends(_rehearsal)]
Server = Annotated[str, Query(description="The PTT Pro server's name", max_length=128)]
DeviceId = Annotated[str, Query(alias="deviceId", max_length=128)]


@router.post("/clock")
def set_clock(request: Request, call: Rehearsal, raw: Raw) -> Response:
    """Move the server's time on; what is due then begins."""
    body = read_json(request, ClockBody, raw)
    moment = read_time("now", body.now)
    if (moment is None) is (body.advance_seconds is None):
        refuse("now", "send either now or advanceSeconds")
    if moment is not None:
        found = simulation.set_clock(call.world, call.caller, moment)
    else:
        by = timedelta(seconds=min(body.advance_seconds or 0, 10**10))
        found = simulation.advance_clock(call.world, call.caller, by)
    return plain({"now": time_text(found)})


@router.get("/clock")
def read_clock(call: Rehearsal) -> Response:
    """The server's time."""
    return plain({"now": time_text(present(call.world))})


@router.get("/{partner}/mood")
def read_mood(call: Rehearsal, partner: PartnerName) -> Response:
    """How a simulated partner behaves."""
    return plain({"mood": simulation.read_mood(call.world, call.caller, partner)})


@router.post("/{partner}/mood")
def set_mood(request: Request, call: Rehearsal, partner: PartnerName, raw: Raw) -> Response:
    """From now on a partner is well, down, slow or wrong."""
    body = read_json(request, MoodBody, raw)
    if body.mood not in list(Mood):
        refuse("mood", f"must be one of {', '.join(Mood)}")
    mood = Mood(body.mood)
    simulation.set_mood(call.world, call.caller, partner, mood)
    return plain({"mood": mood})


@router.get("/outbox")
def read_outbox(call: Rehearsal) -> Response:
    """The latest mails, the newest first, with what stands in them."""
    found = simulation.read_outbox(call.world, call.caller)
    return plain({"mails": [_show_mail(waiting) for waiting in found]})


@router.get("/pttpro/sites")
def read_sites(call: Rehearsal, server: Server) -> Response:
    """The departments of a PTT Pro server."""
    book = PttProBook(call.world.store)
    return _in_mood(call, PartnerName.PTT_PRO, lambda: {"sites": list(book.sites(server))})


@router.post("/pttpro/site")
def add_site(request: Request, call: Rehearsal, server: Server, raw: Raw) -> Response:
    """A department, as an administrator of PTT Pro would make it."""
    body = read_json(request, SiteNameBody, raw)
    PttProBook(call.world.store).add_site(server, body.site)
    return plain({"site": body.site})


@router.get("/pttpro/devices")
def read_devices(call: Rehearsal, server: Server) -> Response:
    """The whole device table of a PTT Pro server, for people: device id to site."""
    return plain({"devices": dict(PttProBook(call.world.store).devices(server))})


@router.get("/pttpro/device")
def read_device(call: Rehearsal, server: Server, device_id: DeviceId) -> Response:
    """Where a device is entered; null where it is not."""
    book = PttProBook(call.world.store)
    return _in_mood(call, PartnerName.PTT_PRO, lambda: {"site": book.site_of(server, device_id)})


@router.post("/pttpro/device")
def enter_device(
    request: Request, call: Rehearsal, server: Server, device_id: DeviceId, raw: Raw
) -> Response:
    """Enter a device by hand, or as the provisioning server does: the table cannot tell."""
    site = read_json(request, SiteNameBody, raw).site

    def enter() -> Mapping[str, object]:
        PttProBook(call.world.store).enter(server, site, device_id)
        return {"site": site}

    return _in_mood(call, PartnerName.PTT_PRO, enter)


@router.delete("/pttpro/device")
def remove_device(call: Rehearsal, server: Server, device_id: DeviceId) -> Response:
    """Remove a device's entry, if there is one."""

    def remove() -> Mapping[str, object]:
        PttProBook(call.world.store).remove(server, device_id)
        return {"site": None}

    return _in_mood(call, PartnerName.PTT_PRO, remove)


@router.get("/licensing/entitlements")
def read_entitlements_of(call: Rehearsal) -> Response:
    """What a customer has bought."""
    code = _customer_of(call)
    book = LicensingBook(call.world.store)

    def read() -> Mapping[str, object]:
        found = book.entitlements(code, present(call.world))
        return {"entitlements": [entitlement_row(row) for row in found]}

    return _in_mood(call, PartnerName.LICENSING, read)


@router.post("/licensing/entitlements")
def sell(request: Request, call: Rehearsal, raw: Raw) -> Response:
    """From now on a customer has bought exactly these; the next synchronisation tells so."""
    body = read_json(request, EntitlementsBody, raw)
    found = read_entitlements(list(body.entitlements))
    LicensingBook(call.world.store).sell(_customer_of(call), found)
    return plain({"entitlements": [entitlement_row(row) for row in found]})


@router.post("/exm/signin")
def sign_in(request: Request, call: Rehearsal, raw: Raw) -> Response:
    """A device signs in at the customer's simulated Extension Manager."""
    body = read_json(request, SignInBody, raw)
    exm, visit, features = _exm(call), visit_of(body), features_of(body.features)
    return _seats(call, extension_manager.sign_in(call.world, exm, visit, features))


@router.post("/exm/signout")
def sign_out(request: Request, call: Rehearsal, raw: Raw) -> Response:
    """A device signs out there."""
    visit = visit_of(read_json(request, DeviceTold, raw))
    return _seats(call, extension_manager.sign_out(call.world, _exm(call), visit))


@router.post("/exm/checkin")
def check_in(request: Request, call: Rehearsal, raw: Raw) -> Response:
    """A device that is signed in there shows that it is still in use."""
    visit = visit_of(read_json(request, DeviceTold, raw))
    return _seats(call, extension_manager.check_in(call.world, _exm(call), visit))


@router.post("/exm/sync")
def pull(call: Rehearsal) -> Response:
    """The simulated Extension Manager reads the pool, as it does every hour."""
    return plain({"lots": len(extension_manager.read_pool(call.world, _exm(call)))})


def _exm(call: Call) -> Admitted:
    customer = simulation.rehearsed_customer(call.world, call.caller, call.customer)
    return simulated_exm(call.world, customer)


def _seats(call: Call, seats: Sequence[Held]) -> Response:
    return plain(show_seats(seats, present(call.world)))


def _in_mood(
    call: Call, partner: PartnerName, work: Callable[[], Mapping[str, object]]
) -> Response:
    """Answer as a partner in this mood would: not at all, late, or nonsense."""
    mood = simulation.read_mood(call.world, call.caller, partner)
    if mood is Mood.DOWN:
        raise DomainError(ErrorCode.UPSTREAM, f"the simulated {partner} is down")
    if mood is Mood.SLOW:
        simulation.rehearse(call.world, call.caller).dawdle()
    if mood is Mood.WRONG:
        return PlainTextResponse("<html>Welcome to the wrong address</html>")
    return plain(work())


def _customer_of(call: Call) -> str:
    """The code that is asked for; another server's customers need not exist here."""
    if call.customer is None:
        raise DomainError(ErrorCode.CUSTOMER_REQUIRED, "name the customer: customer=CODE")
    return check_customer_code(call.customer)


def _show_mail(waiting: WaitingMail) -> dict[str, object]:
    mail = waiting.mail
    return {
        "to": mail.to,
        "kind": mail.kind,
        "subject": mail.subject,
        "body": mail.body,
        "attachments": [{"name": f.name, "mediaType": f.media_type} for f in mail.attachments],
        "createdAt": time_text(mail.created_at),
        "sentAt": optional_time(waiting.sent_at),
        "tries": waiting.tries,
    }
