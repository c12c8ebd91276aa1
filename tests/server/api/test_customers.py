import pytest

from reconciler.server.domain.mail import Mail
from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer
from tests.server.api.deployment import ACME, LOGINS, VENDOR, Deployment, customer_body
from tests.server.scanner import scan

SECRETS = ("api_key", "apiKey", "exmApiKey", "password", "hash")


def put(deployment: Deployment, code: str, body: object, by: str = VENDOR) -> Answer:
    return deployment.call("POST", "customer", by=by, query={"name": code}, body=body)


def mails(deployment: Deployment, address: str) -> list[Mail]:
    with deployment.world.store.read(Reach.EVERYONE) as transaction:
        return [mail for mail in transaction.outbox.waiting() if mail.to == address]


@pytest.mark.requirement("A-18")
@pytest.mark.requirement("I-05")
def test_a_new_customers_first_administrator_can_start_at_once(deployment: Deployment) -> None:
    assert put(deployment, "newco", customer_body("newco")).headers["x-pvm-result"] == "created"
    assert deployment.put_bootstrap("first", {}, by="newco-super").status == 200


@pytest.mark.requirement("I-05")
def test_without_a_password_the_first_administrator_is_invited(deployment: Deployment) -> None:
    body = customer_body("newco")
    del body["superAdmin"]["password"]
    put(deployment, "newco", body)
    query = {"name": "newco-super", "customer": "newco"}
    row = deployment.call("GET", "user", by=VENDOR, query=query).json()
    assert (row["role"], row["status"]) == ("Super-Admin", "INVITED")
    kinds = {mail.kind for mail in mails(deployment, "chief@newco.example")}
    assert kinds >= {"INVITE", "WELCOME"}


@pytest.mark.requirement("I-05")
def test_only_the_vendor_makes_customers(deployment: Deployment) -> None:
    for login in (LOGINS["Super-Admin"], LOGINS["Admin"], LOGINS["User"]):
        assert put(deployment, "newco", customer_body("newco"), by=login).status == 403


@pytest.mark.requirement("I-01")
@pytest.mark.requirement("I-02")
@pytest.mark.requirement("I-03")
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"voice": True, "extensionManager": True}, {"Direct-Access", "Extension-Manager"}),
        ({"voice": True, "extensionManager": False}, {"Direct-Access"}),
        ({"voice": False, "extensionManager": False}, set()),
    ],
)
def test_starter_pairs_come_with_the_entitlements(
    deployment: Deployment, flags: dict[str, bool], expected: set[str]
) -> None:
    put(deployment, "newco", customer_body("newco") | flags)
    by = "newco-super"
    rows = deployment.call("GET", "bootstraps", by=by).json()["content"]
    assert {row["name"] for row in rows} == {f"{name}-Bootstrap" for name in expected}
    tokens = deployment.call("GET", "tokens", by=by).json()["content"]
    assert {row["bootstrap"] for row in tokens} == {row["name"] for row in rows}
    assert {row["appId"] for row in tokens} <= {"WFC_VOICE_ANDROID"}
    parameters = {row["name"]: row["parameters"] for row in rows}
    if "Direct-Access" in expected:
        assert parameters["Direct-Access-Bootstrap"] == {}
    if "Extension-Manager" in expected:
        (address,) = parameters["Extension-Manager-Bootstrap"].values()
        assert address.startswith("https://extension-manager.com/profiles/stores/?api_key=")


@pytest.mark.requirement("I-01")
def test_the_first_customer_has_the_plain_token_names(deployment: Deployment) -> None:
    def names(login: str) -> list[str]:
        rows = deployment.call("GET", "tokens", by=login).json()["content"]
        return [row["name"] for row in rows]

    assert names(LOGINS["Super-Admin"]) == ["Direct-Access-Token", "Extension-Manager-Token"]
    assert names(LOGINS["other tenant"]) == [
        "Direct-Access-Token-globex",
        "Extension-Manager-Token-globex",
    ]


@pytest.mark.requirement("I-04")
@pytest.mark.requirement("T-14")
def test_the_welcome_mail_carries_each_token_as_text_and_as_image(deployment: Deployment) -> None:
    (mail,) = [m for m in mails(deployment, "chief@acme.example") if m.kind == "WELCOME"]
    for token in ("Direct-Access-Token", "Extension-Manager-Token"):
        assert token in mail.body
    scanned = [(part.name, scan(part.content)) for part in mail.attachments]
    assert scanned == [
        ("Direct-Access-Token.png", "Direct-Access-Token"),
        ("Extension-Manager-Token.png", "Extension-Manager-Token"),
    ]


def test_customer_details_show_settings_and_no_secret(deployment: Deployment) -> None:
    for login in (LOGINS["User"], LOGINS["Super-Admin"]):
        answer = deployment.call("GET", "customer", by=login)
        row = answer.json()
        assert (row["code"], row["name"], row["profile"]) == (ACME, "Acme Ltd", "3.1")
        assert (row["licenseReleaseDays"], row["exmReleaseMinutes"]) == (30, 60)
        assert not any(secret in answer.body.decode() for secret in SECRETS)


def test_the_vendor_names_a_customer_or_is_asked_to(deployment: Deployment) -> None:
    assert deployment.call("GET", "customer", by=VENDOR).json()["code"] == "CUSTOMER_REQUIRED"
    for code, status in ((ACME, 200), ("nobody", 404)):
        answer = deployment.call("GET", "customer", by=VENDOR, query={"customer": code})
        assert answer.status == status


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "4.0"},
        {"overagePercent": -1},
        {"voice": 1},
        {"name": ""},
        {"exmUrl": "http://plain.example"},
        {"unknown": True},
        {"flags": {"unknown": True}},
        {"flags": {"overage": "yes"}},
        {"flags": {"selection": "nearest"}},
        {"flags": {"profile": "3.0"}},
    ],
)
def test_settings_that_a_customer_cannot_have_are_refused(
    deployment: Deployment, change: dict[str, object]
) -> None:
    assert put(deployment, "newco", customer_body("newco") | change).status == 400
    assert deployment.log_in("newco-super").status == 401


def test_a_new_customer_needs_a_first_administrator(deployment: Deployment) -> None:
    body = customer_body("newco")
    del body["superAdmin"]
    assert put(deployment, "newco", body).status == 400


def test_a_deleted_customer_takes_its_users_along(deployment: Deployment) -> None:
    put(deployment, "newco", customer_body("newco"))
    secret = deployment.token("newco-super")
    assert deployment.call("DELETE", "customer", by=VENDOR, query={"name": "newco"}).status == 204
    deployment.tokens["gone"] = secret
    assert deployment.call("GET", "bootstraps", by="gone").status == 401
    codes = [
        row["code"] for row in deployment.call("GET", "customers", by=VENDOR).json()["content"]
    ]
    assert codes == [ACME, "globex"]


def test_a_customer_may_have_flags_otherwise_than_its_profile(deployment: Deployment) -> None:
    body = customer_body("newco") | {
        "flags": {"customerObsolete": True, "versionCheck": "enforce", "grace": None}
    }
    row = put(deployment, "newco", body).json()
    assert row["flagOverrides"] == {"customerObsolete": True, "versionCheck": "enforce"}
    assert row["flags"] == {
        "brand": "Zebra",
        "customerObsolete": True,
        "obsoleteExmGuard": "refuse",
        "licenseColumns": "total",
        "overage": True,
        "grace": True,
        "expiryDetection": True,
        "selection": "sticky",
        "versionCheck": "enforce",
        "autoCreateSites": False,
        "autoProvisioning": True,
    }
    seen = deployment.call("GET", "customer", by="newco-super").json()
    assert (seen["flags"], seen["flagOverrides"]) == (row["flags"], row["flagOverrides"])
    assert put(deployment, "newco", body).headers["x-pvm-result"] == "unchanged"


def test_flags_that_are_left_out_go_back_to_the_profile(deployment: Deployment) -> None:
    put(deployment, "newco", customer_body("newco") | {"flags": {"overage": False}})
    answer = put(deployment, "newco", customer_body("newco"))
    assert answer.headers["x-pvm-result"] == "updated"
    assert (answer.json()["flags"]["overage"], answer.json()["flagOverrides"]) == (True, {})
