"""Mail over SMTP."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Literal

from reconciler.server.domain.mail import Mail
from reconciler.server.usecases.partner_ports import PartnerError

Encryption = Literal["none", "starttls", "tls"]
TIMEOUT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """A mail server and who sends; without a user nobody logs in there."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    encryption: Encryption = "starttls"


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """The `Mailer` port: one connection for each mail."""

    account: SmtpAccount
    context: ssl.SSLContext | None = None
    timeout_seconds: float = TIMEOUT_SECONDS

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises PartnerError."""
        try:
            message = compose(mail, self.account.sender)
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            text = f"the mail server refused with {error.smtp_code}"
            raise PartnerError(text) from error
        except smtplib.SMTPRecipientsRefused as error:
            text = "the mail server refused the recipient"
            raise PartnerError(text) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            text = f"the mail server cannot be used ({type(error).__name__})"
            raise PartnerError(text) from error

    def _connect(self) -> smtplib.SMTP:
        account = self.account
        context = self.context or ssl.create_default_context()
        server: smtplib.SMTP
        if account.encryption == "tls":
            server = smtplib.SMTP_SSL(
                account.host, account.port, timeout=self.timeout_seconds, context=context
            )
        else:
            server = smtplib.SMTP(account.host, account.port, timeout=self.timeout_seconds)
        try:
            if account.encryption == "starttls":
                server.starttls(context=context)
            if account.user is not None:
                server.login(account.user, account.password or "")
        except BaseException:
            server.close()
            raise
        return server


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it travels. Its id is the same at every try, so that a second copy is seen.

    Raises ValueError for a header with a line break in it.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    for file in mail.attachments:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return message
