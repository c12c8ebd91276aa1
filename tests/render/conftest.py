"""Golden files: UPDATE_GOLDEN=1 writes them anew, and the diff is the review."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.change import Create, Delete, FieldChange, Update
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped, Why
from reconciler.core.plan import (
    Base,
    Blocked,
    Class,
    Drifted,
    Group,
    Header,
    Plan,
    Record,
    Sort,
    Step,
    Stop,
    TakenBack,
)
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.core.values import ABSENT, MASK
from tests.golden_files import compare_golden

ESCAPE = "\x1b[2J"
"""Clears the screen of whoever prints it raw."""
HOSTILE = f"{ESCAPE}\r\n| `x` <b>@team</b> [l](http://e) \u202egnp\u200b"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    return lambda name, text: compare_golden(f"render/{name}", text + "\n")


@pytest.fixture
def header() -> Header:
    return Header(
        project="acme-retail",
        target="prod",
        url="https://pvm.acme.example",
        customer="ACME",
        created=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
        tool="0.1.0",
        commit="9d03e77",
        clean=True,
        source_hash="sha256:aa",
    )


@pytest.fixture
def empty_plan(header: Header) -> Plan:
    return Plan(header, (), (), unchanged=246, listed={"Site": 60, "Bootstrap": 66, "Token": 120})


VERSION = FieldChange("/apps/scanner/version", "9.8.1", "9.9.0")
PSK = FieldChange("/wifi/psk", MASK, MASK, hidden=True)
GONE = FieldChange("/kiosk/idleSeconds", 30, ABSENT)
STORES = tuple(ResourceId("Bootstrap", f"store-{n:04}") for n in range(1, 1235))
NEW = (ResourceId("Token", "STORE-3402"), ResourceId("Token", "STORE-3403"))
OLD = ResourceId("Token", "STORE-0077-K")
ODD = ResourceId("Site", f"日本語-{HOSTILE}")
LOST, DISPUTED, FOUND, BEGUN = (ResourceId("Site", f"site-{n:04}") for n in range(1, 5))
OVERRULED = FieldChange("/proServerName", "dev04a", "dev03b")
GROUPS = (
    Group("create", Class.PENDING_CREATE, "Token", ("tokens/nl.yaml",), (), NEW),
    Group(
        "update",
        Class.PENDING_UPDATE,
        "Bootstrap",
        ("bootstraps/retail.yaml:8", "bootstraps/more.yaml:12"),
        (GONE, VERSION, PSK),
        STORES,
    ),
    Group(
        "update",
        Class.PENDING_UPDATE,
        "Site",
        (f"sites/{HOSTILE}.yaml:1",),
        (FieldChange("/proServerName", HOSTILE, "x" * 300),),
        (ODD,),
    ),
    Group("delete", Class.PENDING_DELETE, "Token", ("not declared",), (), (OLD,)),
    Group("create", Class.DRIFT, "Site", ("sites/nl.yaml:8",), (), (LOST,)),
    Group("update", Class.CONFLICT, "Site", ("sites/nl.yaml:9",), (OVERRULED,), (DISPUTED,)),
    Group("update", Class.ADOPT, "Site", ("sites/nl.yaml:10",), (OVERRULED,), (FOUND,)),
    Group("create", Class.INTERRUPTED, "Site", ("sites/nl.yaml:11",), (), (BEGUN,)),
)
KEPT = FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp")
STEPS = (
    *(Step(Create(i, (), "sha256:a"), Class.PENDING_CREATE, (), 0) for i in NEW),
    *(
        Step(
            Update(i, (GONE, VERSION, PSK), "b", "a", "1"),
            Class.PENDING_UPDATE,
            (),
            1,
            kept=(KEPT,) if i in STORES[:2] else (),
        )
        for i in STORES
    ),
    Step(Update(ODD, (), "b", "a", "1"), Class.PENDING_UPDATE, (), 2),
    Step(Delete(OLD, (), "b", "1"), Class.PENDING_DELETE, (), 3),
    Step(Create(LOST, (), "a"), Class.DRIFT, (), 4),
    Step(Update(DISPUTED, (OVERRULED,), "b", "a", "1"), Class.CONFLICT, (), 5),
    Step(Update(FOUND, (OVERRULED,), "b", "a", "1"), Class.ADOPT, (), 6),
    Step(Create(BEGUN, (), "a"), Class.INTERRUPTED, (), 7),
)
BLOCKED = Blocked(
    ResourceId("Bootstrap", "Direct-Access-Bootstrap"),
    "delete",
    "starter-pair",
    "it came with the customer, and devices may be set up with it",
    "declare it, or take it out of the scope",
    (FieldChange("", {"a": 1}, ABSENT),),
)
IDLE = Blocked(
    ResourceId("Bootstrap", "store-1180"),
    "update",
    "conflict",
    "both Git and the server changed it at /kiosk/idleSeconds",
    "decide with --on-conflict ours:bootstrap/store-1180 (Git wins) or theirs:…",
    (FieldChange("/kiosk/idleSeconds", 45, 60),),
    (30,),
)
HELD = tuple(
    Blocked(ResourceId("Token", f"STORE-{n:04}"), "update", "hold", "INC-4417, until 2026-12-01")
    for n in range(40)
)
DRIFTED = (
    *(
        Drifted(id_, (KEPT,), "bootstraps/retail.yaml:8", who, "2026-11-21T22:14:00Z")
        for id_, who in ((STORES[0], "j.doe"), (STORES[1], "a.b"))
    ),
    Drifted(
        ResourceId("Site", "site-0042"),
        (FieldChange("", {"proServerName": "a"}, ABSENT),),
        "sites/nl.yaml:8",
    ),
    Drifted(
        ResourceId("Token", "STORE-0007"),
        (FieldChange("/description", HOSTILE, "x" * 300),),
        "tokens/nl.yaml:8",
        HOSTILE,
        "2026-11-21T22:14:00Z",
    ),
)
RECORDS = (
    *(Record(ResourceId("Site", f"site-{n}"), Sort.ADOPTED) for n in range(300)),
    *(Record(ResourceId("Token", f"T-{n}"), Sort.ADOPTED) for n in range(600)),
    Record(ResourceId("Token", "C"), Sort.CONVERGED),
    Record(ResourceId("Token", "G"), Sort.GONE),
    Record(ResourceId("Token", "R"), Sort.RELEASED),
)
STOP = Stop("updates", "updates of bootstraps 1,234 > 100", "add --ack updates.Bootstrap=1234")


@pytest.fixture
def undo_plan(header: Header) -> Plan:
    """Steps of several classes, one object that can't come back, and one edited since."""
    token = ResourceId("Token", "STORE-0077-K")
    blocked = (
        replace(
            IDLE,
            reason="somebody changed it since apply #117",
            fix="change it by hand, or in Git",
            fields=(),
            was=(),
        ),
        Blocked(token, "create", "needs-blocked", "it named what is gone", "bring that back"),
    )
    return Plan(
        replace(header, undoes=TakenBack("c4d1", 117)),
        tuple(replace(step, group=step.group - 3) for step in STEPS[-5:]),
        GROUPS[3:],
        blocked=blocked,
        unchanged=240,
        base=Base("b7f0", 118, header.created - timedelta(hours=2), "1c9e0d4a", "sha256:aa"),
    )


@pytest.fixture
def busy_plan(header: Header) -> Plan:
    """Every sort of row, with names and values that try to misbehave."""
    return Plan(
        header,
        STEPS,
        GROUPS,
        blocked=(BLOCKED, IDLE, *HELD),
        stops=(STOP,),
        unmanaged=tuple(ResourceId("Site", f"lab-{n}") for n in range(5)),
        unchanged=6877,
        listed={"Site": 60, "Bootstrap": 6000, "Token": 4154},
        warnings=("token STORE-1: an underscore does not survive some scanners",),
        records=RECORDS,
        drifted=DRIFTED,
        normalised=(ResourceId("Bootstrap", "store-0099"),),
        retained=tuple(ResourceId("Token", f"OLD-{n}") for n in range(4)),
        base=Base("b7f0", 118, header.created - timedelta(hours=2), "1c9e0d4a", "sha256:aa"),
        guarantees=("no entity tags: somebody may write between our look and our write",),
        waves=(412, 292, 534),
        wave_names=("region nl", "10 %", "rest"),
    )


TOO_LONG = "400 BAD_NAME \x1b[2J" + " too long" * 20
RECEIPT_BOOTSTRAP = ResourceId("Bootstrap", "store-1")


def receipt_of(plan: Plan) -> Receipt:
    start = plan.header.created
    return Receipt(plan, (), start, start + timedelta(seconds=12.34))


@pytest.fixture
def mixed(busy_plan: Plan) -> Receipt:
    outcomes: tuple[Outcome, ...] = (
        *(Applied(ResourceId("Site", f"s{n}"), "created") for n in range(1234)),
        Applied(ResourceId("Site", "s"), "updated"),
        Applied(ResourceId("Site", "t"), "unchanged"),
        Applied(ResourceId("Site", "u"), "deleted"),
        Failed(
            RECEIPT_BOOTSTRAP,
            "PUT /admin/api/v1/bootstrap: 400 BAD_NAME \x1b[2J" + " too long" * 20,
        ),
        Failed(ResourceId("Token", "T"), "changed since", Why.STALE),
        Skipped(ResourceId("Token", "STORE-1"), RECEIPT_BOOTSTRAP),
        Skipped(ResourceId("Token", "STORE-2"), None),
    )
    discrepancy = Discrepancy(
        ResourceId("Site", "s1"),
        "the server keeps another value",
        (FieldChange("/proServerName", "a", "A"),),
    )
    return replace(
        receipt_of(replace(busy_plan, stops=())),
        outcomes=outcomes,
        discrepancies=(discrepancy,),
        unverified="GET /admin/api/v1/tokens: 503",
        normalised=(discrepancy,),
        postponed="the window closed",
    )
