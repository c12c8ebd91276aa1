"""The demo: a sample customer with a user of each role, objects, licenses, devices (DEC-10)."""

from dataclasses import replace
from datetime import timedelta

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    Content,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.customer import CustomerContent, FlagOverrides
from reconciler.server.domain.roles import Role
from reconciler.server.domain.session import encode_secret
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.customers import CustomerOrder, put_customer
from reconciler.server.usecases.demo_devices import HISTORY, OBSOLETE, call_demo_devices
from reconciler.server.usecases.first_start import NewUser, create_first_administrator
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.obsolete import obsolete_device
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import present, reach
from reconciler.server.usecases.setup import FirstAdministrator
from reconciler.server.usecases.snapshots import take_snapshot
from reconciler.server.usecases.users import put_user

CUSTOMER = "demo"
_PASSWORD_BYTES = 18
_PRO_SERVER = "pttpro-demo"
_PEOPLE = (
    ("demo-super", "Sam Super", Role.SUPER_ADMIN),
    ("demo-admin", "Alex Admin", Role.ADMIN),
    ("demo-user", "Uma User", Role.USER),
)
_SITES = ("site-1094", "site-1095", "site-2001")


def fill_demo(world: World) -> tuple[NewUser, ...]:
    """Fill an empty database; the users come with passwords, the vendor's first.

    Everything was made some days ago, so that lists and graphs have a past. Empty when the server
    has users already.
    """
    now = present(world)
    beginning = now - HISTORY
    then = replace(world, clock=lambda: beginning)
    vendor = create_first_administrator(then)
    if vendor is None:
        return ()
    caller = _vendor(then, vendor)
    users = _fill(then, caller)
    customer = reach(then, caller, CUSTOMER)
    if isinstance(customer, CustomerRef):
        call_demo_devices(world)
        obsolete_device(world, caller, OBSOLETE, CUSTOMER)
        _fill_licenses(world, customer)
    return (vendor, *users)


def _vendor(world: World, vendor: NewUser) -> Caller:
    attempt = Attempt(vendor.login_name, vendor.password, "127.0.0.1")
    return authenticate(world, log_in(world, attempt).secret)


def _fill(world: World, caller: Caller) -> list[NewUser]:
    """The customer with its users and what they declare."""
    users = [
        NewUser(login, role, encode_secret(world.chance(_PASSWORD_BYTES)), CUSTOMER)
        for login, _, role in _PEOPLE
    ]
    _add_customer(world, caller, users[0])
    for user, (login, name, role) in zip(users[1:], _PEOPLE[1:], strict=True):
        content = UserContent(role, name, _email(login), user.password)
        put_user(world, caller, login, content, Circumstances(customer=CUSTOMER))
    apply_changes(world, caller, ChangeSet(_operations()), CUSTOMER)
    return users


def _fill_licenses(world: World, customer: CustomerRef) -> None:
    """Lots as the licensing system has them, and what each day's graph shows of them."""
    if world.partners.licensing is None:
        return
    sync(world, customer)
    today = present(world).date()
    for days in range(HISTORY.days + 1):
        take_snapshot(world, customer, today - timedelta(days=days))


def _add_customer(world: World, caller: Caller, first: NewUser) -> None:
    content = CustomerContent(
        name="Demo Stores",
        voice=True,
        extension_manager=True,
        ptt_pro=True,
        ptt_pro_server_name=_PRO_SERVER,
        flag_overrides=FlagOverrides(customer_obsolete=True),
    )
    login, name, _ = _PEOPLE[0]
    administrator = FirstAdministrator(login, name, _email(login), first.password)
    order = CustomerOrder(content, administrator)
    put_customer(world, caller, CUSTOMER, order, Circumstances())


def _operations() -> tuple[Operation, ...]:
    """Sites, and for each a bootstrap and a token that register a device there."""
    wanted: list[tuple[KindName, str, Content]] = []
    for site in _SITES:
        token = TokenContent(AppId.PTT_PRO_ANDROID, site, f"PTT Pro at {site}")
        wanted += [
            (KindName.SITE, site, SiteContent(_PRO_SERVER)),
            (KindName.BOOTSTRAP, site, BootstrapContent(f'{{"site": "{site}"}}')),
            (KindName.TOKEN, f"PTT-{site}", token),
        ]
    profile = BootstrapContent('{"sfs_url": "https://profiles.example.com/sfs"}')
    wanted += [
        (KindName.BOOTSTRAP, "profile-client", profile),
        (
            KindName.TOKEN,
            "Profile-Client",
            TokenContent(AppId.PROFILE_CLIENT, "profile-client", "Profile Client"),
        ),
        (
            KindName.TOKEN,
            "PTT-iOS",
            TokenContent(AppId.PTT_PRO_IOS, "site-2001", "PTT Pro on iPhones at site-2001"),
        ),
    ]
    return tuple(Operation(kind, name, content) for kind, name, content in wanted)


def _email(login: str) -> str:
    return f"{login}@example.com"
