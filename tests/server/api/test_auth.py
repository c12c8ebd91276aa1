import re
from urllib.parse import urlencode

import pytest

from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, PASSWORD, VENDOR, Deployment

BASE = "/admin/api/v1/auth"
LOGIN = f"{BASE}/admin"
USER = LOGINS["User"]
NEW = "an entirely new one 42"


def post(deployment: Deployment, path: str, body: object) -> Answer:
    return deployment.client.request("POST", f"{BASE}/{path}", sent(json_body=body))


def me(deployment: Deployment, secret: str, header: str = "authorization") -> Answer:
    headers = {header: f"Bearer {secret}"}
    return deployment.client.request("GET", f"{BASE}/me", sent(headers=headers))


def links(deployment: Deployment, address: str) -> list[str]:
    """The secrets of the links that were mailed to an address for a forgotten password."""
    with deployment.world.store.read(Reach.EVERYONE) as transaction:
        waiting = transaction.outbox.waiting()
    mails = [mail for mail in waiting if (mail.to, mail.kind) == (address, "RESET")]
    found = (re.search(r"https?://\S+[=/]([A-Za-z0-9_-]{40,})", mail.body) for mail in mails)
    return [match[1] for match in found if match is not None]


@pytest.mark.requirement("A-01")
def test_a_login_answers_with_a_bearer_token(deployment: Deployment) -> None:
    answer = deployment.log_in(USER)
    assert answer.status == 200
    assert answer.json().keys() == {"accessToken", "tokenType", "expiresIn"}
    assert (answer.json()["tokenType"], answer.json()["expiresIn"]) == ("Bearer", 8 * 3600)


@pytest.mark.requirement("A-01")
@pytest.mark.parametrize(("login", "password"), [(USER, "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_login_answers_alike_whoever_is_meant(
    deployment: Deployment, login: str, password: str
) -> None:
    answer = deployment.log_in(login, password)
    assert (answer.status, answer.json()["code"]) == (401, "BAD_CREDENTIALS")
    assert answer.json()["detail"] == deployment.log_in("another", "wrong").json()["detail"]
    assert "token" not in answer.body.decode().lower()
    assert login not in answer.body.decode()


@pytest.mark.requirement("P-05")
@pytest.mark.parametrize("extra", [{}, {"scope": "", "client_id": "", "client_secret": ""}])
def test_the_form_of_the_authorize_dialog_signs_in_too(
    deployment: Deployment, extra: dict[str, str]
) -> None:
    form = {"grant_type": "password", "username": USER, "password": PASSWORD, **extra}
    what = sent(
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"authorization": "Basic Og=="},
    )
    row = deployment.client.request("POST", LOGIN, what).json()
    assert row["access_token"] == row["accessToken"]
    assert (row["token_type"], row["tokenType"]) == ("Bearer", "Bearer")
    assert me(deployment, row["access_token"]).status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"username":"a"}', "application/json", 400, "VALIDATION"),
        (b'{"username":"a","password":"b","x":1}', "application/json", 400, "VALIDATION"),
        (b'{"username":1,"password":"b"}', "application/json", 400, "VALIDATION"),
        (b'{"username":"a","username":"b","password":"c"}', "application/json", 400,
         "MALFORMED_JSON"),
        (b"[]", "application/json", 400, "NOT_AN_OBJECT"),
        (b"", "application/json", 400, "MALFORMED_JSON"),
        (b"username=a&password=b", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"grant_type=password&username=a", "application/x-www-form-urlencoded", 400,
         "VALIDATION"),
        (b"username=a&username=b&password=c", "application/x-www-form-urlencoded", 400,
         "VALIDATION"),
        (b"\xff=\xff", "application/x-www-form-urlencoded", 400, "VALIDATION"),
    ],
)  # fmt: skip
def test_a_login_takes_exactly_two_keys(
    deployment: Deployment, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = deployment.client.request("POST", LOGIN, sent(body=body, content_type=content_type))
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_no_error_repeats_a_password(deployment: Deployment) -> None:
    body = {"username": USER, "password": {"canary-5c1e": "canary-5c1e"}}
    answer = deployment.client.request("POST", LOGIN, sent(json_body=body))
    assert answer.status == 400
    assert "canary" not in answer.body.decode()


@pytest.mark.requirement("A-02")
@pytest.mark.parametrize("header", ["authorization", "Authorization", "AUTHORIZATION"])
def test_the_bearer_header_counts_in_any_case(deployment: Deployment, header: str) -> None:
    assert me(deployment, deployment.token(USER), header).status == 200


@pytest.mark.requirement("A-02")
@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic Og==", "Bearer é", "Bearer a b"]
)
def test_any_other_credential_is_no_credential(deployment: Deployment, value: str) -> None:
    what = sent(headers={"authorization": value})
    answer = deployment.client.request("GET", f"{BASE}/me", what)
    assert (answer.status, answer.json()["code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.requirement("A-04")
def test_a_session_ends_when_logged_out(deployment: Deployment) -> None:
    secret = deployment.log_in(USER).json()["accessToken"]
    what = sent(token=secret)
    assert deployment.client.request("POST", f"{BASE}/logout", what).status == 204
    assert me(deployment, secret).status == 401


def test_a_session_ends_after_eight_hours(deployment: Deployment) -> None:
    secret = deployment.log_in(USER).json()["accessToken"]
    deployment.clock.advance(hours=7, minutes=59)
    assert me(deployment, secret).status == 200
    deployment.clock.advance(minutes=2)
    assert me(deployment, secret).status == 401


@pytest.mark.requirement("A-17")
def test_me_tells_who_is_signed_in(deployment: Deployment) -> None:
    row = me(deployment, deployment.token(LOGINS["Super-Admin"])).json()
    assert (row["userName"], row["role"]) == ("acme chief", "Super-Admin")
    assert row["customer"] == {"code": "acme", "name": "Acme Ltd"}
    assert "user:write" in row["permissions"]
    vendor = me(deployment, deployment.token(VENDOR)).json()
    assert (vendor["customer"], vendor["role"]) == (None, "Vendor-Admin")


@pytest.mark.requirement("A-05")
def test_a_forgotten_password_mails_once_and_never_tells_who_is_known(
    deployment: Deployment,
) -> None:
    address = f"{USER}@acme.example"
    before = len(links(deployment, address))
    known = post(deployment, "password/forgot", {"email": address})
    unknown = post(deployment, "password/forgot", {"email": "nobody@acme.example"})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (202, b"")
    assert len(links(deployment, address)) == before + 1
    assert links(deployment, "nobody@acme.example") == []


@pytest.mark.requirement("A-06")
def test_a_mailed_link_sets_a_password_once_and_ends_the_old_sessions(
    deployment: Deployment,
) -> None:
    old = deployment.token(USER)
    post(deployment, "password/forgot", {"email": f"{USER}@acme.example"})
    secret = links(deployment, f"{USER}@acme.example")[-1]
    weak = post(deployment, "password/reset", {"token": secret, "newPassword": "short"})
    assert (weak.status, weak.json()["code"]) == (400, "WEAK_PASSWORD")
    body = {"token": secret, "newPassword": NEW}
    assert post(deployment, "password/reset", body).status == 204
    again = post(deployment, "password/reset", body)
    assert (again.status, again.json()["code"]) == (400, "RESET_INVALID")
    assert me(deployment, old).status == 401
    assert deployment.log_in(USER).status == 401
    assert deployment.log_in(USER, NEW).status == 200


@pytest.mark.requirement("A-06")
def test_a_mailed_link_expires(deployment: Deployment) -> None:
    post(deployment, "password/forgot", {"email": f"{USER}@acme.example"})
    secret = links(deployment, f"{USER}@acme.example")[-1]
    deployment.clock.advance(hours=1, seconds=1)
    answer = post(deployment, "password/reset", {"token": secret, "newPassword": NEW})
    assert (answer.status, answer.json()["code"]) == (400, "RESET_INVALID")


def test_a_password_is_changed_with_the_old_one(deployment: Deployment) -> None:
    other = deployment.log_in(USER).json()["accessToken"]
    for old, status in (("wrong", 400), (PASSWORD, 204)):
        body = {"oldPassword": old, "newPassword": NEW}
        answer = deployment.call("POST", "auth/password", by=USER, body=body)
        assert answer.status == status
    assert me(deployment, deployment.token(USER)).status == 200
    assert me(deployment, other).status == 401
    assert deployment.log_in(USER, NEW).status == 200


def test_many_wrong_passwords_slow_one_account_down_but_never_lock_it(
    deployment: Deployment,
) -> None:
    answers = [deployment.log_in(USER, "wrong") for _ in range(12)]
    limited = [answer for answer in answers if answer.status == 429]
    assert limited
    assert [answer.status for answer in answers[:5]] == [401] * 5
    wait = int(limited[-1].headers["retry-after"])
    assert 0 < wait <= 15 * 60
    deployment.clock.advance(seconds=wait + 1)
    assert deployment.log_in(USER).status == 200


@pytest.mark.requirement("A-14")
def test_a_changed_role_counts_from_the_next_request(deployment: Deployment) -> None:
    assert deployment.put_bootstrap("mine", {}, by=USER).status == 403
    body = {"role": "Admin", "userName": USER, "email": f"{USER}@acme.example"}
    assert deployment.call("POST", "user", query={"name": USER}, body=body).status == 200
    assert deployment.put_bootstrap("mine", {}, by=USER).status == 200


@pytest.mark.requirement("A-15")
def test_a_deleted_user_is_out_at_once(deployment: Deployment) -> None:
    secret = deployment.token(USER)
    assert deployment.call("DELETE", "user", query={"name": USER}).status == 204
    assert me(deployment, secret).status == 401
    assert deployment.log_in(USER).status == 401


def test_an_api_token_is_shown_once_reads_only_and_can_be_revoked(deployment: Deployment) -> None:
    query = {"name": "ci"}
    body = {"scope": "read", "expiresAt": "2026-06-01T00:00:00Z"}
    made = deployment.call("POST", "api-token", query=query, body=body)
    secret = made.json()["token"]
    rows = deployment.call("GET", "api-tokens").json()
    assert [row["name"] for row in rows] == ["ci"]
    assert secret not in str(rows)
    reading = sent(token=secret)
    assert deployment.client.request("GET", "/admin/api/v1/tokens", reading).status == 200
    writing = sent(token=secret, query=query, json_body={})
    assert deployment.client.request("POST", "/admin/api/v1/bootstrap", writing).status == 403
    assert deployment.call("GET", "api-tokens").json()[0]["lastUsedAt"] is not None
    assert deployment.call("DELETE", "api-token", query=query).status == 204
    assert deployment.client.request("GET", "/admin/api/v1/tokens", reading).status == 401


@pytest.mark.parametrize(
    "expires_at",
    ["2026-03-01T11:59:59Z", "2028-01-01T00:00:00Z", "2026-06-01", "2026-06-31T00:00:00Z",
     "2026-06-01T00:00:00+05:00", "2026-06-01T00:00:00"],
)  # fmt: skip
def test_an_api_token_ends_within_a_year(deployment: Deployment, expires_at: str) -> None:
    body = {"scope": "write", "expiresAt": expires_at}
    answer = deployment.call("POST", "api-token", query={"name": "ci"}, body=body)
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")
