"""Mails: what the server says to people. They wait in the outbox until something sends them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.server.domain.mail import Attachment, Mail
from reconciler.server.usecases.qr import draw_qr

WELCOME = "WELCOME"
INVITE = "INVITE"
RESET = "RESET"
PASSWORD_CHANGED = "PASSWORD_CHANGED"
_MODULE_PIXELS = 6


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything of a mail but its words."""

    id: str
    to: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link; `address` holds its secret."""

    address: str = field(repr=False)
    expires_at: datetime


def link_address(public_url: str, secret: str) -> str:
    """Where a one-time link leads; the host is the operator's setting, never a request's."""
    return f"{public_url.rstrip('/')}/admin/reset-password?token={secret}"


def invitation(envelope: Envelope, login_name: str, link: Link) -> Mail:
    """A new user's first mail (DEC-13)."""
    body = (
        f"You have been given access to the provisioning portal as {login_name}.\n\n"
        f"Choose your password here, until {_day(link.expires_at)}:\n{link.address}\n"
    )
    return _mail(envelope, INVITE, "Your access to the provisioning portal", body)


def password_reset(envelope: Envelope, login_name: str, link: Link) -> Mail:
    """The answer to a forgotten password (A-05)."""
    body = (
        f"A new password was asked for, for {login_name}.\n\n"
        f"Choose it here, once, until {_day(link.expires_at)}:\n{link.address}\n\n"
        "If you did not ask for it, ignore this mail: nothing has changed.\n"
    )
    return _mail(envelope, RESET, "Reset your password", body)


def password_changed(envelope: Envelope, login_name: str) -> Mail:
    """Tells the owner, who may not have done it."""
    body = (
        f"The password of {login_name} was changed, and its sessions were ended.\n\n"
        "If that was not you, ask for a new one at once and tell your administrator.\n"
    )
    return _mail(envelope, PASSWORD_CHANGED, "Your password was changed", body)


def welcome(envelope: Envelope, customer: str, tokens: Sequence[str]) -> Mail:
    """A new customer's tokens, as text and as images to scan (T-14, I-04)."""
    listed = "".join(f"  {token}\n" for token in tokens)
    body = (
        f"Welcome, {customer}.\n\n"
        "These tokens connect devices with your configuration. Type them in, or scan the images\n"
        f"that come with this mail:\n\n{listed}"
    )
    images = tuple(
        Attachment(f"{token}.png", "image/png", draw_qr(token, "png", _MODULE_PIXELS))
        for token in tokens
    )
    return _mail(envelope, WELCOME, "Your provisioning tokens", body, images)


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _mail(
    envelope: Envelope,
    kind: str,
    subject: str,
    body: str,
    attachments: tuple[Attachment, ...] = (),
) -> Mail:
    return Mail(
        id=envelope.id,
        to=envelope.to,
        kind=kind,
        subject=subject,
        body=body,
        created_at=envelope.created_at,
        attachments=attachments,
    )
