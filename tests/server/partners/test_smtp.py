"""Mail to a real SMTP server in this process."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from reconciler.server.domain.mail import Attachment, Mail
from reconciler.server.partners.smtp import SmtpAccount, SmtpMailer, compose
from reconciler.server.usecases.partner_ports import PartnerError
from tests.server.partners.listening import Answer, hangs_up, is_silent, listening

PASSWORD = "a password 7c1e"
PNG = bytes(range(256))
MAIL = Mail(
    id="0199",
    to="ann@example.com",
    kind="WELCOME",
    subject="Grüße: your tokens",
    body="Dear Ann,\n.\nhttps://pvm.example/?token=" + "x" * 200 + "\nZürich\n",
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    attachments=(Attachment("T.png", "image/png", PNG), Attachment("U.png", "image/png", b"")),
)


@dataclass
class Inbox:
    """What arrived, and whether to refuse the next recipient."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.recipients.append([str(address) for address in envelope.rcpt_tos])
        return "250 OK"


@contextmanager
def mail_server(
    inbox: Inbox,
    encrypted: ssl.SSLContext | None = None,
    **options: Any,  # noqa: ANN401 - aiosmtpd's
) -> Iterator[SmtpAccount]:
    """A server on loopback, and the account to reach it by."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncio.Server:
        def connected() -> SMTP:
            return SMTP(inbox, hostname="mail.test", loop=loop, **options)

        return await loop.create_server(connected, "127.0.0.1", 0, ssl=encrypted)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    try:
        port = server.sockets[0].getsockname()[1]
        yield SmtpAccount("127.0.0.1", port, "pvm@example.org", encryption="none")
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.requirement("I-04")
@pytest.mark.requirement("T-14")
def test_a_mail_arrives_whole_with_its_files(inbox: Inbox) -> None:
    with mail_server(inbox) as account:
        SmtpMailer(account).send(MAIL)
    (found,) = inbox.mails
    assert inbox.recipients == [["ann@example.com"]]
    assert (found["To"], found["From"]) == ("ann@example.com", "pvm@example.org")
    assert found["Subject"] == MAIL.subject
    assert found["Message-ID"] == "<0199@example.org>"
    text = found.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == MAIL.body.splitlines()
    files = [(part.get_filename(), part.get_content()) for part in found.iter_attachments()]
    assert files == [("T.png", PNG), ("U.png", b"")]


def test_a_user_logs_in_over_an_encrypted_line(
    inbox: Inbox, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    def check(
        _server: object, _session: object, _envelope: object, how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        fits = (data.login, data.password) == (b"pvm", PASSWORD.encode())
        return AuthResult(success=fits, handled=how not in ("LOGIN", "PLAIN"))

    options: dict[str, Any] = {"authenticator": check, "auth_required": True}
    with mail_server(inbox, tls_context=server_tls, **options) as account:
        user = replace(account, encryption="starttls", user="pvm", password=PASSWORD)
        SmtpMailer(user, client_tls).send(MAIL)
        with pytest.raises(PartnerError, match="refused with 5") as caught:
            SmtpMailer(replace(user, password="wrong"), client_tls).send(MAIL)
    assert len(inbox.mails) == 1
    assert "wrong" not in str(caught.value)
    assert PASSWORD not in repr(user)


def test_a_server_may_be_encrypted_from_the_first_byte(
    inbox: Inbox, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    with mail_server(inbox, server_tls) as account:
        SmtpMailer(replace(account, encryption="tls"), client_tls).send(MAIL)
    assert len(inbox.mails) == 1


def test_a_server_that_cannot_prove_itself_gets_nothing(
    inbox: Inbox, server_tls: ssl.SSLContext
) -> None:
    with mail_server(inbox, tls_context=server_tls) as account:
        mailer = SmtpMailer(replace(account, encryption="starttls"))
        with pytest.raises(PartnerError, match="SSLCertVerificationError"):
            mailer.send(MAIL)
    with mail_server(inbox, server_tls) as account:
        mailer = SmtpMailer(replace(account, encryption="tls"))
        with pytest.raises(PartnerError, match="SSLCertVerificationError"):
            mailer.send(MAIL)
    assert inbox.mails == []


def test_a_server_without_encryption_gets_no_password(inbox: Inbox) -> None:
    with mail_server(inbox) as account:
        user = replace(account, encryption="starttls", user="pvm", password=PASSWORD)
        with pytest.raises(PartnerError):
            SmtpMailer(user).send(MAIL)
    assert inbox.mails == []


@pytest.mark.parametrize("answer", ["550 no such user", "451 try later"])
def test_a_refused_recipient_is_a_refusal_without_the_servers_words(
    inbox: Inbox, answer: str
) -> None:
    inbox.refuse = answer
    with mail_server(inbox) as account, pytest.raises(PartnerError) as caught:
        SmtpMailer(account).send(MAIL)
    assert str(caught.value) == "the mail server refused the recipient"
    assert "ann@example.com" not in str(caught.value)


@pytest.mark.parametrize("answer", [hangs_up, is_silent], ids=["hangs up", "is silent"])
def test_a_server_that_says_nothing_is_a_refusal(answer: Answer) -> None:
    with listening(answer) as (url, _):
        port = int(url.rpartition(":")[2])
        account = SmtpAccount("127.0.0.1", port, "pvm@example.org", encryption="none")
        with pytest.raises(PartnerError, match="cannot be used"):
            SmtpMailer(account, timeout_seconds=0.1).send(MAIL)


@pytest.mark.parametrize(
    "mail",
    [
        replace(MAIL, to="ann@example.com\r\nBcc: eve@example.com"),
        replace(MAIL, subject="Hello\nBcc: eve@example.com"),
    ],
    ids=["recipient", "subject"],
)
def test_a_line_break_adds_no_header_and_no_recipient(inbox: Inbox, mail: Mail) -> None:
    with mail_server(inbox) as account, pytest.raises(PartnerError):
        SmtpMailer(account).send(mail)
    assert inbox.mails == []


def test_a_mail_has_the_same_id_at_every_try() -> None:
    ids = {compose(MAIL, "pvm@example.org")["Message-ID"] for _ in range(2)}
    assert len(ids) == 1


def test_no_file_of_the_mail_is_read_from_disk(tmp_path: Path) -> None:
    """An attachment's name is only a name."""
    named = replace(MAIL, attachments=(Attachment(str(tmp_path), "image/png", b"x"),))
    assert b"image/png" in bytes(compose(named, "pvm@example.org"))
