"""Who may call what: every operation of the OpenAPI document by every sort of caller.

The expected answers stand here on their own, as the guides have them; nothing is taken from the
server's own table of roles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.server.api.openapi import describe
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import ACME, LOGINS, VENDOR, Deployment, customer_body

EVERYBODY = frozenset({"User", "Admin", "Super-Admin", "Vendor-Admin"})
WRITERS = EVERYBODY - {"User"}
CHIEFS = frozenset({"Super-Admin", "Vendor-Admin"})
VENDORS = frozenset({"Vendor-Admin"})
SOMEONE = {"role": "User", "userName": "Some One", "email": "someone@acme.example"}
DEVICE = "TC52_18304522512397"
OPERATIONS = [
    {"op": "upsert", "kind": "Site", "name": "site-1", "body": {"proServerName": "dev03b"}},
    {"op": "upsert", "kind": "Bootstrap", "name": "store-1", "body": {"site": "site-1"}},
    {"op": "upsert", "kind": "Bootstrap", "name": "loose", "body": {}},
    {
        "op": "upsert",
        "kind": "Token",
        "name": "TOKEN-1",
        "body": {"appId": "WFC_PRO_ANDROID", "bootstrap": "store-1", "description": ""},
    },
    {"op": "upsert", "kind": "PortalUser", "name": "someone", "body": SOMEONE},
]


@dataclass(frozen=True, slots=True)
class Case:
    """One operation, called so that it succeeds for those who may call it.

    `other` is the answer to another customer's Super-Admin, `reads` whether a token that only
    reads may call it.
    """

    call: str
    allowed: frozenset[str] = EVERYBODY
    other: int = 404
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    done: int = 200
    reads: bool = False


def by_name(name: str, **more: str) -> dict[str, str]:
    return {"name": name, **more}


CASES = [
    Case("POST auth/logout", other=204, done=204),
    Case("GET auth/me", other=200, reads=True),
    Case(
        "POST auth/password",
        other=400,
        body={"oldPassword": "wrong", "newPassword": "quite another one 7"},
        done=400,
    ),
    Case("POST bootstrap", WRITERS, 200, by_name("store-1"), {"site": "site-1"}),
    Case("GET bootstrap", query=by_name("store-1"), reads=True),
    Case("DELETE bootstrap", WRITERS, query=by_name("loose"), done=204),
    Case("GET bootstraps", other=200, reads=True),
    Case(
        "POST token", WRITERS, query=by_name("TOKEN-1", appId="WFC_PC_ANDROID", bootstrap="store-1")
    ),
    Case("GET token", query=by_name("TOKEN-1"), reads=True),
    Case("DELETE token", WRITERS, query=by_name("TOKEN-1"), done=204),
    Case("GET tokens", other=200, reads=True),
    Case("GET token/qr", query=by_name("TOKEN-1"), reads=True),
    Case("GET token/intent", query=by_name("TOKEN-1"), reads=True),
    Case("POST site", CHIEFS, 200, by_name("site-1"), {"proServerName": "dev03b"}),
    Case("GET site", CHIEFS, query=by_name("site-1"), reads=True),
    Case("DELETE site", CHIEFS, query=by_name("site-1"), done=204),
    Case("GET sites", CHIEFS, 200, reads=True),
    Case("GET site/devices", CHIEFS, query=by_name("site-1"), reads=True),
    Case("POST site/sync", VENDORS, 403, done=409),
    Case("GET devices", CHIEFS, 200, reads=True),
    Case(
        "GET devices/footprints",
        other=200,
        query={"usedAfter": "2026-02-01T00:00:00Z"},
        reads=True,
    ),
    Case("GET device", CHIEFS, query={"deviceId": DEVICE}, reads=True),
    Case("DELETE device", VENDORS, query={"deviceId": DEVICE}),
    Case("POST devices/obsolete", VENDORS, 403, body={"deviceIds": [DEVICE]}),
    Case("POST user", CHIEFS, 409, by_name("someone"), SOMEONE),
    Case("GET user", CHIEFS, query=by_name("someone"), reads=True),
    Case("DELETE user", CHIEFS, query=by_name("someone"), done=204),
    Case("POST user/password-reset", CHIEFS, query=by_name("someone"), done=202),
    Case("GET users", CHIEFS, 200, reads=True),
    Case("GET customer", other=200, reads=True),
    Case("POST customer", VENDORS, 403, by_name("initech"), customer_body("initech")),
    Case("DELETE customer", VENDORS, 403, by_name("doomed"), done=204),
    Case("GET customers", VENDORS, 403),
    Case("GET history", other=200, reads=True),
    Case("GET dashboard/licenses", CHIEFS, 200, reads=True),
    Case("GET dashboard/tokens", other=200, reads=True),
    Case("GET events", other=200, reads=True),
    Case("GET events/types", other=200, reads=True),
    Case("GET events/users", other=200, reads=True),
    Case(
        "POST changes",
        WRITERS,
        200,
        body={"operations": [{"op": "upsert", "kind": "Bootstrap", "name": "b", "body": {}}]},
    ),
    Case("GET api-tokens", other=200, reads=True),
    Case(
        "POST api-token",
        other=200,
        query=by_name("machine"),
        body={"scope": "read", "expiresAt": "2026-06-01T00:00:00Z"},
    ),
    Case("DELETE api-token", other=204, query=by_name("machine"), done=204),
    Case("GET licenses", CHIEFS, 200, reads=True),
    Case("GET licenses/assigned", CHIEFS, 200, reads=True),
    Case("POST license/sync", VENDORS, 403, done=503),
    Case("POST license/migrate", VENDORS, 403, body={"map": {"unknown-aid": "pkid"}}, done=400),
    Case("GET capabilities", other=200, reads=True),
    Case("GET jobs", VENDORS, 403),
    Case("POST job/run", VENDORS, 403, by_name("housekeeping")),
]
OWN_ANEW = ("POST bootstrap", "POST site")
"""Names are a customer's own, so another customer creates the same one for itself."""
CALLERS = ("none", "User", "Admin", "Super-Admin", "Vendor-Admin", "other tenant", "read token")


def expected(case: Case, caller: str) -> int:
    if caller == "none":
        return 401
    if caller == "other tenant":
        return case.other
    if caller == "read token":
        return case.done if case.reads else 403
    return case.done if caller in case.allowed else 403


def prepare(shared: Deployment, case: Case, caller: str) -> str | None:
    """Put everything in place that the case touches; returns the caller's credential."""
    done = shared.call(
        "POST", "changes", by=VENDOR, query={"customer": ACME}, body={"operations": OPERATIONS}
    )
    assert done.status == 200, done.body
    told = sent(json_body={"token": "TOKEN-1", "deviceId": DEVICE})
    assert shared.client.request("POST", "/client/api/v1/checkin", told).status == 200
    if case.call == "DELETE customer":
        body = customer_body("doomed")
        shared.call("POST", "customer", by=VENDOR, query=by_name("doomed"), body=body)
    if caller == "none":
        return None
    login = LOGINS["Super-Admin" if caller == "read token" else caller]
    secret: str = shared.log_in(login).json()["accessToken"]
    machine = {"scope": "read", "expiresAt": "2026-06-01T00:00:00Z"}
    for name in ("machine", "reader"):
        what = sent(query=by_name(name), token=secret)
        shared.client.request("DELETE", "/admin/api/v1/api-token", what)
    if case.call == "DELETE api-token":
        add_machine(shared, secret, "machine", machine)
    if caller == "read token":
        secret = add_machine(shared, secret, "reader", machine).json()["token"]
    return secret


def add_machine(shared: Deployment, secret: str, name: str, body: object) -> Answer:
    what = sent(query=by_name(name), token=secret, json_body=body)
    return shared.client.request("POST", "/admin/api/v1/api-token", what)


@pytest.mark.requirement("A-02")
@pytest.mark.requirement("A-07")
@pytest.mark.requirement("A-08")
@pytest.mark.requirement("A-09")
@pytest.mark.requirement("A-10")
@pytest.mark.requirement("M-01")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.call)
def test_an_operation_answers_each_caller_as_the_guides_say(
    shared: Deployment, case: Case, caller: str
) -> None:
    secret = prepare(shared, case, caller)
    method, _, path = case.call.partition(" ")
    query = dict(case.query)
    if caller == "Vendor-Admin":
        query["customer"] = ACME
    if caller == "other tenant" and case.call in OWN_ANEW:
        query["name"] = "globex-own"
    what = sent(query=query, token=secret, json_body=case.body)
    answer = shared.client.request(method, f"/admin/api/v1/{path}", what)
    assert answer.status == expected(case, caller), answer.body
    if caller == "other tenant" and method == "GET":
        assert not any(name in answer.body for name in (b'"store-1"', b'"TOKEN-1"'))


@pytest.mark.requirement("A-02")
def test_the_table_has_every_operation_that_needs_a_caller(shared: Deployment) -> None:
    paths = describe(shared.app)["paths"]
    secured = {
        f"{method.upper()} {path.removeprefix('/admin/api/v1/')}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if any("portalUser" in scheme for scheme in operation.get("security", ()))
    }
    assert {case.call for case in CASES} == secured


def test_an_extension_managers_operations_take_its_key_and_nothing_else(shared: Deployment) -> None:
    paths = describe(shared.app)["paths"]
    keyed = {
        path
        for path, operations in paths.items()
        for operation in operations.values()
        if operation.get("security") == [{"extensionManager": []}]
    }
    assert keyed == {path for path in paths if path.startswith("/exm/")}
    assert len(keyed) >= 5


@pytest.mark.requirement("A-02")
def test_only_these_operations_are_open_to_anybody(shared: Deployment) -> None:
    paths = describe(shared.app)["paths"]
    opened = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if not operation.get("security")
    }
    assert opened == {
        "POST /admin/api/v1/auth/admin",
        "POST /admin/api/v1/auth/password/forgot",
        "POST /admin/api/v1/auth/password/reset",
        "GET /admin/api/v1/version",
        "GET /admin/api/v1/health",
        "GET /client/api/v1/bootstrap",
        "POST /client/api/v1/register",
        "POST /client/api/v1/checkin",
        "POST /client/api/v1/license",
        "DELETE /client/api/v1/license",
    }


@pytest.mark.requirement("M-01")
@pytest.mark.parametrize("caller", ["User", "Admin", "Super-Admin", "other tenant"])
def test_naming_another_customer_is_refused_to_everyone_but_the_vendor(
    shared: Deployment, caller: str
) -> None:
    own = "globex" if caller == "other tenant" else ACME
    foreign = ACME if caller == "other tenant" else "globex"
    for code, status in ((own, 200), (foreign, 403), ("nobody", 403)):
        query = {"customer": code}
        answer = shared.call("GET", "bootstraps", by=LOGINS[caller], query=query)
        assert answer.status == status
