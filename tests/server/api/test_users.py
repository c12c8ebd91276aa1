import pytest

from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer
from tests.server.api.deployment import LOGINS, VENDOR, Deployment

SUPER = LOGINS["Super-Admin"]


def put(
    deployment: Deployment,
    name: str,
    *,
    by: str = SUPER,
    headers: dict[str, str] | None = None,
    **given: str,
) -> Answer:
    body = {"role": "User", "userName": "MKS", "email": f"{name}@acme.example", **given}
    return deployment.call("POST", "user", by=by, query={"name": name}, body=body, headers=headers)


@pytest.mark.requirement("A-12")
@pytest.mark.requirement("A-13")
def test_an_added_user_is_listed_with_the_four_columns(deployment: Deployment) -> None:
    assert put(deployment, "User123").headers["x-pvm-result"] == "created"
    answer = deployment.call("GET", "users", query={"loginName": "User123"})
    (row,) = answer.json()["content"]
    columns = [row[key] for key in ("role", "userName", "loginName", "email", "status")]
    assert columns == ["User", "MKS", "User123", "User123@acme.example", "INVITED"]


@pytest.mark.requirement("A-13")
def test_a_second_post_updates_unless_it_may_only_create(deployment: Deployment) -> None:
    put(deployment, "twice")
    assert put(deployment, "twice", headers={"if-none-match": "*"}).status == 412
    again = put(deployment, "TWICE", userName="Other")
    assert again.headers["x-pvm-result"] == "updated"
    assert (again.json()["loginName"], again.json()["userName"]) == ("twice", "Other")


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("column", ["role", "userName", "loginName", "email"])
def test_each_column_sorts_and_is_searched(deployment: Deployment, column: str) -> None:
    put(deployment, "aa", userName="zz")
    put(deployment, "bb", role="Admin", userName="yy")
    rows = deployment.call("GET", "users", query={"sort": f"{column},asc"}).json()["content"]
    values = [row[column] for row in rows]
    assert values == sorted(values)
    part = {"role": "dmi", "userName": "ZZ", "loginName": "AA", "email": "BB@"}[column]
    found = deployment.call("GET", "users", query={"q": part}).json()["content"]
    assert all(any(part.lower() in str(v).lower() for v in row.values()) for row in found)
    assert found


@pytest.mark.requirement("A-16")
def test_user_names_may_repeat_but_login_names_and_addresses_may_not(
    deployment: Deployment,
) -> None:
    assert put(deployment, "one").status == 200
    assert put(deployment, "two").status == 200
    assert put(deployment, "three", email="one@acme.example").status == 409
    other = LOGINS["other tenant"]
    assert put(deployment, "ONE", by=other, email="x@globex.example").status == 409


@pytest.mark.requirement("A-07")
@pytest.mark.parametrize("role", ["SUPER_ADMIN", "super-admin", "Root", ""])
def test_another_role_is_refused(deployment: Deployment, role: str) -> None:
    assert put(deployment, "roleless", role=role).status == 400


def test_nobody_gives_a_role_above_the_own_one(deployment: Deployment) -> None:
    assert put(deployment, "climber", role="Vendor-Admin").status == 403


def test_the_last_super_admin_and_oneself_stay(deployment: Deployment) -> None:
    own = {"name": SUPER}
    for by in (SUPER, VENDOR):
        last = deployment.call("DELETE", "user", by=by, query=own)
        assert (last.status, last.json()["code"]) == (409, "LAST_SUPER_ADMIN")
    assert put(deployment, "second", role="Super-Admin").status == 200
    oneself = deployment.call("DELETE", "user", query=own)
    assert (oneself.status, oneself.json()["code"]) == (409, "SELF")
    assert deployment.call("DELETE", "user", by=VENDOR, query=own).status == 204


def test_no_document_sets_a_password(deployment: Deployment) -> None:
    assert put(deployment, "withpw", password="correct horse battery").status == 400


def test_the_vendor_sees_whose_a_user_is_and_a_customer_does_not(deployment: Deployment) -> None:
    rows = deployment.call("GET", "users", by=VENDOR).json()["content"]
    assert {row["customer"] for row in rows} >= {"acme", "globex"}
    own = deployment.call("GET", "users").json()["content"]
    assert all("customer" not in row for row in own)


def test_the_vendor_alone_makes_service_accounts(deployment: Deployment) -> None:
    body = {"role": "Super-Admin", "userName": "CI", "email": "ci@acme.example"}
    machine = body | {"serviceAccount": True}
    query = {"name": "ci", "customer": "acme"}
    assert deployment.call("POST", "user", query={"name": "ci"}, body=machine).status == 403
    made = deployment.call("POST", "user", by=VENDOR, query=query, body=machine)
    assert (made.status, made.json()["serviceAccount"]) == (200, True)
    again = deployment.call("POST", "user", query={"name": "ci"}, body=body)
    assert (again.headers["x-pvm-result"], again.json()["serviceAccount"]) == ("unchanged", True)
    rows = deployment.call("GET", "users").json()["content"]
    assert {row["loginName"] for row in rows if row["serviceAccount"]} == {"ci"}


@pytest.mark.parametrize("path", ["user", "changes"])
def test_a_user_can_be_created_silently_and_invited_later(
    deployment: Deployment, path: str
) -> None:
    fields = {"role": "User", "userName": "MKS", "email": "quiet@acme.example"}
    operation = {"op": "upsert", "kind": "PortalUser", "name": "quiet", "body": fields}
    single = path == "user"
    query = {"silent": "true", **({"name": "quiet"} if single else {})}
    body = fields if single else {"operations": [operation]}

    assert deployment.call("POST", path, query=query, body=body).status == 200
    assert mails(deployment, "quiet@acme.example") == []
    deployment.call("POST", "user/password-reset", query={"name": "quiet"})
    assert mails(deployment, "quiet@acme.example") == ["INVITE"]


def mails(deployment: Deployment, address: str) -> list[str]:
    """The kinds of what waits in the outbox."""
    with deployment.world.store.read(Reach.EVERYONE) as tx:
        return [mail.kind for mail in tx.outbox.waiting() if mail.to == address]
