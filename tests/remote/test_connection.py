import inspect
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from reconciler.core.ports import Observer, Reader, Unreachable, Writer
from reconciler.core.problem import Misuse
from reconciler.kinds import KINDS
from reconciler.remote.access import Credentials
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.remote.reader import ServerReader
from reconciler.remote.wire import (
    Clients,
    ForbiddenRequestError,
    Plug,
    ReadWire,
    Request,
    Rule,
    WriteWire,
    admits_devices,
    admits_reading,
    admits_writing,
)
from reconciler.remote.writer import ServerWriter
from tests.recorder import Behaviour, Recorder, hang_up, in_turn, recorder, replies, reset
from tests.remote.fake_server import FakeServer, access

SITE = KINDS["Site"]
ME = b'{"loginName":"ada","role":"Admin","customer":"acme"}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
GOOD = HEAD + b"content-length: %d\r\n\r\n" % len(ME) + ME
TOKEN = Credentials(token="machine")

WRITING = {"upsert", "delete", "post", "put", "patch", "request", "send"}


def public_names(what: object) -> set[str]:
    return {name for name, _ in inspect.getmembers(what) if not name.startswith("_")}


@pytest.mark.parametrize("reading", [Reader, Observer, ServerReader, ReadWire])
def test_nothing_that_reads_has_a_method_that_writes(reading: type) -> None:
    assert not public_names(reading) & WRITING


def test_a_reader_has_exactly_the_methods_of_its_port_and_a_parameter_of_its_own() -> None:
    assert public_names(ServerReader) - public_names(Observer) == {"scope"}
    assert public_names(Writer) == public_names(ServerWriter)


def test_a_readers_connection_can_not_write_whatever_is_built_on_it() -> None:
    server = FakeServer()
    with clients(admits_reading, server) as found:
        wire = WriteWire(found)
        with pytest.raises(ForbiddenRequestError):
            wire.post(POST, b"{}")
        with pytest.raises(ForbiddenRequestError):
            wire.delete(POST)
        for method in ("PUT", "PATCH", "OPTIONS"):
            with pytest.raises(ForbiddenRequestError):
                found.mine().request(method, POST.path)
    assert server.seen == []


POST = Request("/admin/api/v1/bootstrap", {"name": "b"}, {})


@contextmanager
def clients(rule: Rule, server: FakeServer, prefix: str = "") -> Iterator[Clients]:
    plug = Plug(f"http://127.0.0.1:1{prefix}", ssl.create_default_context(), 1.0, server.transport)
    found = Clients(plug, rule)
    try:
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("prefix", ["", "/pvm"])
def test_the_login_is_the_only_post_of_a_reader_also_behind_a_prefix(prefix: str) -> None:
    server = FakeServer()
    with clients(admits_reading, server, prefix) as found:
        found.mine().post("/admin/api/v1/auth/admin", content=b"{}")
        with pytest.raises(ForbiddenRequestError):
            found.mine().post("/admin/api/v1/auth/admin/x")
    assert [one.path for one in server.seen] == [f"{prefix}/admin/api/v1/auth/admin"]


@pytest.mark.parametrize(
    ("rule", "method", "path", "admitted"),
    [
        (admits_writing, "POST", "/admin/api/v1/token", True),
        (admits_writing, "PUT", "/admin/api/v1/token", False),
        (admits_devices, "GET", "/client/api/v1/bootstrap", True),
        (admits_devices, "GET", "/admin/api/v1/tokens", False),
        (admits_devices, "POST", "/client/api/v1/bootstrap", False),
    ],
)
def test_each_sort_of_connection_admits_only_its_own(
    rule: Rule, method: str, path: str, *, admitted: bool
) -> None:
    assert rule(method, path) is admitted


def test_all_connections_are_closed_at_the_end() -> None:
    with recorder(replies(GOOD)) as server:
        with connect_reader(access(url=server.url(), credentials=TOKEN)) as reader:
            reader.account()
        assert server.requests == ["GET /admin/api/v1/auth/me HTTP/1.1"]


def test_an_address_prefix_is_kept() -> None:
    with recorder(replies(GOOD)) as server:
        with connect_reader(access(url=f"{server.url()}/pvm/", credentials=TOKEN)) as reader:
            reader.account()
        assert server.requests == ["GET /pvm/admin/api/v1/auth/me HTTP/1.1"]


@pytest.mark.parametrize(
    "broken",
    [
        reset,
        hang_up,
        replies(b"garbage\r\n\r\n", then=hang_up),
        replies(HEAD + b"content-length: 500\r\n\r\n" + ME, then=hang_up),
        replies(HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"log', then=reset),
        replies(HEAD + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nxxxx"),
    ],
)
def test_a_connection_that_breaks_is_tried_again(broken: Behaviour) -> None:
    with recorder(in_turn(broken, replies(GOOD))) as server:
        with connect_reader(access(url=server.url(), credentials=TOKEN)) as reader:
            account = reader.account()
            assert account is not None
            assert account.login == "ada"
        assert len(server.requests) == 2


def capabilities(*offers: bytes) -> bytes:
    body = b'{"capabilities":[' + b",".join(b'"%s"' % one for one in offers) + b"]}"
    return HEAD + b"content-length: %d\r\n\r\n" % len(body) + body


NDJSON = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
)
ROW = b'{"name":"site-1","proServerName":"d"}\n'
CHUNK = b"%x\r\n%s\r\n" % (len(ROW), ROW)


def test_a_stream_that_breaks_between_two_rows_is_read_again_and_never_half_a_list() -> None:
    behaviour = in_turn(
        replies(capabilities(b"ndjson")),
        replies(GOOD),
        replies(NDJSON + CHUNK, then=hang_up),
        replies(NDJSON + CHUNK, then=reset),
        replies(NDJSON + CHUNK + CHUNK.replace(b"site-1", b"site-2") + b"0\r\n\r\n"),
    )
    with (
        recorder(behaviour) as server,
        connect_reader(access(url=server.url(), credentials=TOKEN)) as reader,
    ):
        assert [live.id.name for live in reader.fetch(SITE)] == ["site-1", "site-2"]


def test_nobody_listening_is_unreachable() -> None:
    with recorder(hang_up) as gone:
        url = gone.url()
    with (
        connect_reader(access(url=url, credentials=TOKEN)) as reader,
        pytest.raises(Unreachable, match="no connection"),
    ):
        reader.account()


def test_a_server_that_says_nothing_is_given_up_after_the_timeout() -> None:
    limits = access().limits
    hurried = type(limits)(timeout_seconds=0.05, retries=1)
    with (
        recorder(replies()) as server,
        connect_reader(access(url=server.url(), credentials=TOKEN, limits=hurried)) as reader,
        pytest.raises(Unreachable, match="no answer in time"),
    ):
        reader.account()
    assert len(server.requests) == 2


def test_the_environments_proxy_is_used_and_its_refusal_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    with recorder(replies(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        monkeypatch.setenv("NO_PROXY", "")
        given = access(url="https://pvm.example.org", credentials=TOKEN)
        with (
            connect_reader(given) as reader,
            pytest.raises(Unreachable, match="the proxy refused: 407"),
        ):
            reader.account()
        assert set(proxy.requests) == {"CONNECT pvm.example.org:443 HTTP/1.1"}


@contextmanager
def tls_server(certificate: trustme.LeafCert) -> Iterator[Recorder]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with recorder(replies(GOOD), context) as server:
        yield server


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_a_certificate_of_the_named_authority_is_trusted(
    authority: trustme.CA, authority_file: Path
) -> None:
    with tls_server(authority.issue_cert("localhost")) as server:
        given = access(
            url=server.url("https", "localhost"), ca_path=authority_file, credentials=TOKEN
        )
        with connect_reader(given) as reader:
            account = reader.account()
            assert account is not None
            assert account.login == "ada"


def issued_to_another_name(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("elsewhere.example")


def issued_by_another(_: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("localhost")


def expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert(
        "localhost",
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2020, 2, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("issue", [issued_to_another_name, issued_by_another, expired])
def test_any_other_certificate_is_refused_at_once_and_nothing_is_sent(
    issue: object, authority: trustme.CA, authority_file: Path
) -> None:
    assert callable(issue)
    with tls_server(issue(authority)) as server:
        given = access(
            url=server.url("https", "localhost"), ca_path=authority_file, credentials=TOKEN
        )
        with (
            connect_reader(given) as reader,
            pytest.raises(Unreachable, match=r"certificate of .* is not trusted"),
        ):
            reader.account()
        assert server.requests == []


def test_without_a_named_authority_an_unknown_one_is_refused(authority: trustme.CA) -> None:
    with tls_server(authority.issue_cert("localhost")) as server:
        given = access(url=server.url("https", "localhost"), credentials=TOKEN)
        with (
            connect_reader(given) as reader,
            pytest.raises(Unreachable, match=r"certificate of .* is not trusted"),
        ):
            reader.account()


def test_a_server_that_speaks_no_tls_is_unreachable() -> None:
    with recorder(replies(b"HTTP/1.1 400 Bad Request\r\n\r\n", then=hang_up)) as server:
        given = access(url=server.url("https", "localhost"), credentials=TOKEN)
        with connect_reader(given) as reader, pytest.raises(Unreachable):
            reader.account()


def test_an_unusable_address_or_certificate_file_is_misuse_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    for given in (access(url="pvm"), access(url="https://h", ca_path=tmp_path / "none.pem")):
        for connect in (connect_reader, connect_writer):
            with pytest.raises(Misuse), connect(given):
                pass
