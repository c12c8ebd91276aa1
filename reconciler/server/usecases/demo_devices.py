"""The devices of the demo: two weeks of contacts, among them some that were refused (DEC-10).

None of them asks for a license or signs in to an Extension Manager: every seat of the demo is free.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Hardware
from reconciler.server.domain.errors import DomainError
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.registration import register
from reconciler.server.usecases.scope import present

HISTORY = timedelta(days=14)
"""How far back the demo's history reaches."""
OBSOLETE = "TC52_17004522500001"
"""Was replaced by another device; `fill_demo` obsoletes it."""
_BEFORE = timedelta(minutes=20)
_PTT, _VOICE = "3.3.10223", "9.0.22405"


def _zebra(model: str, serial: str, build: str = "11-26-05.00-RG-U00-STD-HEL-04") -> Contact:
    hardware = Hardware("Zebra Technologies", model, "11", build)
    return Contact(None, f"{model}_{serial}", AppId.PTT_PRO_ANDROID, _PTT, hardware, "192.0.2.10")


def _at(contact: Contact, token: str) -> Contact:
    return replace(contact, token=token)


def _voice(contact: Contact, token: str) -> Contact:
    return replace(contact, token=token, app_id=AppId.VOICE, app_version=_VOICE)


_COUNTER = _zebra("TC52", "18304522512397")
_STOCKROOM = _zebra("TC72", "17212523020244")
_DOOR = _zebra("TC21", "21134523021338")
_REPLACED = _zebra("TC52", "17004522500001")
_UNREADABLE = replace(
    _zebra("TC58", "ZAI2c26b46b68ffc68f"),
    hardware=Hardware("Zebra Technologies", "TC58", "13", "13-20-02.01-TG-U00-STD-ATH-04"),
)
_PHONE = replace(
    _COUNTER,
    device_id="iPhone12,1_7C1F0A52",
    app_id=AppId.PTT_PRO_IOS,
    app_version="1.0.11090",
    hardware=Hardware("Apple", "iPhone12,1", "17.4", ""),
)
_FOREIGN = replace(
    _COUNTER,
    device_id="SM-A525F_TAI9f86d081884c7d65",
    hardware=Hardware("samsung", "SM-A525F", "13", "TP1A.220624.014"),
)


@dataclass(frozen=True, slots=True)
class _Visit:
    days_ago: int
    call: Callable[[World, Contact], object]
    contact: Contact
    refused: bool = False


_VISITS = (
    _Visit(13, download_bootstrap, _at(_REPLACED, "PTT-site-1094")),
    _Visit(13, register, _at(_REPLACED, "PTT-site-1094")),
    _Visit(13, download_bootstrap, _at(_STOCKROOM, "PTT-site-1094")),
    _Visit(13, register, _at(_STOCKROOM, "PTT-site-1094")),
    _Visit(12, download_bootstrap, _at(_DOOR, "PTT-site-1095")),
    _Visit(12, register, _at(_DOOR, "PTT-site-1095")),
    _Visit(10, download_bootstrap, _voice(_STOCKROOM, "Direct-Access-Token")),
    _Visit(9, download_bootstrap, _at(_PHONE, "PTT-iOS")),
    _Visit(9, register, _at(_PHONE, "PTT-iOS")),
    _Visit(7, download_bootstrap, _at(_COUNTER, "PTT-site-1094")),
    _Visit(7, register, _at(_COUNTER, "PTT-site-1094")),
    _Visit(6, download_bootstrap, _at(_DOOR, "PTT-site-1094")),
    _Visit(6, register, _at(_DOOR, "PTT-site-1094")),
    _Visit(5, download_bootstrap, _voice(_UNREADABLE, "Extension-Manager-Token")),
    _Visit(4, download_bootstrap, _voice(_COUNTER, "PTT-site-1094"), refused=True),
    _Visit(4, download_bootstrap, _voice(_COUNTER, "Direct-Access-Token")),
    _Visit(3, download_bootstrap, _at(_FOREIGN, "PTT-site-9999"), refused=True),
    _Visit(3, download_bootstrap, _at(_FOREIGN, "PTT-site-2001")),
    _Visit(3, register, _at(_FOREIGN, "PTT-site-2001")),
    _Visit(1, check_in, _PHONE),
    _Visit(1, check_in, _DOOR),
    _Visit(0, check_in, _COUNTER),
    _Visit(0, check_in, _STOCKROOM),
    _Visit(0, check_in, _FOREIGN),
)


def call_demo_devices(world: World) -> None:
    """Let the devices call, each at its time before now."""
    now = present(world)
    for visit in _VISITS:
        moment = now - timedelta(days=visit.days_ago) - _BEFORE
        _call(replace(world, clock=partial(_same, moment)), visit)


def _same(moment: datetime) -> datetime:
    return moment


def _call(world: World, visit: _Visit) -> None:
    try:
        visit.call(world, visit.contact)
    except DomainError:
        if not visit.refused:
            raise
