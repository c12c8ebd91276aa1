"""Mails that are sent, and the files in them."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to send; kinds are WELCOME, INVITE, RESET and PASSWORD_CHANGED."""

    id: str
    to: str
    kind: str
    subject: str
    body: str = field(repr=False)
    created_at: datetime
    attachments: tuple[Attachment, ...] = ()
