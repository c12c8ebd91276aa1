import base64
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from reconciler.core.ports import Denied, Rejected, RemoteFailure, Unreachable
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.access import Credentials
from reconciler.remote.connection import connect_reader
from tests.faults import FAULTS, FaultyTransport
from tests.faults import Fault as Mishap
from tests.remote.fake_server import (
    EVERYTHING,
    LOGIN_NAME,
    PASSWORD,
    FakeServer,
    Fault,
    Reply,
    Waits,
    access,
    answer,
    fails,
    html,
    problem,
)

SITE = KINDS["Site"]
LOGIN = "POST /admin/api/v1/auth/admin"


def logged_in_as(token: JsonValue) -> Reply:
    return lambda _: answer({"accessToken": token})


def logins(server: FakeServer) -> int:
    return sum(one.path.endswith("/auth/admin") for one in server.seen)


@pytest.mark.requirement("A-01")
def test_a_login_is_posted_once_as_exactly_two_keys_and_its_token_is_sent_along() -> None:
    server = FakeServer()
    with connect_reader(access(), server.transport) as reader:
        reader.account()
        reader.fetch(SITE)
    first, *others = server.seen
    assert first.body == f'{{"username":"{LOGIN_NAME}","password":"{PASSWORD}"}}'.encode()
    assert logins(server) == 1
    (token,) = server.tokens
    assert {one.headers["authorization"] for one in others} == {f"Bearer {token}"}


def test_an_api_token_needs_no_login() -> None:
    server = FakeServer(tokens={"machine-token"})
    given = access(credentials=Credentials(token="machine-token"))
    with connect_reader(given, server.transport) as reader:
        reader.fetch(SITE)
    assert logins(server) == 0


def test_a_wrong_password_is_denied_and_not_tried_twice() -> None:
    server = FakeServer()
    given = access(credentials=Credentials(LOGIN_NAME, "hunter2-canary"))
    with connect_reader(given, server.transport) as reader, pytest.raises(Denied) as caught:
        reader.account()
    assert caught.value.request == LOGIN
    assert "password is wrong" in str(caught.value)
    assert "hunter2-canary" not in str(caught.value)
    assert logins(server) == 1


def test_a_revoked_api_token_is_denied_and_not_shown() -> None:
    server = FakeServer()
    given = access(credentials=Credentials(token="canary-token"))
    with connect_reader(given, server.transport) as reader, pytest.raises(Denied) as caught:
        reader.account()
    assert "API token" in str(caught.value)
    assert "canary-token" not in str(caught.value)
    assert len(server.seen) == 1


def test_missing_credentials_are_denied_before_anything_is_sent() -> None:
    server = FakeServer()
    for credentials in (Credentials(), Credentials(username="ada"), Credentials(password="x")):
        with (
            pytest.raises(Denied, match="PVM_USERNAME"),
            connect_reader(access(credentials=credentials), server.transport),
        ):
            pass
    assert server.seen == []


def test_an_expired_login_is_renewed_once_and_the_request_repeated() -> None:
    server = FakeServer()
    with connect_reader(access(), server.transport) as reader:
        reader.account()
        server.tokens.clear()
        assert list(reader.fetch(SITE)) == []
    assert logins(server) == 2


def test_a_login_that_is_never_accepted_ends_as_denied() -> None:
    server = FakeServer()
    server.faults += [Fault("GET", "auth/me", lambda _: problem(401, "UNAUTHENTICATED"))] * 2
    with connect_reader(access(), server.transport) as reader, pytest.raises(Denied):
        reader.account()
    assert logins(server) == 2


def test_threads_whose_login_expires_together_log_in_once() -> None:
    server = FakeServer()
    threads = 8
    together = threading.Barrier(threads)

    with (
        connect_reader(access(), server.transport) as reader,
        ThreadPoolExecutor(threads) as pool,
    ):
        reader.capabilities()
        reader.account()
        server.tokens.clear()

        def read(_: int) -> int:
            together.wait()
            return len(list(reader.fetch(SITE)))

        assert list(pool.map(read, range(threads))) == [0] * threads
    assert logins(server) == 2


def test_a_login_answer_without_a_token_is_refused() -> None:
    for token in ("", None, 7):
        server = FakeServer()
        server.faults.append(Fault("POST", "auth/admin", logged_in_as(token)))
        with connect_reader(access(), server.transport) as reader, pytest.raises(Rejected):
            reader.account()


@pytest.mark.parametrize(
    "reply",
    [
        fails(httpx.ConnectError),
        fails(httpx.ConnectTimeout),
        fails(httpx.ReadError),
        fails(httpx.ReadTimeout),
        fails(httpx.RemoteProtocolError),
        html(502),
        html(503),
        lambda _: problem(504, "UPSTREAM"),
        lambda _: problem(429, "RATE_LIMITED"),
    ],
)
def test_what_may_pass_is_tried_again(reply: Reply) -> None:
    server, waits = FakeServer(), Waits()
    server.faults += [Fault("GET", "auth/me", reply)] * 3
    with connect_reader(access(waits), server.transport) as reader:
        account = reader.account()
        assert account is not None
        assert account.login == LOGIN_NAME
    assert waits.seconds == [0.25, 0.5, 1.0]


def test_waits_vary_so_that_clients_do_not_come_back_together() -> None:
    server, waits = FakeServer(), Waits()
    timing = waits.timing
    half = type(timing)(now=timing.now, sleep=timing.sleep, chance=lambda: 0.0)
    server.faults += [Fault("GET", "auth/me", html(503))] * 3
    with connect_reader(access(timing=half), server.transport) as reader:
        reader.account()
    assert waits.seconds == [0.125, 0.25, 0.5]


def test_the_server_decides_how_long_to_wait() -> None:
    server, waits = FakeServer(), Waits()

    def busy(_: httpx.Request) -> httpx.Response:
        return problem(503, "UPSTREAM", headers={"Retry-After": "7"})

    server.faults.append(Fault("GET", "auth/me", busy))
    with connect_reader(access(waits), server.transport) as reader:
        reader.account()
    assert waits.seconds == [7.0]


def test_a_wait_of_many_minutes_is_told_instead_of_waited() -> None:
    server, waits = FakeServer(), Waits()

    def throttled(_: httpx.Request) -> httpx.Response:
        return problem(429, "RATE_LIMITED", headers={"Retry-After": "900"})

    server.faults.append(Fault("POST", "auth/admin", throttled))
    with (
        connect_reader(access(waits), server.transport) as reader,
        pytest.raises(Rejected, match="try again in 900 s"),
    ):
        reader.account()
    assert waits.seconds == []


@pytest.mark.parametrize("reply", [fails(httpx.ConnectError), html(503)])
def test_after_the_last_try_the_server_counts_as_unreachable(reply: Reply) -> None:
    server = FakeServer()
    server.faults += [Fault("GET", "auth/me", reply)] * 9
    with connect_reader(access(), server.transport) as reader, pytest.raises(Unreachable):
        reader.account()
    assert sum(one.path.endswith("/auth/me") for one in server.seen) == 4


@pytest.mark.parametrize("status", [400, 404, 409, 413, 423, 500, 501])
def test_a_refusal_that_will_not_change_is_not_tried_again(status: int) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "auth/me", lambda _: problem(status, "X", "as it is")))
    with connect_reader(access(), server.transport) as reader:
        with pytest.raises(RemoteFailure) as caught:
            reader.account()
        assert caught.value.status == status
        assert caught.value.request == "GET /admin/api/v1/auth/me"
    assert sum(one.path.endswith("/auth/me") for one in server.seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_a_secret_that_the_server_repeats_is_not_passed_on(status: int) -> None:
    server = FakeServer()

    def echo(request: httpx.Request) -> httpx.Response:
        detail = f"{request.headers['authorization']} {PASSWORD} https://u:{PASSWORD}@h"
        return problem(status, "ECHO", detail)

    server.faults += [Fault("GET", "auth/me", echo)] * 9
    with (
        connect_reader(access(), server.transport) as reader,
        pytest.raises(RemoteFailure) as caught,
    ):
        reader.account()
    text = repr(caught.value) + str(caught.value) + caught.value.message
    assert PASSWORD not in text
    assert not any(token in text for token in server.tokens)


def test_credentials_never_show_themselves() -> None:
    shown = f"{Credentials('ada', 'canary', 'canary')!r} {access()!r}"
    assert "canary" not in shown
    assert PASSWORD not in shown
    assert base64.b64encode(PASSWORD.encode()).decode() not in shown


@pytest.mark.parametrize("offers", [EVERYTHING, ()])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_reader_survives_whatever_happens_to_one_request(
    fault: Mishap, offers: tuple[str, ...]
) -> None:
    server = FakeServer(offers=offers)
    server.rows["site"] = {
        name: {"name": name, "proServerName": "dev", "version": 1} for name in ("s1", "s2", "s3")
    }
    quiet = FaultyTransport(server.transport)
    wanted = _sites(quiet)
    for k in range(1, quiet.count + 1):
        wire = FaultyTransport(server.transport, k=k, fault=fault)
        if fault is Mishap.FAIL:
            with pytest.raises(Unreachable):
                _sites(wire)
        else:
            assert _sites(wire) == wanted
        assert len(wire.met) == 1
    assert [name for name, _ in wanted] == ["s1", "s2", "s3"]


def _sites(wire: FaultyTransport) -> list[tuple[str, str | None]]:
    with connect_reader(access(), wire) as reader:
        reader.account()
        return [(live.id.name, live.version) for live in reader.fetch(KINDS["Site"])]


def test_a_request_that_keeps_failing_is_told_as_it_failed() -> None:
    for fault, error in (
        (Mishap.REFUSE, Unreachable),
        (Mishap.TIMEOUT, Unreachable),
        (Mishap.BUSY, Unreachable),
        (Mishap.THROTTLE, Rejected),
    ):
        wire = FaultyTransport(FakeServer().transport, k=2, fault=fault, times=99)
        with connect_reader(access(), wire) as reader, pytest.raises(error):
            reader.account()
